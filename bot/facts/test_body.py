"""One function of a test file, statement by statement, in order.

Pure. A statement that is never reached, or whose failure is swallowed, is told apart.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bot.facts import assertions, markers
from bot.facts.assertions import Assertion, truth
from bot.facts.markers import Skip
from bot.facts.quoting import Quoter, dotted

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_CATCHING_ALL = {"AssertionError", "Exception", "BaseException", "Failed"}
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_MOST_CALLS = 300


class Patch(NamedTuple):
    """What a test replaces: *owner*.*name*, on which lines it is replaced."""

    line: int
    owner: str
    name: str
    last_line: int


class Body(NamedTuple):
    assertions: list[Assertion]
    skips: list[Skip]
    patches: list[Patch]
    # [dotted name, line]
    calls: list[list[Any]]
    # Module, name or "", and line of each
    imports: list[list[Any]]


class _Here(NamedTuple):
    """In what circumstances a statement is run."""

    dead: bool = False
    swallowed: bool = False
    conditional: bool = False


class _Frame:
    def __init__(self, body: list[ast.stmt], here: _Here) -> None:
        self.statements = iter(body)
        self.here = here


def read(node: _Function, quoter: Quoter) -> Body:
    """All that one function of a test file insists on, skips, replaces and calls."""
    reader = _Reader(node, quoter)
    reader.run()
    return reader.body


def imports(node: ast.Import | ast.ImportFrom) -> list[list[Any]]:
    """What a statement imports: `[module, name or "", line]`; dots lead a relative module."""
    if isinstance(node, ast.Import):
        return [[alias.name, "", node.lineno] for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [[module, alias.name, node.lineno] for alias in node.names]


def module_skip(call: ast.Call, conditional: bool, quoter: Quoter) -> Skip | None:
    """`pytest.skip(..., allow_module_level=True)` at the top of a file."""
    return markers.of_call(call, dotted(call.func), conditional, quoter)


class _Reader:
    def __init__(self, node: _Function, quoter: Quoter) -> None:
        self._node, self._quoter = node, quoter
        self._has_left = False
        self.body = Body([], [], [], [], [])

    def run(self) -> None:
        stack = [_Frame(self._node.body, _Here())]
        while stack:
            frame = stack[-1]
            statement = next(frame.statements, None)
            if statement is None:
                stack.pop()
                continue
            within = list(self._statement(statement, frame))
            stack += [_Frame(body, here) for body, here in reversed(within) if body]

    def _statement(self, node: ast.stmt, frame: _Frame) -> Iterator[tuple[list[ast.stmt], _Here]]:
        here = frame.here
        if isinstance(node, ast.Assert):
            self._note(assertions.of_assert(node.test, node.lineno, self._quoter), here)
            self._expression(node.test, here)
        elif isinstance(node, _LEAVING):
            self._leave(node, frame)
        elif isinstance(node, ast.If):
            yield from self._if(node, frame)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield node.body, self._with(node, here)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            yield from _try(node, here)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            asked = node.test if isinstance(node, ast.While) else node.iter
            self._expression(asked, here)
            yield node.body, _under(here, False if truth(asked) is False else None)
            yield node.orelse, here
        elif isinstance(node, ast.Match):
            for case in node.cases:
                yield case.body, here._replace(conditional=True)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.body, here._replace(conditional=True)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.body.imports.extend(imports(node))
        else:
            self._expression(node, here)

    def _if(self, node: ast.If, frame: _Frame) -> Iterator[tuple[list[ast.stmt], _Here]]:
        here = frame.here
        self._expression(node.test, here)
        value = truth(node.test)
        if value is True and any(isinstance(each, _LEAVING) for each in node.body):
            frame.here = here._replace(dead=True)
        yield node.body, _under(here, value)
        yield node.orelse, _under(here, None if value is None else not value)

    def _leave(self, node: ast.stmt, frame: _Frame) -> None:
        here = frame.here
        if isinstance(node, ast.Raise) and node.exc is not None:
            if dotted(node.exc).removesuffix("()").rpartition(".")[2] != "SkipTest":
                self._note([Assertion(node.lineno, "fail", "")], here)
            elif not isinstance(node.exc, ast.Call):
                conditional = here.conditional or self._has_left
                self.body.skips.append(Skip(node.lineno, "skip", conditional, ""))
        self._expression(node, here)
        self._has_left = self._has_left or (here.conditional and not here.dead)
        frame.here = here._replace(dead=True)

    def _with(self, node: ast.With | ast.AsyncWith, here: _Here) -> _Here:
        inner = here
        for item in node.items:
            call = item.context_expr
            self._expression(call, here, self._quoter.block(node.body), node.end_lineno)
            if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == "suppress":
                names = {dotted(each).rpartition(".")[2] for each in call.args}
                inner = inner._replace(swallowed=inner.swallowed or bool(names & _CATCHING_ALL))
        return inner

    def _expression(
        self, node: Any, here: _Here, guarded: str = "", last_line: int | None = None
    ) -> None:
        waiting: list[Any] = [node]
        while waiting:
            node = waiting.pop()
            kind = type(node)
            if kind is ast.Name or kind is ast.Constant:
                continue
            if kind is ast.Attribute:
                waiting.append(node.value)
            elif kind is ast.Call:
                self._call(node, here, guarded, last_line)
                waiting += node.args
                waiting += [word.value for word in node.keywords]
                waiting.append(node.func)
            else:
                waiting += ast.iter_child_nodes(node)

    def _call(self, call: ast.Call, here: _Here, guarded: str, last_line: int | None) -> None:
        name = dotted(call.func)
        if not name:
            return
        self._note(assertions.of_call(call, name, guarded, self._quoter), here)
        if not here.dead and len(self.body.calls) < _MOST_CALLS:
            self.body.calls.append([name, call.lineno])
        skip = markers.of_call(call, name, here.conditional or self._has_left, self._quoter)
        if skip and not here.dead:
            self.body.skips.append(skip)
        self.body.patches.extend(_patches(call, name, last_line or self._node.end_lineno or 0))

    def _note(self, found: Iterable[Assertion], here: _Here) -> None:
        state = "dead" if here.dead else "swallowed" if here.swallowed else "live"
        self.body.assertions.extend(each._replace(state=state) for each in found)  # type: ignore[arg-type]


def patches_of(decorators: list[ast.expr], node: _Function) -> Iterator[Patch]:
    """What decorators replace for the whole function."""
    for decorator in decorators:
        if isinstance(decorator, ast.Call):
            yield from _patches(decorator, dotted(decorator.func), node.end_lineno or 0)


def _patches(call: ast.Call, function: str, last_line: int) -> Iterator[Patch]:
    if not function.endswith(("patch", "patch.object", "monkeypatch.setattr")) or not call.args:
        return
    if any(word.arg == "wraps" for word in call.keywords):
        return  # a spy calls what it replaces
    first = call.args[0]
    second = call.args[1] if len(call.args) > 1 else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        owner, _, attribute = first.value.rpartition(".")
        yield Patch(call.lineno, owner, attribute, last_line)
    elif isinstance(second, ast.Constant) and isinstance(second.value, str) and dotted(first):
        yield Patch(call.lineno, dotted(first), second.value, last_line)


def _under(here: _Here, value: bool | None) -> _Here:
    """Below a condition that is always *value*, or depends."""
    if value is True:
        return here
    return here._replace(dead=here.dead or value is False, conditional=True)


def _try(node: ast.Try | ast.TryStar, here: _Here) -> Iterator[tuple[list[ast.stmt], _Here]]:
    yield node.body, here._replace(swallowed=here.swallowed or _swallows(node))
    for handler in node.handlers:
        yield handler.body, here._replace(conditional=True)
    yield node.orelse, here
    yield node.finalbody, here


def _swallows(node: ast.Try | ast.TryStar) -> bool:
    """Whether a failed assertion in a `try` is of no consequence."""
    if any(isinstance(each, ast.Return) for each in node.finalbody):
        return True
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {dotted(each).rpartition(".")[2] if each else "Exception" for each in kinds}
        if names & _CATCHING_ALL:
            return not _insists(handler)
    return False


def _insists(handler: ast.ExceptHandler) -> bool:
    for node in ast.walk(handler):
        if isinstance(node, (ast.Raise, ast.Assert)):
            return True
        if isinstance(node, ast.Call):
            name = dotted(node.func).rpartition(".")[2]
            if name.startswith(("assert", "fail")):
                return True
    return False
