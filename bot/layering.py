"""Layers that a package keeps as it is: a contract to begin with.

Pure. What imports nothing of its siblings is the lowest layer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from bot.components import components


def propose(
    package: str, modules: Collection[str], imports: Iterable[tuple[str, str]]
) -> list[str]:
    """Layers of the direct children of *package*, the highest first, for a `layers` contract.

    *modules* and *imports* are dotted names of all that is known. `a | b` do not import each other,
    `a : b` import each other in a circle. The contract holds for these imports, with *package* as
    its container.
    """
    children = sorted({child for name in modules if (child := _child(package, name))})
    after = _reached(package, children, imports)
    floors: dict[str, int] = {}
    levels: dict[int, list[list[str]]] = defaultdict(list)
    for group in components(after):
        below = [floors[to] for name in group for to in after[name] if to not in group]
        floor = max(below, default=-1) + 1
        floors.update(dict.fromkeys(group, floor))
        levels[floor].append(sorted(group))
    return [layer for floor in sorted(levels, reverse=True) for layer in _layers(levels[floor])]


def _layers(groups: Iterable[list[str]]) -> list[str]:
    groups = sorted(groups)
    circles = [" : ".join(group) for group in groups if len(group) > 1]
    alone = [group[0] for group in groups if len(group) == 1]
    return [*circles, *([" | ".join(alone)] if alone else [])]


def _child(package: str, name: str) -> str:
    inner = name.removeprefix(f"{package}.")
    return inner.split(".")[0] if inner != name else ""


def _reached(
    package: str, children: Iterable[str], imports: Iterable[tuple[str, str]]
) -> dict[str, list[str]]:
    """What each child imports of its siblings, also by way of what is none: the package itself."""
    # Those beside the children keep their full names, which no child has: theirs hold no dot.
    onward: dict[str, set[str]] = defaultdict(set)
    for importer, imported in imports:
        ends = [_child(package, name) or f".{name}" for name in (importer, imported)]
        if ends[0] != ends[1]:
            onward[ends[0]].add(ends[1])
    found = {}
    for child in children:
        reached: set[str] = set()
        waiting = [child]
        while waiting:
            fresh = onward[waiting.pop()] - reached
            reached |= fresh
            waiting += [to for to in fresh if to.startswith(".")]
        found[child] = sorted(to for to in reached if not to.startswith(".") and to != child)
    return found
