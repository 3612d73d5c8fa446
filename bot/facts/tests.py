"""Test functions and what they insist on; what functions do, for a change that brings no test.

Pure. Everything in a file that looks like a test is walked once, with stacks of our own; of other
files only the statements that may define something.
"""

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.facts import surface, test_body
from bot.facts.assertions import truth
from bot.facts.markers import Skip, of_marks, parametrisations, skips
from bot.facts.quoting import Quoter, digest, dotted
from bot.facts.test_body import Body

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_IGNORING = ("collect_ignore", "collect_ignore_glob")


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """The tests, functions and classes of a file; see `_File`."""
    file = _File(Quoter(text), _is_testing(text))
    file.read(tree)
    return {
        # [name, line, last line, lines of the body, hash of the body, parameters, errors raised,
        # conditions] of each function, `@overload` left out; of a class the name and the lines
        "definitions": file.definitions,
        # Module, name or "", and line of each
        "imports": file.imports,
        # [name, line of `def`, last line, why it is not collected or "", hash of the body, whether
        # hypothesis runs it, assertions, skips, parametrisations, patches, calls]
        "functions": file.functions,
        # [name or "" for the module, line, last line, skips]
        "scopes": file.scopes,
        # [text, line] of what `collect_ignore` names
        "ignored": file.ignored,
    }


def _is_testing(text: str) -> bool:
    """Whether a file may hold tests or what helps them; most code of a product does not."""
    return any(
        word in text for word in ("def test", "pytest", "unittest", "collect_ignore", "assert")
    )


class _Scope(NamedTuple):
    """The body of a module or class; *off* says why no test in it is collected, "" if they are."""

    body: list[ast.stmt]
    name: str
    off: str
    skips: list[Skip]
    is_module: bool
    conditional: bool = False


class _File:
    def __init__(self, quoter: Quoter, testing: bool) -> None:
        self._quoter, self._testing = quoter, testing
        self._aliases: dict[str, ast.expr] = {}
        self.definitions: list[list[Any]] = []
        self.imports: list[list[Any]] = []
        self.functions: list[list[Any]] = []
        self.scopes: list[list[Any]] = []
        self.ignored: list[list[Any]] = []

    def read(self, tree: ast.Module) -> None:
        last = len(self._quoter.lines)
        waiting = [_Scope(tree.body, "", _flag(tree.body), [], True)]
        self.scopes.append(["", 1, last, waiting[0].skips])
        while waiting:
            waiting += reversed(list(self._statements(waiting.pop())))

    def _statements(self, scope: _Scope) -> Iterator[_Scope]:
        """Notes what one body defines; gives the bodies within."""
        own: dict[str, list[Any]] = {}
        for statement in scope.body:
            if isinstance(statement, ast.ClassDef):
                yield self._class(statement, scope)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(statement, scope, own)
            elif isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._import(statement)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                self._assignment(statement, scope, own)
            elif isinstance(statement, ast.Delete) and self._testing:
                for target in statement.targets:
                    _take_out(own.get(dotted(target)), "it is deleted again")
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                found = test_body.module_skip(statement.value, scope.conditional, self._quoter)
                if found and scope.is_module and not scope.off:
                    scope.skips.append(found)
            else:
                yield from _inner(statement, scope)

    def _class(self, node: ast.ClassDef, scope: _Scope) -> _Scope:
        name = f"{scope.name}.{node.name}" if scope.name else node.name
        self.definitions.append([name, node.lineno, node.end_lineno, 0, "", [], [], []])
        found = (
            list(skips(node.decorator_list, self._aliases, self._quoter)) if self._testing else []
        )
        off = scope.off or (_flag(node.body) if self._testing else "")
        if not node.bases and not off:
            if not node.name.startswith("Test"):
                off = f"its class is called `{node.name}`"
            elif any(
                isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body
            ):
                off = f"its class `{node.name}` has an `__init__`"
        self.scopes.append([name, node.lineno, node.end_lineno, found])
        return _Scope(node.body, name, off, found, False)

    def _function(self, node: _Function, scope: _Scope, own: dict[str, list[Any]]) -> None:
        name = f"{scope.name}.{node.name}" if scope.name else node.name
        body_hash = self._digest(node)
        if not surface.is_overload(node):
            own_lines = _length(without_docstring(node.body))
            place = [name, node.lineno, node.end_lineno, own_lines, body_hash]
            self.definitions.append([*place, *surface.read(node, self._quoter)])
        if not self._testing:
            return
        body: Body = test_body.read(node, self._quoter)
        self.imports += body.imports
        decorators = node.decorator_list
        off = scope.off if node.name.startswith("test") else "its name does not begin with `test`"
        row = [
            name,
            node.lineno,
            node.end_lineno,
            off,
            body_hash,
            any("given" in dotted(_called(each)) for each in decorators),
            body.assertions,
            [*skips(decorators, self._aliases, self._quoter), *body.skips],
            list(parametrisations(decorators, self._aliases, self._quoter)),
            [*test_body.patches_of(decorators, node), *body.patches],
            body.calls,
        ]
        if node.name in own and not decorators:
            _take_out(own[node.name], "a later definition takes its name")
        own[node.name] = row
        self.functions.append(row)

    def _assignment(
        self, node: ast.Assign | ast.AnnAssign, scope: _Scope, own: dict[str, list[Any]]
    ) -> None:
        if not self._testing or node.value is None:
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            name = dotted(target)
            owner, _, attribute = name.rpartition(".")
            if scope.is_module and name and not owner:
                self._aliases[name] = node.value
            if name == "pytestmark":
                scope.skips.extend(of_marks(node.value, self._aliases, self._quoter))
            elif owner and attribute == "__test__" and truth(node.value) is False:
                for row in self.functions:
                    if f"{row[0]}.".startswith(f"{owner}."):
                        _take_out(row, f"`{name}` is false")
            elif name in _IGNORING:
                self._ignore(node.value)
            elif name in own:
                _take_out(own[name], "its name is given to something else")

    def _ignore(self, value: ast.expr) -> None:
        for each in value.elts if isinstance(value, (ast.List, ast.Tuple)) else []:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                self.ignored.append([each.value, each.lineno])

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imports += test_body.imports(node)

    def _digest(self, node: _Function | ast.ClassDef) -> str:
        return digest(self._quoter.block(without_docstring(node.body)))


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and isinstance(first.value.value, str) else body  # type: ignore[attr-defined]


def _length(body: list[ast.stmt]) -> int:
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _inner(statement: ast.stmt, scope: _Scope) -> Iterator[_Scope]:
    """The bodies of a statement that is no definition, in the same scope."""
    value = truth(statement.test) if isinstance(statement, ast.If) else None
    for field, off in (("body", False), ("orelse", True), ("finalbody", None)):
        body = getattr(statement, field, None)
        if isinstance(body, list) and body:
            never = value is off and off is not None
            reason = "it stands below a condition that is never true" if never else scope.off
            conditional = scope.conditional or not isinstance(statement, ast.With)
            yield scope._replace(body=body, off=reason, conditional=conditional)
    for handler in getattr(statement, "handlers", ()):
        yield scope._replace(body=handler.body, conditional=True)


def _take_out(row: list[Any] | None, reason: str) -> None:
    if row is not None and not row[3]:
        row[3] = reason


def _flag(body: list[ast.stmt]) -> str:
    """Why nothing in this body is collected, if it says so itself."""
    for node in body:
        names = [dotted(each) for each in node.targets] if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Assign) and "__test__" in names and truth(node.value) is False:
            return "`__test__` is false"
    return ""


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node
