"""Conda's `environment.yml`."""

import re
from typing import Any

import yaml

from bot.manifests import Manifest, Requirement
from bot.manifests.requirements import parse

_PACKAGE = re.compile(r"(?:[\w.-]+::)?([\w.-]+)\s*(.*)")


def read(text: str) -> Manifest:
    """What it says. Raises `ValueError` or `yaml.YAMLError` where it is not valid."""
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for event in yaml.parse(text, Loader=safe):
        # Before anything is built: a few lines of them unfold into gigabytes.
        if type(event) is yaml.AliasEvent:
            raise ValueError("YAML aliases are not followed")
    loader = safe(text)
    try:
        document = loader.get_single_data()
    finally:
        loader.dispose()
    # Many other files are called like this.
    if not isinstance(document, dict) or not isinstance(document.get("dependencies"), list):
        return Manifest()
    lines = _lines(text)
    found: list[Requirement] = []
    includes = []
    for item in document["dependencies"]:
        if isinstance(item, str):
            found += _package(item, lines)
        for line in _pip(item):
            number = lines.get(line, 1)
            if line.startswith("-r "):
                includes.append((line[3:].strip(), "", number))
            elif required := parse(line, "", number):
                found.append(required)
    channels = document.get("channels")
    indexes = [
        ("channel", channel, lines.get(channel, 1))
        for channel in (channels if isinstance(channels, list) else ())
        if isinstance(channel, str) and "://" in channel
    ]
    return Manifest(tuple(found), indexes=tuple(indexes), includes=tuple(includes), speaks=True)


def _package(item: str, lines: dict[str, int]) -> list[Requirement]:
    match = _PACKAGE.fullmatch(item.strip())
    if match is None or match.group(1) in ("python", "pip"):
        return []
    spec = "".join(match.group(2).split())
    return [Requirement(match.group(1), spec, "", lines.get(item, 1))]


def _pip(item: Any) -> list[str]:
    lines = item.get("pip") if isinstance(item, dict) else None
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _lines(text: str) -> dict[str, int]:
    """The first line of each item of a list."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        item = re.sub(r"\s+#.*", "", line).strip().removeprefix("-").strip().strip("\"'")
        found.setdefault(item, number)
    return found
