"""`review-local`: a command line to what it asks for, errors to messages and exit codes."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from bot import review_command
from bot.arguments import command_of, parse, parse_command
from bot.errors import ArchitraveError
from bot.review_command import BLOCKED, INCOMPLETE, PASSED

WRONG, INTERRUPTED = 2, 130
_FSCK = "Check the repository with `git fsck`."
# What became of each command where Git failed.
_UNDONE = {
    "": f"Nothing was reviewed. {_FSCK}",
    "audit": f"Nothing was audited. {_FSCK}",
    "attest": "Nothing was written.",
    "record": "Not all was written; do it again.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; the one place where errors become messages."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    command, verbose = "", False
    try:
        command = command_of(given)
        options = parse_command(command, given[1:]) if command else parse(given)
        verbose = options.verbose
        return _COMMANDS[command](options)
    except ArchitraveError as error:
        _complain(error.message, error.hint)
        return WRONG
    except KeyboardInterrupt:
        review_command.clear_progress()
        _say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return INCOMPLETE
    except Exception as error:  # noqa: BLE001 - told, and never a pass
        return _failed(error, command, verbose)


def _failed(error: Exception, command: str, verbose: bool) -> int:
    """What is no pass, and why. Raises the error again for who wants all of it."""
    from bot.outside.git_objects import GitFailed

    if isinstance(error, GitFailed):
        _complain(str(error), _UNDONE.get(command, _FSCK))
        return INCOMPLETE
    if verbose:
        raise error
    _complain(
        f"Internal failure: {type(error).__name__}: {error}",
        "This is no pass. Run again with -v for details, and please report it.",
    )
    return INCOMPLETE


def entry() -> None:
    """The console script."""
    # A run of a fraction of a second frees nothing worth looking for.
    gc.disable()
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and closed; taking modules apart one by one would take 6 ms more.
    os._exit(code)


def _rules(options: argparse.Namespace) -> int:
    from bot import rule_commands, settings

    folder, surroundings = os.getcwd(), settings.load()
    if options.action == "list":
        as_json = options.format == "json"
        answer = rule_commands.listing(folder, surroundings, options.all, as_json)
    elif options.action == "show":
        answer = rule_commands.show(folder, surroundings, options.rule)
    elif options.action == "check":
        answer = rule_commands.check(folder, surroundings)
    elif options.action == "test":
        answer = rule_commands.test(folder, surroundings, options.rules)
    else:
        answer = rule_commands.init(folder, surroundings)
    sys.stdout.write(answer.text)
    return PASSED if answer.sound else BLOCKED


def _authorship(options: argparse.Namespace) -> int:
    from bot import authorship_command, settings

    wanted = review_command.request(options, options.range)
    _write(
        authorship_command.show(
            os.getcwd(), settings.load(), wanted, options.declare, options.format
        )
    )
    return PASSED


def _attest(options: argparse.Namespace) -> int:
    from bot import attest, settings

    claim = attest.Claim(options.agent, options.model, options.session)
    folder, surroundings, lines = os.getcwd(), settings.load(), options.lines
    if options.staged:
        said = attest.attest_staged(folder, surroundings, claim, lines)
    else:
        commit = options.commit or "HEAD"
        said = attest.attest(folder, surroundings, commit, claim, lines, options.replace)
    _say(said.rstrip())
    return PASSED


def _audit(options: argparse.Namespace) -> int:
    from bot import audit_command, settings

    given = audit_command.Evidence(options.records, options.key)
    wanted = review_command.request(options, options.range)
    text, is_accountable = audit_command.show(
        os.getcwd(), settings.load(), wanted, given, options.format
    )
    _write(text)
    return PASSED if is_accountable else BLOCKED


def _record(options: argparse.Namespace) -> int:
    from bot import record_command, settings

    _say(record_command.keep(os.getcwd(), settings.load(), options.file).rstrip())
    return PASSED


_COMMANDS = {
    "": review_command.run,
    "rules": _rules,
    "authorship": _authorship,
    "attest": _attest,
    "audit": _audit,
    "record": _record,
}


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def _complain(message: str, hint: str) -> None:
    from bot import wording

    review_command.clear_progress()
    for line in f"review-local: {message}".split("\n"):
        _say(wording.visible(line))
    if hint:
        _say(f"  {wording.visible(hint)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
