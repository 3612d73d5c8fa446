"""Architecture contracts over imports: `check: imports`, `options: {contract: layers, ...}`.

Only new imports are charged: one that base did not have and that lies on a route which breaks the
contract at head. Routes that were there before say nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import (
    contract_options,
    contracts,
    cycles,
    edited_contracts,
    import_graph,
    import_linter,
    introduced,
    options,
    paths,
)
from bot.comparison import Comparison
from bot.contracts import Check, Missing
from bot.domain import Coverage, Finding, Rule, Source
from bot.import_differences import Differences
from bot.import_graph import Graph, GraphFailed, Link
from bot.options import FLAG, STRINGS, Option
from bot.routes import Breach, Edges, Pair

NAME = "imports"
READS = "outline"

CONTRACTS = (*contracts.CONTRACTS, "cycles", "outside", "dynamic")
_EXPRESSIONS = "a list of modules, in which `*` and `**` are wildcards"
_MODULES = "a list of modules"
_REQUIRED = {
    "layers": ("layers",),
    "forbidden": ("source_modules", "forbidden_modules"),
    "independence": ("modules",),
    "protected": ("protected_modules", "allowed_importers"),
    "acyclic": ("ancestors",),
}
OPTIONS: options.Table = {
    "contract": Option(f"one of {', '.join(CONTRACTS)}", {"enum": list(CONTRACTS)}, required=True),
    "layers": Option("a list of layers, the highest first; `a | b` are independent", STRINGS),
    "containers": Option(_EXPRESSIONS, STRINGS),
    "exhaustive": Option("true or false", FLAG),
    "exhaustive_ignores": Option(_MODULES, STRINGS),
    "source_modules": Option(_EXPRESSIONS, STRINGS),
    "forbidden_modules": Option(_EXPRESSIONS, STRINGS),
    "allow_indirect_imports": Option("true or false", FLAG),
    "modules": Option(_EXPRESSIONS, STRINGS),
    "protected_modules": Option(_EXPRESSIONS, STRINGS),
    "allowed_importers": Option(_EXPRESSIONS, STRINGS),
    "as_packages": Option("true or false", FLAG),
    "ancestors": Option(_EXPRESSIONS, STRINGS),
    "depth": Option("a whole number from 0", {"type": "integer", "minimum": 0, "maximum": 100}),
    "skip_descendants": Option(_EXPRESSIONS, STRINGS),
    "ignore_imports": Option("a list of `importer -> imported`", STRINGS),
    "exclude_type_checking": Option("true or false", FLAG),
    "exclude_deferred": Option("true or false", FLAG),
    "root_packages": Option(_MODULES, STRINGS),
    "include_external_packages": Option("true or false", FLAG),
}
_ANYWHERE = (
    "ignore_imports",
    "exclude_type_checking",
    "root_packages",
    "include_external_packages",
)
_TAKES = {
    "layers": ("layers", "containers", "exhaustive", "exhaustive_ignores", *_ANYWHERE),
    "forbidden": (*_REQUIRED["forbidden"], "allow_indirect_imports", "as_packages", *_ANYWHERE),
    "independence": ("modules", *_ANYWHERE),
    "protected": (*_REQUIRED["protected"], "as_packages", *_ANYWHERE),
    "acyclic": ("ancestors", "depth", "skip_descendants", *_ANYWHERE),
    "cycles": ("exclude_deferred", *_ANYWHERE),
    "outside": (),
    "dynamic": (),
}
# Longer lists are named by their first.
_MOST_SHOWN = 8


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    found = options.problems(NAME, OPTIONS, given)
    contract = given.get("contract")
    if found or contract not in _TAKES:
        return found
    takes = ("contract", *_TAKES[contract])
    for name in given:
        if name not in takes:
            found.append(f"`{name}` is no option of contract `{contract}`; it takes {_list(takes)}")
    for name in _REQUIRED.get(contract, ()):
        if name not in given:
            found.append(f"option `{name}` is missing; contract `{contract}` needs it")
    return found or list(contract_options.problems(given))


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is a module."""
    return path.endswith(".py")


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What the change adds to and takes from the imports that break a contract."""
    by_graph = []
    for rule in rules:
        if rule.options["contract"] == "dynamic":
            yield from _dynamic(comparison, rule)
        else:
            by_graph.append(rule)
    if not by_graph or not import_graph.may_differ(comparison):
        return
    try:
        differences = Differences(comparison, import_graph.read(comparison))
    except GraphFailed as failed:
        for file in comparison.change.files:
            if applies(file.path, rules):
                yield Coverage(file.path, NAME, "failed", str(failed))
        return
    for node, reason in differences.graphs.head.unread.items():
        if comparison.changed(node):
            yield Coverage(node, NAME, "failed", reason)
    edited = edited_contracts.read(comparison)
    for rule in by_graph:
        found = _judge(rule, differences)
        if rule.id in edited:
            head = differences.graphs.head
            found = edited_contracts.told(found, rule, edited[rule.id], head)
        yield from found


def _judge(rule: Rule, differences: Differences) -> Iterator[Finding | Coverage]:
    contract = rule.options["contract"]
    if contract == "outside":
        yield from _outside(rule, differences)
    elif contract == "cycles":
        yield from _cycles(rule, differences)
    else:
        yield from _mistakes(rule, differences)
        yield from _undeclared(rule, differences)
        yield from _contract(rule, differences)


# Contracts ----------------------------------------------------------------------------------------


def _contract(rule: Rule, differences: Differences) -> Iterator[Finding]:
    judged = differences.under(rule.options)
    base, head = differences.graphs.base, differences.graphs.head
    now = _breaking(rule, head, judged.head, judged.new)
    then = _breaking(rule, base, judged.base, judged.gone)
    # Whatever broke the contract before is not charged, though its modules have other names now.
    added = _told({link: found for link, found in now.items() if link not in then})
    ended = _told({link: found for link, found in then.items() if link not in now})
    places = {(link[1], breach.pair): link for link, breach in ended}
    moved: set[Link] = set()
    for link, breach in added:
        source = places.pop((link[1], breach.pair), None)
        moved.update([source] if source else [])
        place = differences.place(link, judged.head[link], "introduced")
        finding = _finding(rule, head, link, place, _says(head, link, breach))
        yield finding._replace(label="moved") if source else finding
    for link, breach in ended:
        if link not in moved:
            place = differences.place(link, judged.base[link], "fixed")
            finding = _finding(rule, base, link, place, _says(base, link, breach))
            yield finding._replace(label="fixed")


def _breaking(
    rule: Rule, graph: Graph, edges: Edges, links: Sequence[Link]
) -> dict[Link, tuple[Breach, Check]]:
    """Those of *links* that break the contract, with one way in which they do."""
    found: dict[Link, tuple[Breach, Check]] = {}
    for check in contracts.checks(rule.options, graph, edges) if links else ():
        for link in links:
            if link not in found and (breach := next(check.breaches(link), None)):
                found[link] = breach, check
    return found


def _told(found: Mapping[Link, tuple[Breach, Check]]) -> list[tuple[Link, Breach]]:
    """The breaches to tell: of the imports on one route, one is enough."""
    told: dict[Pair, set[Link]] = {}
    chosen = []
    for link, (first, check) in sorted(
        found.items(), key=lambda each: (len(each[1][0].route), each[0])
    ):
        for breach in [first] if len(first.route) == 2 else check.breaches(link):
            steps = set(zip(breach.route, breach.route[1:], strict=False))
            if not steps & told.get(breach.pair, set()):
                chosen.append((link, breach))
                told.setdefault(breach.pair, set()).add(link)
                break
    return sorted(chosen, key=lambda each: each[0])


def _says(graph: Graph, link: Link, breach: Breach) -> str:
    says = f"{_imports(graph, link)}: {breach.says}"
    if len(breach.route) > 2:
        says += f", which it now reaches: {_route(graph, breach.route)}"
    return says


def _imports(graph: Graph, link: Link) -> str:
    importer, imported = (_name(graph, node) for node in link)
    return f"`{importer}` imports `{imported}`"


def _name(graph: Graph, node: str) -> str:
    return graph.names.get(node, node.removeprefix(":"))


def _route(graph: Graph, route: Sequence[str]) -> str:
    names = [f"`{_name(graph, node)}`" for node in route]
    if len(names) > _MOST_SHOWN:
        left = len(names) - _MOST_SHOWN + 1
        names[_MOST_SHOWN // 2 : -_MOST_SHOWN // 2 + 1] = [f"({left} more)"]
    return " → ".join(names)


def _finding(rule: Rule, graph: Graph, link: Link, place: tuple[str, int], says: str) -> Finding:
    path, line = place
    key = " -> ".join(_name(graph, node) for node in link)
    return _at(rule, path, says, key)._replace(start_line=line, end_line=line)


def _at(rule: Rule, path: str, says: str, key: str) -> Finding:
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=path,
        start_line=1,
        end_line=1,
        message=says,
        code=rule.options["contract"],
        key=key,
    )


def _mistakes(rule: Rule, differences: Differences) -> Iterator[Finding | Coverage]:
    """Names in the contract that stand for nothing: by this change, or by a mistake in the rule."""
    before = set(contracts.missing(rule.options, differences.graphs.base))
    for each in contracts.missing(rule.options, differences.graphs.head):
        if each not in before:
            path = differences.path_of(each.name)
            says = f"`{each.name}`, a {each.what} of this contract, is gone: edit the contract too"
            yield _at(rule, path, says, edited_contracts.gone(each))._replace(severity="note")
        elif not rule.id.startswith(import_linter.PREFIX):
            yield from _mistake(rule, each, differences.comparison)


def _mistake(rule: Rule, each: Missing, comparison: Comparison) -> Iterator[Coverage]:
    reason = f"rule {rule.id} names the {each.what} `{each.name}`, {contracts.ABSENT}"
    for file in comparison.change.files:
        if applies(file.path, [rule]) and paths.matches(file.path, rule.paths):
            yield Coverage(file.path, NAME, "failed", reason)


def _undeclared(rule: Rule, differences: Differences) -> Iterator[Finding]:
    before = contracts.undeclared(rule.options, differences.graphs.base)
    for name, container in contracts.undeclared(rule.options, differences.graphs.head).items():
        if name not in before:
            says = f"`{name}` is in no layer of `{container}`, where every module has to be in one"
            yield _at(rule, differences.path_of(name), says, f"undeclared {name}")


# Cycles -------------------------------------------------------------------------------------------


def _cycles(rule: Rule, differences: Differences) -> Iterator[Finding]:
    judged = differences.under(rule.options, renamed=False)
    before: Callable[[Link], bool] = _never
    after: Callable[[Link], bool] = _never
    new, gone = judged.new, judged.gone
    if rule.options.get("exclude_deferred"):
        before = differences.is_deferred("base", judged.base)
        after = differences.is_deferred("head", judged.head)
        for link in differences.kept(judged):
            if before(link) != after(link):
                (new if before(link) else gone).append(link)
    graph = differences.graphs.head
    grown = cycles.grown(judged.base.keys(), judged.head.keys(), new, (before, after))
    for link, route in grown:
        place = differences.place(link, judged.head[link], "introduced")
        says = f"{_imports(graph, link)}, which closes an import cycle: {_route(graph, route)}"
        yield _finding(rule, graph, link, place, says)
    graph = differences.graphs.base
    ended = cycles.grown(judged.head.keys(), judged.base.keys(), gone, (after, before))
    for link, route in ended:
        place = differences.place(link, judged.base[link], "fixed")
        says = f"{_imports(graph, link)}, which closed an import cycle: {_route(graph, route)}"
        yield _finding(rule, graph, link, place, says)._replace(label="fixed")


def _never(link: Link) -> bool:
    return False


# What contracts do not see ------------------------------------------------------------------------


def _outside(rule: Rule, differences: Differences) -> Iterator[Finding]:
    comparison = differences.comparison
    before = {
        comparison.renamed.get(path, path)
        for files in differences.graphs.outside_base.values()
        for path in files
    }
    for folder, files in sorted(differences.graphs.outside.items()):
        mine = [path for path in files if paths.matches(path, rule.paths)]
        if not mine or before.intersection(mine):
            continue
        init = f"{folder}/__init__.py"
        file = comparison.changed(init)
        path = init if file is not None and not file.new_blob else mine[0]
        says = (
            f"`{folder}` lies in a package and has no `__init__.py`, so that tools that look for"
            f" packages pass over {_some(mine)}"
        )
        yield _at(rule, path, says, f"outside {folder}")


def _some(files: Sequence[str]) -> str:
    first = f"`{files[0].rpartition('/')[2]}`"
    return first if len(files) == 1 else f"{first} and {len(files) - 1} more"


def _dynamic(comparison: Comparison, rule: Rule) -> Iterator[Finding]:
    base: list[Finding] = []
    head: list[Finding] = []
    for file in comparison.files:
        base += _calls(comparison, rule, file.base)
        head += _calls(comparison, rule, file.head)
    for finding in introduced.by_key(base, head):
        if finding.label == "introduced":
            yield finding


def _calls(comparison: Comparison, rule: Rule, source: Source | None) -> Iterator[Finding]:
    if source is None or not source.path.endswith(".py"):
        return
    facts = comparison.facts(source, "imports")
    for written, line in facts["dynamic"] if facts else ():
        says = f"`{written}` imports at run time, which no contract sees"
        yield _at(rule, source.path, says, written)._replace(start_line=line, end_line=line)
