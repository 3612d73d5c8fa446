"""A finding in its place: the line, symbol and text by which it is known on the other side."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.domain import BLOCKING_LABELS, Finding, Hunk, Label, Symbol

# Share of common lines from which two functions count as one that was renamed or moved.
SAME_BODY = 0.6
_QUOTE_LINES = 8
_DIGITS = re.compile(r"\d+")


class Side(NamedTuple):
    """One side of one file: its lines, its symbols, and all that was found in it.

    *named* is False where the symbols of this side or the other are not known: then nothing may be
    concluded from two findings having the same one.
    """

    path: str
    lines: Sequence[str]
    symbols: Sequence[Symbol]
    findings: Sequence[Finding]
    named: bool = True


class Pair(NamedTuple):
    """The two sides of a changed file. A side is None where the file did not exist.

    *unread_base* and *unread_head* name the checkers that could not read that side in full.
    """

    base: Side | None
    head: Side | None
    hunks: Sequence[Hunk] = ()
    unread_base: frozenset[str] = frozenset()
    unread_head: frozenset[str] = frozenset()


class Located:
    """A finding with what tells it from others; mutable only in its label."""

    def __init__(self, finding: Finding, side: Side, old_path: str) -> None:
        symbol = finding.symbol
        if side.named and not symbol:
            symbol = enclosing(side.symbols, finding.start_line)
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


def touched(side: Side, hunks: Iterable[Hunk], name: str) -> bool:
    """Whether the change wrote or removed a line of this symbol."""
    return any(
        symbol.start_line <= hunk.new_start + max(hunk.new_count - 1, 0)
        and hunk.new_start <= symbol.end_line
        for symbol in side.symbols
        if symbol.name == name
        for hunk in hunks
    )


def body(side: Side, name: str) -> frozenset[str]:
    """The lines of a symbol after its first, white space removed."""
    for symbol in side.symbols:
        if symbol.name == name:
            lines = side.lines[symbol.start_line : symbol.end_line]
            return frozenset(text for line in lines if (text := "".join(line.split())))
    return frozenset()


def share(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _nearest(lines: Iterable[str]) -> str:
    text = next((text for line in lines if (text := "".join(line.split()))), "")
    return text if len(text) > 3 else ""


def _number(value: float) -> str:
    return f"{value:g}"
