"""The test files of both sides of a change, and what the parts of this rule kind ask about them."""

from functools import cached_property

from bot.checkers.tests import functions, insisting, pairs, product, pytest_settings, unused
from bot.checkers.tests.functions import Both, Test, TestFile, is_test_path
from bot.checkers.tests.insisting import Helpers
from bot.checkers.tests.product import Removed
from bot.comparison import Comparison
from bot.coverage import Eligible
from bot.domain import REGULAR_MODES, Coverage, Source
from bot.facts.assertions import Assertion
from bot.outside.worker import Failure


class Suites:
    """The test files by path at head, on both sides; what could not be read is in *failed*."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.failed: list[Coverage] = []
        self.base: dict[str, TestFile] = {}
        self.head: dict[str, TestFile] = {}
        for file in comparison.files:
            if is_test_path(file.change.path) or is_test_path(file.change.old_path):
                self._read(file)
        self.pairs, self.lost, self.new = pairs.pair(comparison, self.base, self.head)

    def _read(self, file: Eligible) -> None:
        change = file.change
        if file.obstacle and file.obstacle[0] in ("skipped", "failed"):
            return  # told of by the account of the review
        was_there = change.old_mode in REGULAR_MODES and change.old_path.endswith(".py")
        if was_there and file.base is None and not self.comparison.ignores(change.old_path):
            self._fail(change.path, "the old version, to compare with, could not be read")
        elif file.base and isinstance(answer := self.comparison.known_outline(file.base), Failure):
            self._fail(change.path, f"the old version, to compare with: {answer}")
        elif file.head is None or not isinstance(self.comparison.known_outline(file.head), Failure):
            if file.base:
                self.base[change.path] = self._file(file.base)
            if file.head:
                self.head[change.path] = self._file(file.head)

    def _fail(self, path: str, reason: str) -> None:
        self.failed.append(Coverage(path, "tests", "failed", reason))

    def _file(self, source: Source) -> TestFile:
        return functions.read(source.path, self.comparison.facts(source, "tests"))

    def skipped_at_base(self, base: Test) -> set[str]:
        """The kinds of unconditional skip that a function of base was under."""
        files = [file for file in self.base.values() if file.path == base.path]
        skips = [skip for file in files for skip in file.skips_of(base)]
        return {skip.kind for skip in skips if not skip.conditional}

    @cached_property
    def removed(self) -> Removed:
        """What the change took away from the product, or out of use there."""
        removed = product.removed(self.comparison)
        return removed._replace(names=removed.names | unused.names(self.comparison))

    def is_about_removed(self, test: Test) -> bool:
        """Whether a test of base is about something that the change took away."""
        first = min([test.line, *(each.line for each in test.cases)])
        lines = self.comparison.lines("base", test.path)[first - 1 : test.last_line]
        text = "\n".join(lines)
        passed = self.removed.passed(text, (call for call, _ in test.calls))
        return passed or self.removed.mentioned(text, test.leaf)

    def count_in_new_files(self) -> int:
        """How many tests the files hold that the change added."""
        return sum(
            test.is_test and not test.off
            for path, file in self.head.items()
            if path not in self.base
            for test in file.functions
        )

    def insists_on_no_less(self, pair: Both) -> bool:
        """Whether the file of a function has at least as many assertions at head as at base."""
        before = [file for file in self.base.values() if file.path == pair.base.path]
        after = self.head[pair.head.path]
        return len(_live(after)) >= len(_live(before[0])) if before else True

    @cached_property
    def configures_files(self) -> bool:
        """Whether settings say which files hold tests, so that names prove nothing."""
        try:
            found = pytest_settings.read(lambda path: self.comparison.text("head", path))
        except pytest_settings.Unreadable:
            return True
        return bool(found.lists.get("python_files"))

    @cached_property
    def helpers(self) -> Helpers:
        """What of the changed test files insists on something for others, at head."""
        return insisting.find(self.head.values())

    @cached_property
    def old_helpers(self) -> Helpers:
        """As `helpers`, at base."""
        return insisting.find(self.base.values())


def _live(file: TestFile) -> list[Assertion]:
    return [each for test in file.functions for each in test.live]
