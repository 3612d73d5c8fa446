"""Which imports lie on a route from some modules to others.

Pure. Modules are marked by bits, and what reaches which is spread over the strongly connected
components, so that all imports can be judged in the time of one walk.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.components import components
from bot.import_graph import Edge, Graph, Link
from bot.module_names import matches, parents

Edges = Mapping[Link, Edge]
# Which of the contract's modules a route leads from and to, as a contract names them.
Pair = tuple[str, str]


class Breach(NamedTuple):
    """A way in which an import breaks a contract: between which modules, and along which route."""

    pair: Pair
    # Nodes; the import itself and, for an indirect one, what leads to it and from it.
    route: tuple[str, ...]
    says: str


class Modules:
    """The modules of one graph by name, and the imports that count."""

    def __init__(self, graph: Graph, edges: Edges) -> None:
        ends = {end for link in edges for end in link}
        self.names = {node: name_of(graph, node) for node in {*graph.names, *ends}}
        self.edges = edges
        self.existing = set(self.names.values())
        for node, name in self.names.items():
            if not node.startswith(":"):
                self.existing.update(parents(name))

    def named(self, expressions: Iterable[str]) -> list[str]:
        """Names of modules that exist, by expressions, in order."""
        found: set[str] = set()
        for expression in expressions:
            if "*" in expression:
                found.update(name for name in self.existing if matches(name, expression))
            elif expression in self.existing:
                found.add(expression)
        return sorted(found)

    def holders(self, names: Sequence[str], *, nearest: bool) -> dict[str, int]:
        """For every node in one of the packages *names*, which of them as bits; or only the nearest."""
        bits = {name: 1 << number for number, name in enumerate(names)}
        found = {}
        for node, name in self.names.items():
            mask = 0
            for holder in (name, *parents(name)):
                mask |= bits.get(holder, 0)
                if mask and nearest:
                    break
            if mask:
                found[node] = mask
        return found

    def exactly(self, names: Sequence[str]) -> dict[str, int]:
        """As `holders`, for the modules themselves and nothing in them."""
        bits = {name: 1 << number for number, name in enumerate(names)}
        return {node: bits[name] for node, name in self.names.items() if name in bits}

    def show(self, route: Iterable[str]) -> str:
        return " → ".join(f"`{self.names[node]}`" for node in route)


def name_of(graph: Graph, node: str) -> str:
    """The dotted name of a node, in the graph or not."""
    return node[1:] if node.startswith(":") else graph.names[node]


class Routes:
    """Imports that lead from some modules to others, through modules of neither."""

    def __init__(
        self,
        modules: Modules,
        names: tuple[Sequence[str], Sequence[str]],
        ends: tuple[Mapping[str, int], Mapping[str, int]],
        bad: Sequence[int],
        says: Callable[[Pair], str],
        *,
        blocked: bool = False,
        direct: bool = False,
    ) -> None:
        """*bad* gives, for each bit of a source, the targets that it must not reach.

        *blocked*: a route ends at the first target, whichever it is. *direct*: routes are single imports.
        """
        self._modules, self._names, self._bad, self._says = modules, names, bad, says
        self._sources, self._targets = ends
        self._stops = (
            frozenset(self._targets) | frozenset(self._sources) if blocked else frozenset()
        )
        self._after: dict[str, list[str]] = defaultdict(list)
        self._before: dict[str, list[str]] = defaultdict(list)
        for importer, imported in sorted(modules.edges):
            self._after[importer].append(imported)
            self._before[imported].append(importer)
        if direct:
            self._reaching, self._reached = dict(self._sources), dict(self._targets)
        else:
            self._reached = self._spread(self._targets, self._after)
            self._reaching = self._spread(self._sources, self._before)

    def _spread(
        self, marks: Mapping[str, int], onward: Mapping[str, Sequence[str]]
    ) -> dict[str, int]:
        """What each module reaches of *marks*: strongly connected modules reach the same."""
        open_links = {
            node: [] if node in self._stops else [to for to in links if to not in self._stops]
            for node, links in onward.items()
        }
        found = dict(marks)
        for group in components(open_links):
            mask = 0
            for node in group:
                mask |= marks.get(node, 0)
                if node not in self._stops:
                    for to in onward.get(node, ()):
                        mask |= found.get(to, 0)
            if mask:
                found.update(dict.fromkeys(group, mask))
        return found

    def breaches(self, link: Link) -> Iterator[Breach]:
        importer, imported = link
        before, after = self._reaching.get(importer, 0), self._reached.get(imported, 0)
        if not before or not after:
            return
        for source in bits(before):
            for target in bits(after & self._bad[source]):
                pair = self._names[0][source], self._names[1][target]
                route = self._route(link, 1 << source, 1 << target)
                says = self._says(pair)
                yield Breach(pair, route, says)

    def _route(self, link: Link, source: int, target: int) -> tuple[str, ...]:
        head = self._walk(link[0], source, self._sources, self._before)
        tail = self._walk(link[1], target, self._targets, self._after)
        return (*reversed(head), *tail)

    def _walk(
        self, start: str, mark: int, marks: Mapping[str, int], onward: Mapping[str, Sequence[str]]
    ) -> list[str]:
        came: dict[str, str] = {start: ""}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            if marks.get(node, 0) & mark:
                route = [node]
                while came[route[-1]]:
                    route.append(came[route[-1]])
                return route[::-1]
            if node not in self._stops:
                for to in onward.get(node, ()):
                    if to not in came:
                        came[to] = node
                        waiting.append(to)
        return [start]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
