"""What one Python file imports, as written: before anything is looked up."""

import ast
from collections.abc import Iterator
from typing import Any

_DYNAMIC = frozenset({"import_module", "__import__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TEXT_LENGTH = 80
# What an import may stand in, and where; expressions hold no statements.
_HOLDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(
        field
        for field in ("finalbody", "orelse", "handlers", "cases", "body")
        if field in kind._fields
    )
    for name in (
        *("Module", "FunctionDef", "AsyncFunctionDef", "ClassDef", "If", "For", "AsyncFor"),
        *("While", "With", "AsyncWith", "Try", "TryStar", "ExceptHandler", "Match", "match_case"),
        *("Import", "ImportFrom"),
    )
    if (kind := getattr(ast, name))
}


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """Import statements and calls that import.

    `statements` are rows `[module, names, level, line, deferred, typing]`: *level* counts leading
    dots, *deferred* says that a function body holds it, *typing* that only type checkers run it.
    A plain `import a.b` has no names. `dynamic` are rows `[call as written, line]`.
    """
    statements = sorted((_row(*found) for found in _statements(tree)), key=lambda row: row[3])
    named = any(name in text for name in _DYNAMIC)
    return {"statements": statements, "dynamic": list(_dynamic(tree, text)) if named else []}


def _statements(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    waiting: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while waiting:
        node, deferred, typing = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, deferred, typing
            continue
        deferred = deferred or isinstance(node, _FUNCTIONS)
        for field in _HOLDS[type(node)]:
            guarded = typing or (field == "body" and _is_for_types(node))
            waiting.extend(
                (child, deferred, guarded)
                for child in getattr(node, field)
                if type(child) in _HOLDS
            )


def _is_for_types(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _row(node: ast.Import | ast.ImportFrom, deferred: bool, typing: bool) -> list[Any]:
    if isinstance(node, ast.Import):
        modules = ",".join(alias.name for alias in node.names)
        return [modules, [], 0, node.lineno, deferred, typing]
    names = [alias.name for alias in node.names]
    return [node.module or "", names, node.level, node.lineno, deferred, typing]


def _dynamic(tree: ast.Module, text: str) -> Iterator[list[Any]]:
    lines = text.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            if (getattr(function, "id", "") or name) in _DYNAMIC:
                yield [_written(node, lines), node.lineno]


def _written(call: ast.Call, lines: list[str]) -> str:
    line = lines[call.lineno - 1].encode() if call.lineno <= len(lines) else b""
    end = call.end_col_offset if call.end_lineno == call.lineno else None
    return line[call.col_offset : end].decode(errors="replace").strip()[:_TEXT_LENGTH]
