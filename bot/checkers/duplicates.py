"""Rules about code that is there twice: `check: duplicates`.

A function that the change adds is compared with all others at head. Git finds the files that hold
its rarest words; only those are parsed (`benchmarks/duplicates.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import options, paths
from bot.additions import Additions, Place, functions, likeness, order
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule, Source
from bot.facts.functions import MOST_FUNCTIONS
from bot.options import Option
from bot.outside.git_objects import GitFailed

NAME = "duplicates"
READS = "outline"

OPTIONS: options.Table = {
    "min_nodes": Option(
        "the size from which a function counts, in nodes of its syntax tree; a line has about ten",
        {"type": "integer", "minimum": 20, "maximum": 100_000},
        required=True,
    ),
    "likeness": Option(
        "the share of statements in percent from which two functions are reported that are not"
        " quite the same; without it, those that are",
        {"type": "integer", "minimum": 50, "maximum": 99},
    ),
}

# Other files that are parsed to look for copies; a change that needs more is too large to tell.
_MOST_FILES = 500
# Words by which Git looks for the files that may hold a copy.
_ANCHORS = 3
# A statement that more functions hold tells nothing about any two.
_COMMON = 40
# With fewer, a function is large by its parameters or one expression, and calls something itself.
_FEWEST_STATEMENTS = 3
# The same method in two classes is often meant so; so many times the size is not.
_LARGE = 2
# A function that is nearly the same lacks some words of the other.
_SHARE_OF_WORDS = 0.75
# Of the files that may hold something like an added function, these many are looked into.
_MOST_LIKELY = 100


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return path.endswith(".py")


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """A finding for each added function that is elsewhere at head already."""
    changed = Additions(comparison)
    for path, places in changed.head.items():
        if len(places) >= MOST_FUNCTIONS:
            reason = f"more than {MOST_FUNCTIONS} functions; only the first are compared"
            yield Coverage(path, NAME, "failed", reason)
    for rule in rules:
        added = [
            place
            for place in changed.added
            if place.function.nodes >= rule.options["min_nodes"]
            and len(place.function.statements) >= _FEWEST_STATEMENTS
            and not place.leaf.startswith("__")
            and paths.matches(place.path, rule.paths)
        ]
        if not added:
            continue
        try:
            places, reason = _places(comparison, changed, added, rule)
        except GitFailed as error:
            places, reason = [], str(error)
        if reason:
            for path in dict.fromkeys(place.path for place in added):
                yield Coverage(path, NAME, "failed", reason)
        find = _alike if "likeness" in rule.options else _equal
        yield from _findings(added, find(added, places, rule), rule)


def _places(
    comparison: Comparison, changed: Additions, added: Sequence[Place], rule: Rule
) -> tuple[list[Place], str]:
    """The functions that may be copies of *added* or their models, and why there may be more."""
    found = [
        place
        for path, places in changed.head.items()
        if paths.matches(path, rule.paths)
        for place in places
    ]
    others = [
        source
        for source in _candidates(comparison, added, "likeness" in rule.options)
        if source.path not in changed.head and paths.matches(source.path, rule.paths)
    ]
    reason = ""
    if len(others) > _MOST_FILES:
        reason = f"{len(others)} files may hold copies; only {_MOST_FILES} are compared"
    others = others[:_MOST_FILES]
    comparison.outlines(others)
    for source in others:
        # A file that does not parse holds nothing to call.
        found += [Place(source.path, each) for each in functions(comparison, source) or ()]
    return found, reason


def _candidates(comparison: Comparison, added: Sequence[Place], loosely: bool) -> list[Source]:
    """The files of head whose text holds all the words of an added function.

    *loosely*: the likeliest of those that hold most of them.
    """
    needed: dict[str, list[frozenset[str]]] = defaultdict(list)
    for place in added:
        words = frozenset(place.function.words)
        for word in place.function.words[: _ANCHORS if loosely else 1]:
            needed[word].append(words)
    rated = []
    for source, words in comparison.search("head", needed).items():
        shares = [
            len(each & words) / len(each)
            for anchor in needed.keys() & words
            for each in needed[anchor]
        ]
        rated.append((max(shares, default=0), source))
    if not loosely:
        return [source for share, source in rated if share == 1]
    likely = sorted(
        (each for each in rated if each[0] >= _SHARE_OF_WORDS),
        key=lambda each: (-each[0], each[1].path),
    )
    return [source for _, source in likely[:_MOST_LIKELY]]


def _equal(
    added: Sequence[Place], places: Sequence[Place], rule: Rule
) -> Iterator[tuple[Place, list[Place]]]:
    """Each added function with those of the same shape."""
    by_shape: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_shape[place.function.shape].append(place)
    for place in added:
        yield place, by_shape[place.function.shape]


def _alike(
    added: Sequence[Place], places: Sequence[Place], rule: Rule
) -> Iterator[tuple[Place, list[Place]]]:
    """Each added function that has no equal, with the likest of those that are like it."""
    by_statement: dict[int, list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        if place.function.nodes >= rule.options["min_nodes"]:
            for statement in set(place.function.statements):
                by_statement[statement].append(index)
    shapes = Counter(place.function.shape for place in places)
    for place in added:
        if shapes[place.function.shape] > 1:
            continue
        counts: Counter[int] = Counter()
        for statement in set(place.function.statements):
            if len(by_statement[statement]) <= _COMMON:
                counts.update(by_statement[statement])
        rated = [
            (likeness(place.function, places[index].function), places[index])
            for index, _ in counts.most_common(_COMMON)
        ]
        least = rule.options["likeness"] / 100
        best = max((rating for rating, other in rated if other != place), default=0)
        yield place, [other for rating, other in rated if rating == best >= least]


def _findings(
    added: Sequence[Place], found: Iterable[tuple[Place, list[Place]]], rule: Rule
) -> Iterator[Finding]:
    numbers = {order(place): number for number, place in enumerate(added)}
    told = set()
    for place, others in found:
        # Of copies that the change made itself, the first is the model of the others.
        models = [
            other
            for other in others
            if numbers.get(order(other), -1) < numbers[order(place)]
            and not _belong_together(place, other, rule)
        ]
        key = (place.path, place.function.shape)
        if models and key not in told:
            told.add(key)
            yield _finding(place, min(models, key=lambda each: _distance(place, each)), rule)


def _belong_together(one: Place, other: Place, rule: Rule) -> bool:
    """Whether two functions are meant to be alike: variants of one, or one method in two classes."""
    if one.path == other.path and one.function.name == other.function.name:
        return True
    are_methods = "." in one.function.name and "." in other.function.name
    is_large = one.function.nodes >= _LARGE * rule.options["min_nodes"]
    return are_methods and one.leaf == other.leaf and not is_large


def _distance(one: Place, other: Place) -> tuple[int, str, int]:
    """How far away a model is: one in the same folder is the likest to be meant."""
    common = 0
    for left, right in zip(paths.folders(one.path), paths.folders(other.path), strict=False):
        common += left == right
    return -common - (one.path == other.path), *order(other)


def _finding(place: Place, model: Place, rule: Rule) -> Finding:
    says = "repeats"
    if place.function.shape != model.function.shape:
        says = f"is {likeness(place.function, model.function):.0%} the same as"
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=place.path,
        start_line=place.function.start_line,
        end_line=place.function.end_line,
        message=f"`{place.function.name}` {says} `{model.name}`"
        f" ({model.path}:{model.function.start_line})",
        symbol=place.function.name,
        key=place.function.name,
    )
