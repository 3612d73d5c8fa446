"""What is known about Python distributions without asking an index: tables, and names compared.

The tables are text files beside this module, so that an answer never depends on what is installed
where the bot runs. `popular.txt` was compiled by hand and checked against public download counts.
"""

import os
import re
from functools import cache

_HERE = os.path.dirname(os.path.abspath(__file__))
_SEPARATORS = re.compile(r"[-_.]+")
# Stubs hold types, not the package they are named after.
_STUBS = re.compile(r"types-|.*-(stubs|types)$")


def normalized(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def popular() -> frozenset[str]:
    """Normalized names of the best known distributions."""
    return _table("popular.txt")


def famous() -> frozenset[str]:
    """The ones among them that a mistyped or invented name is likeliest to have been meant for."""
    return _table("famous.txt")


def standard_library() -> frozenset[str]:
    """Top-level modules of Python 3.9 to 3.15, of Python 2 too, removed ones included."""
    return _table("stdlib.txt")


def hosts() -> frozenset[str]:
    """Modules that a program which embeds Python brings along: no index has them."""
    return _table("hosts.txt")


@cache
def distributions() -> dict[str, tuple[str, ...]]:
    """Modules that are not called like their distribution, to the names of those that hold them."""
    return _rows("imports.txt")


@cache
def companions() -> dict[str, tuple[str, ...]]:
    """Distributions to those that bring them along (normalized): the best known cases."""
    return _rows("companions.txt")


def is_stub(name: str) -> bool:
    """Whether a distribution (normalized) holds types for another one."""
    return bool(_STUBS.match(name))


def bare(name: str) -> str:
    """A normalized name without separators, `py` and `python` at its ends, and digits at its end."""
    letters = name.replace("-", "")
    for affix in ("python", "py"):
        letters = letters.removeprefix(affix).removesuffix(affix) or letters
    return letters.rstrip("0123456789") or letters


@cache
def _table(name: str) -> frozenset[str]:
    return frozenset(_lines(name))


def _rows(name: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split(": ", 1) for line in _lines(name))
    return {key: tuple(values.split()) for key, values in rows}


def _lines(name: str) -> list[str]:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read().split("\n")[:-1]
