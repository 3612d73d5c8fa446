"""`pyproject.toml`, `Pipfile` and `uv.toml`: standard tables and those of Poetry, PDM, Hatch, uv, Flit, Pixi."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from bot.distributions import normalized
from bot.manifests import Manifest, Requirement
from bot.manifests.requirements import parse

_TEXTS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_KEY = re.compile(r"\s*[\"']?([\w.-]+)[\"']?\s*=")
_HEADER = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")


class _Reader:
    """Gathers what the tables of one document declare, with lines looked up in its text."""

    def __init__(self, text: str) -> None:
        self.document = tomllib.loads(text)
        self.requirements: list[Requirement] = []
        self.indexes: list[tuple[str, str, int]] = []
        self.includes: list[tuple[str, str, int]] = []
        self.unknown = ""
        self.speaks = False
        # The project's own name stands for what is not in files: compiled modules.
        self.mentions: list[tuple[str, int]] = []
        self._texts: dict[str, list[int]] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._index(text)

    def _index(self, text: str) -> None:
        header = ""
        for number, line in enumerate(text.split("\n"), 1):
            if opened := _HEADER.match(line):
                header = opened.group(1).replace('"', "").replace("'", "")
            if key := _KEY.match(line):
                self._keys.setdefault((header, key.group(1)), number)
            for double, single in _TEXTS.findall(line):
                self._texts.setdefault(double or single, []).append(number)

    def table(self, *path: str) -> dict[str, Any]:
        """The table at a path; empty where there is none."""
        found: Any = self.document
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def listed(self, items: Any, group: str) -> None:
        """A list of requirements as PEP 508 writes them."""
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, str):
                continue
            lines = self._texts.get(item, [1])
            required = parse(item, group, lines.pop(0) if len(lines) > 1 else lines[0])
            if required is not None:
                self.requirements.append(required)

    def keyed(self, header: tuple[str, ...], group: str) -> None:
        """A table of names to versions, or to tables that say more."""
        for name, value in self.table(*header).items():
            if name.lower() == "python":
                continue
            entries = value if isinstance(value, list) else [value]
            for entry in entries[:1]:
                self.requirements.append(self._entry(name, entry, header, group))

    def _entry(self, name: str, entry: Any, header: tuple[str, ...], group: str) -> Requirement:
        told = entry if isinstance(entry, dict) else {"version": entry}
        optional = group or ("optional" if told.get("optional") is True else "")
        spec = "".join(str(told.get("version", "")).split())
        return Requirement(
            name, "" if spec == "*" else spec, optional, self.line(name, *header), source(told)
        )

    def line(self, key: str, *header: str) -> int:
        """Where a key is set, in its table or, written inline or dotted, in one above it."""
        for depth in range(len(header), -1, -1):
            rest = header[depth:]
            for written in (".".join([*rest, key]), *rest[:1]):
                if number := self._keys.get((".".join(header[:depth]), written)):
                    return number
        return self._keys.get((".".join([*header, key]), "version"), 1)

    def address(self, option: str, value: Any) -> None:
        """Addresses that packages come from: a text, or a list of texts or of tables with `url`."""
        for item in value if isinstance(value, list) else [value]:
            url = item.get("url") if isinstance(item, dict) else item
            if isinstance(url, str) and url:
                self.indexes.append((option, url, self._texts.get(url, [1])[0]))

    def files(self, value: Any, group: str) -> None:
        """A `file = ...` that names files with requirements."""
        named = value.get("file") if isinstance(value, dict) else value
        for name in named if isinstance(named, list) else [named]:
            if isinstance(name, str):
                self.includes.append((name, group, self._texts.get(name, [1])[0]))

    def manifest(self) -> Manifest:
        return Manifest(
            tuple(self.requirements),
            mentions=tuple(self.mentions),
            indexes=tuple(self.indexes),
            includes=tuple(self.includes),
            unknown=self.unknown,
            speaks=self.speaks or bool(self.requirements),
        )


def read(kind: str, text: str) -> Manifest:
    """What such a file says. Raises `ValueError` or `RecursionError` where it is not valid."""
    reader = _Reader(text)
    if kind == "pipfile":
        reader.speaks = True
        reader.keyed(("packages",), "")
        reader.keyed(("dev-packages",), "dev")
        reader.address("source", reader.document.get("source"))
    elif kind == "uv":
        _uv(reader, reader.document)
    else:
        _standard(reader)
        _poetry(reader)
        _uv(reader, reader.table("tool", "uv"))
        _others(reader)
        _build(reader)
    return reader.manifest()


def read_script(text: str) -> Manifest:
    """What the metadata in a script (PEP 723) says. Raises `ValueError` where it is not valid."""
    begins, _, rest = text.partition("# /// script")
    lines = []
    for line in rest.split("\n")[1:]:
        if not line.startswith("#") or line.rstrip() == "# ///":
            break
        lines.append(line[1:].removeprefix(" "))
    # Lines before the block keep the numbers right.
    reader = _Reader("\n" * (begins.count("\n") + 1) + "\n".join(lines))
    reader.listed(reader.document.get("dependencies"), "script")
    _uv(reader, reader.table("tool", "uv"))
    return reader.manifest()


def source(told: dict[str, Any]) -> str:
    """Where a table says that a package comes from; "" for an index or this repository's workspace."""
    for key in ("git", "url", "path", "file", "svn", "hg"):
        value = told.get(key)
        if isinstance(value, str) and value:
            revision = next(
                (told[each] for each in ("rev", "ref", "tag", "branch") if each in told), ""
            )
            return f"{value}@{revision}" if revision else value
    return ""


