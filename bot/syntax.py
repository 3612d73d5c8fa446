"""Whether two texts are the same program, whatever their layout and comments."""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

_BLOCKS = ("body", "orelse", "finalbody")
_FOR_TYPES = "TYPE_CHECKING"
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


def equal(one: bytes, other: bytes) -> bool:
    """Whether both parse to the same syntax tree. False where either does not parse."""
    try:
        return _same(_parsed(one), _parsed(other))
    except _BROKEN:
        return False


def do_the_same(one: bytes, other: bytes, moved: Mapping[str, str] | None = None) -> bool:
    """As `equal`, but for what no run of the program depends on.

    *moved*: names of modules in *one* to those that they have in *other*.

    That is: docstrings, imports for type checkers alone, and names that a module only passes on, as
    long as none of them comes from somewhere else than before.
    """
    try:
        trees = _parsed(one), _parsed(other)
        _rename(trees[0], moved or {})
        before, after = map(_passed_on, trees)
        if any(before[name] != after[name] for name in before.keys() & after.keys()):
            return False
        for tree, names in zip(trees, (before, after), strict=True):
            _strip(tree, names)
        return _same(*trees)
    except _BROKEN:
        return False


def _rename(tree: ast.Module, moved: Mapping[str, str]) -> None:
    for node in ast.walk(tree) if moved else ():
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            node.module = moved.get(node.module, node.module)


def idle_lines(text: bytes) -> set[int]:
    """The lines, from 1, that are blank, a comment, an import or a docstring."""
    found = {
        number
        for number, line in enumerate(text.replace(b"\r\n", b"\n").split(b"\n"), 1)
        if not line.strip() or line.lstrip().startswith(b"#")
    }
    try:
        for node in ast.walk(_parsed(text)):
            if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_constant(node):
                found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    except _BROKEN:
        pass
    return found


def _parsed(text: bytes) -> ast.Module:
    with warnings.catch_warnings():
        # An odd escape under review is no news for the reviewer's terminal.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _is_constant(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _passed_on(tree: ast.Module) -> dict[str, tuple[str, int, str]]:
    """The names that the module imports from others and does not use, with where they come from."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {_FOR_TYPES}
    return {
        alias.asname or alias.name: (node.module or "", node.level, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name != "*" and (alias.asname or alias.name) not in used
    }


def _strip(tree: ast.Module, passed_on: Iterable[str]) -> None:
    tree.body = list(_without(tree.body, set(passed_on)))
    for node in ast.walk(tree):
        for block in _BLOCKS:
            inner = getattr(node, block, None)
            if isinstance(inner, list):
                setattr(node, block, [each for each in inner if not _is_idle(each)])
        if isinstance(node, ast.If) and _is_for_types(node.test):
            node.body = []


def _without(body: Iterable[ast.stmt], names: set[str]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            node.names = [each for each in node.names if (each.asname or each.name) not in names]
            if not node.names:
                continue
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets):
            yield node


def _is_idle(node: ast.AST) -> bool:
    if isinstance(node, ast.If) and not node.orelse:
        return _is_for_types(node.test)
    return isinstance(node, ast.Pass) or _is_constant(node)


def _is_for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == _FOR_TYPES


def _same(one: ast.AST, other: ast.AST) -> bool:
    waiting: list[tuple[Any, Any]] = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            waiting.extend(
                (getattr(left, field, None), getattr(right, field, None)) for field in left._fields
            )
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True
