"""What a rule kind takes as options: one table for checking, for messages and for the JSON Schema.

Pure. A table maps option names to an `Option`; its *schema* is the part of JSON Schema that
`docs/rule.schema.json` shows to editors and that `problems` understands: type, enum, minimum,
pattern, items, minItems, properties, required and additionalProperties.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.settings import nearest

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class Option(NamedTuple):
    """One option of a rule kind. *says* completes "`name` must be ..."."""

    says: str
    schema: Mapping[str, Any]
    required: bool = False


Table = Mapping[str, Option]

STRINGS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
FLAG: Mapping[str, Any] = {"type": "boolean"}


def problems(kind: str, table: Table, options: Mapping[str, Any]) -> list[str]:
    """What is wrong with *options* of a rule with `check: kind`, one sentence each."""
    found = []
    for name in options:
        if name not in table:
            takes = ", ".join(f"`{known}`" for known in table) or "none"
            hint = nearest(str(name), table) or f"; {kind} rules take {takes}"
            found.append(f"unknown option `{name}`{hint}")
    for name, option in table.items():
        if name not in options:
            if option.required:
                found.append(f"option `{name}` is missing; it is {option.says}")
        elif not fits(options[name], option.schema):
            found.append(f"`{name}` must be {option.says}")
    return found


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether *value* is valid under the part of JSON Schema named above."""
    return all(_verdicts(value, schema))


def schema(table: Table) -> dict[str, Any]:
    """The JSON Schema of an `options` table."""
    return {
        "type": "object",
        "properties": {
            name: {"description": option.says, **option.schema} for name, option in table.items()
        },
        "required": [name for name, option in table.items() if option.required],
        "additionalProperties": False,
    }


def _verdicts(value: Any, schema: Mapping[str, Any]) -> Iterator[bool]:
    if "enum" in schema:
        yield value in schema["enum"]
    if "type" in schema:
        types: Sequence[str] = (
            [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        )
        yield any(_TYPES[name](value) for name in types)
    if isinstance(value, str):
        yield re.search(schema.get("pattern", ""), value) is not None
    elif isinstance(value, list):
        yield len(value) >= schema.get("minItems", 0)
        yield all(fits(item, schema.get("items", {})) for item in value)
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        yield all(name in value for name in schema.get("required", ()))
        yield all(
            fits(item, properties[name]) for name, item in value.items() if name in properties
        )
        extra = schema.get("additionalProperties", True)
        rest = [item for name, item in value.items() if name not in properties]
        yield (
            all(fits(item, extra) for item in rest)
            if isinstance(extra, dict)
            else (bool(extra) or not rest)
        )
    elif isinstance(value, (int, float)):
        yield value >= schema.get("minimum", value)
        yield value <= schema.get("maximum", value)
