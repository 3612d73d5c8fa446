"""Tests that are at base and nowhere at head, or that no run finds any more."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.checkers.tests import product, replaced
from bot.checkers.tests.functions import Test, TestFile, is_collected_path
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, listed
from bot.domain import ChangedFile


def find(suites: Suites) -> Iterator[Told]:
    """What is told of each file that lost tests."""
    by_file: dict[str, list[Test]] = defaultdict(list)
    missing = replaced.missing(suites)
    for test in missing:
        by_file[test.path].append(test)
    # The product lost something too, or new files of tests hold as many.
    is_mild = bool(missing) and (
        bool(suites.removed.dropped) or suites.count_in_new_files() >= len(missing)
    )
    for file in suites.comparison.change.files:
        tests = by_file.get(file.old_path, [])
        if file.status == "deleted" and tests:
            told = _deleted_file(suites, file, tests)
        else:
            kept = [test for test in tests if not suites.is_about_removed(test)]
            told = _deleted_tests(suites, file, kept) if kept else None
        if told:
            yield told._replace(is_mild=is_mild)
    yield from _uncollected(suites)


def _deleted_file(suites: Suites, file: ChangedFile, tests: Sequence[Test]) -> Told | None:
    known = suites.base[file.path]
    total = sum(test.is_test and not test.off for test in known.functions)
    text = "\n".join(suites.comparison.lines("base", file.old_path))
    if _subject_is_gone(suites, known) or suites.removed.mentioned(text):
        return None
    whole = len(tests) == total
    what = "is deleted" if whole else "is deleted and not all of its tests moved"
    message = f"`{posixpath.basename(file.path)}` {what}: {_names(tests)}"
    line = 1 if whole else tests[0].line
    return Told(file.path, line, message, f"file:{file.path}")


def _deleted_tests(suites: Suites, file: ChangedFile, tests: Sequence[Test]) -> Told:
    first = min(tests, key=lambda test: test.line)
    line = suites.comparison.line_at_head(file, first.line)
    verb = "is" if len(tests) == 1 else "are"
    names = ",".join(sorted(test.name for test in tests))
    return Told(
        file.path,
        line,
        f"{_names(tests)} {verb} deleted, and what {_it(tests)} tested is still there",
        names,
    )


def _uncollected(suites: Suites) -> Iterator[Told]:
    """Tests that are still written down, where no run looks for them."""
    configured = suites.configures_files
    for base, head in suites.pairs:
        if not base.is_test or base.off:
            continue
        why = head.off
        if not head.is_test:
            why = f"it is called `{head.leaf}` now"
        elif not why and not configured and _leaves_sight(base.path, head.path):
            why = f"its file is called `{posixpath.basename(head.path)}` now"
        if why:
            message = f"`{base.name}` is no longer run: {why}"
            yield Told(head.path, head.line, message, f"off:{base.name}")


def _leaves_sight(old: str, new: str) -> bool:
    return is_collected_path(old) and not is_collected_path(new)


def _subject_is_gone(suites: Suites, file: TestFile) -> bool:
    """Whether all that a test file imports of the product is gone at head."""
    gone = still = 0
    for module, name, _ in file.imports:
        before = product.defines(suites.comparison, "base", file.path, module, name)
        if before:
            after = product.defines(suites.comparison, "head", file.path, module, name)
            gone, still = gone + (not after), still + after
    return gone > 0 and still == 0


def _names(tests: Sequence[Test]) -> str:
    return listed([f"`{test.name}`" for test in sorted(tests, key=lambda test: test.line)])


def _it(tests: Sequence[Test]) -> str:
    return "it" if len(tests) == 1 else "they"
