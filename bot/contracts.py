"""Architecture contracts over an import graph: which imports lie on a route that breaks one.

Pure. The contracts, and the names of their options, are those of import-linter.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from bot.components import components
from bot.contract_options import NAMED, tails
from bot.import_graph import Edge, Graph, Link
from bot.module_names import is_in, matches, parents
from bot.routes import Breach, Edges, Modules, Pair, Routes, bits, name_of

_DEFAULT_DEPTH = 10
# How the reason ends for which a contract cannot be held to what it names.
ABSENT = "which does not exist"


class Check(Protocol):
    """One contract, or one container of it, over one graph."""

    def breaches(self, link: Link) -> Iterator[Breach]:
        """How this import breaks the contract, directly or as part of a route."""


class Missing(NamedTuple):
    """A module that a contract names and that does not exist; *what* it is for the contract."""

    name: str
    what: str


def checks(options: Mapping[str, Any], graph: Graph, edges: Edges) -> list[Check]:
    """What a rule's contract asks of *edges*, those imports of *graph* that count for it."""
    modules = Modules(graph, edges)
    return list(_MAKERS[options["contract"]](options, modules))


def counted(options: Mapping[str, Any], graph: Graph) -> Edges:
    """The imports that count for a contract: not ignored, not for type checkers only, in its packages."""
    edges = dict(graph.edges)
    if options.get("exclude_type_checking"):
        edges = {link: edge for link, edge in edges.items() if not edge.typing}
    if options.get("root_packages"):
        edges = _within(options, graph, edges)
    names = {*graph.names.values()}
    for expression in options.get("ignore_imports", ()):
        importers, imported = (
            {name for name in names if matches(name, part)} if "*" in part else {part}
            for part in (half.strip() for half in expression.split("->"))
        )
        edges = {
            link: edge
            for link, edge in edges.items()
            if not (name_of(graph, link[0]) in importers and name_of(graph, link[1]) in imported)
        }
    return edges


def _within(options: Mapping[str, Any], graph: Graph, edges: Edges) -> dict[Link, Edge]:
    """The imports of some packages; whatever is beyond is one module, or left out."""
    roots = options["root_packages"]
    found = {}
    inside = {node for node, name in graph.names.items() if is_in(name, roots)}
    for (importer, imported), edge in edges.items():
        if importer in inside and imported in inside:
            found[importer, imported] = edge
        elif importer in inside and options.get("include_external_packages"):
            found[importer, f":{name_of(graph, imported).split('.')[0]}"] = edge
    return found


def undeclared(options: Mapping[str, Any], graph: Graph) -> dict[str, str]:
    """Children of an exhaustive contract's containers that are no layer: name to container."""
    if not options.get("exhaustive"):
        return {}
    modules = Modules(graph, graph.edges)
    declared = {tail.strip("() ") for layer in options["layers"] for tail in tails(layer)}
    declared |= set(options.get("exhaustive_ignores", ()))
    found = {}
    for container in _containers(options, modules):
        for name in sorted(modules.existing):
            parent, _, tail = name.rpartition(".")
            if parent == container and tail not in declared:
                found[name] = container
    return found


def missing(options: Mapping[str, Any], graph: Graph) -> list[Missing]:
    """Modules that have to exist for the contract to mean anything, and do not."""
    modules = Modules(graph, graph.edges)
    named: list[Missing] = []
    for key in ("containers", "modules", "source_modules", "protected_modules", "ancestors"):
        named += [Missing(name, NAMED[key]) for name in options.get(key, ())]
    for layer in options.get("layers", ()):
        for tail in tails(layer):
            if not tail.startswith("("):
                prefixes = _containers(options, modules) if options.get("containers") else [""]
                named += [Missing(_join(prefix, tail), "layer") for prefix in prefixes]
    # A module that is forbidden and external need not be there; one of the repository's own does.
    own = {name.split(".")[0] for node, name in graph.names.items() if not node.startswith(":")}
    named += [
        Missing(name, NAMED["forbidden_modules"])
        for name in options.get("forbidden_modules", ())
        if "." in name and name.split(".")[0] in own
    ]
    return [each for each in named if "*" not in each.name and each.name not in modules.existing]


def _join(prefix: str, tail: str) -> str:
    name = tail.strip("() ")
    return f"{prefix}.{name}" if prefix else name


def _containers(options: Mapping[str, Any], modules: Modules) -> list[str]:
    return modules.named(options.get("containers", ()))


def _layers(options: Mapping[str, Any], modules: Modules) -> Iterator[Check]:
    for prefix in _containers(options, modules) if options.get("containers") else [""]:
        names: list[str] = []
        floors: list[tuple[int, bool]] = []
        for floor, layer in enumerate(options["layers"]):
            members = [_join(prefix, tail) for tail in tails(layer)]
            names += members
            floors += [(floor, ":" not in layer)] * len(members)
        ends = modules.holders(names, nearest=True)
        bad = [
            sum(
                1 << target
                for target, (other, _) in enumerate(floors)
                if other < floor or (other == floor and independent and target != source)
            )
            for source, (floor, independent) in enumerate(floors)
        ]
        yield Routes(modules, (names, names), (ends, ends), bad, _says_layer, blocked=True)


