"""What a part of this rule kind has to tell, before a rule makes a finding of it."""

from collections.abc import Sequence
from typing import NamedTuple

_MOST_NAMES = 4


class Told(NamedTuple):
    """One thing to tell: where, the sentence, and what it is about, free of lines."""

    path: str
    line: int
    message: str
    key: str
    # Where there is reason to think that it is right so.
    is_mild: bool = False


def listed(names: Sequence[str]) -> str:
    """`a`, `b` and `c`; of many the first few and how many more."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def short(text: str) -> str:
    """A piece of code, for a message."""
    text = text.partition("~")[0]
    return text if len(text) <= 60 else f"{text[:57]}..."
