"""The functions of test files, as one side of a change has them."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.facts.assertions import Assertion
from bot.facts.markers import Cases, Skip
from bot.facts.test_body import Patch

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|tests\.py")
_TEST_FOLDERS = {"test", "tests"}
# In any language, and what tests read: cases, snapshots.
_ANY_TEST = re.compile(r"(test_.*|.*_test|tests|.*\.(test|spec)|conftest)\.\w+")
_ANY_FOLDERS = _TEST_FOLDERS | {"__tests__", "__snapshots__"}


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
        return [
            each for each in self.assertions if each.state == "live" and each.kind != "constant"
        ]

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
    scopes: Mapping[str, Sequence[Skip]]
    imports: Sequence[tuple[str, str, int]]
    ignored: Sequence[tuple[str, int]]

    def skips_of(self, test: Test) -> Iterator[Skip]:
        """The skips in force for a test: its own, its classes' and the file's."""
        yield from test.skips
        scope = test.name
        while scope:
            scope = scope.rpartition(".")[0]
            yield from self.scopes.get(scope, ())


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
        is_collected_path(path)
        or name == "conftest.py"
        or bool(_TEST_FOLDERS & set(folder.split("/")))
    )


def belongs_to_tests(path: str) -> bool:
    """Whether a file of any kind is there for tests."""
    folder, name = posixpath.split(path)
    return _ANY_TEST.fullmatch(name) is not None or bool(_ANY_FOLDERS & set(folder.split("/")))


def is_collected_path(path: str) -> bool:
    """Whether pytest looks for tests in a file of this name, if not told otherwise."""
    return _TEST_FILE.fullmatch(posixpath.basename(path)) is not None


def read(path: str, facts: Mapping[str, Any]) -> TestFile:
    """The file at *path*, from what `bot.facts.tests` says of it."""
    return TestFile(
        path,
        [_test(path, row) for row in facts["functions"]],
        {name: _skips(rows) for name, _, _, rows in facts["scopes"]},
        [(module, name, line) for module, name, line in facts["imports"]],
        [(text, line) for text, line in facts["ignored"]],
    )


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
