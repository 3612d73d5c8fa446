"""Which function at head is which at base: renamed, moved and edited ones too."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import NamedTuple

from bot.checkers.tests.functions import Both, Test, TestFile
from bot.comparison import Comparison, SideName
from bot.located import share

# Two functions of as many lines in common are one, renamed and edited.
_ALIKE = 0.5
# A shorter body, such as `pass`, says nothing about where a function came from.
_TELLING_LINES = 2
_MOST_COMPARED = 20_000
_LINE_LENGTH = 500

# Path at head and number in the file.
_Place = tuple[str, int]
# What functions that are the same have in common, strongest evidence first.
_EVIDENCE: tuple[Callable[[str, Test], Hashable], ...] = (
    lambda path, test: (path, test.name),
    lambda path, test: (path, test.digest, test.leaf) if _tells(test) else None,
    lambda path, test: (path, test.digest) if _tells(test) else None,
    lambda path, test: (test.digest, test.leaf) if _tells(test) else None,
    lambda path, test: test.digest if _tells(test) else None,
    lambda path, test: (path, test.leaf) if test.is_test else None,
    lambda path, test: test.leaf if test.is_test else None,
)


class Paired(NamedTuple):
    """Functions that are on both sides, those of base that are gone, and those that are new."""

    both: list[Both]
    lost: list[Test]
    new: list[Test]


def pair(
    comparison: Comparison, before: Mapping[str, TestFile], after: Mapping[str, TestFile]
) -> Paired:
    """The functions of both sides, given by path at head."""
    base, head = _places(before), _places(after)
    both: list[Both] = []
    for evidence in _EVIDENCE:
        waiting: dict[Hashable, list[_Place]] = defaultdict(list)
        for at in _ordered(head):
            if (key := evidence(at[0], head[at])) is not None:
                waiting[key].append(at)
        for at in _ordered(base):
            key = evidence(at[0], base[at])
            if key is not None and waiting.get(key):
                both.append(Both(base.pop(at), head.pop(waiting[key].pop(0))))
    both += _alike(comparison, base, head)
    return Paired(both, list(base.values()), list(head.values()))


def likeness(comparison: Comparison, both: Both) -> float:
    """How much of a function is the same on both sides, from 0 to 1."""
    return share(_body(comparison, "base", both.base), _body(comparison, "head", both.head))


def _places(files: Mapping[str, TestFile]) -> dict[_Place, Test]:
    return {
        (path, number): test
        for path, file in files.items()
        for number, test in enumerate(file.functions)
    }


def _ordered(functions: Mapping[_Place, Test]) -> list[_Place]:
    """What is collected comes first, since of two with one name it is the one that counts."""
    return sorted(functions, key=lambda at: (bool(functions[at].off), at))


def _alike(
    comparison: Comparison, base: dict[_Place, Test], head: dict[_Place, Test]
) -> Iterator[Both]:
    if len(base) * len(head) > _MOST_COMPARED:
        return
    bodies = {at: _body(comparison, "head", test) for at, test in head.items()}
    ranked = []
    for at, test in base.items():
        own = _body(comparison, "base", test)
        if len(own) < _TELLING_LINES:
            continue
        for other, body in bodies.items():
            likeness = share(own, body)
            if likeness >= _ALIKE:
                ranked.append((-likeness, at[0] != other[0], at, other))
    for _, _, at, other in sorted(ranked):
        if at in base and other in head:
            yield Both(base.pop(at), head.pop(other))


def _body(comparison: Comparison, side: SideName, test: Test) -> frozenset[str]:
    lines = comparison.lines(side, test.path)[test.line : test.last_line]
    return frozenset(text for line in lines if (text := "".join(line[:_LINE_LENGTH].split())))


def _tells(test: Test) -> bool:
    return test.last_line - test.line >= _TELLING_LINES