def _standard(reader: _Reader) -> None:
    project = reader.table("project")
    reader.speaks = bool(project) or bool(reader.table("tool", "poetry"))
    for name in (project.get("name"), reader.table("tool", "poetry").get("name")):
        if isinstance(name, str):
            reader.mentions.append((name, 1))
    reader.listed(project.get("dependencies"), "")
    for name, items in reader.table("project", "optional-dependencies").items():
        reader.listed(items, f"extra {name}")
    for name, items in reader.table("dependency-groups").items():
        reader.listed(items, name)
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        _dynamic(reader)


def _dynamic(reader: _Reader) -> None:
    settings = reader.table("tool", "setuptools", "dynamic")
    hooks = reader.table("tool", "hatch", "metadata", "hooks", "requirements_txt")
    if "dependencies" in settings:
        reader.files(settings["dependencies"], "")
        for name, value in reader.table(
            "tool", "setuptools", "dynamic", "optional-dependencies"
        ).items():
            reader.files(value, f"extra {name}")
    elif hooks:
        reader.files(hooks.get("files"), "")
    elif not reader.table("tool", "poetry"):
        reader.unknown = "its dependencies are worked out when it is built"


def _poetry(reader: _Reader) -> None:
    top = ("tool", "poetry")
    reader.keyed((*top, "dependencies"), "")
    reader.keyed((*top, "dev-dependencies"), "dev")
    for name in reader.table(*top, "group"):
        reader.keyed((*top, "group", name, "dependencies"), name if name != "main" else "")
    reader.address("source", reader.table(*top).get("source"))


def _uv(reader: _Reader, settings: dict[str, Any]) -> None:
    reader.listed(settings.get("dev-dependencies"), "dev")
    for option in ("index", "index-url", "extra-index-url", "find-links", "default-index"):
        for table in (settings, settings.get("pip")):
            if isinstance(table, dict) and option in table:
                reader.address(option, table[option])
    sources = settings.get("sources")
    _relocate(reader, sources if isinstance(sources, dict) else {})


def _relocate(reader: _Reader, sources: dict[str, Any]) -> None:
    """Tell of requirements where uv takes them from."""
    places: dict[str, tuple[str, int]] = {}
    for name, told in sources.items():
        entries = [
            each for each in (told if isinstance(told, list) else [told]) if isinstance(each, dict)
        ]
        place = next((found for each in entries if (found := source(each))), "")
        if place:
            places[normalized(name)] = (place, reader.line(name, "tool", "uv", "sources"))
    for number, required in enumerate(reader.requirements):
        if required.key in places and not required.source:
            place, line = places[required.key]
            reader.requirements[number] = required._replace(source=place, line=line)


def _others(reader: _Reader) -> None:
    for name, items in reader.table("tool", "pdm", "dev-dependencies").items():
        reader.listed(items, name)
    reader.address("source", reader.table("tool", "pdm").get("source"))
    for name, environment in reader.table("tool", "hatch", "envs").items():
        for key in ("dependencies", "extra-dependencies"):
            reader.listed(
                environment.get(key) if isinstance(environment, dict) else None, f"env {name}"
            )
    reader.listed(reader.table("tool", "flit", "metadata").get("requires"), "")
    for name, items in reader.table("tool", "flit", "metadata", "requires-extra").items():
        reader.listed(items, f"extra {name}")
    reader.listed(reader.table("tool", "rye").get("dev-dependencies"), "dev")
    for header, group in _pixi(reader):
        reader.keyed(header, group)


def _pixi(reader: _Reader) -> Iterator[tuple[tuple[str, ...], str]]:
    top = ("tool", "pixi")
    for key in ("dependencies", "pypi-dependencies"):
        yield (*top, key), ""
        for name in reader.table(*top, "feature"):
            yield (*top, "feature", name, key), name


def _build(reader: _Reader) -> None:
    reader.listed(reader.table("build-system").get("requires"), "build")
