"""Which web routes went, moved or came, and which of them a description of the API has. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

_VARIABLE = re.compile(r"<[^<>]{1,200}>|\{[^{}]{1,200}\}")
_SLASHES = re.compile(r"/+")
# Nobody counts on these being told.
_UNTOLD = frozenset(("HEAD", "OPTIONS"))
_SEGMENTS = 12


class Route(NamedTuple):
    """One method at one path, as one Python file declares it; *form* has no variables' names.

    A path that begins with `*` has a beginning that nobody knows.
    """

    file: str
    method: str
    form: str
    path: str
    function: str
    line: int
    kind: str

    @property
    def name(self) -> str:
        path = self.path.lstrip("*")
        return path if self.method == "*" else f"{self.method} {path}"


class Change(NamedTuple):
    """A route of base that is not at head any more, and what it became, if anything."""

    route: Route
    successor: Route | None


def read(file: str, facts: Iterable[Sequence[Any]]) -> list[Route]:
    """The routes in one file's facts (`bot.facts.routes`), a method each."""
    return [
        Route(file, method, form(path), path, function, line, kind)
        for methods, path, function, line, kind in facts
        for method in methods
        if method not in _UNTOLD
    ]


def form(path: str) -> str:
    """A path whatever its variables are called and typed, and whether it ends in `/`."""
    return _SLASHES.sub("/", "/" + _VARIABLE.sub("{}", path.lstrip("*"))).rstrip("/")


def compare(base: Sequence[Route], head: Sequence[Route]) -> tuple[list[Change], list[Route]]:
    """Routes of *base* that went or became others, and routes of *head* that are new."""
    # Where a function's path is computed now, or was, nobody can tell what it is.
    unknown = {(each.file, each.function) for each in (*base, *head) if each.path == "*"}
    gone, fresh = (
        [each for each in several if (each.file, each.function) not in unknown]
        for several in _unmatched(base, head)
    )
    gone, fresh = _remounted(gone, fresh, base, head)
    by_function: dict[tuple[str, str], list[Route]] = defaultdict(list)
    for route in fresh:
        by_function[route.file, route.function].append(route)
    changes = []
    for route in gone:
        heirs = by_function.get((route.file, route.function)) if route.function else None
        same_path = [each for each in heirs or () if each.form == route.form]
        successor = next(iter(same_path or heirs or ()), None)
        changes.append(Change(route, successor))
    taken = {id(change.successor) for change in changes}
    return changes, [route for route in fresh if id(route) not in taken]


def _unmatched(base: Sequence[Route], head: Sequence[Route]) -> tuple[list[Route], list[Route]]:
    """What is only on one side, whichever file and function it is in."""
    at_head, at_base = _methods(head), _methods(base)
    return (
        [route for route in base if not _is_among(route, at_head)],
        [route for route in head if not _is_among(route, at_base)],
    )


def _methods(routes: Iterable[Route]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for route in routes:
        found[route.form].add(route.method)
    return found


def _is_among(route: Route, known: dict[str, set[str]]) -> bool:
    methods = known.get(route.form, ())
    return bool(methods) and (route.method in methods or "*" in methods or route.method == "*")


def _remounted(
    gone: list[Route], fresh: list[Route], base: Sequence[Route], head: Sequence[Route]
) -> tuple[list[Route], list[Route]]:
    """What is left when routes are taken out whose prefix only went to, or came from, elsewhere."""
    mounts = {route.form for route in (*base, *head) if route.kind == "mount"}
    endings: dict[str, list[Route]] = defaultdict(list)
    for route in fresh:
        for ending in _endings(route.form):
            endings[ending].append(route)
    by_form: dict[str, list[Route]] = defaultdict(list)
    for route in fresh:
        by_form[route.form].append(route)
    found: set[int] = set()
    kept = []
    for route in gone:
        alike = [*endings.get(route.form, ())]
        for ending in _endings(route.form):
            alike += by_form.get(ending, ())
        heirs = [each for each in alike if _may_be(route, each, mounts)]
        if heirs:
            found.update(id(each) for each in heirs)
        else:
            kept.append(route)
    return kept, [route for route in fresh if id(route) not in found]


def _may_be(route: Route, other: Route, mounts: set[str]) -> bool:
    """Whether two routes, one path ending in the other, may be the same one under a prefix."""
    if route.method != other.method and "*" not in {route.method, other.method}:
        return False
    if "*" in {route.path[:1], other.path[:1]}:
        return True
    if route.file != other.file:
        # Where a router of another file is mounted need not stand in a changed file.
        return route.function == other.function
    longer, shorter = sorted((route.form, other.form), key=len, reverse=True)
    return longer.removesuffix(shorter) in mounts


def _endings(path: str) -> Iterator[str]:
    """A path without its first segments, as long as a word is left that is no variable."""
    segments = path.split("/")[1:]
    for count in range(1, min(len(segments), _SEGMENTS)):
        rest = segments[count:]
        if any(segment not in {"", "{}"} for segment in rest):
            yield "/" + "/".join(rest)


class Described:
    """The operations that the API's descriptions have: method and path."""

    def __init__(self, operations: Iterable[tuple[str, str]]) -> None:
        self._whole: dict[str, set[str]] = defaultdict(set)
        self._endings: dict[str, set[str]] = defaultdict(set)
        for method, path in operations:
            whole = form(path)
            self._whole[whole].add(method)
            for ending in _endings(whole):
                self._endings[ending].add(method)

    def has(self, route: Route) -> bool | None:
        """Whether a route is described, with or without a prefix; None where nobody can tell."""
        if not any(segment not in {"", "{}"} for segment in route.form.split("/")):
            return None
        methods = self._whole[route.form] | self._endings[route.form]
        for ending in _endings(route.form):
            methods = methods | self._whole.get(ending, set())
        return route.method in methods or (route.method == "*" and bool(methods))
