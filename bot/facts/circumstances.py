"""Where a tool is known to be wrong about one Python file, since it goes by a name or a shape alone."""

import ast
from collections.abc import Iterator
from typing import Any

from bot.facts import named_values, sql

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_RAISES = {"assertRaises", "assertRaisesRegex", "raises"}
_TELLING = {
    *_FUNCTIONS,
    ast.ClassDef,
    ast.ExceptHandler,
    ast.Try,
    ast.With,
    ast.AsyncWith,
    *named_values.KINDS,
    *sql.KINDS,
}
# With the texts in a list of names.
_LEAVES = {ast.Name, ast.Constant, ast.Load, ast.Store, str, type(None)}
# What prints a traceback, and what only makes a text of it.
_PRINTING = {"print_exc", "print_exception"}
_FORMATTING = {"format_exc", "format_exception"}
_MISSING = {"ImportError", "ModuleNotFoundError"}
_MEASURING = ("time_", "timeraw_", "mem_", "peakmem_", "track_")
_ROUTES = {"get", "post", "put", "patch", "delete", "route", "api_route"}


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """What to know of a file before a tool's findings are told.

    `harmless` has, by a tool's code, the lines where the code says nothing. `optional` has rows
    `[line, number]`: how many arguments a function takes by name only and not necessarily.
    """
    nodes = _nodes(tree)
    lines: dict[str, set[int]] = {}
    told = (_of_functions, _of_handlers, _of_raises, _of_probes)
    for code, found in [*(each for of in told for each in of(nodes)), *_of_script(tree)]:
        lines.setdefault(code, set()).update(found)
    harmless = {code: sorted(found) for code, found in lines.items()}
    harmless |= named_values.harmless_lines(nodes, text)
    if harmless_sql := sql.harmless_lines(tree, nodes, text):
        harmless["B608"] = harmless_sql
    return {"harmless": harmless, "optional": list(_optional(nodes))}


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """Every node of a kind that says something here, each before what it holds.

    Twice as fast as `ast.walk`.
    """
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind in _TELLING:
            found.append(node)
        for field in kind._fields:
            value = getattr(node, field, None)
            if type(value) is list:
                waiting += [each for each in value if type(each) not in _LEAVES]
            elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                waiting.append(value)
    return found


# Signatures ---------------------------------------------------------------------------------------


def _of_functions(nodes: list[ast.AST]) -> Iterator[tuple[str, list[int]]]:
    for node in nodes:
        if not isinstance(node, _FUNCTIONS):
            continue
        # A framework calls it, by name.
        if any(map(_is_entrance, node.decorator_list)):
            yield "PLR0913", [node.lineno]
        # To read an attribute is what is measured (asv: "Writing benchmarks").
        if node.name.startswith(_MEASURING):
            yield "B018", [each.lineno for each in node.body if isinstance(each, ast.Expr)]


def _is_entrance(decorator: ast.expr) -> bool:
    """Whether a decorator makes a function a command or what a route leads to."""
    call = decorator if isinstance(decorator, ast.Call) else None
    method = call.func if call is not None else decorator
    if not isinstance(method, ast.Attribute):
        return False
    if method.attr == "command":
        return True
    if call is None or method.attr not in _ROUTES:
        return False
    given = call.args[:1] or [each.value for each in call.keywords if each.arg in {"path", "rule"}]
    # `@mock.patch("a.b")` is no route.
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and each.value[:1] in {"", "/"}
        for each in given
    )


def _optional(nodes: list[ast.AST]) -> Iterator[list[int]]:
    for node in nodes:
        if isinstance(node, _FUNCTIONS):
            number = sum(each is not None for each in node.args.kw_defaults)
            if number:
                yield [node.lineno, number]


# Imports and scripts ------------------------------------------------------------------------------


