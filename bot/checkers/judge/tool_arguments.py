"""What a model gives a tool, looked at before anything is done with it."""

import re
from collections.abc import Mapping
from typing import Any

from bot.comparison import SideName

_MOST_CHARACTERS = 200
# What ends a line or a text, and halves of characters, which cannot be written at all.
_HALF_OR_END = re.compile(r"[\n\0\ud800-\udfff]")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NESTED = (dict, list, tuple)


class Mistake(Exception):
    """What the model asked for cannot be done; the message tells it why."""


def are_plain(arguments: object) -> bool:
    """Whether these are names with simple values."""
    if not isinstance(arguments, dict):
        return False
    return not any(isinstance(value, _NESTED) for value in arguments.values())


def side(arguments: Mapping[str, Any]) -> SideName:
    """Which side is meant; head where nothing is said. Raises `Mistake`."""
    ref = arguments.get("ref")
    if ref not in (None, "head", "base"):
        raise Mistake("ref must be head or base")
    return "base" if ref == "base" else "head"


def text(arguments: Mapping[str, Any], name: str) -> str:
    """A text. Raises `Mistake`."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise Mistake(f"{name} must be a text")
    return value


def one_line(arguments: Mapping[str, Any], name: str) -> str:
    """A text that can be given to Git or compared with a path. Raises `Mistake`."""
    value = text(arguments, name)
    if not value or len(value) > _MOST_CHARACTERS or _HALF_OR_END.search(value):
        raise Mistake(f"{name} must be one line of 1 to {_MOST_CHARACTERS} characters")
    return value


def number(arguments: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number; *default* where there is none. Raises `Mistake`."""
    value = arguments.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mistake(f"{name} must be a whole number")
    return value


def word(arguments: Mapping[str, Any]) -> str:
    """The last part of a dotted name. Raises `Mistake`."""
    name = one_line(arguments, "name").rpartition(".")[2]
    if not _WORD.fullmatch(name) or not name.isascii():
        raise Mistake("name must be one identifier")
    return name
