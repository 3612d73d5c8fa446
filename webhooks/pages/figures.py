"""Numbers as they are drawn. Pure; the drawings themselves are in `templates/charts.html`.

A library of charts would put a style sheet and a script into each drawing, which the content
security policy forbids; three shapes are all that is drawn here.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot import wording
from bot.precision import PRECISION

# Of a normal distribution, for an interval of 95 %.
_Z = 1.959964
# A rule is noise when even the upper end of its interval is below this, as for `bot.precision`.
BAR = PRECISION
# Seconds, and from how many of it on a unit is used.
_UNITS = ((604_800, "week", 9), (86_400, "day", 2), (3_600, "hour", 1), (60, "minute", 1))


class Interval(NamedTuple):
    """Shares from 0 to 1; *share* is None where nothing was counted."""

    share: float | None
    low: float
    high: float


def wilson(good: int, total: int) -> Interval:
    """The share of *good*, and between what it is likely to be (E. B. Wilson, 1927)."""
    if total <= 0:
        return Interval(None, 0.0, 1.0)
    share, square = good / total, _Z * _Z
    middle = share + square / (2 * total)
    width = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    below = 1 + square / total
    return Interval(share, max(0.0, (middle - width) / below), min(1.0, (middle + width) / below))


def is_noisy(precision: Interval) -> bool:
    """Whether a rule is below its bar for certain."""
    return precision.share is not None and precision.high < BAR


class Spark(NamedTuple):
    """A line of values: the points of a polyline, and its last point."""

    points: str
    last: tuple[float, float]


def spark(values: Sequence[int], width: int = 96, height: int = 22) -> Spark:
    """Values as a line from left to right; the highest is at the top, zero at the bottom."""
    top, steps = max(values, default=0) or 1, max(len(values) - 1, 1)
    points = [
        (round(2 + number * (width - 4) / steps, 1), round(height - 3 - value * (height - 6) / top, 1))
        for number, value in enumerate(values)
    ]  # fmt: skip
    return Spark(" ".join(f"{x},{y}" for x, y in points), points[-1] if points else (0.0, 0.0))


class Block(NamedTuple):
    """A part of a column: whose it is, and where it is drawn."""

    kind: str
    x: float
    y: float
    width: float
    height: float


def columns(
    weeks: Sequence[Mapping[str, int]], kinds: Sequence[str], width: int = 720, height: int = 180
) -> list[Block]:
    """Each week's parts as shares of it, one on another, the first kind at the bottom."""
    blocks, step = [], width / max(len(weeks), 1)
    for number, week in enumerate(weeks):
        total, below = sum(week.values()), 0.0
        for kind in kinds:
            if total and (part := week.get(kind, 0)):
                tall = height * part / total
                blocks.append(Block(kind, round(number * step + 1, 1), round(height - below - tall, 1),
                                    round(max(step - 2, 1), 1), round(tall, 1)))  # fmt: skip
                below += tall
    return blocks


def percent(share: float | None) -> str:
    """A share as it is read; a dash for none."""
    return "\u2013" if share is None else f"{round(100 * share)} %"


def age(seconds: float) -> str:
    """How long ago, in a unit that a person counts in."""
    for length, unit, least in _UNITS:
        if (count := int(seconds // length)) >= least:
            return wording.plural(count, unit)
    return "just now"
