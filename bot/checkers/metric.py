"""Rules that hold sizes and couplings to a limit: `check: metric`, `options: {metric: ..., max: n}`.

A number is a ratchet: newly over its limit, or over it and worse than at base by about a tenth. Sizes
are read file by file, couplings from the import graphs of both sides.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot import options, paths
from bot.domain import Coverage, Finding, Measure, Rule, Source
from bot.options import Option

if TYPE_CHECKING:
    # Only for a change that is not known yet: this module is imported at every start.
    from bot.comparison import Comparison
    from bot.import_graph import Graph, Graphs, Link

NAME = "metric"
READS = "outline"
COMMENTS = False

SIZES = ("module-lines", "class-lines", "function-lines", "class-methods")
COUPLINGS = ("fan-in", "fan-out", "hub", "instability")
_KNOWN = (*SIZES, *COUPLINGS)
_TOLERANCE = 0.1
# One module more is what any change of a module costs.
_LEAST_LINKS = 2
_LIMIT = {"type": "number", "minimum": 0, "maximum": 1_000_000}
OPTIONS: options.Table = {
    "metric": Option(f"one of {', '.join(_KNOWN)}", {"enum": list(_KNOWN)}, required=True),
    "max": Option("a number from 0", _LIMIT, required=True),
}


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return path.endswith(".py")


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def shortfall(answer: Any) -> str:
    """Nothing: an answer is whole or a `Failure`."""
    return ""


# Sizes --------------------------------------------------------------------------------------------


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Every size the rules speak of, over its limit or not: base and head are compared later."""
    if not applies(source.path, rules):
        return
    sizes = answer["facts"]["sizes"]
    for rule in rules:
        limit = rule.options["max"]
        for name, line, value, says in _sizes(rule.options["metric"], sizes):
            yield _finding(rule, source.path, line, f"{says}, the limit {limit:g}")._replace(
                symbol=name, measure=_measure(rule, value)
            )


def _sizes(metric: str, sizes: Mapping[str, Any]) -> Iterator[tuple[str, int, int, str]]:
    """Name, line, number and what to say of each thing measured."""
    if metric == "module-lines":
        yield "", 1, sizes["lines"], f"The file has {sizes['lines']} lines of code"
    elif metric == "function-lines":
        for name, line, lines in sizes["functions"]:
            yield name, line, lines, f"`{name}` has {lines} lines of code"
    elif metric == "class-lines":
        for name, line, lines, _ in sizes["classes"]:
            yield name, line, lines, f"`{name}` has {lines} lines of code"
    elif metric == "class-methods":
        for name, line, _, methods in sizes["classes"]:
            yield name, line, methods, f"`{name}` has {methods} methods"


def _measure(rule: Rule, value: float) -> Measure:
    limit = rule.options["max"]
    metric = rule.options["metric"]
    least = _LEAST_LINKS if metric in ("fan-in", "fan-out") else 0
    return Measure(metric, value, limit, tolerance=_TOLERANCE, least=least)


def _finding(rule: Rule, path: str, line: int, says: str) -> Finding:
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=path,
        start_line=line,
        end_line=line,
        message=says,
        code=rule.options["metric"],
    )


# Couplings ----------------------------------------------------------------------------------------


def compare(comparison: "Comparison", rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """Modules whose coupling the change brought over its limit, or further over it."""
    from bot import import_graph

    couplings = [rule for rule in rules if rule.options["metric"] in COUPLINGS]
    if not couplings or not import_graph.may_differ(comparison):
        return
    try:
        graphs = import_graph.read(comparison)
    except import_graph.GraphFailed as failed:
        for file in comparison.change.files:
            if applies(file.path, rules):
                yield Coverage(file.path, NAME, "failed", str(failed))
        return
    for rule in couplings:
        yield from _coupled(rule, graphs)


def _coupled(rule: Rule, graphs: "Graphs") -> Iterator[Finding]:
    limit, metric = rule.options["max"], rule.options["metric"]
    before, now = _degrees(rule, graphs.base), _degrees(rule, graphs.head)
    fresh: dict[str, list[Link]] = {}
    for link in sorted(graphs.head.edges.keys() - graphs.base.edges.keys()):
        for node in link if not link[1].startswith(":") else ():
            fresh.setdefault(node, []).append(link)
    for node in sorted(now):
        if node in graphs.base.unread:
            continue  # what it imported before is not known
        value = _VALUES[metric](*now[node])
        known = _VALUES[metric](*before[node]) if node in graphs.base.names else None
        measure = _measure(rule, value)
        if not measure.exceeded or (known is not None and not measure.worse_than(known)):
            continue
        worse = known is not None and known > limit
        path, line = _place(node, fresh.get(node, ()), graphs)
        name = graphs.head.names[node]
        was = f"; it was {known:g}" if known is not None else ""
        says = _says(metric, name, now[node], limit) + was
        yield _finding(rule, path, line, says)._replace(
            label="worsened" if worse else "introduced",
            measure=measure,
            before=known,
            key=f"{metric} {name}",
        )


def _degrees(rule: Rule, graph: "Graph") -> dict[str, tuple[int, int]]:
    """How many modules import each module, and how many it imports, of those the rule is for."""
    fan_in, fan_out = Counter[str](), Counter[str]()
    mine = {node for node in graph.names if node[0] != ":" and paths.matches(node, rule.paths)}
    for importer, imported in graph.edges:
        if importer in mine and imported in mine:
            fan_out[importer] += 1
            fan_in[imported] += 1
    return {node: (fan_in[node], fan_out[node]) for node in mine}


_VALUES: dict[str, Callable[[int, int], float]] = {
    "fan-in": lambda fan_in, fan_out: fan_in,
    "fan-out": lambda fan_in, fan_out: fan_out,
    "hub": min,
    "instability": lambda fan_in, fan_out: round(fan_out / (fan_in + fan_out or 1), 2),
}


def _place(node: str, links: Sequence["Link"], graphs: "Graphs") -> tuple[str, int]:
    """A new import of the module, by itself if there is one; else the module."""
    for link in sorted(links, key=lambda link: (link[0] != node, link)):
        if link[0] in graphs.changed:
            return link[0], graphs.head.edges[link].lines[0]
    return node, 1


def _says(metric: str, name: str, degrees: tuple[int, int], limit: float) -> str:
    fan_in, fan_out = degrees
    says = {
        "fan-in": f"`{name}` is imported by {fan_in} modules",
        "fan-out": f"`{name}` imports {fan_out} modules",
        "hub": f"`{name}` is imported by {fan_in} modules and imports {fan_out}",
        "instability": f"The instability of `{name}` is {_VALUES[metric](*degrees):g}",
    }[metric]
    return f"{says}, the limit {limit:g}"
