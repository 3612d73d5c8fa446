"""The tests of both sides of a change, and which at head answers to which at base."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bot.checkers.tests import pytest_settings
from bot.comparison import Comparison, SideName
from bot.coverage import Eligible
from bot.domain import REGULAR_MODES, Coverage, Source
from bot.facts.assertions import Assertion
from bot.facts.markers import Cases, Skip
from bot.facts.test_body import Patch
from bot.located import share
from bot.outside.worker import Failure

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|tests\.py")
_TEST_FOLDERS = {"test", "tests"}
# Two functions of as many lines in common are one, renamed and edited.
_ALIKE = 0.5
# A shorter body, such as `pass`, says nothing about where a function came from.
_TELLING_LINES = 2
_MOST_COMPARED = 20_000
_LINE_LENGTH = 500


class Test(NamedTuple):
    """One function of a test file, a test or not. *off* says why it is not collected, "" if it is."""

    path: str
    name: str
    line: int
    last_line: int
    off: str
    digest: str
    is_property: bool
    assertions: Sequence[Assertion]
    skips: Sequence[Skip]
    cases: Sequence[Cases]
    patches: Sequence[Patch]
    calls: Sequence[tuple[str, int]]

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def is_test(self) -> bool:
        return self.leaf.startswith("test")

    @property
    def live(self) -> list[Assertion]:
        return [each for each in self.assertions if each.state == "live" and each.kind != "constant"]

    @property
    def runs(self) -> int:
        """How many cases it is run with, as far as they are written out."""
        count = 1
        for each in self.cases:
            count *= len(each.cases) if each.cases is not None else 1
        return count


class TestFile(NamedTuple):
    """What one side of a changed test file holds; *scopes* are the module ("") and its classes."""

    path: str
    functions: Sequence[Test]
    scopes: Mapping[str, tuple[int, Sequence[Skip]]]
    imports: Sequence[tuple[str, str, int]]
    ignored: Sequence[tuple[str, int]]

    def skips_of(self, test: Test) -> Iterator[Skip]:
        """The skips in force for a test: its own, its classes' and the file's."""
        yield from test.skips
        scope = test.name
        while scope:
            scope = scope.rpartition(".")[0]
            yield from self.scopes.get(scope, (0, ()))[1]


class Both(NamedTuple):
    """A function at base and what it is at head."""

    base: Test
    head: Test


def is_test_path(path: str) -> bool:
    """Whether a Python file is there for tests: tests, helpers, `conftest.py`."""
    folder, name = posixpath.split(path)
    if not name.endswith(".py"):
        return False
    return (
        is_collected_path(path) or name == "conftest.py" or bool(_TEST_FOLDERS & set(folder.split("/")))
    )


def is_collected_path(path: str) -> bool:
    """Whether pytest looks for tests in a file of this name, if not told otherwise."""
    return _TEST_FILE.fullmatch(posixpath.basename(path)) is not None


class Suites:
    """The test files of a change on both sides; what could not be read is in *failed*."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.failed: list[Coverage] = []
        self.base: dict[str, TestFile] = {}
        self.head: dict[str, TestFile] = {}
        for file in comparison.files:
            if is_test_path(file.change.path) or is_test_path(file.change.old_path):
                self._read(file)
        self.pairs, self.lost, self.new = self._paired()

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
        facts = self.comparison.facts(source, "tests")
        return TestFile(
            source.path,
            [_test(source.path, row) for row in facts["functions"]],
            {name: (line, _skips(rows)) for name, line, _, rows in facts["scopes"]},
            [(module, name, line) for module, name, line in facts["imports"]],
            [(text, line) for text, line in facts["ignored"]],
        )

    # Pairs --------------------------------------------------------------------------------------

    def _paired(self) -> tuple[list[Both], list[Test], list[Test]]:
        """Functions that are on both sides, those of base that are gone, and those that are new."""
        base = {
            (path, number): test
            for path, file in self.base.items()
            for number, test in enumerate(file.functions)
        }
        head = {
            (path, number): test
            for path, file in self.head.items()
            for number, test in enumerate(file.functions)
        }
        pairs: list[Both] = []

        def match(base_key: Any, head_key: Any) -> None:
            waiting: dict[Hashable, list[Any]] = defaultdict(list)
            # What is collected comes first.
            for at, test in sorted(head.items(), key=lambda item: (bool(item[1].off), item[0])):
                if (key := head_key(at[0], test)) is not None:
                    waiting[key].append(at)
            for at, test in sorted(base.items(), key=lambda item: (bool(item[1].off), item[0])):
                key = base_key(at[0], test)
                if key is not None and waiting.get(key):
                    pairs.append(Both(base.pop(at), head.pop(waiting[key].pop(0))))

        def same(key: Any) -> None:
            match(key, key)

        same(lambda path, test: (path, test.name))
        same(lambda path, test: (path, test.digest, test.leaf) if _tells(test) else None)
        same(lambda path, test: (path, test.digest) if _tells(test) else None)
        same(lambda path, test: (test.digest, test.leaf) if _tells(test) else None)
        same(lambda path, test: test.digest if _tells(test) else None)
        same(lambda path, test: (path, test.leaf) if test.is_test else None)
        same(lambda path, test: test.leaf if test.is_test else None)
        self._match_alike(base, head, pairs)
        return pairs, list(base.values()), list(head.values())

    def _match_alike(
        self, base: dict[Any, Test], head: dict[Any, Test], pairs: list[Both]
    ) -> None:
        if len(base) * len(head) > _MOST_COMPARED:
            return
        bodies = {("head", *at): self._body("head", test) for at, test in head.items()}
        ranked = []
        for at, test in base.items():
            own = self._body("base", test)
            for other in head:
                likeness = share(own, bodies["head", *other])
                if likeness >= _ALIKE and len(own) >= _TELLING_LINES:
                    ranked.append((-likeness, at[0] != other[0], at, other))
        for _, _, at, other in sorted(ranked):
            if at in base and other in head:
                pairs.append(Both(base.pop(at), head.pop(other)))

    def _body(self, side: Any, test: Test) -> frozenset[str]:
        lines = self.comparison.lines(side, test.path)[test.line : test.last_line]
        return frozenset(text for line in lines if (text := "".join(line[:_LINE_LENGTH].split())))

    # What the change did to the code ------------------------------------------------------------

    @cached_property
    def removed(self) -> frozenset[str]:
        """Names of functions, classes and modules of the product that the change took away."""
        before: set[str] = set()
        after: set[str] = set()
        for file in self.comparison.files:
            if is_test_path(file.change.path):
                continue
            before |= self._defined(file.base)
            after |= self._defined(file.head)
        return frozenset(before - after)

    def _defined(self, source: Source | None) -> set[str]:
        answer = self.comparison.known_outline(source) if source else None
        if source is None or answer is None or isinstance(answer, Failure):
            return set()
        stem = posixpath.basename(source.path).removesuffix(".py")
        return {stem} | {row[0].rpartition(".")[2] for row in answer["symbols"]}

    def mentions_removed(self, test: Test, text: str = "") -> bool:
        """Whether a test of base is about something that the change took away."""
        if not self.removed:
            return False
        first = min([test.line, *(each.line for each in test.cases)])
        lines = self.comparison.lines("base", test.path)[first - 1 : test.last_line]
        words = set(re.findall(r"\w+", text or "\n".join(lines)))
        return bool(words & self.removed) or any(
            len(name) > 4 and name in test.leaf for name in self.removed
        )

    def defines(self, side: SideName, path: str, module: str, name: str) -> bool:
        """Whether the product has what a test file at *path* imports by this name."""
        folders = ["", "src", *self.comparison.policy.source_roots]
        if module.startswith("."):
            level = len(module) - len(module.lstrip("."))
            folders = ["/".join(path.split("/")[:-level])]
        dotted_path = module.lstrip(".").replace(".", "/")
        listing = self.comparison.listing(side)
        for folder in folders:
            stem = posixpath.join(folder, dotted_path).rstrip("/")
            if f"{stem}/{name}.py" in listing or f"{stem}/{name}/__init__.py" in listing:
                return True
            for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
                if candidate in listing and not is_test_path(candidate):
                    text = self.comparison.text(side, candidate) or b""
                    return not name or re.search(rb"\b%s\b" % re.escape(name.encode()), text) is not None
        return False

    @cached_property
    def configures_files(self) -> bool:
        """Whether settings say which files hold tests, so that names prove nothing."""
        try:
            found = pytest_settings.read(lambda path: self.comparison.text("head", path))
        except pytest_settings.Unreadable:
            return True
        return bool(found.lists.get("python_files"))

    @cached_property
    def asserting(self) -> frozenset[str]:
        """Names of functions of the changed test files that insist on something, at head."""
        return _asserting(self.head.values())


