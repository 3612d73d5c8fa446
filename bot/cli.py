"""`review-local`: flags to a `Request`, a `Review` to an exit code."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from bot import __version__
from bot.errors import ArchitraveError

PASSED, BLOCKED, WRONG, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130
_EXIT = {"passed": PASSED, "blocked": BLOCKED, "incomplete": INCOMPLETE}
_EPILOG = """\
exit codes:
  0    passed: nothing has to be answered
  1    blocked: findings wait for a human
  2    wrong input or configuration
  3    incomplete: something could not be reviewed, or an internal failure
  130  interrupted

examples:
  review-local                       the branch you are on, uncommitted work included
  review-local main...HEAD           the commits of a branch
  review-local --staged              what the next commit would hold
  review-local --format prompt       a text to hand to your coding agent
  review-local --format json --output review.json --format terminal
"""


class Output(NamedTuple):
    """A format and the file it goes to; None for standard output."""

    format: str
    path: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; the one place where errors become messages."""
    verbose = False
    try:
        options = _parser().parse_args(arguments)
        verbose = options.verbose
        return _run(options)
    except ArchitraveError as error:
        _complain(error.message, error.hint)
        return WRONG
    except KeyboardInterrupt:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="review-local",
        description="Review what your change introduces, and nothing that was there before.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = parser.add_argument_group("what to review")
    what.add_argument(
        "range",
        nargs="?",
        metavar="REVISION_RANGE",
        help="BASE..HEAD, BASE...HEAD (both: what HEAD adds since it left BASE), COMMIT^! or a base;"
        " default: from the upstream or default branch to the working tree",
    )
    what.add_argument("--base", metavar="REV", help="what the change starts from")
    what.add_argument("--head", metavar="REV", help="where it ends; default: the working tree")
    what.add_argument("--staged", action="store_true", help="only what is staged")
    what.add_argument("--committed", action="store_true", help="only what is committed")
    what.add_argument("--demo", action="store_true", help="review a throw-away example")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--rules",
        choices=("base", "worktree"),
        default="base",
        help="whose rules and policy judge (default: base, as on a pull request)",
    )
    how.add_argument(
        "--fail-on",
        choices=("error", "warning", "note", "never"),
        help="the mildest severity that blocks (default: the policy's, else error)",
    )
    how.add_argument("--no-cache", action="store_true", help="neither read nor keep results")
    model = how.add_mutually_exclusive_group()
    model.add_argument("--llm", action="store_true", help="demand the model's judgement")
    model.add_argument("--no-llm", action="store_true", help="do without the model")
    shown = parser.add_argument_group("output")
    shown.add_argument(
        "--format",
        action=_AddFormat,
        dest="outputs",
        choices=("terminal", "json", "sarif", "markdown", "prompt", "github"),
        help="repeatable; default: terminal",
    )
    shown.add_argument(
        "--output",
        action=_AddOutput,
        dest="outputs",
        metavar="FILE",
        help="write the last --format there",
    )
    shown.add_argument(
        "-v", "--verbose", action="store_true", help="also what was there before, and all coverage"
    )
    other = parser.add_argument_group("other")
    other.add_argument("--explain", metavar="RULE", help="show a rule: why, and what instead")
    other.add_argument(
        "--install-hook", action="store_true", help="review before every git push here"
    )
    other.add_argument("--pre-push", nargs="*", metavar="ARG", help=argparse.SUPPRESS)
    other.add_argument("--version", action="version", version=f"architrave {__version__}")
    return parser


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


def _run(options: argparse.Namespace) -> int:
    from bot import settings

    _refuse_contradictions(options)
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

        with demo.shop() as folder:
            code = _review(options, folder, surroundings, [None])
        _say(demo.FAREWELL)
        return PASSED if code == BLOCKED else code
    if options.pre_push is not None:
        from bot import hook

        ranges = hook.pushed(options.pre_push, sys.stdin, os.getcwd(), surroundings)
        return _review(options, os.getcwd(), surroundings, ranges) if ranges else PASSED
    return _review(options, os.getcwd(), surroundings, [options.range])


def _refuse_contradictions(options: argparse.Namespace) -> None:
    chosen = [
        name
        for name, given in (
            ("REVISION_RANGE", options.range), ("--staged", options.staged),
            ("--committed", options.committed), ("--head", options.head), ("--demo", options.demo),
        )
        if given
    ]  # fmt: skip
    if len(chosen) > 1:
        raise ArchitraveError(f"{' and '.join(chosen)} contradict each other", "Give one of them.")
    if options.range and options.base:
        raise ArchitraveError(
            "REVISION_RANGE and --base contradict each other", "Give one of them."
        )
    if options.llm:
        raise ArchitraveError(
            "--llm: this version has no model reviewer",
            "Leave it out; Ruff, Bandit and Radon review.",
        )
    outputs = options.outputs or []
    if any(output.format == "" for output in outputs):
        raise ArchitraveError("--output has no --format", "Write: --format json --output FILE")
    if sum(output.path is None for output in outputs) > 1:
        raise ArchitraveError(
            "Two formats want standard output", "Give all but one an --output FILE."
        )


def _review(
    options: argparse.Namespace, folder: str, surroundings: "Settings", ranges: Sequence[str | None]
) -> int:
    from bot import pipeline
    from bot.domain import Request
    from bot.outside.cache import Cache
    from bot.outside.git import GitFailed, Repository
    from bot.sources import local

    worst = PASSED
    cache = Cache(None if options.no_cache else surroundings.cache_folder)
    try:
        for revisions in ranges:
            request = Request(
                range=revisions,
                base=options.base,
                head=options.head,
                staged=options.staged,
                committed=options.committed,
                rules_from_worktree=options.rules == "worktree",
            )
            with Repository(folder, surroundings.environ) as repository:
                around = pipeline.Surroundings(
                    surroundings, repository, cache, options.fail_on, _show_progress
                )
                review = pipeline.review(local.read(request, repository), around)
            _publish(review, options, surroundings)
            worst = max(worst, _EXIT[review.verdict])
    except GitFailed as error:
        _complain(str(error), "Nothing was reviewed. Check the repository with `git fsck`.")
        return INCOMPLETE
    finally:
        cache.close()
    return worst


def _publish(review: "Review", options: argparse.Namespace, surroundings: "Settings") -> None:
    from bot import publishers

    _clear_progress()
    for output in options.outputs or [Output("terminal", None)]:
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


TYPE_CHECKING = False
if TYPE_CHECKING:
    from bot.domain import Review
    from bot.settings import Settings
