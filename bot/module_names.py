"""Dotted names of modules, and expressions that stand for many of them.

Pure. Expressions are Grimp's: `*` stands for one part of a name, `**` for one or more.
"""

import itertools
from collections.abc import Iterable, Iterator


def matches(name: str, expression: str) -> bool:
    """Whether a dotted name fits an expression, in time linear in each."""
    parts, wanted = name.split("."), expression.split(".")
    # The last `**` seen, and how much of the name it has taken: as in matching file globs.
    star = taken = -1
    at = place = 0
    while at < len(parts):
        if place < len(wanted) and wanted[place] == "**":
            star, taken = place, at + 1
            place, at = place + 1, at + 1
        elif place < len(wanted) and wanted[place] in ("*", parts[at]):
            place, at = place + 1, at + 1
        elif star >= 0:
            taken += 1
            place, at = star + 1, taken
        else:
            return False
    return place == len(wanted)


def parents(name: str) -> Iterator[str]:
    """The packages a module lies in, the nearest first."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def is_in(name: str, packages: Iterable[str]) -> bool:
    """Whether a module is one of *packages*, or in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def misspelt(expression: str) -> str:
    """What is wrong with an expression; "" when it is well formed."""
    parts = expression.split(".")
    if not all(parts):
        return "a part of the name is empty"
    if any("*" in part and part not in ("*", "**") for part in parts):
        return "a wildcard stands for a whole part of a name"
    pairs = itertools.pairwise(parts)
    if any(pair in (("**", "*"), ("**", "**"), ("*", "**")) for pair in pairs):
        return "`**` cannot stand beside a wildcard"
    return ""