def _says_layer(pair: Pair) -> str:
    return f"layer `{pair[0]}` must not import layer `{pair[1]}`"


def _independence(options: Mapping[str, Any], modules: Modules) -> Iterator[Check]:
    names = modules.named(options["modules"])
    ends = modules.holders(names, nearest=True)
    everyone = (1 << len(names)) - 1
    bad = [everyone ^ (1 << number) for number in range(len(names))]
    yield Routes(modules, (names, names), (ends, ends), bad, _says_independent, blocked=True)


def _says_independent(pair: Pair) -> str:
    return f"`{pair[0]}` and `{pair[1]}` must be independent"


def _forbidden(options: Mapping[str, Any], modules: Modules) -> Iterator[Check]:
    sources = modules.named(options["source_modules"])
    targets = modules.named(options["forbidden_modules"])
    whole = options.get("as_packages", True)
    everything = (1 << len(targets)) - 1
    number = {name: index for index, name in enumerate(targets)}
    inside: dict[str, int] = defaultdict(int)
    for target, index in number.items():
        for holder in (target, *parents(target)):
            inside[holder] |= 1 << index
    bad = []
    for source in sources:
        overlap = 1 << number[source] if source in number else 0
        if whole:
            overlap |= inside[source]
            for holder in parents(source):
                overlap |= 1 << number[holder] if holder in number else 0
        bad.append(everything & ~overlap)
    if whole:
        ends = modules.holders(sources, nearest=False), modules.holders(targets, nearest=False)
    else:
        ends = modules.exactly(sources), modules.exactly(targets)
    direct = bool(options.get("allow_indirect_imports"))
    yield Routes(modules, (sources, targets), ends, bad, _says_forbidden, direct=direct)


def _says_forbidden(pair: Pair) -> str:
    return f"`{pair[0]}` must not import `{pair[1]}`"


def _protected(options: Mapping[str, Any], modules: Modules) -> Iterator[Check]:
    yield _Protected(options, modules)


class _Protected:
    def __init__(self, options: Mapping[str, Any], modules: Modules) -> None:
        self._modules = modules
        self._names = modules.named(options["protected_modules"])
        allowed = modules.named(options["allowed_importers"])
        if options.get("as_packages", True):
            self._holders = modules.holders(self._names, nearest=False)
            self._allowed = frozenset(modules.holders(allowed, nearest=True))
        else:
            self._holders = modules.exactly(self._names)
            self._allowed = frozenset(modules.exactly(allowed))
        self._says = ", ".join(f"`{name}`" for name in options["allowed_importers"]) or "nobody"

    def breaches(self, link: Link) -> Iterator[Breach]:
        importer, imported = link
        if importer in self._allowed:
            return
        own = self._holders.get(importer, 0)
        for number in bits(self._holders.get(imported, 0) & ~own):
            name = self._names[number]
            package = self._modules.names[importer].rpartition(".")[0]
            yield Breach((package, name), link, f"`{name}` is for {self._says} only")


def _acyclic(options: Mapping[str, Any], modules: Modules) -> Iterator[Check]:
    depth = options.get("depth", _DEFAULT_DEPTH)
    skipped = set(modules.named(options.get("skip_descendants", ())))
    waiting = deque((name, depth) for name in modules.named(options["ancestors"]))
    children: dict[str, list[str]] = defaultdict(list)
    for name in sorted(modules.existing):
        children[name.rpartition(".")[0]].append(name)
    seen: set[str] = set()
    while waiting:
        ancestor, left = waiting.popleft()
        if ancestor not in seen:
            seen.add(ancestor)
            yield _Siblings(modules, ancestor)
            if left:
                waiting.extend(
                    (name, left - 1) for name in children[ancestor] if name not in skipped
                )


class _Siblings:
    """The children of one package, which must not import each other in a circle."""

    def __init__(self, modules: Modules, ancestor: str) -> None:
        self._modules = modules
        self._of = {
            node: ".".join(name.split(".")[: ancestor.count(".") + 2])
            for node, name in modules.names.items()
            if name.startswith(f"{ancestor}.")
        }
        self._after: dict[str, list[str]] = defaultdict(list)
        for importer, imported in sorted(modules.edges):
            one, other = self._of.get(importer), self._of.get(imported)
            if one and other and one != other and other not in self._after[one]:
                self._after[one].append(other)
        self._group = {
            name: number for number, group in enumerate(components(self._after)) for name in group
        }

    def breaches(self, link: Link) -> Iterator[Breach]:
        one, other = self._of.get(link[0]), self._of.get(link[1])
        if one and other and one != other and self._group[one] == self._group[other]:
            yield Breach(
                (one, other), link, f"`{one}` and `{other}` then import each other in a circle"
            )


_MAKERS: dict[str, Callable[[Mapping[str, Any], Modules], Iterator[Check]]] = {
    "layers": _layers,
    "independence": _independence,
    "forbidden": _forbidden,
    "protected": _protected,
    "acyclic": _acyclic,
}
CONTRACTS = tuple(_MAKERS)
