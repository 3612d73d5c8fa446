"""Tests of base that are nowhere at head, less those that something stands in for."""

import posixpath
import re
from collections.abc import Iterator

from bot.checkers.tests import product, strength
from bot.checkers.tests.functions import Test
from bot.checkers.tests.suite import Suites

# Calls that every test makes say nothing about what it tests.
_COMMON = {
    "len", "str", "list", "dict", "set", "sorted", "print", "open", "range", "isinstance", "repr",
    "tuple", "any", "all", "int", "bytes", "type", "Path", "enumerate", "zip", "super", "getattr",
}  # fmt: skip
# Fewer words are shared by chance.
_FEW = 4
_MOST_COMPARED = 20_000
_WORD = re.compile(r"[A-Za-z_]{4,}")


def missing(suites: Suites) -> list[Test]:
    """The tests that ran at base, are gone, and are neither inherited, merged nor written anew."""
    lost = [test for test in suites.lost if test.is_test and not test.off]
    twins = _twins(suites)
    left = [
        test
        for test in lost
        if not twins & _names(suites, test)
        and not _was_idle(suites, test)
        and not _is_inherited(suites, test)
    ]
    return list(_not_written_anew(suites, left))


def _twins(suites: Suites) -> set[tuple[str, str]]:
    """Where tests of head are: in a file, in the folder of one that is not deleted, by their bodies."""
    found = set()
    for path, file in suites.head.items():
        for test in file.functions:
            if not test.off:
                found |= {(path, test.leaf), (posixpath.dirname(path) + "/", test.leaf)}
                if test.last_line > test.line + 1:
                    found.add(("", test.digest))
    return found


def _names(suites: Suites, test: Test) -> set[tuple[str, str]]:
    comparison = suites.comparison
    path = comparison.renamed.get(test.path, test.path)
    names = {(path, test.leaf), ("", test.digest)}
    if path not in suites.head:
        # The file is gone: a neighbour may run the same tests for it too.
        names.add((posixpath.dirname(path) + "/", test.leaf))
    return names


def _was_idle(suites: Suites, test: Test) -> bool:
    """Whether it was skipped, or needed what the change dropped support for."""
    if "skip" in suites.skipped_at_base(test):
        return True
    return bool(suites.removed.names) and any(skip.kind == "needs" for skip in test.skips)


def _is_inherited(suites: Suites, test: Test) -> bool:
    """Whether a test file that this one imports defines a test of that name in a class."""
    if "." not in test.name:
        return False
    comparison = suites.comparison
    path = comparison.renamed.get(test.path, test.path)
    file = suites.head.get(path)
    wanted = re.compile(rf"(?m)^[ \t]+(?:async[ \t]+)?def {re.escape(test.leaf)}\(")
    for module, name, _ in file.imports if file else ():
        text = product.module_text(comparison, "head", path, module, name)
        if text and wanted.search(text):
            return True
    return False


def _not_written_anew(suites: Suites, lost: list[Test]) -> Iterator[Test]:
    room = [
        (test, max(test.runs, len(test.live)))
        for test in suites.new
        if test.is_test and not test.off
    ]
    room += [(head, head.runs - base.runs) for base, head in suites.pairs if head.runs > base.runs]
    if len(lost) * len(room) > _MOST_COMPARED:
        room = []
    left = [count for _, count in room]
    words = [_words(other) for other, _ in room]
    for test in lost:
        path = suites.comparison.renamed.get(test.path, test.path)
        own = _words(test)
        for number, (other, _) in enumerate(room):
            if left[number] > 0 and _strength(other) >= _strength(test):
                is_near = _is_alike if other.path == path else _is_namesake
                if _share(own, words[number]) or is_near(test, other):
                    left[number] -= 1
                    break
        else:
            yield test


def _strength(test: Test) -> float:
    return max([strength.of(each) for each in test.live], default=0)


def _is_alike(one: Test, other: Test) -> bool:
    return bool(_calls(one) & _calls(other)) or _is_named_alike(one, other)


def _is_namesake(one: Test, other: Test) -> bool:
    """Whether a test of another file asks the same question, and only the answer is another."""
    asked = {(each.kind, each.left) for each in one.live}
    shared = any((each.kind, each.left) in asked for each in other.live)
    return shared and _is_named_alike(one, other)


def _is_named_alike(one: Test, other: Test) -> bool:
    own, others = set(one.leaf.split("_")[1:]), set(other.leaf.split("_")[1:])
    return 2 * len(own & others) > len(own | others)


def _calls(test: Test) -> set[str]:
    return {
        call
        for call, _ in test.calls
        if call not in _COMMON and not call.startswith(("pytest.", "self.assert"))
    }


def _words(test: Test) -> set[str]:
    """What its assertions and calls are about."""
    text = " ".join([*(f"{each.left} {each.right}" for each in test.live), *sorted(_calls(test))])
    return set(_WORD.findall(text))


def _share(one: set[str], other: set[str]) -> bool:
    """Whether two tests are about the same: three words in five."""
    return len(one) >= _FEW and 5 * len(one & other) >= 3 * min(len(one), len(other)) > 0
