"""Which imports a change brought and took, and where to show them."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from bot import contracts
from bot.comparison import Comparison, SideName
from bot.domain import ChangedFile, Label, Source
from bot.import_graph import Edge, Graphs, Link, is_deferred
from bot.routes import Edges


class Judged(NamedTuple):
    """The imports that count for a contract, and those of them to judge at head and at base."""

    base: Edges
    head: Edges
    new: list[Link]
    gone: list[Link]


class Differences:
    """The graphs of a change, compared import by import."""

    def __init__(self, comparison: Comparison, graphs: Graphs) -> None:
        self.comparison, self.graphs = comparison, graphs
        self._written: dict[str, frozenset[int] | None] = {}

    def under(self, options: Mapping[str, Any], *, renamed: bool = True) -> "Judged":
        """What counts for a contract: imports only there or, with *renamed*, under other names."""
        base = contracts.counted(options, self.graphs.base)
        head = contracts.counted(options, self.graphs.head)
        new = [
            link for link, edge in head.items() if link not in base and self._is_written(link, edge)
        ]
        gone = [link for link in base if link not in head and link[0] in self.graphs.changed]
        if renamed:
            both = [link for link in head if link in base and self._names_differ(link)]
            new, gone = new + both, gone + both
        return Judged(base, head, sorted(new), sorted(gone))

    def kept(self, judged: Judged) -> list[Link]:
        """Imports of changed files that are on both sides."""
        changed = self.graphs.changed
        return [link for link in sorted(judged.head) if link[0] in changed and link in judged.base]

    def _names_differ(self, link: Link) -> bool:
        return not self._renamed.isdisjoint(link)

    @cached_property
    def _renamed(self) -> frozenset[str]:
        names = self.graphs.base.names
        return frozenset(
            node for node, name in self.graphs.head.names.items() if names.get(node, name) != name
        )

    def _is_written(self, link: Link, edge: Edge) -> bool:
        """Whether the change wrote the import: not that the same statement now means another module."""
        importer = link[0]
        if importer not in self.graphs.changed:
            return False
        written = self._written_lines(importer)
        return written is None or not written.isdisjoint(edge.lines)

    def _written_lines(self, node: str) -> frozenset[int] | None:
        if node not in self._written:
            self._written[node] = self._compare_statements(node)
        return self._written[node]

    def _compare_statements(self, node: str) -> frozenset[int] | None:
        """Lines of import statements that base did not have; None if all are new."""
        file = self.comparison.changed(node)
        if file is None or not file.old_blob or node in self._renamed:
            return None
        after = self.comparison.facts(Source("head", file.path, file.new_blob), "imports")
        before = self.comparison.facts(Source("base", file.old_path, file.old_blob), "imports")
        if after is None:
            return None
        if before is None:
            lines = [row[3] for row in after["statements"]]
            return frozenset(line for line in lines if self.comparison.is_added(file, line))
        left = Counter(_statement(row) for row in before["statements"])
        written = set()
        for row in after["statements"]:
            if left[_statement(row)] > 0:
                left[_statement(row)] -= 1
            else:
                written.add(row[3])
        return frozenset(written)

    def is_deferred(self, side: SideName, edges: Edges) -> Callable[[Link], bool]:
        """Tells of an import of one side whether it stands in functions only."""

        def tells(link: Link) -> bool:
            lines = self._lines(side, link[0])
            return all(is_deferred(lines, line) for line in edges[link].lines)

        return tells

    def _lines(self, side: SideName, node: str) -> tuple[str, ...]:
        file = self.comparison.changed(node)
        path = file.old_path if file is not None and side == "base" else node
        return self.comparison.lines(side, path)

    # Places -------------------------------------------------------------------------------------

    def place(self, link: Link, edge: Edge, label: Label) -> tuple[str, int]:
        """The file and line to show an import at: at head, or where it was."""
        node, lines = link[0], edge.lines
        file = self.comparison.changed(node)
        if file is None:
            return node, lines[0]
        if label == "fixed":
            gone = not file.new_blob
            return node, lines[0] if gone else self.comparison.line_at_head(file, lines[0])
        written = self._written_lines(node) or ()
        lines = (
            tuple(line for line in lines if line in written) or self._added(file, lines) or lines
        )
        return node, lines[0]

    def _added(self, file: ChangedFile, lines: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(line for line in lines if self.comparison.is_added(file, line))

    def path_of(self, name: str) -> str:
        """A file of the change by the module that it is or is in; of head if it can be."""
        for graph in (self.graphs.head, self.graphs.base):
            nodes = [
                node
                for node, known in sorted(graph.names.items())
                if not node.startswith(":") and (known == name or known.startswith(f"{name}."))
            ]
            if nodes:
                changed = [node for node in nodes if self.comparison.changed(node)]
                return min(changed or nodes, key=lambda node: (len(node), node))
        return self.comparison.change.files[0].path


def _statement(row: list[Any]) -> tuple[Any, ...]:
    module, names, level, _, deferred, typing = row
    return module, tuple(names), level, deferred, typing
