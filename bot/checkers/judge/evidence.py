"""Evidence or silence: what a model claims is compared with the code before anyone sees it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge.answers import Candidate, Support
from bot.checkers.judge.material import Material
from bot.comparison import SideName
from bot.domain import ChangedFile, Finding, Rule

# A shorter quote is found anywhere.
_LEAST_QUOTE = 6
_MOST_QUOTED_LINES = 6
# A static finding so near is about the same code.
_NEAR = 3
_NAMES = re.compile(r"\s*(async\s+def|def|class)\b")
# A line of code as `dossier` shows it; all else a verifier is shown is ours.
_ROW = re.compile(r"[ +-]\d+\|")


class Grounds(NamedTuple):
    """What a candidate is compared with."""

    material: Material
    files: Mapping[str, ChangedFile]
    rules: Mapping[str, Rule]
    pairs: frozenset[tuple[str, str]]
    reported: Sequence[Finding]


class Proven(NamedTuple):
    """A candidate whose quotes exist: where, on which side, and the candidate itself."""

    candidate: Candidate
    side: SideName
    start: int
    end: int
    # Path and line of each supporting quote.
    supports: tuple[tuple[SideName, str, int], ...]
    # Lines of head that answer to the quoted ones; the same where they are of head.
    head_start: int
    head_end: int


def prove(candidate: Candidate, grounds: Grounds) -> Proven | str:
    """The candidate with its place, or why it is dropped."""
    if candidate.rule not in grounds.rules:
        return "unknown rule"
    file = grounds.files.get(candidate.path)
    if file is None:
        return "not a file of the change"
    if (candidate.path, candidate.rule) not in grounds.pairs:
        return "rule is not about this file"
    if candidate.kind == "preexisting":
        return "there before"
    side: SideName = "base" if candidate.side == "base" else "head"
    path = file.old_path if side == "base" else file.path
    lines = grounds.material.lines(side, path) if path else None
    place = locate(candidate.quote, lines or (), candidate.line)
    if isinstance(place, str):
        return place
    if not _meets_change(grounds.material, file, side, *place):
        return "not in what changed"
    supports = [_support(each, grounds.material) for each in candidate.supporting]
    if None in supports:
        return "supporting quote not found"
    proven = _proven(candidate, side, place, [each for each in supports if each], grounds, file)
    if _is_reported(proven, grounds):
        return "reported by a tool"
    return proven


def _proven(
    candidate: Candidate,
    side: SideName,
    place: tuple[int, int],
    supports: Sequence[tuple[SideName, str, int]],
    grounds: Grounds,
    file: ChangedFile,
) -> Proven:
    start, end = place
    if side == "base":
        line = grounds.material.comparison.line_at_head(file, start)
        return Proven(candidate, side, start, end, tuple(supports), line, line)
    return Proven(candidate, side, start, end, tuple(supports), start, end)


def locate(quote: str, lines: Sequence[str], near: int) -> tuple[int, int] | str:
    """First and last line of the one place where *quote* stands, the nearest to *near*.

    White space at the ends of lines does not count, nor do line numbers copied with the quote.
    """
    wanted = [squeezed(line) for line in _without_numbers(quote).split("\n")]
    # A long line is shown cut, and copied as it is shown.
    wanted = [line.removesuffix(" ...") for line in wanted if line]
    if sum(len(line) for line in wanted) < _LEAST_QUOTE:
        return "no quote"
    wanted = wanted[:_MOST_QUOTED_LINES]
    present = [(number, squeezed(line)) for number, line in enumerate(lines, 1)]
    present = [(number, line) for number, line in present if line]
    places = [
        (present[at][0], present[at + len(wanted) - 1][0])
        for at in range(len(present) - len(wanted) + 1)
        if all(want in present[at + step][1] for step, want in enumerate(wanted))
    ]
    if not places:
        return "quote not found"
    return min(places, key=lambda place: (abs(place[0] - near), place))


def squeezed(line: str) -> str:
    """A line without its indentation and with single blanks."""
    return " ".join(line.split())


def _meets_change(
    material: Material, file: ChangedFile, side: SideName, start: int, end: int
) -> bool:
    old, new = material.changed_lines(file)
    changed = old if side == "base" else new
    if any(line in changed for line in range(start, end + 1)):
        return True
    path = file.old_path if side == "base" else file.path
    symbol = material.symbol(side, path, start)
    if symbol is None:
        return False
    lines = material.lines(side, path) or ()
    own = range(symbol.start_line, min(symbol.end_line, len(lines)) + 1)
    named = next((line for line in own if _NAMES.match(lines[line - 1])), symbol.start_line)
    if start > named:
        return False
    # The line that names a function or class, or decorates it, stands for all of it.
    return any(symbol.start_line <= line <= symbol.end_line for line in changed)


def _support(support: Support, material: Material) -> tuple[SideName, str, int] | None:
    side: SideName = "base" if support.side == "base" else "head"
    lines = material.lines(side, support.path) if _is_plain(support.path) else None
    place = locate(support.quote, lines or (), 1)
    return None if isinstance(place, str) else (side, support.path, place[0])


def _is_plain(path: str) -> bool:
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def _is_reported(proven: Proven, grounds: Grounds) -> bool:
    """Whether a rule that makes this one superfluous has spoken about the same code."""
    rule = grounds.rules[proven.candidate.rule]
    others = frozenset(rule.options.get("reported_by", ())) | {rule.id}
    symbol = grounds.material.symbol("head", proven.candidate.path, proven.head_start)
    for finding in grounds.reported:
        if finding.rule in others and finding.path == proven.candidate.path:
            near = proven.head_start - _NEAR <= finding.start_line <= proven.head_end + _NEAR
            if near or (symbol and symbol.start_line <= finding.start_line <= symbol.end_line):
                return True
    return False


def once(several: Iterable[Proven]) -> tuple[list[Proven], int]:
    """Each rule and place once, and how many were told again."""
    kept: dict[tuple[str, str, int], Proven] = {}
    again = 0
    for proven in several:
        key = (proven.candidate.rule, proven.candidate.path, proven.head_start)
        again += key in kept
        kept.setdefault(key, proven)
    return list(kept.values()), again


def holds(quote: str, shown: str) -> bool:
    """Whether a verifier's decisive quote stands in what it was shown."""
    rows = [row.partition("|")[2] for row in shown.split("\n") if _ROW.match(row)]
    return not isinstance(locate(quote, rows, 1), str)


def _without_numbers(quote: str) -> str:
    rows = []
    for row in quote.split("\n"):
        mark, bar, rest = row.partition("|")
        rows.append(rest if bar and mark.strip(" +-").isdecimal() else row)
    return "\n".join(rows)
