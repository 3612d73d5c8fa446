"""What a change introduced: the findings at head less the findings at base.

Pure. Findings are matched as multisets, strongest evidence first, so that a second identical
hit stays new while an edited, re-indented or moved one stays old:

1. same check on the line that the diff maps to, same message but for numbers;
2. same check in the same symbol on the same text;
3. same check in the same symbol, or in what it was renamed to, with the same message but for
   numbers;
4. same check on the same text in the same file, under another symbol;
5. same check on the same text in another file of the change that lost it: *moved*.

In 4 and 5 a line such as `except Exception:` proves nothing by itself: the name of the enclosing
symbol or a neighbouring line must agree too. Findings that carry a measure are compared by their
numbers instead (`bot.ratchet`). Passes and edge cases are those measured on 1,023 commits
(docs/introduced.md).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from bot import ratchet
from bot.domain import SEVERITIES, Finding, Label
from bot.located import SAME_BODY, Enclosing, LineMap, Located, Pair, Side, body, share, touched

# A longer text, white space removed, that occurs once is evidence by itself in the same file;
# `except Exception:` is not.
_DISTINCT = 16
# Of lines that are the same a hundred times over, this many are compared by their neighbours.
_MOST_CANDIDATES = 50
# More functions renamed at once are not told apart by their bodies.
_MOST_PAIRS = 10_000


def label(pairs: Sequence[Pair]) -> list[Finding]:
    """Every finding of head with its label and, as *fixed*, those of base that are gone."""
    files = [_File(pair) for pair in pairs]
    for file in files:
        file.match_places()
    _match_moved(files)
    ratchet.compare([(file.head, file.base, file.lines) for file in files])
    for file in files:
        file.pardon_unread()
    found: list[Finding] = []
    for file in files:
        found.extend(located.result() for located in file.head)
        found.extend(located.result() for located in file.gone())
    return found


def pardon(
    findings: Iterable[Finding], paths: frozenset[str], keep: frozenset[str]
) -> list[Finding]:
    """Findings where *paths*, whose syntax did not change, introduced and fixed nothing.

    Rules in *keep* look at comments too, so equal syntax says nothing about them.
    """
    judged = []
    for finding in findings:
        if finding.path in paths and finding.rule not in keep:
            if finding.label == "fixed":
                continue
            finding = finding._replace(label="pre-existing")
        judged.append(finding)
    return judged


def by_key(base: Iterable[Finding], head: Iterable[Finding]) -> list[Finding]:
    """The findings of head, introduced or there before, and as *fixed* those of base that are gone.

    For findings that are the same when rule and key are, wherever they are.
    """
    waiting: dict[Hashable, list[Finding]] = defaultdict(list)
    for finding in base:
        waiting[finding.rule, finding.key].append(finding)
    judged = []
    for finding in head:
        known = waiting[finding.rule, finding.key]
        judged.append(finding._replace(label="pre-existing" if known else "introduced"))
        del known[:1]
    gone = [finding._replace(label="fixed") for left in waiting.values() for finding in left]
    return judged + gone


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order, those alike told apart by number; numbers within limits left out."""
    counts: dict[Hashable, int] = defaultdict(int)
    kept = []
    for finding in sorted(findings, key=lambda each: (each.path, each.start_line, each.rule)):
        if finding.label == "pre-existing" and finding.measure and not finding.measure.exceeded:
            continue
        ordinal = counts[finding.identity]
        counts[finding.identity] += 1
        kept.append(finding._replace(ordinal=ordinal))
    return kept


