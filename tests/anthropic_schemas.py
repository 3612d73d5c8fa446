"""Which JSON schemas the API takes for structured outputs and strict tools."""

from collections.abc import Iterator
from typing import Any

_KEYWORDS = frozenset(
    [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "default",
        "definitions",
        "description",
        "enum",
        "format",
        "items",
        "minItems",
        "properties",
        "required",
        "title",
        "type",
    ]
)
_FORMATS = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]
)
_DEFINITIONS = ("$defs", "definitions")


def schema_problems(schema: dict[str, Any], where: str) -> Iterator[str]:
    """What the API would refuse in a schema."""
    for node in _nodes(schema):
        for found in _node_problems(node):
            yield f"{where}: {found}"
    if _recursive(schema):
        yield f"{where}: Recursive schemas are not supported"


def _node_problems(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type", "untyped")
    if unknown := sorted(set(node) - _KEYWORDS):
        yield f"For '{kind}' type, properties {', '.join(unknown)} are not supported"
    if node.get("minItems", 0) not in (0, 1):
        yield f"For '{kind}' type, 'minItems' values other than 0 or 1 are not supported"
    if node.get("format", "date") not in _FORMATS:
        yield f"For '{kind}' type, format '{node['format']}' is not supported"
    if (kind == "object" or "properties" in node) and node.get("additionalProperties") is not False:
        yield "For 'object' type, 'additionalProperties' must be explicitly set to false"
    if missing := sorted(set(node.get("required") or ()) - set(node.get("properties") or ())):
        yield f"For 'object' type, required names no property: {', '.join(missing)}"
    if any(isinstance(value, dict | list) for value in node.get("enum") or ()):
        yield "Enum values must be strings, numbers, booleans or null"
    if not str(node.get("$ref", "#/")).startswith("#/"):
        yield f"External $ref '{node['$ref']}' is not supported"


def _children(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("properties", *_DEFINITIONS):
        yield from (node.get(name) or {}).values()
    for name in ("anyOf", "allOf"):
        yield from node.get(name) or ()
    if isinstance(node.get("items"), dict):
        yield node["items"]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _recursive(schema: dict[str, Any]) -> bool:
    """Whether some definition, or the root, reaches itself."""
    definitions = {
        f"#/{name}/{key}": node
        for name in _DEFINITIONS
        for key, node in (schema.get(name) or {}).items()
    }
    root = {name: value for name, value in schema.items() if name not in _DEFINITIONS}
    definitions["#"] = root
    uses = {
        name: {inner["$ref"] for inner in _nodes(node) if "$ref" in inner}
        for name, node in definitions.items()
    }
    return any(name in _reached(name, uses) for name in uses)


def _reached(start: str, uses: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(uses[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(uses.get(name, ()))
    return found
