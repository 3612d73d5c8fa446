"""What a module binds at its top level, and what the bodies of its definitions show.

Not among the facts about every file: `bot.outside.api_worker` asks for it where a comparison of
interfaces needs it.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_OVERLOADS = frozenset({"overload", "setter", "getter", "deleter"})
# That the end of something was announced; a parameter may well be called `deprecated`.
_DEPRECATED = re.compile(
    r"Deprecat|@\S*deprecat|deprecat\w*::|FutureWarning"
    r"|\b(is|are|was|be|been|now)\s+deprecated|\bdeprecated\s+(since|in|and|as)\b|will be removed"
)
# What is looked at of one line: patterns on a line of a megabyte take too long.
_LONGEST_LINE = 500
# What lets a module or an object have names that no statement binds.
_DYNAMIC = frozenset({"globals", "vars", "setattr", "exec", "locals", "__dict__", "modules"})


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """The names of a module.

    "bound": name to how many statements bind it; "aliases": name to [level, module, original name]
    of the import that alone binds it; "stars": [level, module]; "open": whether it may have names
    that are not told; "all": `__all__` where it is a list of strings; "redundant" and "used": names
    of aliases written `x as x`, and those used in the module itself; "deprecated": whether importing
    it warns; "bodies": dotted name of each definition to what is in its body.
    """
    module = _Module(text)
    module.read(tree)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Global):
            for name in node.names:
                module.bound[name] = module.bound.get(name, 0) + 1
    single = {name: alias for name, alias in module.aliases.items() if module.bound[name] == 1}
    return {
        "bound": module.bound,
        "aliases": single,
        "stars": module.stars,
        "open": module.open or "__getattr__" in module.bound,
        "all": module.exports,
        "redundant": sorted(module.redundant),
        "used": sorted(names & single.keys()),
        "deprecated": module.deprecated,
        "bodies": module.bodies,
    }


class _Module:
    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self.bound: dict[str, int] = {}
        self.aliases: dict[str, list[Any]] = {}
        self.stars: list[list[Any]] = []
        self.exports: list[str] | None = None
        self.redundant: set[str] = set()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.open = self.deprecated = False

    def read(self, tree: ast.Module) -> None:
        for statement in statements(tree.body):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._import(statement)
                continue
            names = bound_names(statement)
            for name in names:
                self.bound[name] = self.bound.get(name, 0) + 1
            if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
                self._define(statement)
            else:
                if "__all__" in names:
                    self.exports = _exports(statement, self.exports)
                self._look_at(statement)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*" and isinstance(node, ast.ImportFrom):
                self.stars.append([node.level, node.module or ""])
                continue
            name = alias.asname or alias.name.partition(".")[0]
            self.bound[name] = self.bound.get(name, 0) + 1
            if alias.asname == alias.name:
                self.redundant.add(name)
            if isinstance(node, ast.ImportFrom):
                self.aliases[name] = [node.level, node.module or "", alias.name]
            else:
                self.aliases[name] = [0, alias.name if alias.asname else name, None]

    def _look_at(self, node: ast.stmt) -> None:
        """What adds names or warns when the module is imported."""
        if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
            return  # what is in them comes by itself
        warns = isinstance(node, ast.Expr) and _last(node.value) == "warn"
        for each in expressions(node):
            if isinstance(each, (ast.Name, ast.Attribute)):
                name = each.id if isinstance(each, ast.Name) else each.attr
                self.open = self.open or name in _DYNAMIC
                self.deprecated = self.deprecated or (warns and "Deprecat" in name)

    def _define(self, top: Function | ast.ClassDef) -> None:
        waiting: list[tuple[str, Function | ast.ClassDef]] = [("", top)]
        while waiting:
            prefix, node = waiting.pop()
            dotted = prefix + node.name
            if any(_last(each) in _OVERLOADS for each in node.decorator_list):
                continue
            count = self.bodies.get(dotted, {"count": 0})["count"] + 1
            body = _class(node) if isinstance(node, ast.ClassDef) else _function(node)
            source = self._lines[_first_line(node) - 1 : _last_line(node)]
            self.bodies[dotted] = {
                "line": node.lineno,
                "count": count,
                "deprecated": any(_DEPRECATED.search(line[:_LONGEST_LINE]) for line in source),
                **body,
            }
            if isinstance(node, ast.ClassDef):
                inner = [
                    each
                    for each in statements(node.body)
                    if isinstance(each, (*_FUNCTIONS, ast.ClassDef))
                ]
                # The last definition of a name is the one that counts, so they are read in order.
                waiting += [(dotted + ".", each) for each in reversed(inner)]


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope in order, those in `if`, `try` and so on too, at any depth."""
    waiting = list(body)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _SCOPES):
            continue
        inner: list[ast.stmt] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                inner.append(child)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                inner += child.body
        waiting += inner[::-1]


def expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below a statement, but not what stands in functions and classes."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if not isinstance(each, _SCOPES) or each is node:
            waiting += list(ast.iter_child_nodes(each))[::-1]


def bound_names(node: ast.stmt) -> list[str]:
    """The names that one statement of a scope binds itself, imports left out."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return [node.name]
    found: list[str] = []
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name) and isinstance(each.ctx, (ast.Store, ast.Del)):
            found.append(each.id)
        elif isinstance(each, (ast.MatchAs, ast.MatchStar)) and each.name:
            found.append(each.name)
        elif isinstance(each, ast.MatchMapping) and each.rest:
            found.append(each.rest)
        elif isinstance(each, ast.ExceptHandler) and each.name:
            found.append(each.name)
        waiting += [
            child
            for child in ast.iter_child_nodes(each)
            if not isinstance(child, (ast.stmt, *_SCOPES))
        ]
    return found


def _exports(node: ast.stmt, known: list[str] | None) -> list[str] | None:
    value = getattr(node, "value", None)
    if not isinstance(value, (ast.List, ast.Tuple)):
        return known
    names = [
        each.value
        for each in value.elts
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return [*(known or []), *names] if isinstance(node, ast.AugAssign) else names


def _class(node: ast.ClassDef) -> dict[str, Any]:
    """The names given to instances or the class anywhere in it, and whether there may be more."""
    names = set()
    is_open = False
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            owner = each.value.id if isinstance(each.value, ast.Name) else ""
            if isinstance(each.ctx, ast.Store) and owner in ("self", "cls"):
                names.add(each.attr)
            is_open = is_open or each.attr == "__dict__"
        elif isinstance(each, ast.Name):
            is_open = is_open or each.id in ("setattr", "vars", "locals")
        elif isinstance(each, _FUNCTIONS):
            is_open = is_open or each.name in ("__getattr__", "__getattribute__")
    own = [name for each in statements(node.body) for name in bound_names(each)]
    imported = [
        alias.asname or alias.name
        for each in statements(node.body)
        if isinstance(each, (ast.Import, ast.ImportFrom))
        for alias in each.names
    ]
    return {"names": sorted({*names, *own, *imported}), "open": is_open}


def _function(node: Function) -> dict[str, Any]:
    """How a function answers: generator, nothing, or value; and what it raises by name."""
    result = "nothing"
    raised = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, _SCOPES):
            continue
        if isinstance(each, (ast.Yield, ast.YieldFrom)):
            result = "generator"
        elif isinstance(each, ast.Return) and each.value is not None and result == "nothing":
            is_none = isinstance(each.value, ast.Constant) and each.value.value is None
            result = result if is_none else "value"
        elif isinstance(each, ast.Raise) and each.exc is not None:
            raised.add(_last(each.exc))
        waiting += ast.iter_child_nodes(each)
    return {
        "async": isinstance(node, ast.AsyncFunctionDef),
        "result": result,
        "raised": sorted(raised),
        "abstract": _is_abstract(node),
    }


def _is_abstract(node: Function) -> bool:
    """Whether there is nothing but a docstring, `...`, `pass` or an error in the body."""
    return all(
        isinstance(each, (ast.Pass, ast.Raise))
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )


def _last(node: ast.expr) -> str:
    """The last name of `a.b.c` or `a.b.c(...)`; "" for anything else."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _first_line(node: Function | ast.ClassDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _last_line(node: Function | ast.ClassDef) -> int:
    """The last line of a function, and of what comes first in a class."""
    last = node.body[0] if isinstance(node, ast.ClassDef) else node.body[-1]
    return last.end_lineno or last.lineno
