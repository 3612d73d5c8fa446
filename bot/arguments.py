"""The flags of `review-local`, and which of them contradict each other."""

import argparse
import os
from collections.abc import Sequence
from typing import NamedTuple

from bot import __version__
from bot.errors import ArchitraveError
from bot.publishers import PUBLISHERS
from bot.settings import FAIL_ON

_EPILOG = """\
the model (optional):
  ANTHROPIC_API_KEY                  with it, rules of architecture are judged by a model
  ANTHROPIC_BASE_URL, ARCHITRAVE_MODEL, ARCHITRAVE_VERIFY_MODEL
                                     another endpoint, other models (docs/judge.md)

exit codes:
  0    passed: nothing has to be answered
  1    blocked: findings wait for a human
  2    wrong input or configuration
  3    incomplete: something could not be reviewed, or an internal failure
  130  interrupted

commands:
  review-local rules list|show|check|test|init
                                     the rules that changes are held to (rules --help)
  review-local authorship [RANGE]    who wrote which commit and which line
  review-local attest [COMMIT]       note which agent wrote the lines of a commit
  review-local audit [RANGE]         whether every change by an agent has a person who answers for it
  review-local record FILE           keep records of merged pull requests as Git notes

examples:
  review-local                       the branch you are on, uncommitted work included
  review-local main...HEAD           the commits of a branch
  review-local --staged              what the next commit would hold
  review-local --format prompt       a text to hand to your coding agent
  review-local --format json --output review.json --format terminal
  review-local --format html --output review.html
"""


