"""The web routes of changed Python files: what went without the API's description, or lacks one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot import contract_operations, contract_routes
from bot.checkers.schema_contract.shelf import Shelf
from bot.comparison import SideName
from bot.contract_routes import Change, Described, Route
from bot.domain import Coverage, Finding, Rule, Source
from bot.outside.worker import Failure

_NAME = "schema_contract"
_TOLD_EACH = 3
# Of the routes a file had, so many must be described before one that is not is told.
_FEWEST, _SHARE = 2, 0.8


def compare(
    shelf: Shelf, changed: Sequence[Rule], undocumented: Sequence[Rule]
) -> Iterator[Finding | Coverage]:
    """Findings, and the files whose routes could not be read."""
    base, head = _Routes(shelf, "base"), _Routes(shelf, "head")
    for path, reason in head.failed.items():
        if path in base.files:
            yield Coverage(path, _NAME, "failed", reason)
    gone, fresh = contract_routes.compare(base.all, head.all)
    gone = [
        change
        for change in gone
        if change.route.kind != "hidden" and change.route.file not in head.failed
    ]
    if gone and changed and not _described_anew(shelf):
        is_committed = bool(shelf.documents("base"))
        for rule in changed:
            if is_committed or rule.options.get("document") == "optional":
                yield from _gone(shelf, gone, rule)
    if fresh and undocumented:
        yield from _lacking(shelf, fresh, base, undocumented)


class _Routes:
    """The routes on one side of the changed files, under the paths of head."""

    def __init__(self, shelf: Shelf, side: SideName) -> None:
        self.all: list[Route] = []
        self.files: dict[str, list[Route]] = {}
        self.failed: dict[str, str] = {}
        for file in shelf.comparison.files:
            source: Source | None = file.base if side == "base" else file.head
            if source is None or not source.path.endswith(".py"):
                continue
            answer = shelf.comparison.outline(source)
            if isinstance(answer, Failure):
                self.failed[file.change.path] = str(answer)
            elif facts := answer["facts"]["routes"]:
                self.files[file.change.path] = contract_routes.read(file.change.path, facts)
                self.all += self.files[file.change.path]


def _described_anew(shelf: Shelf) -> bool:
    """Whether an OpenAPI document changed too: then it is the one that is judged."""
    hinted = [file for file in shelf.comparison.change.files if shelf.is_hinted(file)]
    for file in hinted:
        base = shelf.get("base", file.old_path) if file.old_blob else None
        head = shelf.get("head", file.path) if file.new_blob else None
        if any(each is not None and each.kind == "openapi" for each in (base, head)):
            return True
    return False


def _gone(shelf: Shelf, changes: Sequence[Change], rule: Rule) -> Iterator[Finding]:
    by_file: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_file[change.route.file].append(change)
    for path, several in by_file.items():
        left = [change.route for change in several if change.successor is None]
        file = shelf.comparison.changed(path)
        is_deleted = file is None or not file.new_blob
        if len(left) > _TOLD_EACH or (is_deleted and len(left) > 1):
            yield _finding(shelf, rule, left[0], f"{_names(left)} are gone", f"gone {len(left)}")
        else:
            for route in left:
                yield _finding(shelf, rule, route, f"`{route.name}` is gone", route.name)
        moved = [change for change in several if change.successor is not None]
        shown = moved if len(moved) <= _TOLD_EACH else moved[:1]
        also = f"; so for {len(moved) - 1} more routes of this file" if shown != moved else ""
        for route, successor in shown:
            assert successor is not None
            text = f"`{route.name}` is `{successor.name}` now{also}"
            found = _finding(shelf, rule, route, text, route.name)
            yield found._replace(start_line=successor.line, end_line=successor.line)


def _names(routes: Sequence[Route]) -> str:
    names = list(dict.fromkeys(route.name for route in routes))
    shown = ", ".join(f"`{name}`" for name in names[:_TOLD_EACH])
    more = len(names) - _TOLD_EACH
    return shown + (f" and {more} more" if more > 0 else "")


def _finding(shelf: Shelf, rule: Rule, route: Route, message: str, key: str) -> Finding:
    file = shelf.comparison.changed(route.file)
    is_left = file is not None and file.new_blob
    line = shelf.comparison.line_at_head(file, route.line) if file and is_left else route.line
    if file and is_left:
        line = min(line, max(1, len(shelf.comparison.lines("head", file.path))))
    return Finding(
        rule=rule.id,
        checker=_NAME,
        severity=rule.severity,
        path=route.file,
        start_line=line,
        end_line=line,
        message=message,
        code="route",
        key=f"route {key}",
    )


def _lacking(
    shelf: Shelf, fresh: Sequence[Route], base: _Routes, rules: Sequence[Rule]
) -> Iterator[Finding]:
    by_file: dict[str, list[Route]] = defaultdict(list)
    for route in fresh:
        if route.kind not in {"hidden", "mount"} and base.files.get(route.file):
            by_file[route.file].append(route)
    if not by_file:
        return
    described = {side: _described(shelf, side) for side in ("base", "head")}
    for path, routes in by_file.items():
        known = [described["base"].has(each) for each in base.files[path] if each.kind != "hidden"]
        told = known.count(True)
        if told < _FEWEST or told < _SHARE * (told + known.count(False)):
            continue
        for route in routes:
            if described["head"].has(route) is False:
                text = f"`{route.name}` is in no OpenAPI document, as the other routes here are"
                for rule in rules:
                    found = _finding(shelf, rule, route, text, route.name)
                    yield found._replace(start_line=route.line, end_line=route.line)


def _described(shelf: Shelf, side: SideName) -> Described:
    documents = shelf.documents(side)
    library = shelf.library(side)
    return Described(
        (method, path)
        for document in documents
        if document.root is not None
        for method, path in contract_operations.operations(document.root, library)
    )
