"""Which names one Python file binds in which scope, and to what.

A binding is a kind, an expression and a number: `value` is bound as it stands, `each` in turn to
what it holds, `element` to its element of that number, `def` to a function. `unknown` is the rest.
"""

import ast
from typing import Any, NamedTuple

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)


class Binding(NamedTuple):
    """What a name is bound to in one place."""

    kind: str
    node: Any = None
    place: int = 0


_UNKNOWN = Binding("unknown")


class Scope:
    """A module, class, function, lambda or comprehension, and what is bound and returned in it."""

    def __init__(self, node: ast.AST, around: "Scope | None") -> None:
        self.node, self.around = node, around
        self.bindings: dict[str, list[Binding]] = {}
        self.returns: list[ast.expr | None] = []

    def bind(self, name: str | None, binding: Binding) -> None:
        if name is not None:
            self.bindings.setdefault(name, []).append(binding)

    def enclosing_class(self) -> "Scope | None":
        """The class whose method this is, or is in."""
        scope: Scope | None = self
        while scope is not None and not isinstance(scope.node, ast.ClassDef):
            scope = scope.around
        return scope


class Scopes:
    """All scopes of a file, the parent of each node, and where each name is read."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree, None)
        self.of: dict[ast.AST, Scope] = {tree: self.module}
        self.parents: dict[ast.AST, ast.AST] = {}
        # Bound from another scope than the one they are in: nothing is said of them.
        self.loose: set[str] = set()
        self.stored_attributes: set[str] = set()
        self._read: dict[str, list[ast.Name]] = {}
        self._uses: dict[str, dict[Scope | None, list[ast.Name]]] = {}
        waiting: list[tuple[ast.AST, Scope]] = [(tree, self.module)]
        while waiting:
            node, scope = waiting.pop()
            for child, inner in self._enter(node, scope):
                self.parents[child], self.of[child] = node, inner
                waiting.append((child, inner))

    def resolve(self, scope: Scope, name: str) -> Scope | None:
        """The scope that a name read in *scope* belongs to; None where this file binds it nowhere."""
        at: Scope | None = scope
        while at is not None:
            if name in at.bindings and (at is scope or not isinstance(at.node, ast.ClassDef)):
                return at
            at = at.around
        return None

    def uses(self, scope: Scope, name: str) -> list[ast.Name]:
        """Wherever the *name* of this scope is read."""
        if name not in self._uses:
            found = self._uses[name] = {}
            for node in self._read.get(name, ()):
                found.setdefault(self.resolve(self.of[node], name), []).append(node)
        return self._uses[name].get(scope, [])

    def _enter(self, node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        """The children of a node, each with its scope."""
        self._bind(node, scope)
        if not isinstance(node, _SCOPES):
            return [(child, scope) for child in ast.iter_child_nodes(node)]
        own = Scope(node, scope)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            # Decorators, defaults and bases belong to what is around.
            inside: list[ast.AST] = list(node.body)
        else:
            inside = list(ast.iter_child_nodes(node))
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    own.bind(argument.arg, _UNKNOWN)
        if isinstance(node, _COMPREHENSIONS):
            for each in node.generators:
                _bind_target(own, each.target, Binding("each", each.iter))
        known = set(map(id, inside))
        outside = [child for child in ast.iter_child_nodes(node) if id(child) not in known]
        return [(child, own) for child in inside] + [(child, scope) for child in outside]

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._read.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Attribute):
            if not isinstance(node.ctx, ast.Load):
                self.stored_attributes.add(node.attr)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.loose.update(node.names)
        elif isinstance(node, ast.NamedExpr):
            self.loose.add(node.target.id)
        elif isinstance(node, ast.Return):
            scope.returns.append(node.value)
        elif isinstance(node, ast.stmt):
            _bind_statement(scope, node)
        else:
            _bind_part(scope, node)


def _bind_statement(scope: Scope, node: ast.stmt) -> None:
    if isinstance(node, FUNCTIONS):
        scope.bind(node.name, Binding("def", node))
    elif isinstance(node, ast.ClassDef):
        scope.bind(node.name, Binding("class", node))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            _bind_target(scope, target, Binding("value", node.value))
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        is_field = isinstance(scope.node, ast.ClassDef) and _may_have_fields(scope.node, node)
        _bind_target(scope, node.target, _UNKNOWN if is_field else Binding("value", node.value))
    elif isinstance(node, ast.AugAssign):
        added = Binding("value", node.value) if isinstance(node.op, ast.Add) else _UNKNOWN
        _bind_target(scope, node.target, added)
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        _bind_target(scope, node.target, Binding("each", node.iter))


def _bind_part(scope: Scope, node: ast.AST) -> None:
    """What parts of statements bind, to something unknown."""
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        _bind_target(scope, node.optional_vars, _UNKNOWN)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        scope.bind(node.name, _UNKNOWN)
    elif isinstance(node, ast.MatchMapping):
        scope.bind(node.rest, _UNKNOWN)
    elif isinstance(node, ast.alias):
        scope.bind((node.asname or node.name).partition(".")[0], _UNKNOWN)


def _may_have_fields(owner: ast.ClassDef, node: ast.AnnAssign) -> bool:
    """Whether this may be the default of a field, as in a dataclass, and no constant."""
    parts = ast.walk(node.annotation)
    is_constant = any("ClassVar" in (getattr(x, "id", ""), getattr(x, "attr", "")) for x in parts)
    return not is_constant and bool(owner.decorator_list or owner.bases)


def _bind_target(scope: Scope, target: ast.expr, binding: Binding) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, binding)
    elif isinstance(target, (ast.Tuple, ast.List)):
        starred = any(isinstance(each, ast.Starred) for each in target.elts)
        for index, each in enumerate(target.elts):
            known = binding.kind == "value" and isinstance(each, ast.Name) and not starred
            part = Binding("element", binding.node, index) if known else _UNKNOWN
            _bind_target(scope, each, part)
    elif isinstance(target, ast.Starred):
        _bind_target(scope, target.value, _UNKNOWN)
