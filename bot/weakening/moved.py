"""Settings of base as they would read at head, had they only followed what files and modules became."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.weakening.settings import Settings, items


def renamed(of: Settings, files: Mapping[str, str], modules: Mapping[str, str]) -> Settings:
    """The settings with the names that files and modules have now."""
    if not files:
        return of
    both = {**modules, **files}
    found: dict[str, Any] = {}
    for key, value in of.items():
        table, dot, name = key.partition(".")
        module, _, option = key.rpartition(".")
        if isinstance(value, list):
            value = [both.get(each, each) if isinstance(each, str) else each for each in value]
        if module in modules:
            found[f"{modules[module]}.{option}"] = value
        else:
            found[f"{table}{dot}{files.get(name, name)}"] = value
    return found


def without(base: Settings, head: Settings, gone: Collection[str]) -> Settings:
    """The settings without the entries of modules that are *gone* and that head dropped with them."""
    found = dict(base)
    for key, value in base.items() if gone else ():
        old = items(value) if isinstance(value, (list, str)) else []
        dropped = {each for each in old if each in gone} - {*items(head.get(key))}
        if dropped:
            found[key] = [each for each in old if each not in dropped]
    return found
