"""The options of import contracts: what names modules in them, and what is wrong with them.

Pure. The contracts, and the names of their options, are those of import-linter.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.module_names import misspelt

# Options whose modules have to exist, and what such a module is for the contract.
NAMED = {
    "containers": "container",
    "modules": "module",
    "source_modules": "source module",
    "forbidden_modules": "forbidden module",
    "protected_modules": "protected module",
    "ancestors": "ancestor",
}


def tails(layer: str) -> list[str]:
    """The modules of one layer, optional ones in parentheses."""
    return [tail.strip() for tail in layer.split("|" if "|" in layer else ":")]


def problems(options: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with options whose types are right, one sentence each."""
    for key in (*NAMED, "allowed_importers", "skip_descendants"):
        for name in options.get(key, ()):
            if wrong := misspelt(name):
                yield f"`{name}` in `{key}`: {wrong}"
    for expression in options.get("ignore_imports", ()):
        halves = [half.strip() for half in expression.split("->")]
        if len(halves) != 2 or not all(halves):
            yield f"`{expression}` in `ignore_imports` must be `importer -> imported`"
        elif wrong := next((found for half in halves if (found := misspelt(half))), ""):
            yield f"`{expression}` in `ignore_imports`: {wrong}"
    yield from _wrong_layers(options.get("layers", ()))
    if options.get("exhaustive") and not options.get("containers"):
        yield "`exhaustive` needs `containers`"


def _wrong_layers(layers: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for layer in layers:
        if "|" in layer and ":" in layer:
            yield f"layer `{layer}` mixes `|` and `:`"
        for tail in tails(layer):
            name = tail.strip("() ")
            if not name or "*" in name:
                yield f"layer `{layer}` must name modules, without wildcards"
            if name in seen:
                yield f"`{name}` is in more than one layer"
            seen.add(name)
