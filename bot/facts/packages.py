"""Top-level packages that a file imports, and whether it can do without them."""

import ast
from typing import Any

# How an import is met, from the firmest to the softest.
_ALWAYS, _SOMETIMES, _TYPING, _OPTIONAL = range(4)
NAMES = ("always", "sometimes", "typing", "optional")
_ABSENCE = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What has statements in it; nothing else is looked into.
_COMPOUND = frozenset(
    {
        *(ast.Module, ast.ClassDef, *_FUNCTIONS, ast.If, ast.For, ast.AsyncFor, ast.While),
        *(ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.ExceptHandler),
        *(ast.Match, ast.match_case),
    }
)
_SCRIPT = "# /// script"


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """`imports`: rows `[package, line, how]`, the firmest for each; `script`: whether it has metadata.

    *how* is `always`, `sometimes` (in a function or a branch), `typing` (under `TYPE_CHECKING`) or
    `optional` (where its absence is handled, or that asks for the version of Python).
    """
    found: dict[str, tuple[int, int]] = {}
    waiting: list[tuple[ast.AST, int]] = [(tree, _ALWAYS)]
    while waiting:
        node, how = waiting.pop()
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module and not node.level else []
        elif type(node) in _COMPOUND:
            waiting.extend(_children(node, how))
        for name in names:
            met = (how, node.lineno)  # type: ignore[attr-defined]
            package = name.partition(".")[0]
            found[package] = min(found.get(package, met), met)
    rows = [[package, line, NAMES[how]] for package, (how, line) in sorted(found.items())]
    return {"imports": rows, "script": _SCRIPT in text}


def _children(node: ast.AST, how: int) -> list[tuple[ast.AST, int]]:
    """The statements in a statement, with how they are met; expressions import nothing."""
    body = how
    rest = how
    if isinstance(node, _FUNCTIONS):
        body = max(how, _SOMETIMES)
    elif isinstance(node, (ast.If, ast.While, ast.Match)):
        body = max(how, _TYPING if _is_typing(node) else _SOMETIMES)
        rest = max(how, _SOMETIMES)
        if _asks_version(node):
            # A backport on one side, the standard library on the other.
            body = rest = _OPTIONAL
    elif isinstance(node, (ast.Try, ast.TryStar)) and any(map(_handles, node.handlers)):
        body = rest = _OPTIONAL
    elif isinstance(node, (ast.With, ast.AsyncWith)) and _suppresses(node):
        body = _OPTIONAL
    children = []
    for field in ("body", "cases", "handlers", "orelse", "finalbody"):
        inner = getattr(node, field, None)
        if isinstance(inner, list):
            met = body if field in ("body", "cases") else rest
            children += [(child, met) for child in inner]
    return children


def _is_typing(node: ast.AST) -> bool:
    test = getattr(node, "test", None)
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _asks_version(node: ast.AST) -> bool:
    test = getattr(node, "test", None)
    return isinstance(test, ast.Compare) and _name(test.left) in ("version_info", "PY2", "PY3")


def _handles(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or _name(kind) in _ABSENCE for kind in kinds)


def _suppresses(node: ast.With | ast.AsyncWith) -> bool:
    calls = [item.context_expr for item in node.items]
    return any(
        isinstance(call, ast.Call)
        and _name(call.func) == "suppress"
        and any(_name(each) in _ABSENCE for each in call.args)
        for call in calls
    )


def _name(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
