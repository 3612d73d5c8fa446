"""Which comments that silence a check are new or wider, and which were there before.

Pure. One is the same as at base on a line that did not change, on a line that is alike, or with
the same code in another file of the change that lost it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
    """A suppression of head, and the codes it silences that were not silenced before."""

    placed: Placed
    widened: bool
    codes: tuple[str, ...]


def within(
    base: Sequence[Placed], head: Sequence[Placed], lines: LineMap
) -> tuple[list[Placed], list[New]]:
    """What base has left and head has gained in one file."""
    waiting: dict[str, list[Placed]] = defaultdict(list)
    for each in base:
        waiting[each.at.tool].append(each)
    unmatched: list[Placed] = []
    matched: list[tuple[Placed, Placed]] = []
    by_line = {(each.at.line, each.at.tool, each.at.text): each for each in base}
    for each in head:
        old = lines.old(each.at.line) if base else None
        same = by_line.pop((old or 0, each.at.tool, each.at.text), None)
        if same is None:
            unmatched.append(each)
        else:
            waiting[each.at.tool].remove(same)
            matched.append((each, same))
    fresh = []
    for each in unmatched:
        likest = _likest(each, waiting[each.at.tool])
        if likest is not None:
            waiting[each.at.tool].remove(likest)
            matched.append((each, likest))
        else:
            fresh.append(New(each, False, tuple(each.at.codes)))
    fresh = [new for new in fresh if not any(_covers(each, new.placed) for each in base)]
    fresh += [
        New(after, True, tuple(code for code in after.at.codes if code not in before.at.codes))
        for after, before in matched
        if not _is_no_wider(after.at, before.at)
    ]
    return [each for left in waiting.values() for each in left], fresh


def _likest(head: Placed, waiting: Sequence[Placed]) -> Placed | None:
    best, most = None, 0.0
    for each in waiting[:_MOST_CANDIDATES]:
        alike = _alike(head, each)
        if alike >= _ALIKE:
            score = alike + _is_no_wider(head.at, each.at) + (head.symbol == each.symbol) / 2
            if score > most:
                best, most = each, score
    return best


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
