"""Texts that stand in pieces, put together as the one line that they mean.

A value may be spread over literals that are added or only stand beside each other, over lines that
go on, over a text in three quotes or a block of YAML. No more than a bounded piece of a text is
looked at from any place in it.
"""

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.secret_patterns import compiled


class Piece(NamedTuple):
    """A piece: where it begins in the line put together, and where it stands."""

    at: int
    length: int
    number: int
    column: int


class Whole(NamedTuple):
    """A line put together, and its pieces in order; what is before the first is a name."""

    line: str
    number: int
    pieces: tuple[Piece, ...]

    def places(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Line, start and end of what stands between two places of the line put together."""
        for piece in self.pieces:
            first, last = max(start, piece.at), min(end, piece.at + piece.length)
            if first < last:
                shift = piece.column - piece.at
                yield piece.number, first + shift, last + shift


# A longer line is no code that anybody has written in pieces.
_LONGEST = 2_000
_MOST_LINES = 20
# One without an end has it where the line has: every character is looked at once.
_ENDS = r"(?:\\?(?=\n)|\\?\Z)"
_STRING = (
    rf"""[rbfuRBFU]{{0,2}}(?:"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?:"|{_ENDS})"""
    rf"""|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+(?:'|{_ENDS})|`[^`\n]*+(?:`|{_ENDS}))"""
)
_COMMENT = r"(?:(?:\#|//)[^\n]{0,200})?"
_BREAK = rf"(?:\\?[ \t]{{0,40}}{_COMMENT}\n[ \t]{{0,200}})"
_BETWEEN = rf"[ \t]{{0,40}}(?:{_BREAK}{{0,3}}[+.][ \t]{{0,40}})?{_BREAK}{{0,3}}"
_RUN = rf"{_STRING}(?P<more>{_BETWEEN}{_STRING}){{0,40}}"
# What a line ends in whose value is on the next one.
_OPENS = r"(?:=>|:=|=|:)[ \t]*\(?[ \t]*\\?$"
_NAME = r"[\w.\"'$@ \t\[\]-]{1,120}"
_TRIPLE = rf"""(?P<name>^{_NAME}(?::[\w.\[\] ]{{1,40}})?:?=[ \t]*)[rbfuRBFU]{{0,2}}(?P<quote>\"\"\"|'''|`)(?P<rest>[^"'`]*)$"""
_BLOCK = rf"^(?P<indent>[ \t]*(?:-[ \t]+)?){_NAME}:[ \t]+[|>][+-]?\d?[+-]?[ \t]*(?:\#.*)?$"
_BELOW = rf"^(?P<indent>[ \t]*(?:-[ \t]+)?){_NAME}:[ \t]*(?:\#.*)?$"


def wholes(text: str, lines: Sequence[str], is_code: bool) -> Iterator[Whole]:
    """Every text that stands in pieces; in code, an indented line is nobody's value."""
    if '"' in text or "'" in text or "`" in text:
        yield from _literals(text, lines)
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST:
            continue
        last = line.rstrip()[-1:]
        if not last:
            continue
        if last == "\\" and (number == 1 or lines[number - 2].rstrip()[-1:] != "\\"):
            yield _continued(lines, number)
        if '"""' in line or "'''" in line or last == "`":
            yield from _quoted(lines, number)
        if not is_code and last in ":|>+-0123456789" and ":" in line:
            yield from _indented(lines, number)


def _literals(text: str, lines: Sequence[str]) -> Iterator[Whole]:
    if any(len(line) > _LONGEST for line in lines):
        text = "\n".join(line if len(line) <= _LONGEST else "" for line in lines)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for run in compiled(_RUN).finditer(text):
        number = bisect.bisect_right(starts, run.start())
        before = text[starts[number - 1] : run.start()]
        name, named = before, number
        if run["more"] is None and before.strip(" \t("):
            continue
        if not before.strip(" \t("):
            name, named = _name_above(lines, number)
        if named == number and run["more"] is None:
            continue
        name = f'{name.rstrip().removesuffix("(").rstrip()[-300:]} "'
        pieces, at = [], len(name)
        for string in compiled(_STRING).finditer(text, *run.span()):
            mark = string[0].lstrip("rbfuRBFU")
            start, length = string.end() - len(mark) + 1, len(mark) - 1 - mark.endswith(mark[0], 1)
            row = bisect.bisect_right(starts, start)
            pieces.append(Piece(at, length, row, start - starts[row - 1]))
            at += length
        said = "".join(lines[each.number - 1][each.column :][: each.length] for each in pieces)
        yield Whole(f'{name}{said}"', named, tuple(pieces))


def _name_above(lines: Sequence[str], number: int) -> tuple[str, int]:
    """The line whose value begins on this one; this one where there is none."""
    for above in range(number - 1, max(0, number - 4), -1):
        line = lines[above - 1][-_LONGEST:].rstrip()
        if line in ("", "(") or line.lstrip().startswith(("#", "//")):
            continue
        line = re.sub(r"[ \t]+(?:#|//)[^\"']*$", "", line)
        found = compiled(_OPENS).search(line)
        return (line.rstrip("\\").rstrip(" \t("), above) if found else ("", number)
    return "", number


def _put_together(name: str, number: int, parts: Sequence[tuple[int, int, str]], end: str) -> Whole:
    """The whole of these parts: the line, the column and the text of each."""
    pieces, at = [], len(name)
    for row, column, text in parts:
        pieces.append(Piece(at, len(text), row, column))
        at += len(text)
    return Whole(name + "".join(text for _, _, text in parts) + end, number, tuple(pieces))


def _continued(lines: Sequence[str], number: int) -> Whole:
    name, named = _name_above(lines, number)
    parts: list[tuple[int, int, str]] = []
    for row in range(number, min(len(lines), number + _MOST_LINES) + 1):
        line = lines[row - 1][:_LONGEST]
        start = len(line) - len(line.lstrip())
        parts.append((row, start, line.strip().removesuffix("\\")))
        if not line.rstrip().endswith("\\"):
            break
    return _put_together(f"{name} ", named, parts, "")


def _quoted(lines: Sequence[str], number: int) -> Iterator[Whole]:
    """A text in three quotes, or in one that may hold lines, each of which is a piece."""
    found = compiled(_TRIPLE).search(lines[number - 1])
    if found is None:
        return
    parts = [(number, found.start("rest"), found["rest"].removesuffix("\\"))]
    for row in range(number + 1, min(len(lines), number + _MOST_LINES) + 1):
        text, mark, _ = lines[row - 1][:_LONGEST].partition(found["quote"])
        said = text.strip().removesuffix("\\")
        parts.append((row, len(text) - len(text.lstrip()), said))
        if mark:
            yield _put_together(f'{found["name"]}"', number, parts, '"')
            return


def _indented(lines: Sequence[str], number: int) -> Iterator[Whole]:
    """The lines of a YAML block, or the one line below a name."""
    line = lines[number - 1]
    block = compiled(_BLOCK).match(line)
    opened = block or compiled(_BELOW).match(line)
    if opened is None:
        return
    parts = []
    for row in range(number + 1, min(len(lines), number + _MOST_LINES) + 1):
        text = lines[row - 1][:_LONGEST]
        start = len(text) - len(text.lstrip())
        if text.strip() and start <= len(opened["indent"]):
            break
        if text.strip():
            parts.append((row, start, text.strip()))
        if block is None and len(parts) > 1:
            return
    if block is None and (len(parts) != 1 or re.search(r"""^[-"'\[{&*!]|:$""", parts[0][2])):
        return
    if parts:
        yield _put_together(f'{line.rpartition(":")[0].strip()}: "', number, parts, '"')
