"""`review-local` without a command: what the flags name is reviewed, and its review goes where they say."""

import argparse
import os
import sys
from collections.abc import Sequence

from bot.errors import ArchitraveError

TYPE_CHECKING = False  # `typing` itself would cost `--version` 2 ms
if TYPE_CHECKING:
    from bot.domain import Request, Review
    from bot.judged import Asked
    from bot.outside.cache import Cache
    from bot.settings import Settings

PASSED, BLOCKED, INCOMPLETE = 0, 1, 3
_NOTHING_TO_ASK = "Nothing to ask: no rule for a model is about a file of this change.\n"
_EXIT = {"passed": PASSED, "blocked": BLOCKED, "incomplete": INCOMPLETE}


def run(options: argparse.Namespace) -> int:
    """Do what the flags ask for and return the exit code. Raises `ArchitraveError` and `GitFailed`."""
    from bot import settings

    _end_in_order()
    surroundings = settings.load()
    folder = os.getcwd()
    if options.explain:
        from bot import explain

        sys.stdout.write(explain.rule(options.explain, folder, surroundings))
        return PASSED
    if options.install_hook:
        from bot import hook

        _say(hook.install(folder, surroundings))
        return PASSED
    if options.demo:
        return _demo(options, settings.forget_repository(surroundings))
    ranges: Sequence[str | None] = [options.range]
    if options.pre_push is not None:
        ranges = _pushed(options, folder, surroundings)
    return review(options, folder, surroundings, ranges)


def _end_in_order() -> None:
    """Ended from outside, a review still stops its tools and removes what it wrote."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


def _demo(options: argparse.Namespace, surroundings: "Settings") -> int:
    from bot import demo

    with demo.shop() as folder:
        code = review(options, folder, surroundings, [None])
    _say(demo.FAREWELL)
    return PASSED if code == BLOCKED else code


def _pushed(options: argparse.Namespace, folder: str, surroundings: "Settings") -> Sequence[str]:
    from bot import hook

    ranges = hook.pushed(options.pre_push, sys.stdin, folder, surroundings)
    if len(ranges) > 1 and any(each.format != "terminal" for each in options.outputs):
        raise ArchitraveError(
            f"{len(ranges)} branches are pushed at once, and a {options.outputs[0].format} document"
            " holds one review",
            "Push them one by one, or leave out --format.",
        )
    return ranges


def request(options: argparse.Namespace, revisions: str | None) -> "Request":
    """What the flags name."""
    from bot.domain import Request

    return Request(
        range=revisions,
        base=options.base,
        head=options.head,
        staged=options.staged,
        committed=options.committed,
    )


def review(
    options: argparse.Namespace, folder: str, surroundings: "Settings", ranges: Sequence[str | None]
) -> int:
    """Review each range, publish it, and return the worst exit code."""
    from contextlib import closing

    from bot.outside.cache import Cache

    worst = PASSED
    previews: list[str] = []
    asked = _asked(options, surroundings, previews)
    with closing(Cache(None if options.no_cache else surroundings.cache_folder)) as cache:
        for revisions in ranges:
            found = _reviewed(options, folder, surroundings, asked, cache, revisions)
            if options.dry_run_llm:
                clear_progress()
                sys.stdout.write("".join(previews) or _NOTHING_TO_ASK)
                continue
            _publish(found, options, surroundings)
            worst = max(worst, _EXIT[found.verdict])
    return worst


def _reviewed(
    options: argparse.Namespace,
    folder: str,
    surroundings: "Settings",
    asked: "Asked",
    cache: "Cache",
    revisions: str | None,
) -> "Review":
    from contextlib import closing

    from bot import pipeline
    from bot.outside.git import Repository
    from bot.sources import local

    wanted = request(options, revisions)._replace(
        rules_from_worktree=options.rules == "worktree", pushed=options.pre_push is not None
    )
    with closing(Repository(folder, surroundings.environ)) as repository:
        around = pipeline.Surroundings(
            surroundings, repository, cache, options.fail_on, options.declare, _show_progress, asked
        )
        return pipeline.review(local.read(wanted, repository), around)


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

    clear_progress()
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


def clear_progress() -> None:
    """Remove the line that tells how far a review is."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[2K\r")
        sys.stderr.flush()


def _say(text: str) -> None:
    print(text, file=sys.stderr)
