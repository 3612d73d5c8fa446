"""Members of an enumeration that have another value: values are what is stored and sent."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.checkers.api_contract.functions import Breakage, Definition

ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "ReprEnum", "Flag", "IntFlag"})
_MOST_VALUES = 3
_LONGEST_VALUE = 60
_KEPT = "what was stored or sent before has the old value"


def compare(
    name: str,
    other: str,
    members: Sequence[str],
    before: Mapping[str, Definition],
    after: Mapping[str, Definition],
) -> Iterator[Breakage]:
    """One finding about an enumeration called *name* at base and *other* at head."""
    changed = []
    for member in members:
        was, now = before[f"{name}.{member}"], after.get(f"{other}.{member}")
        if now is not None and _differ(was, now):
            changed.append((member, was, now))
    if not changed:
        return
    if len(changed) == 1:
        member, was, now = changed[0]
        says = f"is {_shown(now)} now, not {_shown(was)}: {_KEPT}"
        yield Breakage(f"{name}.{member}", "value", says, was["line"], now["line"])
        return
    shown = [
        f"`{member}` is {_shown(now)}, not {_shown(was)}"
        for member, was, now in changed[:_MOST_VALUES]
    ]
    left = len(changed) - len(shown)
    says = f"has other values now: {', '.join(shown)}{f' and {left} more' if left else ''}; {_KEPT}"
    yield Breakage(name, "values", says, changed[0][1]["line"], changed[0][2]["line"])


def _differ(was: Definition, now: Definition) -> bool:
    """Whether both are plain values, and not the same."""
    if was["kind"] != "attribute" or now["kind"] != "attribute":
        return False
    old, new = _literal(was["value"]), _literal(now["value"])
    return bool(old and new and old != new)


def _literal(text: str | None) -> tuple[str, Any] | None:
    """The value that a text writes out, with its type: `1` and `True` are stored differently."""
    try:
        value = ast.literal_eval(text or "")
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return type(value).__name__, value


def _shown(definition: Definition) -> str:
    text = str(definition["value"])
    return f"`{text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + '…'}`"
