"""Where a Python file imports, calls and reads certain names.

Not among the facts about every file: `bot.outside.uses_worker` asks for it where a change took
something away from others.
"""

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# Errors by whose handlers code shows that it reckons with a name or an argument not being there.
_FORESEEN = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError"})
_CHECKS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "warns"})
_QUESTIONS = frozenset({"hasattr", "getattr", "setattr", "delattr", "patch"})


# By these it shows the same of a module, though not of a call.
_BROAD = frozenset({"Exception", "BaseException"})


class _Around(NamedTuple):
    """What encloses a node.

    *guarded*: it is reckoned with failing; *optional*: if it is an import. *owner*: the class that
    it, or the method it is in, stands in; *in_class*: it stands there by itself.
    """

    guarded: bool = False
    optional: bool = False
    in_class: bool = False
    owner: str = ""


def collect(tree: ast.Module, names: Sequence[str]) -> dict[str, Any]:
    """Imports, and calls and reads of *names*, also under the names they were imported as.

    "imports": [level, module, original name or None, local name, line, guarded]; "calls": [chain,
    line, positional, keywords, star, double star, guarded, class around it]; "reads": [chain, line, guarded], for
    attributes only; "bound": names to how often they are bound otherwise than by an import, where
    functions see them; "asked": texts given to `hasattr` and the like.

    *guarded*: the code reckons with this failing, or is never run.
    """
    reader = _Reader(frozenset(names))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            reader.note_aliases(node)
    reader.read(tree)
    return {
        "imports": reader.imports,
        "calls": reader.calls,
        "reads": reader.reads,
        "bound": reader.bound,
        "asked": sorted(reader.asked),
    }


class _Reader:
    def __init__(self, names: frozenset[str]) -> None:
        self._names, self._locals = names, set(names)
        self.imports: list[list[Any]] = []
        self.calls: list[list[Any]] = []
        self.reads: list[list[Any]] = []
        self.bound: dict[str, int] = {}
        self.asked: set[str] = set()

    def note_aliases(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.asname and alias.name.rpartition(".")[2] in self._names:
                self._locals.add(alias.asname)

    def read(self, tree: ast.Module) -> None:
        waiting: list[tuple[ast.AST, _Around]] = [(tree, _Around())]
        while waiting:
            node, around = waiting.pop()
            self._note(node, around)
            if isinstance(node, (ast.Try, ast.TryStar)):
                caught = _caught(node)
                inside = around._replace(
                    guarded=around.guarded or bool(caught & _FORESEEN),
                    optional=around.optional or bool(caught & _BROAD),
                )
                waiting += [(each, inside) for each in node.body]
                # What a handler does instead belongs to what was reckoned with.
                waiting += [(each, inside) for each in (*node.handlers, *node.orelse)]
                waiting += [(each, around) for each in node.finalbody]
                continue
            if isinstance(node, (ast.If, ast.With, ast.AsyncWith)) and _is_guard(node):
                around = around._replace(guarded=True)
            elif isinstance(node, ast.ClassDef):
                owner = f"{around.owner}.{node.name}" if around.in_class else node.name
                around = around._replace(in_class=True, owner=owner)
            elif isinstance(node, _FUNCTIONS):
                around = around._replace(in_class=False)
            waiting += [(child, around) for child in ast.iter_child_nodes(node)]

    def _note(self, node: ast.AST, around: _Around) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node, around)
        elif isinstance(node, ast.Call):
            self._call(node, around)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load) and node.attr in self._names:
                self.reads.append([chain(node), node.lineno, around.guarded])
            elif not isinstance(node.ctx, ast.Load):
                self.asked.add(node.attr)
        for name in _bindings(node):
            if not around.in_class:
                self.bound[name] = self.bound.get(name, 0) + 1

    def _import(self, node: ast.Import | ast.ImportFrom, around: _Around) -> None:
        level, module = (
            (node.level, node.module or "") if isinstance(node, ast.ImportFrom) else (0, "")
        )
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                row = [level, module, alias.name, alias.asname or alias.name]
            else:
                row = [0, alias.name, None, alias.asname or alias.name.partition(".")[0]]
            self.imports.append([*row, alias.lineno, around.guarded or around.optional])

    def _call(self, node: ast.Call, around: _Around) -> None:
        path = chain(node.func)
        last = path.rpartition(".")[2]
        if last in _QUESTIONS:
            self.asked |= {
                each.value.rpartition(".")[2]
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
        # In a class body a name may be the class's own.
        if last not in self._locals or around.in_class:
            return
        stars = [isinstance(each, ast.Starred) for each in node.args]
        keywords = [each.arg for each in node.keywords]
        self.calls.append(
            [
                path,
                node.lineno,
                stars.count(False),
                [name for name in keywords if name is not None],
                any(stars),
                None in keywords,
                around.guarded,
                around.owner,
            ]
        )


def chain(node: ast.expr) -> str:
    """`a.b.c` as it is written; with an empty first part where it begins with something else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def _bindings(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    return list(node.names) if isinstance(node, ast.Global) else []


def _caught(node: ast.Try | ast.TryStar) -> set[str]:
    """The errors that a `try` handles, by their last names; a bare `except` handles imports too."""
    caught = set()
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        caught |= {
            "Exception" if kind is None else chain(kind).rpartition(".")[2] for kind in kinds
        }
    return caught


def _is_guard(node: ast.If | ast.With | ast.AsyncWith) -> bool:
    """`if TYPE_CHECKING`, `if sys.version_info ...`, `with pytest.raises(...)` and the like."""
    if isinstance(node, ast.If):
        return any(
            isinstance(each, (ast.Name, ast.Attribute))
            and chain(each).rpartition(".")[2] in ("TYPE_CHECKING", "version_info", "platform")
            for each in ast.walk(node.test)
        )
    return any(
        isinstance(item.context_expr, ast.Call)
        and chain(item.context_expr.func).rpartition(".")[2] in _CHECKS
        for item in node.items
    )