def _of_probes(nodes: list[ast.AST]) -> Iterator[tuple[str, list[int]]]:
    """Imports by which a file finds out whether something is installed."""
    for node in nodes:
        if isinstance(node, ast.Try) and any(map(_catches_missing, node.handlers)):
            lines = [
                line
                for each in node.body
                if isinstance(each, (ast.Import, ast.ImportFrom))
                for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
            ]
            # Alone it is a question; with code after it the name was to be used.
            if len(node.body) == 1:
                yield "F401", lines


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(getattr(kind, "id", "") in _MISSING for kind in kinds)


def _of_script(tree: ast.Module) -> Iterator[tuple[str, list[int]]]:
    """What a file prints when it is run as a script is its output."""
    for node in tree.body:
        if isinstance(node, ast.If) and _is_main(node.test):
            calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
            yield "T201", [each.lineno for each in calls]


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )


# Handlers -----------------------------------------------------------------------------------------


def _of_handlers(nodes: list[ast.AST]) -> Iterator[tuple[str, list[int]]]:
    """Handlers of all exceptions that keep the traceback, or in which a test fails."""
    in_tests = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.ClassDef) and _is_test_case(node)
        for inner in ast.walk(node)
    }
    for node in nodes:
        if not isinstance(node, ast.ExceptHandler) or node.type is None:
            continue
        if _keeps_traceback(node) or _fails_test(node.body[-1], id(node) in in_tests):
            yield "BLE001", _lines(node.type)


def _keeps_traceback(handler: ast.ExceptHandler) -> bool:
    waiting: list[ast.AST] = list(handler.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SCOPES):
            continue  # may never be called
        if isinstance(node, ast.keyword) and node.arg == "exc_info":
            value = node.value
            if isinstance(value, ast.Constant) and value.value is True:
                return True
            if isinstance(value, ast.Name) and value.id == handler.name:
                return True
        if isinstance(node, ast.Expr) and _is_traceback(node.value, _FORMATTING):
            continue  # made and thrown away
        if _is_traceback(node, _PRINTING | _FORMATTING):
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


def _is_traceback(node: ast.AST, names: set[str]) -> bool:
    """Whether it calls one of these functions of the module `traceback`."""
    method = node.func if isinstance(node, ast.Call) else None
    if not isinstance(method, ast.Attribute) or method.attr not in names:
        return False
    return isinstance(method.value, ast.Name) and method.value.id == "traceback"


def _fails_test(last: ast.stmt, in_test_case: bool) -> bool:
    call = last.value if isinstance(last, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    if not isinstance(method, ast.Attribute) or method.attr != "fail":
        return False
    owner = method.value.id if isinstance(method.value, ast.Name) else ""
    return owner == "pytest" or (owner == "self" and in_test_case)


def _is_test_case(node: ast.ClassDef) -> bool:
    bases = [getattr(base, "id", "") or getattr(base, "attr", "") for base in node.bases]
    return any("Test" in name for name in (node.name, *bases)) and bool(bases)


# Assertions ---------------------------------------------------------------------------------------


def _of_raises(nodes: list[ast.AST]) -> Iterator[tuple[str, list[int]]]:
    """Whether something can be assigned to at all is what is tested: nothing else can fail there."""
    for node in nodes:
        if isinstance(node, (ast.With, ast.AsyncWith)) and _assigns_attribute(node.body):
            for item in node.items:
                call = item.context_expr
                method = call.func if isinstance(call, ast.Call) else None
                if getattr(method, "attr", "") in _RAISES:
                    yield "B017", _lines(call)


def _assigns_attribute(body: list[ast.stmt]) -> bool:
    if len(body) != 1:
        return False
    targets: list[ast.expr] = []
    if isinstance(body[0], (ast.Assign, ast.Delete)):
        targets = body[0].targets
    elif isinstance(body[0], (ast.AugAssign, ast.AnnAssign)):
        targets = [body[0].target]
    return len(targets) == 1 and isinstance(targets[0], ast.Attribute)


def _lines(node: ast.expr) -> list[int]:
    return list(range(node.lineno, (node.end_lineno or node.lineno) + 1))
