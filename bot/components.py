"""Strongly connected components: nodes of a graph that all reach each other."""

from collections.abc import Iterable, Mapping


def components(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The components, what they lead to before them (Tarjan, without recursion).

    *after* maps nodes to the nodes they lead to, in the order in which they are looked at.
    """
    found: list[list[str]] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    for root in after:
        if root in number:
            continue
        path = [(root, iter(after[root]))]
        number[root] = lowest[root] = len(number)
        open_nodes.append(root)
        is_open.add(root)
        while path:
            node, rest = path[-1]
            for to in rest:
                if to not in number:
                    number[to] = lowest[to] = len(number)
                    open_nodes.append(to)
                    is_open.add(to)
                    path.append((to, iter(after.get(to, ()))))
                    break
                if to in is_open:
                    lowest[node] = min(lowest[node], number[to])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    start = _last(open_nodes, node)
                    group = open_nodes[start:]
                    del open_nodes[start:]
                    is_open.difference_update(group)
                    found.append(group)
    return found


def _last(nodes: list[str], node: str) -> int:
    index = len(nodes) - 1
    while nodes[index] != node:
        index -= 1
    return index
