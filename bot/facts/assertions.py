"""What a test asserts, in one form whether it is written for pytest, unittest, numpy or mock.

Pure. An assertion that stands where it is never reached, or whose failure is swallowed, is told
apart by its state.
"""

import ast
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from bot.facts.quoting import Quoter, dotted

State = Literal["live", "dead", "swallowed"]


class Assertion(NamedTuple):
    """One thing a test insists on.

    *kind* is how (`eq`, `in`, `true`, `raises`, ...), *left* and *right* are what about; for
    `raises` they are the guarded code and the exceptions, joined by `|`. *limits* are tolerances,
    and the `match` of an exception.
    """

    line: int
    kind: str
    left: str
    right: str = ""
    limits: dict[str, Any] = {}  # noqa: RUF012 - never changed; JSON gives it back as a dict
    state: State = "live"

    @property
    def identity(self) -> str:
        limits = ",".join(f"{name}={value}" for name, value in sorted(self.limits.items()))
        return f"{self.kind}|{self.left}|{self.right}|{limits}"


_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Is: "is", ast.IsNot: "isnot", ast.In: "in",
    ast.NotIn: "notin", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
# Methods of `unittest.TestCase` that compare their first two arguments.
_METHODS = {
    "assertEqual": "eq", "assertEquals": "eq", "assertDictEqual": "eq", "assertListEqual": "eq",
    "assertTupleEqual": "eq", "assertSetEqual": "eq", "assertSequenceEqual": "eq",
    "assertMultiLineEqual": "eq", "assertCountEqual": "same-items", "assertItemsEqual": "same-items",
    "assertNotEqual": "ne", "assertNotEquals": "ne", "assertIs": "is", "assertIsNot": "isnot",
    "assertIn": "in", "assertNotIn": "notin", "assertLess": "lt", "assertLessEqual": "le",
    "assertGreater": "gt", "assertGreaterEqual": "ge", "assertRegex": "matches",
    "assertRegexpMatches": "matches", "assertIsInstance": "isinstance",
    "assertAlmostEqual": "close", "assertAlmostEquals": "close",
}  # fmt: skip
_RAISING = {
    "raises", "warns", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertWarns",
    "assertWarnsRegex", "assertRaisesMessage",
}  # fmt: skip
_CLOSE = {"isclose", "allclose", "assert_allclose", "assert_almost_equal", "assert_array_almost_equal",
          "assert_approx_equal"}  # fmt: skip
# Keyword, or position, of what lets numbers differ.
_TOLERANCES = {
    "rel",
    "abs",
    "rtol",
    "atol",
    "rel_tol",
    "abs_tol",
    "delta",
    "places",
    "decimal",
    "significant",
}
_MOST_OPERANDS = 50


def of_assert(
    node: ast.expr, line: int, quoter: Quoter, *, negated: bool = False
) -> Iterator[Assertion]:
    """What `assert node` insists on; each operand of `and` counts, and each pair of a chain."""
    waiting = [(node, negated)]
    found = 0
    while waiting and found < _MOST_OPERANDS:
        operand, negated = waiting.pop()
        if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.Not):
            waiting.append((operand.operand, not negated))
        elif isinstance(operand, ast.BoolOp) and isinstance(operand.op, ast.And) and not negated:
            waiting += [(value, False) for value in reversed(operand.values)]
        elif isinstance(operand, ast.Compare) and len(operand.ops) > 1 and not negated:
            waiting += [(pair, False) for pair in reversed(_pairs(operand))]
        else:
            found += 1
            yield _single(operand, line, quoter, negated)


def _pairs(chain: ast.Compare) -> list[ast.expr]:
    """`a == b` and `b == c` of `a == b == c`."""
    sides = [chain.left, *chain.comparators[:_MOST_OPERANDS]]
    return [
        ast.copy_location(ast.Compare(left, [sign], [right]), chain)
        for left, sign, right in zip(sides, chain.ops, sides[1:], strict=False)
    ]


def _single(node: ast.expr, line: int, quoter: Quoter, negated: bool) -> Assertion:
    text = quoter.text(node)
    if truth(node) is negated:
        return Assertion(line, "fail", text)  # `assert False` where nothing should arrive
    if is_constant(node):
        return Assertion(line, "constant", text)
    if isinstance(node, ast.BoolOp):
        vain = isinstance(node.op, ast.Or) and any(truth(value) is True for value in node.values)
        return Assertion(line, "constant" if vain else "or", text)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        kind = _OPERATORS[type(node.ops[0])]
        left, right = quoter.text(node.left), quoter.text(node.comparators[0])
        if kind == "ge" and left.startswith("len(") and right == "0":
            kind = "constant"
        if negated:
            kind = f"not-{kind}"
        limits = {**_limits(node.left, quoter), **_limits(node.comparators[0], quoter)}
        return Assertion(line, kind, left, right, limits)
    if isinstance(node, ast.Call):
        name = dotted(node.func).rpartition(".")[2]
        first = quoter.text(node.args[0]) if node.args else ""
        second = quoter.text(node.args[1]) if len(node.args) > 1 else ""
        if name in _CLOSE and not negated:
            return Assertion(line, "close", first, second, _limits(node, quoter))
        if name == "isinstance" and not negated:
            return Assertion(line, "isinstance", first, second)
    return Assertion(line, "not" if negated else "true", text)


