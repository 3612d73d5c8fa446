"""Habits of generated code in one file: imports within functions, errors hidden, places left empty.

Comments are judged in `bot.facts.remarks`. Each row: report, first and last line, and what it is about.
"""

import ast
from collections.abc import Iterator
from typing import Any

from bot.facts import remarks

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BROAD = ("Exception", "BaseException")
# Modules whose import takes no time worth saving, on every Python.
_LIGHT = frozenset(
    ["abc", "argparse", "array", "base64", "binascii", "bisect", "builtins", "calendar", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "enum", "errno", "fnmatch", "functools", "glob", "hashlib", "heapq", "html", "inspect", "io", "itertools", "json", "keyword", "logging", "math", "numbers", "operator", "os", "pathlib", "pprint", "queue", "random", "re", "secrets", "shlex", "shutil", "signal", "stat", "string", "struct", "sys", "tempfile", "textwrap", "threading", "time", "traceback", "types", "typing", "unicodedata", "urllib", "uuid", "warnings", "weakref", "zlib"]
)
# Rows a file; more is an attack on whoever compares them.
_MOST_ROWS = 1_000


def collect(tree: ast.Module, text: str) -> list[list[Any]]:
    """All reports of one file."""
    reader = _Reader(tree)
    rows = [list(row) for row in reader.rows]
    rows += [list(row) for row in remarks.judge(text, reader.statements)]
    return rows[:_MOST_ROWS]


class _Reader:
    """Goes through the statements of a file once, keeping what encloses each."""

    def __init__(self, tree: ast.Module) -> None:
        self.rows: list[tuple[str, int, int, str]] = []
        self.statements: dict[int, ast.stmt] = {}
        self._loaded = {module for each in tree.body for module in _imported(each)}
        waiting: list[tuple[ast.AST, Any, bool]] = [(tree, None, False)]
        while waiting:
            node, function, is_guarded = waiting.pop()
            if isinstance(node, _FUNCTIONS):
                function, is_guarded = node, False
            elif isinstance(node, ast.ClassDef):
                function = None
            elif isinstance(node, (ast.Try, ast.If, ast.With)):
                is_guarded = True
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    self.statements.setdefault(child.lineno, child)
                    self._look(child, function, is_guarded)
                    waiting.append((child, function, is_guarded))
                elif isinstance(child, (ast.excepthandler, ast.match_case)):
                    waiting.append((child, function, is_guarded))

    def _look(self, node: ast.stmt, function: Any, is_guarded: bool) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if function is not None and function.name != "__getattr__":
                self._look_at_import(node, is_guarded)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if _suppresses_all(item.context_expr):
                    self._add(
                        "hidden-error", item.context_expr, ast.unparse(item.context_expr.args[0])
                    )

    def _look_at_import(self, node: ast.Import | ast.ImportFrom, is_guarded: bool) -> None:
        modules = list(_imported(node))
        if modules and all(module in self._loaded for module in modules):
            self._add("local-import", node, f"{', '.join(modules)} loaded")
        elif (
            not is_guarded and modules and all(each.partition(".")[0] in _LIGHT for each in modules)
        ):
            self._add("local-import", node, ", ".join(modules))

    def _add(self, report: str, node: ast.stmt, subject: str) -> None:
        self.rows.append((report, node.lineno, node.lineno, subject))


def _imported(node: ast.stmt) -> Iterator[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "." * node.level + (node.module or "")


def _suppresses_all(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or _name(node.func) != "suppress":
        return False
    return any(_name(each) in _BROAD for each in node.args)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
