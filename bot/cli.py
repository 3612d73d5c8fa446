"""`review-local`: flags to a `Request`, a `Review` to an exit code."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from bot.arguments import command_of, parse, parse_command
from bot.errors import ArchitraveError

TYPE_CHECKING = False  # `typing` itself would cost `--version` 2 ms
if TYPE_CHECKING:
    from bot.domain import Request, Review
    from bot.judged import Asked
    from bot.settings import Settings

PASSED, BLOCKED, WRONG, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130
_NOTHING_TO_ASK = "Nothing to ask: no rule for a model is about a file of this change.\n"
_EXIT = {"passed": PASSED, "blocked": BLOCKED, "incomplete": INCOMPLETE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; the one place where errors become messages."""
    verbose = False
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        command = command_of(given)
        if command:
            options = parse_command(command, given[1:])
            verbose = options.verbose
            return _COMMANDS[command](options)
        options = parse(given)
        verbose = options.verbose
        return _run(options)
    except ArchitraveError as error:
        _complain(error.message, error.hint)
        return WRONG
    except KeyboardInterrupt:
        _clear_progress()
        _say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return INCOMPLETE
    except Exception as error:
        if verbose:
            raise
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


def _run(options: argparse.Namespace) -> int:
    import signal

    from bot import settings

    # Ended from outside, a review still stops its tools and removes what it wrote.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)

    surroundings = settings.load()
    if options.explain:
        from bot import explain

        sys.stdout.write(explain.rule(options.explain, os.getcwd(), surroundings))
        return PASSED
    if options.install_hook:
        from bot import hook

        _say(hook.install(os.getcwd(), surroundings))
        return PASSED
    if options.demo:
        from bot import demo

        surroundings = settings.forget_repository(surroundings)
        with demo.shop() as folder:
            code = _review(options, folder, surroundings, [None])
        _say(demo.FAREWELL)
        return PASSED if code == BLOCKED else code
    if options.pre_push is not None:
        from bot import hook

        ranges = hook.pushed(options.pre_push, sys.stdin, os.getcwd(), surroundings)
        if len(ranges) > 1 and any(each.format != "terminal" for each in options.outputs):
            raise ArchitraveError(
                f"{len(ranges)} branches are pushed at once, and a {options.outputs[0].format} document"
                " holds one review",
                "Push them one by one, or leave out --format.",
            )
        return _review(options, os.getcwd(), surroundings, ranges) if ranges else PASSED
    return _review(options, os.getcwd(), surroundings, [options.range])


def _rules(options: argparse.Namespace) -> int:
    from bot import rule_commands, settings
    from bot.outside.git_objects import GitFailed

    folder, surroundings = os.getcwd(), settings.load()
    try:
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
    except GitFailed as error:
        _complain(str(error), "Check the repository with `git fsck`.")
        return INCOMPLETE
    sys.stdout.write(answer.text)
    return PASSED if answer.sound else BLOCKED


def _authorship(options: argparse.Namespace) -> int:
    from bot import authorship_command, settings
    from bot.outside.git_objects import GitFailed

    try:
        text = authorship_command.show(
            os.getcwd(), settings.load(), _request(options, options.range), options.declare, options.format
        )  # fmt: skip
    except GitFailed as error:
        _complain(str(error), "Check the repository with `git fsck`.")
        return INCOMPLETE
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return PASSED


def _attest(options: argparse.Namespace) -> int:
    from bot import attest, settings
    from bot.outside.git_objects import GitFailed

    claim = attest.Claim(options.agent, options.model, options.session)
    folder, surroundings = os.getcwd(), settings.load()
    try:
        if options.staged:
            _say(attest.attest_staged(folder, surroundings, claim, options.lines).rstrip())
        else:
            commit = options.commit or "HEAD"
            said = attest.attest(
                folder, surroundings, commit, claim, options.lines, options.replace
            )
            _say(said.rstrip())
    except GitFailed as error:
        _complain(str(error), "Nothing was written.")
        return INCOMPLETE
    return PASSED


def _audit(options: argparse.Namespace) -> int:
    from bot import audit_command, settings
    from bot.outside.git_objects import GitFailed

    given = audit_command.Evidence(options.records, options.key)
    request = _request(options, options.range)
    try:
        text, is_accountable = audit_command.show(
            os.getcwd(), settings.load(), request, given, options.format
        )
    except GitFailed as error:
        _complain(str(error), "Nothing was audited. Check the repository with `git fsck`.")
        return INCOMPLETE
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return PASSED if is_accountable else BLOCKED