# Names of helpers that insist on something.
_INSISTING = re.compile(
    r"assert|check|verif|expect|validate|ensure|should|must|compare|raise_for_status|fnmatch_lines"
)


def insists(call: str, known: Iterable[str]) -> bool:
    """Whether a call is one of a helper that insists on something."""
    leaf = call.rpartition(".")[2]
    return leaf in known or _INSISTING.search(leaf.lower()) is not None


def _asserting(files: Iterable[TestFile]) -> frozenset[str]:
    functions = [each for file in files for each in file.functions if not each.is_test]
    found = {each.leaf for each in functions if each.live}
    for _ in range(3):
        found |= {
            each.leaf
            for each in functions
            if any(call.rpartition(".")[2] in found for call, _ in each.calls)
        }
    return frozenset(found)


def _test(path: str, row: Sequence[Any]) -> Test:
    name, line, last, off, digest, given, assertions, skips, cases, patches, calls = row
    return Test(
        path,
        name,
        line,
        last,
        off,
        digest,
        given,
        [Assertion(*each) for each in assertions],
        _skips(skips),
        [Cases(*each) for each in cases],
        [Patch(*each) for each in patches],
        [(call, at) for call, at in calls],
    )


def _skips(rows: Iterable[Sequence[Any]]) -> list[Skip]:
    return [Skip(*row) for row in rows]


def _tells(test: Test) -> bool:
    return test.last_line - test.line >= _TELLING_LINES
