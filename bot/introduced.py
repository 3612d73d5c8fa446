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
numbers instead. Passes and edge cases are those measured on 1,023 commits
(docs/introduced.md).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from bot.domain import BLOCKING_LABELS, Finding, Hunk, Label, Symbol

# Share of common lines from which two functions count as one that was renamed or moved.
_SAME_BODY = 0.6
# A longer text, white space removed, that occurs once is evidence by itself in the same file;
# `except Exception:` is not.
_DISTINCT = 16
_QUOTE_LINES = 8
_DIGITS = re.compile(r"\d+")


class Side(NamedTuple):
    """One side of one file: its lines, its symbols, and all that was found in it."""

    path: str
    lines: Sequence[str]
    symbols: Sequence[Symbol]
    findings: Sequence[Finding]


class Pair(NamedTuple):
    """The two sides of a changed file. A side is None where the file did not exist.

    *unread_base* and *unread_head* name the checkers that could not read that side in full.
    """

    base: Side | None
    head: Side | None
    hunks: Sequence[Hunk] = ()
    unread_base: frozenset[str] = frozenset()
    unread_head: frozenset[str] = frozenset()


class _Located:
    """A finding with what tells it from others; mutable only in its label."""

    def __init__(self, finding: Finding, side: Side, old_path: str) -> None:
        symbol = finding.symbol or enclosing(side.symbols, finding.start_line)
        last = min(finding.end_line, finding.start_line + _QUOTE_LINES - 1)
        lines = side.lines[finding.start_line - 1 : last]
        self.side = side
        self.text = "" if finding.measure else "".join("".join(lines).split())
        self.masked = _DIGITS.sub("#", finding.message)
        self.label: Label = "introduced"
        # Whether a measure has found its counterpart.
        self.used = False
        self.before: float | None = None
        self.finding = finding._replace(
            symbol=symbol, quote=finding.quote or "\n".join(lines), old_path=old_path
        )

    @property
    def code(self) -> tuple[str, str]:
        return self.finding.rule, self.finding.code

    @property
    def leaf(self) -> str:
        return self.finding.symbol.rpartition(".")[2]

    def neighbours(self) -> tuple[str, str]:
        """The nearest lines with text above and below, white space removed."""
        lines = self.side.lines
        above = _nearest(
            reversed(lines[max(0, self.finding.start_line - 4) : self.finding.start_line - 1])
        )
        below = _nearest(lines[self.finding.end_line : self.finding.end_line + 3])
        return above, below

    def result(self) -> Finding:
        message = self.finding.message
        if self.before is not None and self.label in BLOCKING_LABELS:
            message = f"{message}; it was {_number(self.before)}"
        return self.finding._replace(label=self.label, before=self.before, message=message)


def label(pairs: Sequence[Pair]) -> list[Finding]:
    """Every finding of head with its label and, as *fixed*, those of base that are gone."""
    files = [_File(pair) for pair in pairs]
    for file in files:
        file.match_places()
    _match_moved(files)
    _match_measures(files)
    found: list[Finding] = []
    for file in files:
        found.extend(located.result() for located in file.head)
        found.extend(located.result() for located in file.gone())
    return _numbered(found)


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


def enclosing(symbols: Iterable[Symbol], line: int) -> str:
    """The dotted name of the innermost symbol around a line, or ""."""
    name, start = "", 0
    for symbol in symbols:
        if symbol.start_line <= line <= symbol.end_line and symbol.start_line >= start:
            name, start = symbol.name, symbol.start_line
    return name


def old_line(hunks: Iterable[Hunk], line: int) -> int | None:
    """The line at base that a line at head was, or None for one the change wrote."""
    shift = 0
    for hunk in hunks:
        # With count 0 git names the line before the gap.
        first = hunk.new_start + (hunk.new_count == 0)
        if line < first:
            break
        if line < first + hunk.new_count:
            return None
        shift += hunk.old_count - hunk.new_count
    return line + shift


