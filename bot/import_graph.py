"""The imports of both sides of a change as graphs whose nodes can be compared.

A node is the path of a module's file at head, wherever it was at base, or `:name` for what has no
file here: external packages and folders that are imported.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from bot import source_roots
from bot.analysis import Program
from bot.comparison import Comparison, SideName
from bot.domain import Source
from bot.outside.worker import Failure
from bot.source_roots import Layout

# One process: Grimp uses all processors itself, and what base and head share is read once.
PROGRAM = Program("imports", "bot.outside.imports_worker", "grimp", bytes_per_process=1 << 60)
# Raise when roots are worked out differently, or an answer changes its shape.
_GENERATION = 1
# Beyond: no repository that people work on, and gigabytes of memory.
_MOST_FILES = 50_000
_MOST_BYTES = 512 << 20
_READ_AT_ONCE = 1_000
_IMPORTED = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_DEFINITION = re.compile(r"(?:async[ \t]+)?def\b")

Link = tuple[str, str]


class Edge(NamedTuple):
    """The lines that import, and whether only type checkers run all of them."""

    lines: tuple[int, ...]
    typing: bool


class Graph(NamedTuple):
    """Nodes with their dotted names, imports, and files whose imports could not be read, with why."""

    names: Mapping[str, str]
    edges: Mapping[Link, Edge]
    unread: Mapping[str, str]


class Graphs(NamedTuple):
    """Both sides. *changed* are the nodes whose text or name differs between them."""

    base: Graph
    head: Graph
    changed: frozenset[str]
    outside: Mapping[str, Sequence[str]]
    outside_base: Mapping[str, Sequence[str]]


class GraphFailed(Exception):
    """The graph of one side could not be made."""


_read: WeakKeyDictionary[Comparison, Graphs] = WeakKeyDictionary()


def may_differ(comparison: Comparison) -> bool:
    """Whether the change can have changed any import: else there is no graph to look at."""
    for file in comparison.files:
        path, old_path = file.change.path, file.change.old_path
        if not (path.endswith(".py") or old_path.endswith(".py")):
            continue
        if file.change.status != "modified" or path != old_path:
            return True
        if file.base is None or file.head is None:
            return True
        if _facts(comparison, file.base) != _facts(comparison, file.head):
            return True
    return False


def _facts(comparison: Comparison, source: Source) -> Any:
    facts = comparison.facts(source, "imports")
    # Without lines. A file without facts equals nothing, not even itself.
    return object() if facts is None else [row[:3] + row[4:] for row in facts["statements"]]


def read(comparison: Comparison) -> Graphs:
    """The graphs of both sides. Raises `GraphFailed`."""
    if comparison not in _read:
        questions = _Questions(comparison)
        answers = comparison.ask(PROGRAM, _GENERATION, questions)
        for key in questions:
            if isinstance(answers[key], Failure):
                raise GraphFailed(f"the import graph cannot be read: {answers[key]}")
        _read[comparison] = _graphs(comparison, answers[questions.base], answers[questions.head])
    return _read[comparison]


def is_deferred(lines: Sequence[str], line: int) -> bool:
    """Whether a line stands in the body of a function, as far as indentation tells."""
    if not 0 < line <= len(lines):
        return False
    depth = _indent(lines[line - 1])
    for above in reversed(lines[: line - 1]):
        if depth == 0:
            return False
        text = above.strip()
        # What closes a bracket stands where its statement begins.
        if text and text[0] not in "#)]}" and _indent(above) < depth:
            if _DEFINITION.match(text):
                return True
            depth = _indent(above)
    return False


def _indent(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


class _Questions(Mapping[str, bytes]):
    """What the worker is asked, made only where its answer is not known yet."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.base, self.head = self._key("base"), self._key("head")
        self._sides: dict[str, SideName] = {self.head: "head", self.base: "base"}

    def __iter__(self) -> Iterator[str]:
        return iter(self._sides)

    def __len__(self) -> int:
        return len(self._sides)

    def __getitem__(self, key: str) -> bytes:
        sources = {each.path: each.blob for each in self._comparison.python(self._sides[key])}
        return _question(self._comparison, sources)

    def _key(self, side: SideName) -> str:
        sources = self._comparison.python(side)
        if len(sources) > _MOST_FILES:
            raise GraphFailed(f"there are more than {_MOST_FILES} Python files")
        parts = sorted(f"{each.path}\0{each.blob}" for each in sources)
        text = "\n".join([*self._comparison.policy.source_roots, "", *parts])
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _question(comparison: Comparison, blobs: Mapping[str, str]) -> bytes:
    texts = _texts(comparison, blobs)

    def imported() -> Counter[str]:
        names = (name for text in texts.values() for name in _IMPORTED.findall(text))
        return Counter(name.decode(errors="replace") for name in names)

    layout = source_roots.find(texts, comparison.policy.source_roots, imported)
    modules = list(layout.modules.items())
    head = {
        "files": [
            [module.name, path.endswith("__init__.py"), len(texts[path])]
            for path, module in modules
        ],
        "universes": _universes(layout),
        "modules": {
            "paths": [path for path, _ in modules],
            "names": [module.name for _, module in modules],
            "roots": [module.root for _, module in modules],
            "outside": layout.outside,
        },
    }
    return json.dumps(head).encode() + b"\n" + b"".join(texts[path] for path, _ in modules)