class _File:
    """The findings of a pair, those of base being used up as they are matched."""

    def __init__(self, pair: Pair) -> None:
        old_path = pair.base.path if pair.base else ""
        self.pair = pair
        self.head = _locate(pair.head, old_path)
        self.base = _locate(pair.base, old_path)
        self.lines = LineMap(pair.hunks)
        self.head_names = _names(pair.head)
        self.base_names = _names(pair.base)

    def match_places(self) -> None:
        def mapped(located: Located) -> Hashable:
            line = self.lines.old(located.finding.start_line)
            return None if line is None else (located.code, line, located.masked)

        self._match(mapped, lambda at: (at.code, at.finding.start_line, at.masked))
        if not all(side.named for side in (self.pair.base, self.pair.head) if side):
            return
        by_text = _symbol_key("text")
        self._match(by_text, by_text)
        by_message = _symbol_key("masked")
        self._match(by_message, by_message, Located.resembles)
        if self.new() and self.vanished():
            renames = self._renames()
            self._match(
                by_message,
                lambda at: (at.code, renames.get(at.finding.symbol), at.masked),
                Located.resembles,
            )
            # A method that went to another class and was edited on the way.
            self._match(
                lambda at: (at.code, at.leaf, at.masked),
                lambda at: (at.code, self._lost_leaf(at), at.masked),
                Located.resembles,
            )

    def pardon_unread(self) -> None:
        """Where base could not be read there is nothing to match, but its lines are known."""
        for at in self.head:
            if at.label == "introduced" and at.finding.checker in self.pair.unread_base:
                unchanged = self.lines.old(at.finding.start_line) is not None
                if at.finding.measure and at.finding.symbol:
                    unchanged = not touched(at.side, self.pair.hunks, at.finding.symbol)
                if unchanged:
                    at.label = "pre-existing"

    def _match(
        self,
        head_key: Callable[[Located], Hashable],
        base_key: Callable[[Located], Hashable],
        fits: Callable[[Located, Located], bool] = lambda head, base: True,
    ) -> None:
        waiting: dict[Hashable, list[Located]] = defaultdict(list)
        for located in reversed(self.vanished()):
            waiting[base_key(located)].append(located)
        for located in self.new():
            candidates = waiting.get(head_key(located), [])
            for other in candidates[-_MOST_CANDIDATES:][::-1]:
                if _no_worse(located, other) and fits(located, other):
                    candidates.remove(other)
                    _settle(located, other, "pre-existing")
                    break

    def is_rename(self, base: Located, head: Located) -> bool:
        """Whether the one's symbol is gone and the other's is new, or neither is in a symbol."""
        gone = base.finding.symbol not in self.head_names
        return gone and head.finding.symbol not in self.base_names

    def _lost_leaf(self, at: Located) -> str | None:
        return at.leaf if at.leaf and at.finding.symbol not in self.head_names else None

    def _renames(self) -> dict[str, str]:
        """Symbols of base that are gone to the new symbols of head whose bodies they share."""
        base, head = self.pair.base, self.pair.head
        if base is None or head is None:
            return {}
        gone = {at.finding.symbol for at in self.vanished()} - self.head_names
        fresh = {at.finding.symbol for at in self.new()} - self.base_names
        if len(gone) * len(fresh) > _MOST_PAIRS:
            return {}
        old_bodies = {name: body(base, name) for name in gone}
        new_bodies = {name: body(head, name) for name in fresh}
        # The likest pair is entered last and stays.
        pairs = sorted(
            (share(old_body, new_body), old, new)
            for old, old_body in old_bodies.items()
            for new, new_body in new_bodies.items()
        )
        return {old: new for likeness, old, new in pairs if likeness >= SAME_BODY}

    def new(self) -> list[Located]:
        return [at for at in self.head if at.label == "introduced" and not at.finding.measure]

    def vanished(self) -> list[Located]:
        return [at for at in self.base if at.label == "introduced" and not at.finding.measure]

    def gone(self) -> list[Located]:
        """What base had and nothing at head answers to."""
        gone = []
        for located in self.base:
            measure = located.finding.measure
            if located.finding.checker in self.pair.unread_head:
                continue  # not seen is not gone
            if located.label == "introduced" and (measure is None or measure.exceeded):
                located.label = "fixed"
                gone.append(located)
        return gone


def _match_moved(files: Sequence[_File]) -> None:
    lost: dict[Hashable, list[tuple[_File, Located]]] = defaultdict(list)
    for file in files:
        for located in file.vanished():
            lost[located.code, located.text].append((file, located))
    for own in (True, False):
        for file in files:
            for located in file.new():
                candidates = lost.get((located.code, located.text), [])
                found = _likest(located, file, candidates, own)
                if found is None:
                    continue
                renamed = own and file.is_rename(found[1], located)
                if own and not renamed and located.text.startswith("@"):
                    continue  # a decorator that went to another function is a new decision
                candidates.remove(found)
                _settle(located, found[1], "pre-existing" if renamed else "moved")


def _likest(
    located: Located, file: _File, candidates: Sequence[tuple[_File, Located]], own: bool
) -> tuple[_File, Located] | None:
    """The candidate in the same file, or in another, that has most in common; None if nothing."""
    alone = own and len(candidates) == 1 and len(located.text) > _DISTINCT
    best, most = None, 0
    for candidate in candidates[:_MOST_CANDIDATES]:
        owner, other = candidate
        if (owner is file) == own and _no_worse(located, other):
            likeness = _likeness(located, other) + alone
            if likeness > most:
                best, most = candidate, likeness
    return best


def _no_worse(head: Located, base: Located) -> bool:
    """Whether the tool rates the code at head no more severe: else it is not the same finding."""
    return SEVERITIES.index(head.finding.severity) >= SEVERITIES.index(base.finding.severity)


def _settle(head: Located, base: Located, label: Label) -> None:
    head.label = label
    base.label = "pre-existing"


def _likeness(one: Located, other: Located) -> int:
    (above, below), (other_above, other_below) = one.neighbours(), other.neighbours()
    return (
        2 * bool(one.leaf and one.leaf == other.leaf)
        + bool(above and above == other_above)
        + bool(below and below == other_below)
    )


def _names(side: Side | None) -> set[str]:
    return {symbol.name for symbol in side.symbols} if side else set()


def _locate(side: Side | None, old_path: str) -> list[Located]:
    if side is None:
        return []
    symbols = Enclosing(side.symbols if side.named else ())
    ordered = sorted(side.findings, key=lambda finding: (finding.start_line, finding.code))
    return [
        Located(finding, side, old_path, symbols.name(finding.start_line)) for finding in ordered
    ]


def _symbol_key(attribute: str) -> Callable[[Located], Hashable]:
    return lambda at: (at.code, at.finding.symbol, getattr(at, attribute))
