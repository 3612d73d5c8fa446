"""The functions that a change added: those that no file of base had, under this name or another."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bot.comparison import Comparison
from bot.domain import Source
from bot.facts.functions import Function

# Share of statements from which a function that is gone and one that is new are the same, edited.
_EDITED = 0.5
_MOST_PAIRS = 20_000


class Place(NamedTuple):
    """A function in a file of head."""

    path: str
    function: Function

    @property
    def name(self) -> str:
        """As one would import it, from what the path tells."""
        module = self.path.removesuffix(".py").removesuffix("/__init__").removeprefix("src/")
        return f"{module.replace('/', '.')}.{self.function.name}"

    @property
    def leaf(self) -> str:
        return self.function.name.rpartition(".")[2]


class Additions:
    """The functions in changed files, and those of them that the change added."""

    def __init__(self, comparison: Comparison) -> None:
        # Of every changed file that can be read at head.
        self.head: dict[str, list[Place]] = {}
        fresh: list[Place] = []
        gone: list[Function] = []
        for file in comparison.files:
            path = file.change.path
            if not path.endswith(".py"):
                continue  # in a stub every function is empty
            base, head = (functions(comparison, each) for each in (file.base, file.head))
            if file.head and head is not None:
                self.head[path] = [Place(path, each) for each in head]
            if head is None:
                continue
            names = {each.name for each in head}
            if base is None:
                # Where base does not parse, its lines are known all the same.
                known = {
                    each.name
                    for each in head
                    if not comparison.is_added(file.change, each.start_line)
                }
            else:
                known = {each.name for each in base}
            fresh += [Place(path, each) for each in head if each.name not in known]
            gone += [each for each in base or () if each.name not in names]
        self.added = _without_moved(sorted(fresh, key=order), gone)


def functions(comparison: Comparison, source: Source | None) -> list[Function] | None:
    """The functions of one side of a file: none where there is no such side, None if unknown."""
    if source is None:
        return []
    rows = comparison.facts(source, "functions")
    return None if rows is None else [Function(*row) for row in rows]


def order(place: Place) -> tuple[str, int]:
    """A place among the others, and what it is known by."""
    return place.path, place.function.start_line


def _without_moved(fresh: Sequence[Place], gone: Sequence[Function]) -> list[Place]:
    """The new functions that were not elsewhere at base, or under another name."""
    shapes = Counter(each.shape for each in gone)
    rest = []
    for place in fresh:
        if shapes[place.function.shape]:
            shapes[place.function.shape] -= 1
        else:
            rest.append(place)
    lost = [each for each in gone if shapes[each.shape]]
    if len(rest) * len(lost) > _MOST_PAIRS:
        leaves = {each.name.rpartition(".")[2] for each in lost}
        return [place for place in rest if place.leaf not in leaves]
    added = []
    for place in rest:
        likest = max(lost, key=lambda each: likeness(place.function, each), default=None)
        if likest is not None and likeness(place.function, likest) >= _EDITED:
            lost.remove(likest)
        else:
            added.append(place)
    return added


def likeness(one: Function, other: Function) -> float:
    """Share of statements that two functions have in common."""
    common = (Counter(one.statements) & Counter(other.statements)).total()
    return 2 * common / ((len(one.statements) + len(other.statements)) or 1)