def _record(options: argparse.Namespace) -> int:
    from bot import record_command, settings
    from bot.outside.git_objects import GitFailed

    try:
        _say(record_command.keep(os.getcwd(), settings.load(), options.file).rstrip())
    except GitFailed as error:
        _complain(str(error), "Not all was written; do it again.")
        return INCOMPLETE
    return PASSED


_COMMANDS = {
    "rules": _rules,
    "authorship": _authorship,
    "attest": _attest,
    "audit": _audit,
    "record": _record,
}


def _request(options: argparse.Namespace, revisions: str | None) -> "Request":
    from bot.domain import Request

    return Request(
        range=revisions,
        base=options.base,
        head=options.head,
        staged=options.staged,
        committed=options.committed,
    )


def _review(
    options: argparse.Namespace, folder: str, surroundings: "Settings", ranges: Sequence[str | None]
) -> int:
    from contextlib import closing

    from bot import pipeline
    from bot.outside.cache import Cache
    from bot.outside.git import Repository
    from bot.outside.git_objects import GitFailed
    from bot.sources import local

    worst = PASSED
    previews: list[str] = []
    asked = _asked(options, surroundings, previews)
    cache = Cache(None if options.no_cache else surroundings.cache_folder)
    try:
        for revisions in ranges:
            request = _request(options, revisions)._replace(
                rules_from_worktree=options.rules == "worktree",
                pushed=options.pre_push is not None,
            )
            with closing(Repository(folder, surroundings.environ)) as repository:
                around = pipeline.Surroundings(
                    surroundings,
                    repository,
                    cache,
                    options.fail_on,
                    options.declare,
                    _show_progress,
                    asked,
                )
                review = pipeline.review(local.read(request, repository), around)
            if options.dry_run_llm:
                _clear_progress()
                sys.stdout.write("".join(previews) or _NOTHING_TO_ASK)
                continue
            _publish(review, options, surroundings)
            worst = max(worst, _EXIT[review.verdict])
    except GitFailed as error:
        _complain(str(error), "Nothing was reviewed. Check the repository with `git fsck`.")
        return INCOMPLETE
    finally:
        cache.close()
    return worst


def _asked(options: argparse.Namespace, surroundings: "Settings", previews: list[str]) -> "Asked":
    from bot.judge_settings import judge_settings
    from bot.judged import Asked

    if options.no_llm:
        return Asked(demand="off")
    model = judge_settings(surroundings.environ)
    if model is None and (options.llm or options.dry_run_llm):
        raise ArchitraveError(
            f"{'--llm' if options.llm else '--dry-run-llm'}: no model is set",
            "Set ANTHROPIC_API_KEY; docs/judge.md names other ways.",
        )
    if options.dry_run_llm:
        return Asked(model, preview=previews.append)
    return Asked(model, "required" if options.llm else "auto")


def _publish(review: "Review", options: argparse.Namespace, surroundings: "Settings") -> None:
    from bot import publishers

    _clear_progress()
    for output in options.outputs:
        on_screen = output.path is None and sys.stdout.isatty()
        colour = on_screen if surroundings.colour is None else surroundings.colour
        paper = publishers.Paper(
            width=_width() if on_screen else 100,
            colour=colour and output.path is None,
            verbose=options.verbose,
        )
        text = publishers.load(output.format).render(review, paper)
        if output.path is None:
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
            sys.stdout.flush()
        else:
            _write(output.path, text)


def _write(path: str, text: str) -> None:
    if os.path.islink(path):
        raise ArchitraveError(f"{path} is a symbolic link", "Name the file itself with --output.")
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise ArchitraveError(
            f"{path} cannot be written: {error.strerror}", "Give --output another path."
        ) from error


def _width() -> int:
    try:
        # 0 where nobody told the terminal how wide it is.
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError):
        return 100


def _show_progress(files: int) -> None:
    if sys.stderr.isatty() and files > 4:
        sys.stderr.write(f"Checking {files} versions of files ...\r")
        sys.stderr.flush()


def _clear_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[2K\r")
        sys.stderr.flush()


def _complain(message: str, hint: str) -> None:
    from bot import wording

    _clear_progress()
    for line in f"review-local: {message}".split("\n"):
        _say(wording.visible(line))
    if hint:
        _say(f"  {wording.visible(hint)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
