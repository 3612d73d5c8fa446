"""What there is to say about one package, before it is known which rules want to hear it."""

from collections.abc import Iterable
from typing import NamedTuple

from bot.domain import SEVERITIES, Severity

# What rules look for, the gravest first: one package is told of once, under the first that fits.
UNDECLARED, LOOKALIKE, ADDED, PIN, SOURCE, LOCK = (
    "undeclared",
    "lookalike",
    "added",
    "pin",
    "source",
    "lock",
)
ORDER = (LOOKALIKE, SOURCE, UNDECLARED, ADDED, PIN, LOCK)


class Concern(NamedTuple):
    """One thing about one package or address, *key*. *severity* is how bad at most; "" as the rule says."""

    finds: str
    key: str
    path: str
    line: int
    message: str
    severity: Severity | None = None

    @property
    def weight(self) -> tuple[int, int, str, int]:
        """Sorts the one to show of several about one package first."""
        gravity = SEVERITIES.index(self.severity) if self.severity else -1
        return ORDER.index(self.finds), gravity, self.path, self.line


def gravest(concerns: Iterable[Concern]) -> list[Concern]:
    """One concern a package."""
    found: dict[str, Concern] = {}
    for each in sorted(concerns, key=lambda concern: concern.weight):
        found.setdefault(each.key, each)
    return list(found.values())
