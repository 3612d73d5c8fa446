"""Import cycles that grew: modules that import each other now and did not before.

Pure. One finding for each way in which what was apart became one; deterministic.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bot.components import components
from bot.import_graph import Link

# Tells of an import whether it runs only when a function is called.
Deferred = Callable[[Link], bool]


def grown(
    before: Collection[Link],
    after: Collection[Link],
    new: Iterable[Link],
    deferred: tuple[Deferred, Deferred],
) -> list[tuple[Link, tuple[str, ...]]]:
    """Imports of *new* that close a cycle, each with its shortest cycle, from importer to importer.

    *deferred* tells, for before and after, which imports do not count; it is only asked about
    imports within a cycle.
    """
    new = sorted(new)
    tangled = _groups(after)
    suspects = [link for link in new if _same(tangled, link)]
    if not suspects:
        return []
    touched = {tangled[importer] for importer, _ in suspects}
    near = {node for node, group in tangled.items() if group in touched}
    links = [
        link for link in after if link[0] in near and link[1] in near and not deferred[1](link)
    ]
    groups = _groups(links)
    suspects = [link for link in suspects if link in set(links) and _same(groups, link)]
    old_links = [link for link in before if link[0] in near and link[1] in near]
    old_groups = _groups(old_links)
    old_links = [link for link in old_links if _same(old_groups, link) and not deferred[0](link)]
    return _joined(suspects, links, groups, _groups(old_links))


def _joined(
    suspects: Sequence[Link],
    links: Sequence[Link],
    groups: Mapping[str, int],
    old_groups: Mapping[str, int],
) -> list[tuple[Link, tuple[str, ...]]]:
    onward: dict[str, list[str]] = defaultdict(list)
    for importer, imported in sorted(links):
        if groups[importer] == groups[imported]:
            onward[importer].append(imported)
    merged: dict[str, str] = {}

    def part(node: str) -> str:
        name = f"group {old_groups[node]}" if node in old_groups else node
        while name in merged:
            name = merged[name]
        return name

    routes = sorted(
        ((link, _cycle(link, onward)) for link in suspects if part(link[0]) != part(link[1])),
        key=lambda found: (len(found[1]), found[0]),
    )
    found = []
    for link, route in routes:
        parts = dict.fromkeys(part(node) for node in route)
        if len(parts) > 1:
            found.append((link, route))
            first, *others = parts
            merged.update(dict.fromkeys(others, first))
    return found


def _cycle(link: Link, onward: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from the imported module back, after the importer."""
    importer, imported = link
    came = {imported: ""}
    waiting = deque([imported])
    while importer not in came:
        node = waiting.popleft()
        for to in onward[node]:
            if to not in came:
                came[to] = node
                waiting.append(to)
    route = [importer]
    while came[route[-1]]:
        route.append(came[route[-1]])
    return (importer, *reversed(route))


def _groups(links: Collection[Link]) -> dict[str, int]:
    after: dict[str, list[str]] = defaultdict(list)
    for importer, imported in sorted(links):
        after[importer].append(imported)
    return {node: number for number, group in enumerate(components(after)) for node in group}


def _same(groups: Mapping[str, int], link: Link) -> bool:
    return link[0] in groups and groups[link[0]] == groups.get(link[1])
