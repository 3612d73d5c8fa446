"""Numbers held to a limit: newly over it, over it and worse than at base, or as before."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from bot.domain import Label
from bot.located import SAME_BODY, LineMap, Located, body, share

# Functions that are gone and may be found again; a change that drops more is not searched whole.
_MOST_LOST = 200
# Names a measured finding on either side; True for head.
_Key = Callable[[Located, bool], Hashable]


def compare(files: Sequence[tuple[Sequence[Located], Sequence[Located], LineMap]]) -> None:
    """Label the measured findings of files, each given as head, base and line map.

    A function is known by the line that its definition had at base, else by its definition, else
    by its name; one that is gone may be found again, renamed or moved, by its body.
    """
    for head, base, lines in files:
        for key in (_line_key(lines), _definition, _name):
            _pair(measured(head), measured(base), key)
    # What was over the limit and is not any more may have left a short wrapper where it was.
    lost = [
        (at, body(at.side, at.finding.symbol))
        for _, base, _ in files
        for at in measured(base)
        if not at.used or (at.label == "introduced" and at.finding.symbol)
    ][:_MOST_LOST]
    for head, _, _ in files:
        for at in measured(head):
            exceeded = at.finding.measure is not None and at.finding.measure.exceeded
            if at.label != "introduced" or at.used:
                continue
            if not exceeded:
                at.label = "pre-existing"
            elif at.finding.symbol and (twin := _same_body(at, lost)) is not None:
                _compare(at, twin, "moved")


def _compare(head: Located, base: Located, otherwise: Label) -> None:
    """Label a measured finding by the number at base: newly over, over and worse, or as before."""
    now, then = head.finding.measure, base.finding.measure
    assert now is not None and then is not None
    head.used = base.used = True
    # What went below the limit was fixed; the base finding says so itself.
    base.label = "introduced" if then.exceeded and not now.exceeded else "pre-existing"
    head.before = then.value
    if not now.exceeded or not now.worse_than(then.value):
        head.label = otherwise
        return
    if now._replace(value=then.value).exceeded:
        head.label = "worsened"
    if now.slight(then.value):
        # Whoever adds a branch to a long function is not the one who has to split it.
        head.finding = head.finding._replace(severity="note")


def _same_body(at: Located, lost: Iterable[tuple[Located, frozenset[str]]]) -> Located | None:
    own = body(at.side, at.finding.symbol)
    best, best_share = None, SAME_BODY
    for other, other_body in lost:
        if other.code == at.code and (not other.used or other.label == "introduced"):
            likeness = share(own, other_body)
            if likeness >= best_share:
                best, best_share = other, likeness
    return best


def measured(located: Iterable[Located]) -> list[Located]:
    return [at for at in located if at.finding.measure]


def _pair(
    head: Iterable[Located],
    base: Iterable[Located],
    key: _Key,
) -> None:
    """Compare the numbers of what has the same key on both sides, in order, each used once."""
    waiting: dict[Hashable, list[Located]] = defaultdict(list)
    for at in reversed(list(base)):
        if not at.used:
            waiting[key(at, False)].append(at)
    for at in head:
        candidates = waiting.get(key(at, True)) if not at.used else None
        if candidates:
            _compare(at, candidates.pop(), "pre-existing")


def _line_key(lines: LineMap) -> _Key:
    def key(at: Located, is_head: bool) -> Hashable:
        line: int | None = at.finding.start_line
        if is_head:
            line = lines.old(at.finding.start_line)
        # A line that the change wrote equals nothing at base.
        return (at.code, at.finding.symbol, line) if line is not None else at

    return key


def _definition(at: Located, is_head: bool) -> Hashable:
    return at.code, at.finding.symbol, "".join(at.finding.quote.split())


def _name(at: Located, is_head: bool) -> Hashable:
    if at.finding.key:
        return at.code, at.finding.key
    return (at.code, at.finding.symbol) if at.side.named else at
