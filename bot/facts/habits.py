"""Habits of generated code in one file: imports within functions, errors hidden, places left empty.

Comments are judged in `bot.facts.remarks`. Each row: report, first and last line, and what it is about.
"""

import ast
from typing import Any

from bot.facts import remarks

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Where statements hold statements, and what holds some.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_COMPOUND = {
    each
    for kind in (ast.stmt, ast.excepthandler)
    for each in kind.__subclasses__()
    if {"body", "cases"} & set(each._fields)
} | {ast.match_case}
_BROAD = ("Exception", "BaseException")
# Modules whose import takes no time worth saving, on every Python.
_LIGHT = {
    "abc", "argparse", "array", "base64", "binascii", "bisect", "builtins", "calendar",
    "collections", "collections.abc", "contextlib", "copy", "csv", "dataclasses", "datetime", "enum", "errno",
    "fnmatch", "functools", "glob", "hashlib", "heapq", "html", "inspect", "io", "itertools",
    "json", "keyword", "logging", "math", "numbers", "operator", "os", "os.path", "pathlib", "pprint",
    "queue", "random", "re", "secrets", "shlex", "shutil", "signal", "stat", "string", "struct",
    "sys", "tempfile", "textwrap", "threading", "time", "traceback", "types", "typing",
    "unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "zlib",
}  # fmt: skip
# Rows a file; more is an attack on whoever compares them.
MOST_ROWS = 1_000


def collect(tree: ast.Module, text: str) -> list[list[Any]]:
    """All reports of one file."""
    reader = _Reader(tree)
    rows = [list(row) for row in reader.rows]
    rows += [list(row) for row in remarks.judge(text, reader.statements)]
    return rows[:MOST_ROWS]


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
            for block in _BLOCKS:
                for child in getattr(node, block, ()):
                    if isinstance(child, ast.stmt):
                        self.statements.setdefault(child.lineno, child)
                        self._look(child, function, is_guarded)
                    if type(child) in _COMPOUND:
                        waiting.append((child, function, is_guarded))

    def _look(self, node: ast.stmt, function: Any, is_guarded: bool) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if function is not None and function.name != "__getattr__":
                self._look_at_import(node, is_guarded)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                kind = _suppressed(item.context_expr)
                if kind:
                    self._add("hidden-error", item.context_expr, kind)

    def _look_at_import(self, node: ast.Import | ast.ImportFrom, is_guarded: bool) -> None:
        modules = _imported(node)
        is_loaded = all(module in self._loaded for module in modules)
        is_light = _LIGHT.issuperset(modules)
        # `from package import name` may load a module, unless the name is a class's; under a
        # condition it may not be there in every version.
        is_sure = is_light or isinstance(node, ast.Import) or _names_classes(node) > is_guarded
        if (is_loaded and is_sure) or (is_light and not is_guarded):
            self._add("local-import", node, ", ".join(modules))

    def _add(self, report: str, node: ast.stmt | ast.expr, subject: str) -> None:
        self.rows.append((report, node.lineno, node.lineno, subject))


def _imported(node: ast.stmt) -> list[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _names_classes(node: ast.ImportFrom) -> bool:
    return all(alias.name[:1].isupper() for alias in node.names)


def _suppressed(node: ast.expr) -> str:
    """The class of all errors if a context manager suppresses it, else nothing."""
    if not isinstance(node, ast.Call) or _name(node.func) != "suppress":
        return ""
    return next((name for name in map(_name, node.args) if name in _BROAD), "")


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
