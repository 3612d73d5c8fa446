"""What compatible servers lack: a feature may be refused with a 400 or dropped in silence."""

import copy
from collections.abc import Collection, Iterator
from typing import Any

FEATURES = frozenset({"format", "cache", "tools", "effort"})
_EXTRA = "Extra inputs are not permitted"


def refusals(body: dict[str, Any], missing: Collection[str]) -> Iterator[str]:
    """What a server without these features says to a body that uses them."""
    output = body.get("output_config") or {}
    if output and {"format", "effort"} <= set(missing):
        yield f"output_config: {_EXTRA}"
    elif output.get("format") and "format" in missing:
        yield f"output_config.format: {_EXTRA}"
    elif output.get("effort") and "effort" in missing:
        yield "output_config.effort: This model does not support the effort parameter."
    if body.get("tools") and "tools" in missing:
        yield f"tools: {_EXTRA}"
    if "cache" in missing:
        yield from (f"{path}: {_EXTRA}" for path in _marked(body, ()))


def without(body: dict[str, Any], dropped: Collection[str]) -> dict[str, Any]:
    """The body as a server reads it that does not look at these features."""
    kept: dict[str, Any] = copy.deepcopy(body)
    for name in ("format", "effort"):
        if name in dropped and kept.get("output_config"):
            kept["output_config"].pop(name, None)
    if "tools" in dropped:
        kept.pop("tools", None)
    if "cache" in dropped:
        _unmark(kept)
    return kept


def _marked(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The paths of cache markers, outside of schemas and of tools' inputs."""
    inner = enumerate(value) if isinstance(value, list) else ()
    for name, part in value.items() if isinstance(value, dict) else inner:
        if name == "cache_control" and part:
            yield ".".join((*path, name))
        elif name not in ("input_schema", "schema", "input"):
            yield from _marked(part, (*path, str(name)))


def _unmark(value: Any) -> None:
    if isinstance(value, dict):
        value.pop("cache_control", None)
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in inner:
        if isinstance(part, dict | list) and name not in ("input_schema", "schema", "input"):
            _unmark(part)
