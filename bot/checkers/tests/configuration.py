"""Settings of pytest that leave out tests which were run before."""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator

from bot.checkers.tests import pytest_settings
from bot.checkers.tests.functions import is_collected_path
from bot.checkers.tests.pytest_settings import Settings
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, listed
from bot.comparison import Comparison
from bot.domain import Coverage

_SAID = {
    "-k": "pytest leaves out tests by `-k {}` now",
    "-m": "pytest leaves out tests by `-m {}` now",
    "--deselect": "pytest leaves out `{}` now",
    "--collect-only": "pytest only lists the tests and runs none",
    "--co": "pytest only lists the tests and runs none",
}


def find(suites: Suites, *, with_reason: bool) -> Iterator[Told | Coverage]:
    """What new settings, and `collect_ignore` in a `conftest.py`, take out of the run."""
    comparison = suites.comparison
    for each in [*_settings(comparison), *_ignored(suites)]:
        if isinstance(each, Coverage):
            if not with_reason:
                yield each
        elif _has_comment(comparison, each) == with_reason:
            yield each


def _settings(comparison: Comparison) -> Iterator[Told | Coverage]:
    touched = [
        path
        for path in pytest_settings.SECTIONS
        if any(path in (file.path, file.old_path) for file in comparison.change.files)
    ]
    if not touched:
        return
    try:
        before = pytest_settings.read(lambda path: comparison.text("base", path))
    except pytest_settings.Unreadable:
        return  # pytest ran nothing at base
    try:
        after = pytest_settings.read(lambda path: comparison.text("head", path))
    except pytest_settings.Unreadable as error:
        for path in touched:
            yield Coverage(
                path, "tests", "failed", f"its settings of pytest cannot be read: {error}"
            )
        return
    if after != before:
        yield from _narrowed(comparison, before, after)


def _narrowed(comparison: Comparison, before: Settings, after: Settings) -> Iterator[Told]:
    path = after.path or before.path
    if comparison.changed(path) is None or path not in comparison.listing("head"):
        changed = [
            file.path for file in comparison.change.files if file.path in pytest_settings.SECTIONS
        ]
        path = changed[0] if changed else path
    for option, value in after.narrowing:
        if (option, value) not in before.narrowing and option in _SAID:
            line = _line(comparison, path, value or option, option)
            yield Told(path, line, _SAID[option].format(value), f"{option} {value}")
    for name in ("python_functions", "python_classes"):
        gone = [pattern for pattern in before.get(name) if pattern not in after.get(name)]
        if gone:
            message = f"pytest no longer takes {listed([f'`{each}`' for each in gone])} for tests"
            yield Told(path, _line(comparison, path, name), message, f"{name}:{','.join(gone)}")
    lost = sorted(
        each
        for each in comparison.listing("head").keys() & comparison.listing("base").keys()
        if each.endswith(".py") and before.collects(each) and not after.collects(each)
    )
    if lost:
        message = f"pytest no longer looks into {listed([f'`{each}`' for each in lost])}"
        words = [
            name
            for name in ("testpaths", "norecursedirs", "python_files")
            if before.get(name) != after.get(name)
        ]
        words += [
            value for option, value in after.narrowing if (option, value) not in before.narrowing
        ]
        yield Told(path, _line(comparison, path, *words), message, f"lost:{','.join(lost[:50])}")


def _ignored(suites: Suites) -> Iterator[Told]:
    for path, file in suites.head.items():
        old = suites.base.get(path)
        known = {text for text, _ in old.ignored} if old else set()
        for text, line in file.ignored:
            if text not in known:
                lost = list(_matching(suites.comparison, posixpath.dirname(path), text))
                if lost:
                    message = (
                        f"pytest no longer looks into {listed([f'`{each}`' for each in lost])}"
                    )
                    yield Told(path, line, message, f"ignored:{text}")


def _matching(comparison: Comparison, folder: str, pattern: str) -> Iterable[str]:
    """The test files of both sides that an entry of `collect_ignore` names."""
    wanted = posixpath.normpath(posixpath.join(folder, pattern))
    both = comparison.listing("head").keys() & comparison.listing("base").keys()
    for path in sorted(both):
        is_named = path.startswith(f"{wanted}/") or fnmatch.fnmatchcase(path, wanted)
        if is_named and is_collected_path(path):
            yield path


def _line(comparison: Comparison, path: str, *words: str) -> int:
    for word in words:
        for number, line in enumerate(comparison.lines("head", path), 1):
            if word and word in line:
                return number
    return 1


def _has_comment(comparison: Comparison, told: Told) -> bool:
    lines = comparison.lines("head", told.path)
    near = lines[max(told.line - 2, 0) : told.line]
    return any(re.search(r"#\s*\w.{8,}", line) for line in near)
