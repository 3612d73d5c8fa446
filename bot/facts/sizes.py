"""How long the parts of one Python file are, in lines of code: no blanks, comments or docstrings.

A function begins with its first statement: a signature of many lines is many parameters. A table
that is written as calls, one like the other, is data, and not counted.
"""

import ast
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from bot.facts.quoting import dotted

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_SCOPES = (*_DEFINITIONS, ast.Module)
# Statements that hold statements; expressions hold no definitions worth a name.
_HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)
# Of the statements of a function that is a table, this many and this share are one and the same call.
_TABLE_ROWS = 20
_TABLE_SHARE = 0.9


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """`lines` of the file; `functions` as `[name, line, lines]`, `classes` with methods besides."""
    scopes: list[tuple[ast.AST, str]] = []
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, name = waiting.pop()
        if isinstance(node, _SCOPES):
            scopes.append((node, name))
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            for child in (
                getattr(node, field, ()) if isinstance(node, (ast.Module, *_HOLDERS)) else ()
            ):
                if isinstance(child, _DEFINITIONS):
                    waiting.append((child, f"{name}.{child.name}" if name else child.name))
                elif hasattr(child, "body") or hasattr(child, "cases"):
                    waiting.append((child, name))
    before = _code_before(text, [node for node, _ in scopes])
    found: dict[str, Any] = {"lines": before[-1], "functions": [], "classes": []}
    for node, name in sorted(scopes[1:], key=lambda scope: (scope[0].lineno, scope[1])):  # type: ignore[attr-defined]
        assert isinstance(node, _DEFINITIONS)
        first = node.lineno if isinstance(node, ast.ClassDef) else _first_line(node.body[0])
        lines = before[min(node.end_lineno or node.lineno, len(before) - 1)] - before[first - 1]
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(child, _FUNCTIONS) for child in node.body)
            found["classes"].append([name, node.lineno, lines, methods])
        else:
            rows = _table(node.body)
            lines -= sum(
                before[row.end_lineno or row.lineno] - before[row.lineno - 1] for row in rows
            )
            found["functions"].append([name, node.lineno, lines])
    return found


def _table(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The rows of a table of calls, where the statements of a function are one."""
    if len(body) < _TABLE_ROWS:
        return []
    called = [
        dotted(each.value.func)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)
        else ""
        for each in body
    ]
    name, count = Counter(called).most_common(1)[0]
    if not name or count < max(_TABLE_ROWS, _TABLE_SHARE * len(body)):
        return []
    return [row for row, callee in zip(body, called, strict=True) if callee == name]


def _first_line(statement: ast.stmt) -> int:
    if isinstance(statement, _DEFINITIONS) and statement.decorator_list:
        return statement.decorator_list[0].lineno
    return statement.lineno


def _code_before(text: str, scopes: list[ast.AST]) -> list[int]:
    """How many lines of code there are up to each line, from 0 for none."""
    lines = text.split("\n")
    is_code = [bool(line := each.strip()) and line[0] != "#" for each in lines]
    for scope in scopes:
        first = scope.body[0] if scope.body else None  # type: ignore[attr-defined]
        value = first.value if isinstance(first, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            last = value.end_lineno or value.lineno
            is_code[value.lineno - 1 : last] = [False] * (last - value.lineno + 1)
    return [0, *accumulate(is_code)]