def _numbered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order, those alike told apart by number; numbers within limits left out."""
    counts: dict[Hashable, int] = defaultdict(int)
    numbered = []
    for finding in sorted(findings, key=lambda each: (each.path, each.start_line, each.rule)):
        if finding.label == "pre-existing" and finding.measure and not finding.measure.exceeded:
            continue
        ordinal = counts[finding.identity]
        counts[finding.identity] += 1
        numbered.append(finding._replace(ordinal=ordinal))
    return numbered


class _File:
    """The findings of a pair, those of base being used up as they are matched."""

    def __init__(self, pair: Pair) -> None:
        old_path = pair.base.path if pair.base else ""
        self.pair = pair
        self.head = _locate(pair.head, old_path)
        self.base = _locate(pair.base, old_path)
        self.head_names = {symbol.name for symbol in pair.head.symbols} if pair.head else set()

    def match_places(self) -> None:
        hunks = self.pair.hunks
        for located in self.head:
            # With no findings of base to compare with, its unchanged lines are still known.
            unread = located.finding.checker in self.pair.unread_base
            if unread and old_line(hunks, located.finding.start_line) is not None:
                located.label = "pre-existing"

        def mapped(located: _Located) -> Hashable:
            line = old_line(hunks, located.finding.start_line)
            return None if line is None else (located.code, line, located.masked)

        self._match(mapped, lambda at: (at.code, at.finding.start_line, at.masked))
        by_text = _symbol_key("text")
        self._match(by_text, by_text)
        by_message = _symbol_key("masked")
        self._match(by_message, by_message)
        if self.new() and self.vanished():
            renames = self._renames()
            self._match(by_message, lambda at: (at.code, renames.get(at.finding.symbol), at.masked))
            # A method that went to another class and was edited on the way.
            self._match(
                lambda at: (at.code, at.leaf, at.masked),
                lambda at: (at.code, self._lost_leaf(at), at.masked),
            )

    def _match(
        self, head_key: Callable[[_Located], Hashable], base_key: Callable[[_Located], Hashable]
    ) -> None:
        waiting: dict[Hashable, list[_Located]] = defaultdict(list)
        for located in reversed(self.vanished()):
            waiting[base_key(located)].append(located)
        for located in self.new():
            candidates = waiting.get(head_key(located))
            if candidates:
                _settle(located, candidates.pop(), "pre-existing")

    def _lost_leaf(self, at: _Located) -> str | None:
        return at.leaf if at.leaf and at.finding.symbol not in self.head_names else None

    def mapped_definition(self, at: _Located, is_head: bool) -> Hashable:
        """Check, symbol and the line at base; for a line the change wrote, nothing that matches."""
        line: int | None = at.finding.start_line
        if is_head:
            line = old_line(self.pair.hunks, at.finding.start_line)
        return (at.code, at.finding.symbol, line) if line is not None else at

    def _renames(self) -> dict[str, str]:
        """Symbols of base that are gone to the new symbols of head whose bodies they share."""
        base, head = self.pair.base, self.pair.head
        if base is None or head is None:
            return {}
        gone = {symbol.name for symbol in base.symbols} - self.head_names
        fresh = self.head_names - {symbol.name for symbol in base.symbols}
        shares = sorted(
            (_share(_body(base, old), _body(head, new)), old, new) for old in gone for new in fresh
        )
        return {old: new for share, old, new in shares if share >= _SAME_BODY}

    def new(self) -> list[_Located]:
        return [at for at in self.head if at.label == "introduced" and not at.finding.measure]

    def vanished(self) -> list[_Located]:
        return [at for at in self.base if at.label == "introduced" and not at.finding.measure]

    def gone(self) -> list[_Located]:
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
    lost: dict[Hashable, list[tuple[_File, _Located]]] = defaultdict(list)
    for file in files:
        for located in file.vanished():
            lost[located.code, located.text].append((file, located))
    for own_first in (True, False):
        for file in files:
            for located in file.new():
                candidates = lost.get((located.code, located.text), [])
                alone = own_first and len(candidates) == 1 and len(located.text) > _DISTINCT
                scored = [
                    (_likeness(located, other) + alone, -index)
                    for index, (owner, other) in enumerate(candidates)
                    if (owner is file) == own_first
                ]
                score, index = max(scored, default=(0, 0))
                if score == 0:
                    continue
                owner, other = candidates[-index]
                renamed = owner is file and other.finding.symbol not in file.head_names
                if own_first and not renamed and other.text.startswith("@"):
                    continue  # a decorator that went to another function is a new decision
                candidates.pop(-index)
                _settle(located, other, "pre-existing" if renamed else "moved")


def _match_measures(files: Sequence[_File]) -> None:
    for file in files:
        head, base = _measured(file.head), _measured(file.base)
        for key in (file.mapped_definition, _definition, _name):
            _pair_measures(head, base, key)
    lost = [at for file in files for at in _measured(file.base) if not at.used]
    for file in files:
        for located in _measured(file.head):
            measure = located.finding.measure
            if located.used or located.label != "introduced" or not measure or not measure.exceeded:
                continue
            if located.finding.symbol:
                twin = _same_body(located, lost)
                if twin is not None:
                    lost.remove(twin)
                    _compare(located, twin, "moved")
        for located in _measured(file.head):
            measure = located.finding.measure
            if located.label == "introduced" and measure and not measure.exceeded:
                located.label = "pre-existing"


def _compare(head: _Located, base: _Located, otherwise: Label) -> None:
    """Label a measured finding by the number at base: newly over, over and worse, or as before."""
    now, then = head.finding.measure, base.finding.measure
    assert now is not None and then is not None
    head.used = base.used = True
    # What went below the limit was fixed; the base finding says so itself.
    base.label = "introduced" if then.exceeded and not now.exceeded else "pre-existing"
    head.before = then.value
    if not now.exceeded or not now.worse_than(then.value):
        head.label = otherwise
    elif now._replace(value=then.value).exceeded:
        head.label = "worsened"


def _same_body(located: _Located, lost: Iterable[_Located]) -> _Located | None:
    body = _body(located.side, located.finding.symbol)
    best, best_share = None, _SAME_BODY
    for other in lost:
        if other.code != located.code:
            continue
        share = _share(body, _body(other.side, other.finding.symbol))
        if share >= best_share:
            best, best_share = other, share
    return best


def _body(side: Side, name: str) -> frozenset[str]:
    """The lines of a symbol after its first, white space removed."""
    for symbol in side.symbols:
        if symbol.name == name:
            lines = side.lines[symbol.start_line : symbol.end_line]
            return frozenset(text for line in lines if (text := "".join(line.split())))
    return frozenset()


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _measured(located: Iterable[_Located]) -> list[_Located]:
    return [at for at in located if at.finding.measure]


def _pair_measures(
    head: Iterable[_Located],
    base: Iterable[_Located],
    key: Callable[[_Located, bool], Hashable],
) -> None:
    """Compare the numbers of what has the same key on both sides, in order, each used once."""
    waiting: dict[Hashable, list[_Located]] = defaultdict(list)
    for at in reversed(list(base)):
        if not at.used:
            waiting[key(at, False)].append(at)
    for at in head:
        candidates = waiting.get(key(at, True)) if not at.used else None
        if candidates:
            _compare(at, candidates.pop(), "pre-existing")


def _definition(at: _Located, is_head: bool) -> Hashable:
    return at.code, at.finding.symbol, "".join(at.finding.quote.split())


def _name(at: _Located, is_head: bool) -> Hashable:
    return at.code, at.finding.symbol


def _settle(head: _Located, base: _Located, label: Label) -> None:
    head.label = label
    base.label = "pre-existing"


def _likeness(one: _Located, other: _Located) -> int:
    (above, below), (other_above, other_below) = one.neighbours(), other.neighbours()
    return (
        2 * bool(one.leaf and one.leaf == other.leaf)
        + bool(above and above == other_above)
        + bool(below and below == other_below)
    )


def _nearest(lines: Iterable[str]) -> str:
    text = next((text for line in lines if (text := "".join(line.split()))), "")
    return text if len(text) > 3 else ""


def _locate(side: Side | None, old_path: str) -> list[_Located]:
    if side is None:
        return []
    ordered = sorted(side.findings, key=lambda finding: (finding.start_line, finding.code))
    return [_Located(finding, side, old_path) for finding in ordered]


def _symbol_key(attribute: str) -> Callable[[_Located], Hashable]:
    return lambda at: (at.code, at.finding.symbol, getattr(at, attribute))


def _number(value: float) -> str:
    return f"{value:g}"
