"""Which of two assertions about the same thing insists on more."""

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.checkers.tests.telling import short
from bot.facts.assertions import Assertion

# Of which type something is; less says hardly more than that it is there.
TYPE = 1.5
_STRENGTH: dict[str, float] = {
    "eq": 4, "is": 4, "same-items": 4, "raises": 4, "warns": 4, "close": 3, "fail": 3,
    "in": 2.5, "notin": 2.5, "ne": 2.5, "lt": 2.5, "le": 2.5, "gt": 2.5, "ge": 2.5, "matches": 2.5,
    "isinstance": TYPE,
    "or": 1, "true": 1, "not": 1, "isnot": 1, "constant": 0,
    "assert_called_once_with": 4, "assert_awaited_once_with": 4, "assert_called_with": 3,
    "assert_awaited_with": 3, "assert_has_calls": 3, "assert_any_call": 2, "assert_called_once": 2,
    "assert_awaited_once": 2, "assert_called": 1, "assert_awaited": 1,
}  # fmt: skip
_SIGNS = {
    "eq": "==", "is": "is", "ne": "!=", "isnot": "is not", "in": "in", "notin": "not in", "lt": "<",
    "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_UNKNOWN = 3
# That something is there, or true: one is as good as the other.
_WEAK = 2
# Who knows the whole value knows what is in it.
_PARTS, _WHOLES = ("in", "notin"), ("eq", "is")
# What says the same as being true or false.
_TRUTHS = {"True", "False", "None", "[]", "{}", '""', "()", "0", "set()"}
_LITERAL = re.compile(r"""[bfru]{0,2}"|[-\d\[({]|(True|False|None)$""")
_CALLEE = re.compile(r"([A-Za-z_][\w.]*)\(")
_MATCHES_ALL = {"", '""', '".*"', 'r".*"', '".+"', 'r".+"'}
# What is allowed where nothing is said.
_DEFAULTS = {"rel": 1e-6, "abs": 1e-12, "rtol": 1e-5, "atol": 1e-8, "rel_tol": 1e-9, "abs_tol": 0.0}
_LOWER_IS_LOOSER = ("places", "decimal", "significant")
_PARENTS = {
    "ZeroDivisionError": "ArithmeticError", "OverflowError": "ArithmeticError",
    "KeyError": "LookupError", "IndexError": "LookupError", "FileNotFoundError": "OSError",
    "FileExistsError": "OSError", "PermissionError": "OSError", "TimeoutError": "OSError",
    "ConnectionError": "OSError", "IsADirectoryError": "OSError", "NotADirectoryError": "OSError",
    "NotImplementedError": "RuntimeError", "RecursionError": "RuntimeError",
    "UnicodeError": "ValueError", "UnicodeDecodeError": "ValueError",
    "UnicodeEncodeError": "ValueError", "ModuleNotFoundError": "ImportError",
    "DeprecationWarning": "Warning", "UserWarning": "Warning", "FutureWarning": "Warning",
    "RuntimeWarning": "Warning", "ResourceWarning": "Warning",
}  # fmt: skip


def of(assertion: Assertion) -> float:
    """How much it insists on: 4 for one value, 1 for hardly more than being there."""
    if assertion.kind == "isnot" and assertion.right != "None":
        return 2
    if assertion.kind in ("true", "not") and "(" in assertion.left:
        return 2  # what is called may look closely
    return _STRENGTH.get(assertion.kind.removeprefix("not-"), _UNKNOWN)


def shown(assertion: Assertion) -> str:
    """The assertion as code, spaces missing."""
    sign = _SIGNS.get(assertion.kind)
    if sign:
        return f"{assertion.left} {sign} {assertion.right}"
    if assertion.kind in ("raises", "warns"):
        return f"{assertion.kind} {assertion.right.replace('|', ', ')}"
    if assertion.kind == "not":
        return f"not {assertion.left}"
    return (
        assertion.right
        if assertion.kind.startswith("assert")
        else f"{assertion.kind} {assertion.left}".removeprefix("true ")
    )


def weight(assertion: Assertion) -> int:
    """How many plain assertions it stands for: an exception has a type and a message."""
    if assertion.kind in ("raises", "warns"):
        return 3 if "match" in assertion.limits else 2
    return 1 if of(assertion) >= TYPE else 0


def merged(old: Assertion, added: Sequence[Assertion]) -> bool:
    """Whether an added assertion says as much about the same thing in the same way."""
    return any(
        (old.kind == new.kind or (old.kind in _PARTS and new.kind in _WHOLES))
        and _subjects(old) & _subjects(new)
        for new in added
    )


def compared(
    removed: Sequence[Assertion], added: Sequence[Assertion]
) -> tuple[list[Assertion], list[Assertion], list[tuple[int, str]]]:
    """Removed and added ones that answer to nothing, and lines and ways in which others got weaker."""
    left, rest, ways = [], list(added), []
    alone = {
        kind for kind in ("raises", "warns") if _count(removed, kind) == _count(added, kind) == 1
    }
    splits = _statements(added) > _statements(removed)
    for old in removed:
        new = next((each for each in rest if _same_subject(old, each, alone)), None)
        if new is None:
            left.append(old)
            continue
        rest.remove(new)
        if "match" in new.limits and "match" not in old.limits:
            rest.append(new)  # it looks at the message too, which an assertion did before
        way = _way(old, new, splits)
        if way:
            ways.append((new.line, way))
    for old, new in _called_otherwise(left, rest):
        way = _way(old, new, splits)
        if way:
            left.remove(old)
            rest.remove(new)
            ways.append((new.line, way))
    return left, rest, ways


def _called_otherwise(
    left: Sequence[Assertion], rest: Sequence[Assertion]
) -> list[tuple[Assertion, Assertion]]:
    """Assertions about the same call with other arguments, where there are as many as before."""
    before, after = _by_callee(left), _by_callee(rest)
    return [
        pair
        for callee, olds in before.items()
        if len(olds) == len(news := after.get(callee, []))
        for pair in zip(olds, news, strict=True)
    ]


def _by_callee(these: Sequence[Assertion]) -> dict[str, list[Assertion]]:
    found: dict[str, list[Assertion]] = {}
    for each in these:
        match = _CALLEE.match(each.left)
        if match is not None and each.kind in _SIGNS:
            found.setdefault(match[1], []).append(each)
    return found


def _statements(these: Sequence[Assertion]) -> int:
    """How many they are, the pairs of `0 < x < 9` as one."""
    return len(these) - sum(
        one.line == other.line and one.right == other.left for one, other in pairwise(these)
    )


def _count(these: Sequence[Assertion], kind: str) -> int:
    return sum(each.kind == kind for each in these)


def _same_subject(old: Assertion, new: Assertion, alone: set[str]) -> bool:
    if old.kind in ("raises", "warns"):
        return old.kind == new.kind and (old.left == new.left or old.kind in alone)
    return bool(_subjects(old) & _subjects(new))


def _subjects(assertion: Assertion) -> set[str]:
    sides = (
        {assertion.left}
        if assertion.kind.startswith("assert_")
        else {assertion.left, assertion.right}
    )
    return {side for side in sides if side and not _LITERAL.match(side)}


def _way(old: Assertion, new: Assertion, splits: bool) -> str:
    if old.kind == "raises":
        return _broader(old, new)
    looser = _looser(old, new)
    if looser:
        return looser
    if splits or of(new) >= of(old) or max(of(new), of(old)) <= _WEAK:
        return ""
    if old.kind in ("eq", "is") and old.right in _TRUTHS and new.kind in ("true", "not"):
        return ""
    if new.limits and "approx" in new.limits:
        return ""
    return f"`{short(shown(old))}` became `{short(shown(new))}`"


def _broader(old: Assertion, new: Assertion) -> str:
    before, after = set(old.right.split("|")), set(new.right.split("|"))
    if before < after or any(
        _is_parent(wide, each) for wide in after - before for each in before - after
    ):
        return f"it expected `{old.right.replace('|', '`, `')}` and is content with `{new.right.replace('|', '`, `')}`"
    had, has = old.limits.get("match", ""), new.limits.get("match", "")
    if before == after and had not in _MATCHES_ALL and has in _MATCHES_ALL:
        return f"the message of `{old.right}` is not looked at any more"
    return ""


def _is_parent(wide: str, narrow: str) -> bool:
    if wide in ("Exception", "BaseException"):
        return narrow not in ("Exception", "BaseException") or (wide, narrow) == (
            "BaseException",
            "Exception",
        )
    return _PARENTS.get(narrow) == wide


def _looser(old: Assertion, new: Assertion) -> str:
    """In which way numbers may differ by more."""
    for name in sorted({*old.limits, *new.limits} - {"approx", "match"}):
        before = _number(old.limits.get(name)) if name in old.limits else _DEFAULTS.get(name)
        after = _number(new.limits.get(name)) if name in new.limits else _DEFAULTS.get(name)
        if before is None or after is None:
            continue
        if (after < before) if name in _LOWER_IS_LOOSER else (after > before):
            return f"`{name}` went from {before:g} to {after:g}"
    return ""


def _number(text: str | None) -> float | None:
    try:
        return float((text or "").replace("_", ""))
    except ValueError:
        return None
