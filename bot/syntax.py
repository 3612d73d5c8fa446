"""Whether two texts are the same program, whatever their layout and comments."""

import ast
import warnings
from typing import Any


def equal(one: bytes, other: bytes) -> bool:
    """Whether both parse to the same syntax tree. False where either does not parse."""
    try:
        with warnings.catch_warnings():
            # An odd escape under review is no news for the reviewer's terminal.
            warnings.simplefilter("ignore")
            return _same(ast.parse(one), ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


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