def _texts(comparison: Comparison, blobs: Mapping[str, str]) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    size = 0
    paths = list(blobs)
    for start in range(0, len(paths), _READ_AT_ONCE):
        some = paths[start : start + _READ_AT_ONCE]
        found = comparison.read(blobs[path] for path in some)
        # A file that is missing or too large still is a module that others import.
        texts.update((path, found[blobs[path]] or b"") for path in some)
        size += sum(len(texts[path]) for path in some)
        if size > _MOST_BYTES:
            raise GraphFailed(f"there is more than {_MOST_BYTES >> 20} MiB of Python")
    return texts


def _universes(layout: Layout) -> list[list[list[int]]]:
    """Which files are read together, and which of them they can mean by a name.

    A package whose name exists under several roots is seen by its own root only.
    """
    roots: dict[str, set[str]] = {}
    for module in layout.modules.values():
        roots.setdefault(module.top, set()).add(module.root)
    apart = {root for top, found in roots.items() if len(found) > 1 for root in found}
    modules = list(layout.modules.values())
    common = [index for index, module in enumerate(modules) if len(roots[module.top]) == 1]
    found = [[[i for i, module in enumerate(modules) if module.root not in apart], common]]
    for root in sorted(apart):
        own = [index for index, module in enumerate(modules) if module.root == root]
        found.append([own, sorted({*common, *own})])
    return found


def _graphs(comparison: Comparison, base: Any, head: Any) -> Graphs:
    nodes = _nodes(comparison, base["modules"], head["modules"])
    old, new = _graph(base, nodes), _graph(head, list(head["modules"]["paths"]))
    blobs = {side: comparison.listing(side) for side in ("base", "head")}
    changed = set()
    for path, node in zip(base["modules"]["paths"], nodes, strict=True):
        entry = blobs["head"].get(node)
        if entry is None or entry.id != blobs["base"][path].id or path in comparison.renamed:
            changed.add(node)
    changed |= {node for node, name in new.names.items() if old.names.get(node) != name}
    outside = head["modules"]["outside"]
    return Graphs(old, new, frozenset(changed), outside, base["modules"]["outside"])


def _nodes(comparison: Comparison, base: Any, head: Any) -> list[str]:
    """The node of each module of base: its path at head, by rename or by its name."""
    there = set(head["paths"])
    by_name = {
        (name, root): path
        for path, name, root in zip(head["paths"], head["names"], head["roots"], strict=True)
    }
    nodes = []
    for path, name, root in zip(base["paths"], base["names"], base["roots"], strict=True):
        node = comparison.renamed.get(path, path)
        if node not in there:
            node = by_name.get((name, root), node)
        nodes.append(node)
    return nodes


def _graph(answer: Any, nodes: Sequence[str]) -> Graph:
    names = dict(zip(nodes, answer["modules"]["names"], strict=True))
    edges: dict[Link, Edge] = {}
    for importer, imported, lines, typing in answer["imports"]:
        if isinstance(imported, int):
            node = nodes[imported]
        elif imported:
            node = f":{imported}"
            names[node] = imported
        if imported not in (importer, ""):
            edges[nodes[importer], node] = Edge(tuple(lines), typing)
    unread = {nodes[int(index)]: reason for index, reason in answer["broken"].items()}
    return Graph(names, edges, unread)