class Output(NamedTuple):
    """A format and the file it goes to; None for standard output."""

    format: str
    path: str | None


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The flags given, `outputs` a list of `Output`. Raises `ArchitraveError` for contradictions.

    `--help`, `--version` and flags that do not exist end in `SystemExit`, as argparse has it.
    """
    options = _parser().parse_args(arguments)
    _refuse_contradictions(options)
    options.outputs = options.outputs or [Output("terminal", None)]
    return options


COMMANDS = ("rules", "authorship", "attest", "audit", "record")


def command_of(arguments: Sequence[str]) -> str:
    """The command that a command line begins with, else "": a branch of such a name needs --base or --head."""
    return arguments[0] if arguments and arguments[0] in COMMANDS else ""


def parse_command(command: str, arguments: Sequence[str]) -> argparse.Namespace:
    """What follows `review-local COMMAND`. Raises `ArchitraveError` for contradictions."""
    if command == "rules":
        return _parse_rules(arguments)
    if command == "authorship":
        return _parse_authorship(arguments)
    if command == "audit":
        return _parse_audit(arguments)
    if command == "record":
        return _parse_record(arguments)
    return _parse_attest(arguments)


def _parse_audit(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="review-local audit",
        description="Whether every change by an agent has a person who answers for it: by the signed"
        " records of merged pull requests or, where no key is trusted, by sign-offs.",
        epilog="exit codes: 0 everything has a person, 1 something has none, 2 wrong input, 3 internal failure",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("range", nargs="?", metavar="REVISION_RANGE", help="as of a review")
    parser.add_argument("--base", metavar="REV", help="what the range starts from")
    parser.add_argument("--head", metavar="REV", help="where it ends; default: HEAD")
    parser.add_argument(
        "--records", action="append", default=[], metavar="FILE",
        help="records besides those in refs/notes/architrave, as `review-service records` writes them",
    )  # fmt: skip
    parser.add_argument(
        "--key", action="append", default=[], metavar="FILE",
        help="a public key in PEM, trusted besides the policy's record-keys",
    )  # fmt: skip
    parser.add_argument("--format", choices=("terminal", "json"), default="terminal")
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(staged=False, committed=True)
    options = parser.parse_args(arguments)
    if options.range and (options.base or options.head):
        raise ArchitraveError("REVISION_RANGE stands for --base and --head", "Give one of them.")
    return options


def _parse_record(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="review-local record",
        description="Keep records of merged pull requests as notes (refs/notes/architrave) of the commits"
        " that were merged. Nothing is pushed.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="as `review-service records` writes it")
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _parse_authorship(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="review-local authorship",
        description="Who wrote which commit and which line of a change, and how that is known.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    _add_what(parser)
    _add_declaration(parser)
    parser.add_argument("--format", choices=("terminal", "json", "markdown"), default="terminal")
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    _refuse_two_changes(options)
    return options


def _parse_attest(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="review-local attest",
        description="Write a note (Git AI standard, refs/notes/ai) that says which agent wrote which lines.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("commit", nargs="?", metavar="COMMIT", help="default: HEAD")
    parser.add_argument("--agent", default="", metavar="NAME", help="such as claude, codex, cursor")
    parser.add_argument("--model", default="", metavar="NAME", help="the model behind it")
    parser.add_argument("--session", default="", metavar="ID", help="the conversation")
    parser.add_argument(
        "--lines", action="append", default=[], metavar="PATH[:RANGES]",
        help="repeatable, such as a.py:3-9,12; default: every added line",
    )  # fmt: skip
    parser.add_argument(
        "--staged", action="store_true", help="remember what is staged, for the commit to come"
    )
    parser.add_argument("--replace", action="store_true", help="in place of a note that is there")
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.staged and options.commit:
        raise ArchitraveError("COMMIT and --staged contradict each other", "Give one of them.")
    return options


def _parse_rules(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="review-local rules",
        description="The rules that changes here are held to, as the working tree has them.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, says: str) -> argparse.ArgumentParser:
        action = actions.add_parser(
            name, help=says, description=says[0].upper() + says[1:] + ".", formatter_class=_formatter,
            allow_abbrev=False,
        )  # fmt: skip
        action.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
        return action

    each = add("list", "list the rules in force")
    each.add_argument("--all", action="store_true", help="also those that are not in force")
    each.add_argument("--format", choices=("terminal", "json"), default="terminal")
    each = add("show", "show a rule: why, and what instead")
    each.add_argument("rule", metavar="RULE", help="an id, or a tool's code such as F401")
    add("check", "find every mistake in rule files and policy")
    each = add("test", "run the examples of rules through their checkers")
    each.add_argument("rules", nargs="*", metavar="RULE", help="ids or files; default: your own")
    add("init", "write a first policy, and the layers that the code keeps today")
    return parser.parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="review-local",
        description="Review what your change introduces, and nothing that was there before.",
        epilog=_EPILOG,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    _add_what(parser.add_argument_group("what to review"))
    _add_how(parser.add_argument_group("how"))
    _add_output(parser.add_argument_group("output"))
    other = parser.add_argument_group("other")
    other.add_argument("--demo", action="store_true", help="review a throw-away example")
    other.add_argument("--explain", metavar="RULE", help="show a rule: why, and what instead")
    other.add_argument(
        "--install-hook", action="store_true", help="review before every git push here"
    )
    other.add_argument("--pre-push", nargs="*", metavar="ARG", help=argparse.SUPPRESS)
    other.add_argument("--version", action="version", version=f"architrave {__version__}")
    return parser


def _add_what(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "range",
        nargs="?",
        metavar="REVISION_RANGE",
        help="BASE..HEAD, BASE...HEAD (both: what HEAD adds since it left BASE), COMMIT^! or a base;"
        " default: from the upstream or default branch to the working tree",
    )
    group.add_argument("--base", metavar="REV", help="what the change starts from")
    group.add_argument("--head", metavar="REV", help="where it ends; default: the working tree")
    group.add_argument("--staged", action="store_true", help="only what is staged")
    group.add_argument("--committed", action="store_true", help="only what is committed")


def _add_declaration(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--declare", choices=("ai", "human"), default="", help="who wrote what is not committed yet"
    )


def _add_how(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--rules",
        choices=("base", "worktree"),
        default="base",
        help="whose rules and policy judge (default: base, as on a pull request)",
    )
    group.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="the mildest severity that blocks (default: the policy's, else error)",
    )
    _add_declaration(group)
    group.add_argument("--no-cache", action="store_true", help="neither read nor keep results")
    model = group.add_mutually_exclusive_group()
    model.add_argument("--llm", action="store_true", help="demand the model's judgement")
    model.add_argument("--no-llm", action="store_true", help="do without the model")
    model.add_argument(
        "--dry-run-llm",
        action="store_true",
        help="print what a model would be asked and about what that costs; ask nothing",
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--format",
        action=_AddFormat,
        dest="outputs",
        choices=tuple(PUBLISHERS),
        help="repeatable; default: terminal",
    )
    group.add_argument(
        "--output",
        action=_AddOutput,
        dest="outputs",
        metavar="FILE",
        help="write the last --format there",
    )
    group.add_argument(
        "-v", "--verbose", action="store_true", help="also what was there before, and all coverage"
    )


def _formatter(prog: str) -> argparse.HelpFormatter:
    # Told the width, argparse need not import shutil at every start to find it.
    try:
        columns = os.get_terminal_size().columns or 80
    except OSError:
        columns = 80
    return argparse.RawDescriptionHelpFormatter(prog, width=min(columns, 100) - 2)


class _AddFormat(argparse.Action):
    """Collects `--format`, each waiting for an `--output` of its own."""

    def __call__(self, parser, namespace, values, option_string=None):  # type: ignore[no-untyped-def]
        outputs = list(namespace.outputs or [])
        if outputs and outputs[-1].format == "":
            outputs[-1] = Output(values, outputs[-1].path)
        else:
            outputs.append(Output(values, None))
        namespace.outputs = outputs


class _AddOutput(argparse.Action):
    """Binds `--output` to the `--format` before it or, if none waits, to the one after."""

    def __call__(self, parser, namespace, values, option_string=None):  # type: ignore[no-untyped-def]
        outputs = list(namespace.outputs or [])
        if outputs and outputs[-1].path is None:
            outputs[-1] = Output(outputs[-1].format, values)
        else:
            outputs.append(Output("", values))
        namespace.outputs = outputs


def _refuse_two_changes(options: argparse.Namespace) -> None:
    chosen = [
        name
        for name, given in (
            ("REVISION_RANGE", options.range), ("--staged", options.staged),
            ("--committed", options.committed), ("--head", options.head),
            ("--demo", getattr(options, "demo", False)),
        )
        if given
    ]  # fmt: skip
    if len(chosen) > 1:
        raise ArchitraveError(f"{' and '.join(chosen)} contradict each other", "Give one of them.")
    if options.range and options.base:
        raise ArchitraveError(
            "REVISION_RANGE and --base contradict each other", "Give one of them."
        )


def _refuse_contradictions(options: argparse.Namespace) -> None:
    _refuse_two_changes(options)
    outputs = options.outputs or []
    if any(output.format == "" for output in outputs):
        raise ArchitraveError("--output has no --format", "Write: --format json --output FILE")
    if sum(output.path is None for output in outputs) > 1:
        raise ArchitraveError(
            "Two formats want standard output", "Give all but one an --output FILE."
        )
