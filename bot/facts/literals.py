"""Which expressions of one Python file come to nothing but texts that stand in it.

What cannot be followed within the file counts as unknown: parameters, imports, attributes that are
set from outside of their class.
"""

import ast
from collections.abc import Iterable

from bot.facts.scopes import FUNCTIONS, Binding, Scope, Scopes

# What is nested or passed on further is taken as unknown.
_DEPTH = 60
_PLAIN_DECORATORS = {"staticmethod", "classmethod"}
_ADDING = {"append": 0, "insert": 1}
_READING = {"len", "bool"}


class Literals:
    """Answers for one file; each name is followed once."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes = Scopes(tree)
        self._known: dict[tuple[str, object, object], bool] = {}
        self._depth = 0

    def is_text(self, node: ast.AST | None) -> bool:
        """Whether an expression is put together from texts and numbers in this file only."""
        return self._judge("text", node)

    def is_list(self, node: ast.AST | None) -> bool:
        """Whether an expression holds such texts only, and nobody else can add to it."""
        return self._judge("list", node)

    def is_text_name(self, scope: Scope, name: str) -> bool:
        return self._name("text", scope, name)

    def _judge(self, what: str, node: ast.AST | None) -> bool:
        if self._depth >= _DEPTH or node is None:
            return False
        self._depth += 1
        try:
            return self._text(node) if what == "text" else self._list(node)
        finally:
            self._depth -= 1

    def _text(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.JoinedStr):
            return self._all(node.values)
        if isinstance(node, ast.FormattedValue):
            return self._all([node.value, node.format_spec or ast.Constant("")])
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Mult):
                return _is_repeated(node)
            return isinstance(node.op, (ast.Add, ast.Mod)) and self._all([node.left, node.right])
        if isinstance(node, ast.Tuple):
            # The values of `%`.
            return self._all(node.elts)
        if isinstance(node, ast.Call):
            return self._call(node)
        return self._either("text", node)

    def _list(self, node: ast.AST) -> bool:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return self._all(node.elts)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self.is_text(node.elt)
        if isinstance(node, ast.Starred):
            return self.is_list(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return _is_repeated(node) or self.is_list(node.left)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.is_list(node.left) and self.is_list(node.right)
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return self.is_text(node)
        return self._either("list", node)

    def _either(self, what: str, node: ast.AST) -> bool:
        """What texts and lists have in common: choices and names."""
        if isinstance(node, ast.IfExp):
            return self._judge(what, node.body) and self._judge(what, node.orelse)
        if isinstance(node, ast.BoolOp):
            return all(self._judge(what, each) for each in node.values)
        if isinstance(node, ast.Name):
            scope = self.scopes.resolve(self.scopes.of[node], node.id)
            return scope is not None and self._name(what, scope, node.id)
        if isinstance(node, ast.Attribute) and node.attr not in self.scopes.stored_attributes:
            owner = self._class(node.value)
            return owner is not None and self._name(what, owner, node.attr)
        return False

    def _all(self, nodes: Iterable[ast.AST]) -> bool:
        return all(
            self.is_list(each.value) if isinstance(each, ast.Starred) else self.is_text(each)
            for each in nodes
        )

    def _name(self, what: str, scope: Scope, name: str) -> bool:
        key = (what, scope, name)
        if key not in self._known:
            # A name that leads back to itself is not followed.
            self._known[key] = False
            bindings = scope.bindings.get(name, [])
            self._known[key] = (
                bool(bindings)
                and name not in self.scopes.loose
                and all(self._binding(what, each) for each in bindings)
                and (what == "text" or all(map(self._is_kept, self.scopes.uses(scope, name))))
            )
        return self._known[key]

    def _binding(self, what: str, binding: Binding) -> bool:
        if binding.kind == "value":
            return self._judge(what, binding.node)
        if binding.kind == "each":
            return what == "text" and self.is_list(binding.node)
        if binding.kind == "element":
            if isinstance(binding.node, (ast.Tuple, ast.List)):
                return self._judge(what, _element(binding.node, binding.place))
            return self._returned(what, binding.node, binding.place)
        return False

    def _call(self, node: ast.Call) -> bool:
        method = node.func if isinstance(node.func, ast.Attribute) else None
        given = [*node.args, *(each.value for each in node.keywords)]
        if method is not None and method.attr == "join" and len(given) == 1:
            return self.is_text(method.value) and self.is_list(given[0])
        if method is not None and method.attr in {"format", "replace"}:
            return self._all([method.value, *given])
        return self._returned("text", node, None)

    def _returned(self, what: str, node: ast.AST, index: int | None) -> bool:
        """Whether a function of this file returns such a thing, or has it as an element."""
        call = node.value if isinstance(node, ast.Await) else node
        function = self._function(call.func) if isinstance(call, ast.Call) else None
        if function is None:
            return False
        key = (f"{what} {index}", function.node, "")
        if key not in self._known:
            self._known[key] = False
            self._known[key] = bool(function.returns) and all(
                self._judge(what, each if index is None else _element(each, index))
                for each in function.returns
            )
        return self._known[key]

    def _function(self, called: ast.expr) -> Scope | None:
        if isinstance(called, ast.Name):
            name, scope = called.id, self.scopes.resolve(self.scopes.of[called], called.id)
        elif isinstance(called, ast.Attribute):
            name, scope = called.attr, self._class(called.value)
        else:
            return None
        bindings = scope.bindings.get(name, []) if scope is not None else []
        if len(bindings) != 1 or bindings[0].kind != "def":
            return None
        function = bindings[0].node
        plain = all(
            isinstance(each, ast.Name) and each.id in _PLAIN_DECORATORS
            for each in function.decorator_list
        )
        return self.scopes.of[function.body[0]] if plain else None

    def _class(self, owner: ast.expr) -> Scope | None:
        """The class that `self`, `cls` or its name stands for."""
        if not isinstance(owner, ast.Name):
            return None
        scope = self.scopes.of[owner]
        if owner.id in {"self", "cls"}:
            return scope.enclosing_class()
        around = self.scopes.resolve(scope, owner.id)
        bindings = around.bindings[owner.id] if around is not None else []
        if len(bindings) != 1 or bindings[0].kind != "class":
            return None
        return self.scopes.of[bindings[0].node.body[0]]

    def _is_kept(self, node: ast.Name) -> bool:
        """Whether a use of a list leaves it as it is, or adds a text of this file to it."""
        parents = self.scopes.parents
        parent = parents[node]
        if isinstance(parent, ast.Attribute):
            call = parents[parent]
            if not isinstance(call, ast.Call) or call.func is not parent or call.keywords:
                return False
            if parent.attr == "extend":
                return self._all([ast.Starred(each) for each in call.args])
            place = _ADDING.get(parent.attr, len(call.args))
            return place < len(call.args) and self.is_text(call.args[place])
        if isinstance(parent, ast.Call):
            called = parent.func
            joins = isinstance(called, ast.Attribute) and called.attr == "join"
            return joins or (isinstance(called, ast.Name) and called.id in _READING)
        if isinstance(parent, ast.Subscript):
            return isinstance(parent.ctx, ast.Load)
        if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
            return True
        return self._is_asked(node) or self._is_handed_over(node)

    def _is_asked(self, node: ast.AST) -> bool:
        """Whether only the truth of a list matters."""
        parent = self.scopes.parents[node]
        while isinstance(parent, (ast.BoolOp, ast.UnaryOp)):
            node, parent = parent, self.scopes.parents[parent]
        return isinstance(parent, (ast.If, ast.IfExp, ast.While)) and parent.test is node

    def _is_handed_over(self, node: ast.Name) -> bool:
        """Whether a function returns its own list: then whoever gets it has to be looked at."""
        parent = self.scopes.parents[node]
        if isinstance(parent, ast.Tuple):
            parent = self.scopes.parents[parent]
        owner = self.scopes.resolve(self.scopes.of[node], node.id)
        return isinstance(parent, ast.Return) and isinstance(
            getattr(owner, "node", None), FUNCTIONS
        )


def _element(node: ast.AST | None, index: int) -> ast.expr | None:
    elements = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
    if index >= len(elements) or any(isinstance(each, ast.Starred) for each in elements):
        return None
    return elements[index]


def _is_repeated(node: ast.BinOp) -> bool:
    """`"?" * n`: a text times anything is that text or an error."""
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str)
        for each in (node.left, node.right)
    )