def of_call(call: ast.Call, function: str, guarded: str, quoter: Quoter) -> Iterator[Assertion]:
    """What a call of *function* insists on, if it does. *guarded* is the body of a `with` whose
    manager it is, or "".
    """
    owner, _, name = function.rpartition(".")
    if not name.startswith("assert") and name != "fail" and name not in _RAISING:
        return
    line, args = call.lineno, call.args
    texts = [quoter.text(arg) for arg in args[:2]] + ["", ""]
    if name in _RAISING and (args or call.keywords):
        yield _raises(call, name, guarded, quoter)
    elif name in ("assertTrue", "assert_", "assertFalse") and args:
        yield from of_assert(args[0], line, quoter, negated=name == "assertFalse")
    elif name in ("assertIsNone", "assertIsNotNone") and args:
        yield Assertion(line, "is" if name == "assertIsNone" else "isnot", texts[0], "None")
    elif name in _METHODS and len(args) > 1:
        kind = "constant" if is_constant(args[0]) and is_constant(args[1]) else _METHODS[name]
        limits = {name: limit for arg in args[:2] for name, limit in _limits(arg, quoter).items()}
        if kind == "close":
            limits = {"places": "7", **_limits(call, quoter)}
            if len(args) > 2:
                limits["places"] = quoter.text(args[2])
            if "delta" in limits:
                del limits["places"]
        yield Assertion(line, kind, texts[0], texts[1], limits)
    elif name in _CLOSE and name.startswith("assert"):
        yield Assertion(line, "close", texts[0], texts[1], _limits(call, quoter))
    elif name == "fail" and owner in ("self", "pytest"):
        yield Assertion(line, "fail", "")
    elif name.startswith("assert"):
        # `assert_called_once_with`, `assert_frame_equal`, a helper of the project.
        subject = owner if owner not in ("self", "cls") else ""
        yield Assertion(line, name, subject, quoter.text(call))


def _raises(call: ast.Call, name: str, guarded: str, quoter: Quoter) -> Assertion:
    expected = call.args[0] if call.args else call.keywords[0].value
    names = expected.elts if isinstance(expected, ast.Tuple) else [expected]
    exceptions = "|".join(sorted(quoter.text(each).rpartition(".")[2] for each in names))
    limits = {word.arg: quoter.text(word.value) for word in call.keywords if word.arg == "match"}
    rest = call.args[1:]
    if name.endswith(("Regex", "Regexp", "Message")) and rest:
        limits["match"] = quoter.text(rest[0])
        rest = rest[1:]
    code = guarded or ",".join(quoter.text(arg) for arg in rest)
    kind = "warns" if "arn" in name else "raises"
    return Assertion(call.lineno, kind, code, exceptions, limits)


def _limits(node: ast.expr, quoter: Quoter) -> dict[str, str]:
    """The tolerances that a call such as `approx(x, rel=0.1)` gives."""
    if not isinstance(node, ast.Call):
        return {}
    found = {word.arg: quoter.text(word.value) for word in node.keywords if word.arg in _TOLERANCES}
    if dotted(node.func).rpartition(".")[2] == "approx":
        positional = zip(("rel", "abs"), node.args[1:], strict=False)
        found |= {name: quoter.text(arg) for name, arg in positional}
        found["approx"] = ""
    return {str(name): text for name, text in found.items()}


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is the same whatever the code under test does."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.Compare):
        return all(isinstance(each, ast.Constant) for each in [node.left, *node.comparators])
    # `assert (x, "message")` is always true.
    return isinstance(node, ast.Tuple) and bool(node.elts)


def truth(node: ast.expr) -> bool | None:
    """What a condition always is; None where that depends."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        if isinstance(node.operand, ast.UnaryOp):
            return None
        inner = truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
        items = node.keys if isinstance(node, ast.Dict) else node.elts
        return None if items else False
    if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
        return False
    if isinstance(node, ast.Compare) and is_constant(node) and isinstance(node.ops[0], ast.Eq):
        sides = [
            each.value
            for each in (node.left, node.comparators[0])
            if isinstance(each, ast.Constant)
        ]
        return len(node.ops) == 1 and len(sides) == 2 and sides[0] == sides[1]
    return None
