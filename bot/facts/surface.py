"""What a function takes, raises and decides: what tells another behaviour from another wording.

Pure. Only statements are walked, with a stack of our own; what an expression decides is not told.
"""

import ast
from collections.abc import Iterator
from typing import Any

from bot.facts.quoting import Quoter, dotted

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_MOST = 60
# Conditions are looked for within other code; the beginning of a long one will do.
_LONGEST = 80
# By these code tells circumstances apart, not cases.
_CIRCUMSTANCES = ("TYPE_CHECKING", "version_info")
_BLOCKS = ("body", "orelse", "finalbody")


def read(node: _Function, quoter: Quoter) -> list[list[str]]:
    """`[parameters, errors raised, conditions]`; operands of `and` and `or` count one by one."""
    raised: list[str] = []
    conditions: list[str] = []
    waiting: list[ast.AST] = list(reversed(node.body))
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Raise):
            name = dotted(each.exc).rstrip("()").rpartition(".")[2] if each.exc else ""
            raised += [name] if name else []
        conditions += [quoter.text(asked)[:_LONGEST] for asked in _asked(each)]
        waiting += reversed(list(_within(each)))
    known = [text for text in conditions if not any(word in text for word in _CIRCUMSTANCES)]
    return [_parameters(node.args), raised[:_MOST], known[:_MOST]]


def is_overload(node: _Function) -> bool:
    """Whether it only says how another definition of its name is called."""
    return any(dotted(each).rpartition(".")[2] == "overload" for each in node.decorator_list)


def _parameters(args: ast.arguments) -> list[str]:
    every: list[Any] = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [each.arg for each in every if each is not None]


def _asked(node: ast.AST) -> Iterator[ast.expr | ast.pattern]:
    """What one statement decides by."""
    if isinstance(node, (ast.If, ast.While)):
        yield from _operands(node.test)
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield node.type
    elif isinstance(node, ast.match_case):
        yield node.pattern
        yield from _operands(node.guard) if node.guard is not None else ()


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    waiting = [test]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.BoolOp):
            waiting += reversed(each.values)
        elif isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.Not):
            waiting.append(each.operand)
        elif not isinstance(each, ast.Constant):
            yield each


def _within(node: ast.AST) -> Iterator[ast.AST]:
    for block in _BLOCKS:
        inner = getattr(node, block, None)
        if isinstance(inner, list):
            yield from inner
    yield from getattr(node, "handlers", ())
    yield from getattr(node, "cases", ())
