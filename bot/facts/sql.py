"""Where SQL is put together, but only from texts of the same file: Bandit's B608 is wrong there."""

import ast
from collections.abc import Iterator, Sequence

from bot.facts.literals import Literals

# As Bandit looks for SQL (bandit/plugins/injection_sql.py), but for what stands between its words.
_PAIRS = (("select", "from"), ("delete", "from"), ("insert", "values"), ("update", "set"))
_FILLING = {"format", "replace"}


# What puts texts together.
KINDS = (ast.JoinedStr, ast.BinOp, ast.Call)


def harmless_lines(tree: ast.Module, nodes: Sequence[ast.AST], text: str) -> list[int]:
    """The lines on which each expression that builds SQL comes to texts of this file alone.

    *nodes* are those of the tree, each before what it holds.
    """
    built = list(_built(nodes)) if _is_sql(text) else []
    if not built:
        return []
    literals = Literals(tree)
    harmless: set[int] = set()
    harmful: set[int] = set()
    for node in built:
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        is_safe = literals.is_text(node) and _stays_so(node, literals)
        (harmless if is_safe else harmful).update(lines)
    return sorted(harmless - harmful)


def _built(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """The outermost expressions that put a text together in which SQL occurs."""
    inner: set[ast.AST] = set()
    for node in nodes:
        if not isinstance(node, KINDS) or node in inner or not _puts_together(node):
            continue
        texts = []
        for each in ast.walk(node):
            inner.add(each)
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                texts.append(each.value)
        if _is_sql(" ".join(texts)):
            yield node


def _is_sql(text: str) -> bool:
    lower = text.lower()
    return any(one in lower and other in lower for one, other in _PAIRS)


def _puts_together(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in _FILLING
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod))
    )


def _stays_so(node: ast.AST, literals: Literals) -> bool:
    """Whether a variable that is set to the text holds nothing else, and nothing else is added."""
    scopes = literals.scopes
    parent = scopes.parents[node]
    if not isinstance(parent, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return True
    targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
    for target in targets:
        if isinstance(target, ast.Name):
            scope = scopes.resolve(scopes.of[target], target.id)
            if scope is None or not literals.is_text_name(scope, target.id):
                return False
            if not all(_is_left_alone(use, literals) for use in scopes.uses(scope, target.id)):
                return False
    return True


def _is_left_alone(node: ast.AST, literals: Literals) -> bool:
    """Whether what is put together around a use of the variable is from texts of this file too."""
    outermost, at = None, literals.scopes.parents[node]
    while isinstance(at, ast.expr):
        if _puts_together(at):
            outermost = at
        elif isinstance(at, ast.Call) and node is not at.func:
            break  # what is made of it there is not this text
        node, at = at, literals.scopes.parents[at]
    return outermost is None or literals.is_text(outermost)
