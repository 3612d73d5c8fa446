"""What takes a test out of a run: skips, expected failures, and cases of a parametrised test.

Pure. Marks are found by name, also through a name that the module gave them.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.facts.assertions import truth
from bot.facts.quoting import Quoter, digest, dotted

Aliases = Mapping[str, ast.expr]

_MARKS = {
    "skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "expectedFailureIf",
}  # fmt: skip
_OWNERS_OF_SKIP = ("", "mark", "unittest")
_MOST_CASES = 1_000


class Skip(NamedTuple):
    """One marker or call that keeps a test from counting. *reason* is "" where none is given.

    *kind* is `skip`, `xfail` or, for a decorator such as `needs_docker`, `needs`.
    """

    line: int
    kind: str
    conditional: bool
    reason: str


class Cases(NamedTuple):
    """One parametrisation: what varies, and the hashes of its cases; None where not written out."""

    line: int
    names: str
    cases: list[str] | None


def skips(decorators: list[ast.expr], aliases: Aliases, quoter: Quoter) -> Iterator[Skip]:
    """The skips among decorators, those of single cases of a parametrised test too."""
    for decorator in decorators:
        found = _skip(decorator, aliases, quoter)
        if found:
            yield found
        elif isinstance(decorator, ast.Call):
            for case in _case_nodes(decorator, aliases) or []:
                for word in case.keywords if isinstance(case, ast.Call) else []:
                    if word.arg == "marks":
                        yield from of_marks(word.value, aliases, quoter)


def of_marks(value: ast.expr, aliases: Aliases, quoter: Quoter) -> Iterator[Skip]:
    """The skips in `pytestmark = ...` or `marks=...`: one mark or several."""
    marks = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    for mark in marks:
        found = _skip(mark, aliases, quoter)
        if found:
            yield found


def _skip(node: ast.expr, aliases: Aliases, quoter: Quoter) -> Skip | None:
    line = node.lineno
    if isinstance(node, ast.Name) and node.id in aliases:
        node = aliases[node.id]
    call = node if isinstance(node, ast.Call) else None
    if call and isinstance(call.func, ast.Name) and call.func.id in aliases:
        return None  # a factory of marks: what it does depends on what it is given
    owner, _, kind = dotted(call.func if call else node).rpartition(".")
    if kind.startswith(("needs_", "requires_", "require_")):
        return Skip(line, "needs", True, kind)
    if kind not in _MARKS or (kind == "skip" and owner.rpartition(".")[2] not in _OWNERS_OF_SKIP):
        return None
    args = list(call.args) if call else []
    words = {word.arg: word.value for word in call.keywords} if call else {}
    conditional = False
    if kind not in ("skip", "expectedFailure"):
        condition = words.get("condition") or (args.pop(0) if args else None)
        if condition is not None:
            known = _settled(condition)
            conditional = known is None
            if known is (kind == "skipUnless"):
                return None
    given = words.get("reason") or words.get("msg") or (args[0] if args else None)
    reason = _reason(given, line, quoter)
    return Skip(
        line, "xfail" if kind in ("xfail", "expectedFailure") else "skip", conditional, reason
    )


def of_call(call: ast.Call, function: str, conditional: bool, quoter: Quoter) -> Skip | None:
    """The skip that a call such as `pytest.skip("...")` in the body of a test is."""
    owner, _, name = function.rpartition(".")
    is_skip = (name in ("skip", "xfail") and owner in ("pytest", "")) or name in (
        "skipTest",
        "SkipTest",
    )
    if not is_skip:
        return None
    words = {word.arg: word.value for word in call.keywords}
    given = words.get("reason") or words.get("msg") or (call.args[0] if call.args else None)
    kind = "xfail" if name == "xfail" else "skip"
    return Skip(call.lineno, kind, conditional, _reason(given, call.lineno, quoter))


def _settled(condition: ast.expr) -> bool | None:
    # pytest evaluates a text.
    if isinstance(condition, ast.Constant) and isinstance(condition.value, str):
        return {"True": True, "1": True, "False": False, "0": False}.get(condition.value)
    return truth(condition)


def _reason(given: ast.expr | None, line: int, quoter: Quoter) -> str:
    if given is not None and not isinstance(given, ast.Constant):
        return quoter.text(given)
    text = given.value if isinstance(given, ast.Constant) else ""
    text = text.strip() if isinstance(text, str) else ""
    return text or ("(in a comment)" if quoter.has_comment(line) else "")


def parametrisations(
    decorators: list[ast.expr], aliases: Aliases, quoter: Quoter
) -> Iterator[Cases]:
    """Which cases a test is run with."""
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and _is_parametrisation(decorator):
            nodes = _case_nodes(decorator, aliases)
            names = quoter.text(decorator.args[0]) if len(decorator.args) > 1 else ""
            cases = None if nodes is None else [digest(_case_text(node, quoter)) for node in nodes]
            yield Cases(decorator.lineno, names, cases)


def _is_parametrisation(call: ast.Call) -> bool:
    return dotted(call.func).endswith(("mark.parametrize", "parameterized.expand", "ddt.data"))


def _case_nodes(call: ast.Call, aliases: Aliases) -> list[ast.expr] | None:
    if not _is_parametrisation(call):
        return None
    if dotted(call.func).endswith("ddt.data"):
        return call.args
    position = 1 if dotted(call.func).endswith("parametrize") else 0
    words = [word.value for word in call.keywords if word.arg == "argvalues"]
    values: ast.expr | None = None
    if len(call.args) > position:
        values = call.args[position]
    elif words:
        values = words[0]
    if isinstance(values, ast.Name):
        values = aliases.get(values.id)
    if not isinstance(values, (ast.List, ast.Tuple, ast.Set)) or len(values.elts) > _MOST_CASES:
        return None
    starred = any(isinstance(each, ast.Starred) for each in values.elts)
    return None if starred else values.elts


def _case_text(node: ast.expr, quoter: Quoter) -> str:
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "param":
        return ",".join(quoter.text(arg) for arg in node.args)
    if isinstance(node, (ast.Tuple, ast.List)):
        return ",".join(quoter.text(item) for item in node.elts)
    return quoter.text(node)
