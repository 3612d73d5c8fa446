"""Assertions that a test lost, or that insist on less than they did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bot.checkers.tests import pairs, parted, strength
from bot.checkers.tests.functions import Both, Test
from bot.checkers.tests.insisting import Helpers
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, short
from bot.facts.assertions import Assertion

# A test with fewer lines in common, and none of its assertions, is another one.
_REWRITTEN = 0.3
# A shorter one has nothing in common with itself as soon as it is edited.
_TELLING_LINES = 4


def find(suites: Suites, *, only_removed: bool) -> Iterator[Told]:
    """One thing told of each function whose assertions weigh less, with every way in which.

    *only_removed*: of those that kept assertions as strong as they were, and lost others.
    """
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
        change = _Change(pair)
        ways = [*change.weaker, *_fewer_cases(pair, suites, cases)]
        gone = _gone(change, suites, moved)
        if gone and (ways or change.pretends):
            ways, gone = [*ways, *gone], []
        told = gone if only_removed else ways
        if told:
            line = told[0][0] or pair.head.line
            more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
            yield Told(
                pair.head.path,
                line,
                f"`{pair.head.name}` insists on less: {told[0][1]}{more}",
                f"{pair.base.name}:{';'.join(sorted(way for _, way in told))}",
            )


class _Change:
    """What became of the assertions of one function: *left* are gone, *rest* are new."""

    def __init__(self, pair: Both) -> None:
        self.pair = pair
        removed = _less(pair.base.live, pair.head.live)
        self.added = _less(pair.head.live, pair.base.live)
        idle = {each.identity: each for each in pair.head.assertions if each.state != "live"}
        self.weaker = list(_idle(removed, idle))
        self.removed = [old for old in removed if old.identity not in idle]
        self.left, self.rest, weaker = strength.compared(self.removed, self.added)
        self.weaker += weaker

    @property
    def pretends(self) -> bool:
        """Whether nothing is asserted any more, or a constant newly is."""
        if self.pair.head.is_test and self.pair.base.live and not self.pair.head.live:
            return True
        constants = [
            sum(each.kind == "constant" for each in test.assertions)
            for test in (self.pair.base, self.pair.head)
        ]
        return constants[1] > constants[0]


def _idle(removed: Sequence[Assertion], idle: Mapping[str, Assertion]) -> Iterator[tuple[int, str]]:
    for old in removed:
        if old.identity in idle:
            new = idle[old.identity]
            how = "is never reached" if new.state == "dead" else "fails without consequence"
            yield new.line, f"`{short(strength.shown(old))}` {how}"


def _moved(suites: Suites) -> Counter[str]:
    """Assertions that the change added to any function, by what they insist on."""
    run = [test for test in suites.new if not (test.is_test and test.off)]
    found = Counter(each.identity for test in run for each in test.live)
    for base, head in suites.pairs:
        found.update(each.identity for each in _less(head.live, base.live))
    return found


def _gone(change: _Change, suites: Suites, moved: Counter[str]) -> list[tuple[int, str]]:
    """The assertions that are gone, as one line at head and way; none if something explains it."""
    pair = change.pair
    if not change.left or _is_rewritten(change, suites):
        return []
    if _helped(pair.head, suites.helpers) > _helped(pair.base, suites.old_helpers):
        return []  # a helper may insist on any number of things
    lost = [
        old
        for old in change.left
        if not (
            _went(old, moved)
            or strength.merged(old, change.added)
            or _is_called_still(old, pair.head)
            or suites.removed.dropped_in(f"{old.left} {old.right}")
        )
    ]
    telling = [old for old in lost if strength.of(old) > strength.TYPE]
    if not telling and pair.head.is_test and not pair.head.live:
        telling = lost
    count = len(telling) - sum(strength.weight(new) for new in change.rest)
    if count <= 0 or _is_about_other_things(pair, suites, change.rest):
        return []
    file = suites.comparison.changed(pair.head.path)
    first = telling[0]
    line = (
        suites.comparison.line_at_head(file, first.line)
        if file and pair.base.path == file.old_path
        else 0
    )
    more = f" and {count - 1} more are" if count > 1 else " is"
    return [(line, f"`{short(strength.shown(first))}`{more} gone")]


def _is_about_other_things(pair: Both, suites: Suites, rest: Sequence[Assertion]) -> bool:
    """Whether a test was made for what the change took away, or renamed and split."""
    if suites.is_about_removed(pair.base):
        return True
    if pair.base.leaf == pair.head.leaf:
        return False
    return bool(rest) or suites.insists_on_no_less(pair)


def _is_rewritten(change: _Change, suites: Suites) -> bool:
    """Whether hardly anything of the test is left, so that its assertions cannot be compared."""
    base = change.pair.base
    if len(change.removed) < len(base.live) or base.last_line - base.line < _TELLING_LINES:
        return False
    grows = len(change.pair.head.calls) >= len(change.pair.base.calls)
    return grows and pairs.likeness(suites.comparison, change.pair) < _REWRITTEN


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
        if not gone or fewer <= 0 or suites.is_about_removed(pair.base):
            continue
        if not parted.has_own_test(suites, pair, old, new):
            number = (
                "a case of the parametrisation is"
                if fewer == 1
                else f"{fewer} cases of the parametrisation are"
            )
            yield new.line, f"{number} gone"
