"""Where on a pull request a finding can be shown: GitHub takes comments only within the diff.

Commentable are the lines of each hunk and three around it, on the right those of head, on the left
those of base (GitHub's REST reference, "Create a review for a pull request").
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from bot.domain import Finding, Hunk

CONTEXT = 3
# A line farther away has nothing to do with the finding; the file then stands for it.
_NEAR = 20

Run = tuple[int, int]


class Shown(NamedTuple):
    """A file in the diff of a pull request, and the runs of its lines that take comments."""

    path: str
    runs: tuple[Run, ...]


class Spot(NamedTuple):
    """A finding and its place. Without a line it is about the file; *aside* says why it is not where
    the finding is."""

    finding: Finding
    path: str
    line: int | None
    start_line: int | None = None
    aside: str = ""

    @property
    def kind(self) -> Literal["line", "file"]:
        return "line" if self.line is not None else "file"


def shown(path: str, hunks: Iterable[Hunk], length: int) -> Shown:
    """The commentable lines of a file at head that has *length* lines; none of one that is gone."""
    runs: list[Run] = []
    for hunk in hunks:
        first = hunk.new_start if hunk.new_count else hunk.new_start + 1
        last = first + hunk.new_count - 1
        start, end = max(1, first - CONTEXT), min(length, last + CONTEXT)
        if start > end:
            continue
        if runs and start <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return Shown(path, tuple(runs))


def whole(path: str, length: int) -> Shown:
    """The commentable lines of a new file: all of them."""
    return Shown(path, ((1, length),) if length else ())


def place(findings: Iterable[Finding], files: Mapping[str, Shown]) -> list[Spot]:
    """A place for each finding; every one has some, so that each can be answered."""
    fallback = next(iter(sorted(files)), "")
    return [_place(finding, files, fallback) for finding in findings]


def _place(finding: Finding, files: Mapping[str, Shown], fallback: str) -> Spot:
    file = files.get(finding.path)
    if file is None:
        aside = f"This is about `{finding.path}`, which the pull request does not show."
        return Spot(finding, fallback, None, aside=aside)
    for start, end in file.runs:
        first, last = max(start, finding.start_line), min(end, finding.end_line)
        if first <= last:
            return Spot(finding, file.path, last, first if first < last else None)
    near = _nearest(file.runs, finding.start_line)
    if near is None:
        aside = f"This is about line {finding.start_line}, which is not part of the diff."
        return Spot(finding, file.path, None, aside=aside)
    aside = f"This is about line {finding.start_line}; the diff does not show it."
    return Spot(finding, file.path, near, aside=aside)


def _nearest(runs: Sequence[Run], line: int) -> int | None:
    lines = [min(max(line, start), end) for start, end in runs]
    near = min(lines, key=lambda each: abs(each - line), default=None)
    return near if near is not None and abs(near - line) <= _NEAR else None
