"""Assertions that a test lost, or that insist on less than they did."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.checkers.tests import strength
from bot.checkers.tests.functions import Both, Test
from bot.checkers.tests.insisting import Helpers
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, short
from bot.facts.assertions import Assertion


def find(suites: Suites) -> Iterator[Told]:
    """One thing told of each function whose assertions weigh less, with every way in which."""
    moved = _moved(suites)
    cases = {
        case
        for file in suites.head.values()
        for test in file.functions
        for each in test.cases
        for case in each.cases or ()
    }
    for pair in suites.pairs:
        if pair.head.is_test and pair.head.off:
            continue  # told as no longer run
        ways = [*_weaker(pair, suites, moved), *_fewer_cases(pair, suites, cases)]
        if ways:
            line = ways[0][0] or pair.head.line
            more = f" (and {len(ways) - 1} more)" if len(ways) > 1 else ""
            yield Told(
                pair.head.path,
                line,
                f"`{pair.head.name}` insists on less: {ways[0][1]}{more}",
                f"{pair.base.name}:{';'.join(sorted(way for _, way in ways))}",
            )


def _moved(suites: Suites) -> Counter[str]:
    """Assertions that the change added to any function, by what they insist on."""
    run = [test for test in suites.new if not (test.is_test and test.off)]
    found = Counter(each.identity for test in run for each in test.live)
    for base, head in suites.pairs:
        found.update(each.identity for each in _less(head.live, base.live))
    return found


def _weaker(pair: Both, suites: Suites, moved: Counter[str]) -> Iterator[tuple[int, str]]:
    """Line at head, or 0, and in which way."""
    removed = _less(pair.base.live, pair.head.live)
    added = _less(pair.head.live, pair.base.live)
    idle = {each.identity: each for each in pair.head.assertions if each.state != "live"}
    kept = []
    for old in removed:
        if old.identity in idle:
            new = idle[old.identity]
            how = "is never reached" if new.state == "dead" else "fails without consequence"
            yield new.line, f"`{short(strength.shown(old))}` {how}"
        else:
            kept.append(old)
    left, rest, weaker = strength.compared(kept, added)
    yield from weaker
    if not left:
        return
    gained = _helped(pair.head, suites.helpers) - _helped(pair.base, suites.old_helpers)
    if gained > 0 or _is_rewritten(pair, kept):
        return  # a helper may insist on any number of things
    lost = [
        old
        for old in left
        if not (
            _went(old, moved)
            or strength.merged(old, added)
            or _is_called_still(old, pair.head)
            or suites.removed.dropped_in(f"{old.left} {old.right}")
        )
    ]
    telling = [old for old in lost if strength.of(old) > strength.TYPE]
    if not telling and pair.head.is_test and not pair.head.live:
        telling = lost
    count = len(telling) - sum(strength.weight(new) for new in rest)
    if count <= 0 or _is_about_other_things(pair, suites, rest):
        return
    file = suites.comparison.changed(pair.head.path)
    first = telling[0]
    line = (
        suites.comparison.line_at_head(file, first.line)
        if file and pair.base.path == file.old_path
        else 0
    )
    more = f" and {count - 1} more" if count > 1 else ""
    yield line, f"`{short(strength.shown(first))}`{more} is gone"


def _is_about_other_things(pair: Both, suites: Suites, rest: Sequence[Assertion]) -> bool:
    """Whether a test was made for what the change took away, or renamed and split."""
    if suites.is_about_removed(pair.base):
        return True
    if pair.base.leaf == pair.head.leaf:
        return False
    return bool(rest) or suites.insists_on_no_less(pair)


def _is_rewritten(pair: Both, removed: Sequence[Assertion]) -> bool:
    """Whether hardly anything of the test is left, so that its assertions cannot be compared."""
    old = {call for call, _ in pair.base.calls}
    new = {call for call, _ in pair.head.calls}
    return (
        len(removed) == len(pair.base.live)
        and (bool(pair.head.live) or len(new) >= len(old))
        and 4 * len(old & new) < len(old | new)
    )


def _is_called_still(old: Assertion, head: Test) -> bool:
    """`assert f() is None` that became `f()`."""
    return (old.kind, old.right) == ("is", "None") and any(
        old.left.startswith(f"{call}(") for call, _ in head.calls
    )


def _went(old: Assertion, moved: Counter[str]) -> bool:
    if moved[old.identity] > 0:
        moved[old.identity] -= 1
        return True
    return False


def _less(these: Sequence[Assertion], those: Sequence[Assertion]) -> list[Assertion]:
    known = Counter(each.identity for each in those)
    left = []
    for each in these:
        if known[each.identity] > 0:
            known[each.identity] -= 1
        else:
            left.append(each)
    return left


def _helped(test: Test, helpers: Helpers) -> int:
    """How often a function calls what insists on something for it."""
    own = {each.line for each in test.assertions}
    return sum(helpers.insists(call) for call, line in test.calls if line not in own)


def _fewer_cases(pair: Both, suites: Suites, everywhere: set[str]) -> Iterator[tuple[int, str]]:
    known = {each.names: each for each in pair.head.cases}
    for old in pair.base.cases:
        new = known.get(old.names)
        if new is None or old.cases is None or new.cases is None:
            continue
        gone = [case for case in old.cases if case not in everywhere]
        fewer = len(old.cases) - len(new.cases)
        if gone and fewer > 0 and not suites.is_about_removed(pair.base):
            number = (
                "a case of the parametrisation is"
                if fewer == 1
                else f"{fewer} cases of the parametrisation are"
            )
            yield new.line, f"{number} gone"
