"""Which comments that silence a check are new or wider, and which were there before.

Pure. One is the same as at base on a line that did not change, on a line that is alike, or with
the same code in another file of the change that lost it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from bot.facts.suppressions import Suppression
from bot.located import LineMap

_RANK = ("line", "range", "file")
# Lines alike, from 0 to 1, for an edited line to be the same.
_ALIKE = 0.5
_MOST_CANDIDATES = 50
# Code that is longer than this is the same code wherever it is.
_DISTINCT = 16


class Placed(NamedTuple):
    """A suppression in its file: the code it is about without white space, and what encloses it."""

    path: str
    at: Suppression
    code: str
    words: frozenset[str]
    symbol: str


class New(NamedTuple):
    """A suppression of head, and the codes it silences that were not silenced before.

    *instead* are codes that it silenced at base and does not any more.
    """

    placed: Placed
    widened: bool
    codes: tuple[str, ...]
    instead: tuple[str, ...] = ()


def within(
    base: Sequence[Placed], head: Sequence[Placed], lines: LineMap
) -> tuple[list[Placed], list[New]]:
    """What base has left and head has gained in one file."""
    pairs: list[tuple[Placed, Placed]] = []
    unmatched: list[Placed] = []
    by_line = {(each.at.line, each.at.tool, each.at.text): each for each in base}
    for each in head:
        old = lines.old(each.at.line) if base else None
        same = by_line.pop((old or 0, each.at.tool, each.at.text), None)
        if same is None:
            unmatched.append(each)
        else:
            pairs.append((each, same))
    taken = {id(old) for _, old in pairs}
    waiting = [each for each in base if id(each) not in taken]
    # What says the same in the same function or class first, then whatever is alike.
    for key in (lambda of: (of.at.tool, of.at.text, of.symbol), lambda of: of.at.tool):
        found = list(_pairs(unmatched, waiting, key))
        pairs += found
        taken = {id(each) for pair in found for each in pair}
        unmatched = [each for each in unmatched if id(each) not in taken]
        waiting = [each for each in waiting if id(each) not in taken]
    fresh = [
        New(each, False, tuple(each.at.codes))
        for each in unmatched
        if not any(_covers(old, each) for old in base)
    ]
    fresh += [_widened(new, old) for new, old in pairs if not _is_no_wider(new.at, old.at)]
    return waiting, fresh


def _widened(head: Placed, base: Placed) -> New:
    codes = tuple(code for code in head.at.codes if code not in base.at.codes)
    is_exchange = codes and _RANK.index(head.at.scope) <= _RANK.index(base.at.scope)
    gone = tuple(code for code in base.at.codes if code not in head.at.codes)
    return New(head, True, codes, gone if is_exchange else ())


def _pairs(
    head: Sequence[Placed], base: Sequence[Placed], key: Callable[[Placed], Any]
) -> Iterator[tuple[Placed, Placed]]:
    """Those of head with those of base that are likest, of the same *key* and each but once."""
    old, new = _by(key, base), _by(key, head)
    scored = sorted(
        (
            (-score, abs(one.at.line - other.at.line), number, place, one, other)
            for name in new
            for number, one in enumerate(new[name])
            for place, other in _near(number, len(new[name]), old.get(name, []))
            if (score := _score(one, other))
        ),
        key=lambda row: row[:4],
    )
    taken: set[int] = set()
    for *_, one, other in scored:
        if id(one) not in taken and id(other) not in taken:
            taken |= {id(one), id(other)}
            yield one, other


def _by(key: Callable[[Placed], Any], several: Iterable[Placed]) -> dict[Any, list[Placed]]:
    found: dict[Any, list[Placed]] = defaultdict(list)
    for each in several:
        found[key(each)].append(each)
    return found


def _near(number: int, total: int, among: Sequence[Placed]) -> Iterator[tuple[int, Placed]]:
    """Those about as far down as the one of this *number* of *total*: lines keep their order."""
    first = number * len(among) // total - _MOST_CANDIDATES // 2
    first = max(0, min(first, len(among) - _MOST_CANDIDATES))
    yield from enumerate(among[first : first + _MOST_CANDIDATES], first)


def _score(head: Placed, base: Placed) -> float:
    """How alike two are, 0 where they are not the same edited."""
    alike = _alike(head, base)
    if alike < _ALIKE:
        return 0
    return alike + _is_no_wider(head.at, base.at) + (head.symbol == base.symbol) / 2


def _alike(one: Placed, other: Placed) -> float:
    if one.code == other.code:
        return 1.0
    return 2 * len(one.words & other.words) / ((len(one.words) + len(other.words)) or 1)


def _is_no_wider(head: Suppression, base: Suppression) -> bool:
    if _RANK.index(head.scope) > _RANK.index(base.scope):
        return False
    return not base.codes or (bool(head.codes) and set(head.codes) <= set(base.codes))


def _covers(base: Placed, head: Placed) -> bool:
    """Whether base silenced the same for the whole file."""
    same = base.at.tool == head.at.tool and base.at.scope == "file"
    return same and _is_no_wider(head.at, base.at)


def across(base: Iterable[Placed], head: Iterable[New]) -> Iterator[New]:
    """Those of head that did not come with their line from another file."""
    gone: dict[Any, list[Placed]] = defaultdict(list)
    for each in base:
        gone[each.at.tool, each.code].append(each)
    for new in head:
        at = new.placed
        candidates = gone[at.at.tool, at.code]
        leaf = at.symbol.rpartition(".")[2]
        for other in candidates[:_MOST_CANDIDATES]:
            same_leaf = leaf == other.symbol.rpartition(".")[2]
            if _is_no_wider(at.at, other.at) and (len(at.code) > _DISTINCT or (leaf and same_leaf)):
                candidates.remove(other)
                break
        else:
            yield new
