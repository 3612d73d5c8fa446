"""A finding in its place: the line, symbol and text by which it is known on the other side."""

import bisect
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.domain import BLOCKING_LABELS, Finding, Hunk, Label, Symbol

# Share of common lines from which two functions count as one that was renamed or moved.
SAME_BODY = 0.6
QUOTE_LINES = 8
# What of a line is quoted and compared; each finding holds a copy.
LINE_LENGTH = 500
# The only numbers in messages that say where and not what.
_PLACES = re.compile(r"\bline \d+")
_WORDS = re.compile(r"\w+")


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

    def __init__(self, finding: Finding, side: Side, old_path: str, symbol: str = "") -> None:
        last = min(finding.end_line, finding.start_line + QUOTE_LINES - 1)
        lines = _clipped(side.lines[finding.start_line - 1 : last])
        self.side = side
        self.text = "" if finding.measure else "".join("".join(lines).split())
        self.masked = _PLACES.sub("line #", finding.message)
        self.label: Label = "introduced"
        # Whether a measure has found its counterpart.
        self.used = False
        self.before: float | None = None
        self.finding = finding._replace(
            symbol=finding.symbol or symbol,
            quote=finding.quote or "\n".join(lines),
            old_path=old_path,
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
        start, end = self.finding.start_line, self.finding.end_line
        above = _nearest(reversed(_clipped(lines[max(0, start - 4) : start - 1])))
        below = _nearest(_clipped(lines[end : end + 3]))
        return above, below

    def resembles(self, other: "Located") -> bool:
        """Whether the same message may mean the same thing: it names it, or the code is alike.

        "Use of possibly insecure function" is said of whatever is evaluated.
        """
        if "`" in self.finding.message:
            return True
        one, two = set(_WORDS.findall(self.finding.quote)), set(_WORDS.findall(other.finding.quote))
        return 2 * len(one & two) >= len(one | two)

    def result(self) -> Finding:
        message = self.finding.message
        if self.before is not None and self.label in BLOCKING_LABELS:
            message = f"{message}; it was {_number(self.before)}"
        return self.finding._replace(label=self.label, before=self.before, message=message)


class Enclosing:
    """The innermost symbol around each line of a file."""

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        ordered = sorted(symbols, key=lambda symbol: (symbol.start_line, -symbol.end_line))
        self._names = [""] * (max((symbol.end_line for symbol in ordered), default=0) + 1)
        for symbol in ordered:  # the outer first, so that the inner one stays
            span = slice(symbol.start_line, symbol.end_line + 1)
            self._names[span] = [symbol.name] * (symbol.end_line + 1 - symbol.start_line)

    def name(self, line: int) -> str:
        """The dotted name, or "" at the top of the module."""
        return self._names[line] if line < len(self._names) else ""


class LineMap:
    """Lines at head to what they were at base."""

    def __init__(self, hunks: Iterable[Hunk]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._shifts = [0]
        for hunk in hunks:
            # With count 0 git names the line before the gap.
            first = hunk.new_start + (hunk.new_count == 0)
            self._starts.append(first)
            self._ends.append(first + hunk.new_count)
            self._shifts.append(self._shifts[-1] + hunk.old_count - hunk.new_count)

    def old(self, line: int) -> int | None:
        """The line at base, or None for one the change wrote."""
        before = bisect.bisect_right(self._starts, line)
        if before and line < self._ends[before - 1]:
            return None
        return line + self._shifts[before]


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
            lines = _clipped(side.lines[symbol.start_line : symbol.end_line])
            return frozenset(text for line in lines if (text := "".join(line.split())))
    return frozenset()


def share(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _clipped(lines: Sequence[str]) -> list[str]:
    return [line if len(line) <= LINE_LENGTH else line[:LINE_LENGTH] for line in lines]


def _nearest(lines: Iterable[str]) -> str:
    text = next((text for line in lines if (text := "".join(line.split()))), "")
    return text if len(text) > 3 else ""


def _number(value: float) -> str:
    return f"{value:g}"
