"""The change as a model reads it: numbered, fenced, every line of foreign text told from ours.

A fence carries a number drawn for this review, which nobody who wrote the change can know.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot import wording
from bot.checkers.judge.material import CHANGED_LENGTH, LINE_LENGTH, Material
from bot.domain import ChangedFile, Finding, Hunk

_CONTEXT = 8


class Fence(NamedTuple):
    """The tag that encloses foreign text."""

    tag: str

    def around(self, text: str, **attributes: str) -> str:
        """*text* between tags, with the tag itself broken wherever the text holds it."""
        said = "".join(
            f' {name}="{self.inside(value)}"' for name, value in attributes.items() if value
        )
        return f"<{self.tag}{said}>\n{self.inside(text, quotes=False)}\n</{self.tag}>"

    def without(self, text: str) -> str:
        """A text of ours as it would be in any other review."""
        return text.replace(self.tag, "")

    def inside(self, text: str, quotes: bool = True) -> str:
        """Foreign text that cannot end a fence or an attribute."""
        # What comes instead ends in a character that no tag can begin or go on with.
        broken = self.tag.replace("-", "_") + "_"
        text = re.sub(re.escape(self.tag), broken, text, flags=re.IGNORECASE)
        return wording.visible(text).replace('"', "'") if quotes else text


def fence() -> Fence:
    """A fence with a fresh number (the form that recordings take out of their keys)."""
    return Fence(f"data-{secrets.token_hex(8)}")


def is_shown(material: Material, file: ChangedFile) -> bool:
    """Whether both sides of a file may be shown and can be."""
    if file.old_blob and material.lines("base", file.old_path) is None:
        return False
    return not file.new_blob or material.lines("head", file.path) is not None


def diff(material: Material, file: ChangedFile) -> str:
    """The lines of one file that changed, with what is around them.

    `+12|` and ` 12|` carry line numbers of head, `-12|` of base; a line without number says what
    encloses the next ones.
    """
    old = material.lines("base", file.old_path) if file.old_blob else ()
    new = material.lines("head", file.path) if file.new_blob else ()
    if old is None or new is None:
        return ""
    return "\n".join(_rows(material, file, old, new, material.hunks(file)))


def shown_lines(material: Material, file: ChangedFile) -> frozenset[int]:
    """The numbers of the lines of head that `diff` shows."""
    rows = (row for row in diff(material, file).split("\n") if row[:1] in ("+", " "))
    return frozenset(int(row[1 : row.index("|")]) for row in rows)


def _rows(
    material: Material,
    file: ChangedFile,
    old: Sequence[str],
    new: Sequence[str],
    hunks: Sequence[Hunk],
) -> Iterator[str]:
    shown = 0  # the last line of head that was printed
    for number, hunk in enumerate(hunks):
        start = hunk.new_start if hunk.new_count else hunk.new_start + 1
        first = max(shown + 1, start - _CONTEXT)
        if first > shown + 1:
            yield _header(material, file.path, first, new)
        yield from (_row(" ", at, new[at - 1]) for at in range(first, min(start, len(new) + 1)))
        yield from (
            _row("-", at, old[at - 1])
            for at in range(hunk.old_start, hunk.old_start + hunk.old_count)
        )
        end = start + hunk.new_count
        yield from (_row("+", at, new[at - 1]) for at in range(start, end))
        following = hunks[number + 1] if number + 1 < len(hunks) else None
        limit = following.new_start if following else len(new) + 1
        if following and not following.new_count:
            limit += 1
        shown = min(end + _CONTEXT, limit, len(new) + 1) - 1
        yield from (_row(" ", at, new[at - 1]) for at in range(end, shown + 1))


def _header(material: Material, path: str, line: int, new: Sequence[str]) -> str:
    symbol = material.symbol("head", path, line)
    if symbol is None or not symbol.start_line < line <= len(new):
        return "..."
    begins = _cut(new[symbol.start_line - 1].strip())
    return f"... in {symbol.name} (line {symbol.start_line}): {begins}"


def _row(sign: str, number: int, text: str) -> str:
    return f"{sign}{number}|{_cut(text, LINE_LENGTH if sign == ' ' else CHANGED_LENGTH)}"


def _cut(text: str, most: int = LINE_LENGTH) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def numbered(lines: Sequence[str], start: int, end: int) -> str:
    """Lines *start* to *end*, both included, as context rows."""
    last = min(end, len(lines))
    return "\n".join(_row(" ", at, lines[at - 1]) for at in range(max(1, start), last + 1))


def window(material: Material, file: ChangedFile, start: int, end: int, around: int) -> str:
    """The diff of one file from *around* lines before *start* of head to as many after *end*."""
    rows = []
    at = 0
    for row in diff_whole(material, file):
        if row[0] != "-":
            at = int(row[1 : row.index("|")])
        if start - around <= max(at, 1) <= end + around:
            rows.append(row)
    return "\n".join(rows)


def diff_whole(material: Material, file: ChangedFile) -> Iterator[str]:
    """Every line of a file at head, and those it lost where they were."""
    old = material.lines("base", file.old_path) if file.old_blob else ()
    new = material.lines("head", file.path) if file.new_blob else ()
    if old is None or new is None:
        return
    at = 1
    for hunk in material.hunks(file):
        start = hunk.new_start if hunk.new_count else hunk.new_start + 1
        yield from (_row(" ", each, new[each - 1]) for each in range(at, min(start, len(new) + 1)))
        yield from (
            _row("-", each, old[each - 1])
            for each in range(hunk.old_start, hunk.old_start + hunk.old_count)
        )
        at = start + hunk.new_count
        yield from (_row("+", each, new[each - 1]) for each in range(start, at))
    yield from (_row(" ", each, new[each - 1]) for each in range(at, len(new) + 1))


def reported(findings: Iterable[Finding], material: Material) -> str:
    """What the tools have said already, one line each."""
    return "\n".join(
        f"{material.name(finding.path)}:{finding.start_line} {finding.rule}"
        for finding in findings
        if finding.label in ("introduced", "worsened")
    )
