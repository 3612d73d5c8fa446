"""Names that are almost those of well-known distributions. Pure, and bounded for any name.

Thresholds were set against the 15,000 most downloaded names: `meant` speaks of few of them.
"""

import unicodedata
from collections import Counter
from functools import cache, lru_cache

from bot import distributions
from bot.distributions import normalized

# Below this only two letters that changed places count: `yarl` and `yaml` are one letter apart.
_SHORT = 5
# From this on two mistakes count.
_LONG = 12
# Nobody mistypes a longer name for another; PyPI's longest are far below.
_LENGTH_LIMIT = 80
_FILLERS = frozenset({"python", "python2", "python3", "py", "py3"})
# Letters of other alphabets that look like Latin ones.
_TWINS = str.maketrans(
    "аеорсухіјѕһԁӏԛԝвкмнтгβαορνκτιυχωɑɡıʀɩ", "aeopcyxijshdlqwbkmhtrbaopvktiuxwagiri"
)  # fmt: skip


def is_confusable(name: str) -> bool:
    """Whether a name has letters that no distribution's may have."""
    return not name.isascii()


def skeleton(name: str) -> str:
    """A name with letters of other alphabets replaced by the Latin ones they look like."""
    plain = unicodedata.normalize("NFKD", name[:_LENGTH_LIMIT].lower()).translate(_TWINS)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=4096)
def meant(name: str) -> str:
    """The well-known distribution that *name* looks like but is not; "" where there is none."""
    name = normalized(name)
    if len(name) > _LENGTH_LIMIT or name in _known():
        return ""
    if is_confusable(name):
        plain = skeleton(name)
        return plain if plain in _known() else ""
    return _of_the_module(name) or _of_same_parts(name) or _one_slip_away(name)


def meant_module(name: str) -> str:
    """The same for the name of a module that is imported."""
    return "" if name in distributions.distributions() else meant(name)


def _of_the_module(name: str) -> str:
    """The one that holds a module of this name, as `scikit-learn` holds `sklearn`."""
    return normalized(next(iter(distributions.distributions().get(name, ())), ""))


def _of_same_parts(name: str) -> str:
    """The one whose words are the same but for their order, separators, and `python`."""
    return _by_parts().get(_parts(name), "") or _by_letters().get(name.replace("-", ""), "")


def _one_slip_away(name: str) -> str:
    """The one with a mistake or two in one word, all others being the same."""
    parts = name.split("-")
    near = []
    for position, part in enumerate(parts):
        around = (*parts[:position], "", *parts[position + 1 :])
        for other in _by_surroundings().get(around, ()):
            distance = _slips(part, other)
            if distance:
                near.append(
                    (distance, "-".join((*parts[:position], other, *parts[position + 1 :])))
                )
    return min(near)[1] if near else ""


def _slips(word: str, other: str) -> int:
    """How many mistakes make *other* of *word*; 0 where it is likelier another word."""
    shorter, limit = min(len(word), len(other)), 1
    if shorter < _SHORT:
        # Only letters that changed places.
        return int(
            len(word) == len(other)
            and _distance(word, other, 1) == 1
            and sorted(word) == sorted(other)
        )
    if shorter >= _LONG:
        limit = 2
    # Few slip at the first letter of a word without noticing.
    if word[0] != other[0] and word[1::-1] != other[:2]:
        return 0
    if abs(len(word) - len(other)) > limit or _version_apart(word, other):
        return 0
    if sum((Counter(word) - Counter(other)).values()) > limit:
        return 0
    distance = _distance(word, other, limit)
    return distance if distance <= limit else 0


def _version_apart(name: str, other: str) -> bool:
    """Whether names differ in a number at their end, as packages for versions do."""
    return name.rstrip("0123456789-") == other.rstrip("0123456789-") and name[-1].isdigit()


def _distance(one: str, other: str, limit: int) -> int:
    """Letters added, lost, changed or swapped with their neighbour; *limit* + 1 for more than that."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row] + [0] * len(other)
        for column, opposite in enumerate(other, 1):
            cost = letter != opposite
            current[column] = min(
                last[column] + 1, current[column - 1] + 1, last[column - 1] + cost
            )
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == opposite:
                current[column] = min(current[column], before[column - 2] + 1)
        if min(current) > limit:
            return limit + 1
        before, last = last, current
    return last[-1]


def _parts(name: str) -> tuple[str, ...]:
    parts = sorted(name.split("-"))
    return tuple(part for part in parts if part not in _FILLERS) or tuple(parts)


@cache
def _known() -> frozenset[str]:
    return distributions.popular() | distributions.famous() | _of_the_table()


@cache
def _of_the_table() -> frozenset[str]:
    rows = distributions.distributions().values()
    return frozenset(normalized(name) for names in rows for name in names)


@cache
def _by_parts() -> dict[tuple[str, ...], str]:
    # Shorter names last, so that `requests` stays for `python-requests`.
    names = distributions.famous() | _of_the_table()
    return {_parts(name): name for name in sorted(names, key=lambda each: (-len(each), each))}


@cache
def _by_letters() -> dict[str, str]:
    return {name.replace("-", ""): name for name in sorted(_known())}


@cache
def _by_surroundings() -> dict[tuple[str, ...], list[str]]:
    """The words that stand between the same words in a well-known name."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(distributions.famous()):
        parts = name.split("-")
        for position, part in enumerate(parts):
            around = (*parts[:position], "", *parts[position + 1 :])
            found.setdefault(around, []).append(part)
    return found
