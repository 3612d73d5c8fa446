"""OpenAPI and JSON Schema documents as nodes that know their file and line, and what `$ref` names.

Pure: tables of nodes come in (`bot.outside.contract_worker`), nodes go out. Nodes may be shared
and may contain themselves; whoever walks them keeps count with a `Budget`.
"""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

Kind = Literal["openapi", "json-schema", ""]

# `$ref` to `$ref` to ...; a longer chain is a cycle or an attack.
_HOPS = 50
_STEPS = 400_000
_HTTP = ("://", "//")


class Node(NamedTuple):
    """A value: a scalar, a list of nodes, or a mapping of keys to nodes. Told apart by identity."""

    path: str
    line: int
    value: Any

    def get(self, key: str) -> "Node | None":
        """What a mapping has under a key; None too where this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    @property
    def items(self) -> Mapping[str, "Node"]:
        """A mapping's entries; none where this is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def entries(self) -> list["Node"]:
        """A list's entries; none where this is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """A scalar as a text; "" for what is none."""
        return "" if isinstance(self.value, (dict, list)) else str(self.value)


class TooComplex(Exception):
    """More to compare than any document written by people."""


class Budget:
    """Counts steps, so that documents built to multiply end in `TooComplex`."""

    def __init__(self) -> None:
        self._left = _STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps; raises `TooComplex` when none are left."""
        self._left -= steps
        if self._left < 0:
            raise TooComplex("too large or too entangled to compare")


def build(path: str, table: list[list[Any]]) -> Node | None:
    """The root of a table of nodes; None where the document is empty."""
    nodes = [
        Node(path, line, type(value)() if isinstance(value, (dict, list)) else value)
        for line, value in table
    ]
    for node, (_, value) in zip(nodes, table, strict=True):
        if isinstance(value, dict):
            node.value.update((key, nodes[number]) for key, number in value.items())
        elif isinstance(value, list):
            node.value.extend(nodes[number] for number in value)
    return nodes[0] if nodes else None


def kind(root: Node | None, path: str) -> Kind:
    """What sort of contract a document is; "" where it is none."""
    if root is None or not isinstance(root.value, dict):
        return ""
    version = root.get("openapi")
    if version is not None and version.text.startswith("3"):
        return "openapi"
    schema = root.get("$schema")
    named = path.endswith((".schema.json", ".schema.yaml", ".schema.yml"))
    return "json-schema" if named or (schema and "json-schema.org/" in schema.text) else ""


def files_named(path: str, table: list[list[Any]]) -> set[str]:
    """The files of the repository that the `$ref`s of a document name, itself left out."""
    found = set()
    for _, value in table:
        if isinstance(value, dict) and "$ref" in value:
            reference = table[value["$ref"]][1]
            if isinstance(reference, str):
                found.add(locate(path, reference)[0])
    return found - {None, path}  # type: ignore[return-value]


def locate(path: str, reference: str) -> tuple[str | None, str]:
    """File and JSON pointer of a `$ref` in *path*; no file where it leads out of the repository."""
    name, _, pointer = reference.partition("#")
    if not name:
        return path, unquote(pointer)
    if name.startswith("/") or any(mark in name for mark in _HTTP) or ":" in name:
        return None, pointer
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(name)))
    return (None if joined.startswith("..") else joined), unquote(pointer)


class Place(NamedTuple):
    """A node and how to reach it: the JSON pointer, and a name that people use."""

    node: Node
    pointer: str
    name: str

    def at(self, node: Node, *keys: str, name: str | None = None) -> "Place":
        """A node below this one."""
        steps = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
        return Place(node, self.pointer + steps, self.name if name is None else name)


class Library:
    """The documents of one side by path, through which references are followed."""

    def __init__(self, roots: Mapping[str, Node]) -> None:
        self._roots = roots

    def follow(self, place: Place, budget: Budget) -> Place:
        """Where a node leads whose `$ref`s are followed; itself where one leads nowhere."""
        start = place
        for _ in range(_HOPS):
            reference = place.node.get("$ref")
            if reference is None or not isinstance(reference.value, str):
                return place
            budget.spend()
            target = self._target(place.node, reference.value)
            if target is None:
                return start
            place = target
        return start

    def _target(self, node: Node, reference: str) -> Place | None:
        own = self._roots.get(node.path)
        identity = own.get("$id") if own else None
        if identity and identity.text and reference.startswith(identity.text.rstrip("#") + "#"):
            reference = reference[reference.index("#") :]
        path, pointer = locate(node.path, reference)
        root = self._roots.get(path) if path is not None else None
        if root is None or (pointer and not pointer.startswith("/")):
            return None
        found = root
        steps = list(_steps(pointer))
        for step in steps:
            below = found.get(step)
            if below is None and step.isdecimal() and len(step) < 7 and found.entries:
                below = dict(enumerate(found.entries)).get(int(step))
            if below is None:
                return None
            found = below
        name = steps[-1] if steps else posixpath.basename(path or "").split(".")[0]
        return Place(found, pointer, name)


def _steps(pointer: str) -> Iterator[str]:
    for step in pointer.split("/")[1:]:
        yield step.replace("~1", "/").replace("~0", "~")
