"""Where a text beside a name like `token` is no secret: Bandit's B105 to B107 go by the name alone.

No secret are the empty text and what stands for yes, no or nothing, what `pass_...` hands on, and a
label that says its own name.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeGuard

# As Bandit looks for names (bandit/plugins/general_hardcoded_password.py).
_WORDS = "(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)"
_NAMES = re.compile(f"(^{_WORDS}$|_{_WORDS}_|^{_WORDS}_|_{_WORDS}$)", re.IGNORECASE)
_HINT = re.compile(_WORDS, re.IGNORECASE)
# `pass_context` hands something on; `pass_word` and `pass_token` do not.
_VERB = re.compile(
    r"pass_(?!w|phrase|code|key|.*(?:pas+wo?r?d|phrase|pwd|token|secret))", re.IGNORECASE
)
_EMPTY = {"", "none", "null", "true", "false"}
_LABELS = re.compile(r"(Enum|Flag|Choices)$")


# What Bandit looks at, and classes, which have labels.
KINDS = (
    ast.Assign, ast.Dict, ast.Compare, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
)  # fmt: skip


class _Named(NamedTuple):
    name: str
    value: Any
    is_label: bool = False

    @property
    def is_suspect(self) -> bool:
        return _NAMES.search(self.name) is not None

    @property
    def is_harmless(self) -> bool:
        says_itself = self.is_label and _letters(self.name) == _letters(str(self.value))
        is_empty = str(self.value).lower() in _EMPTY
        return is_empty or says_itself or _VERB.match(self.name) is not None


class _Place(NamedTuple):
    """Names and values of which Bandit tells one, with the lines where it may."""

    code: str
    lines: tuple[int, ...]
    named: list[_Named]


def harmless_lines(nodes: Sequence[ast.AST], text: str) -> dict[str, list[int]]:
    """By Bandit's code, the lines where all that it can mean is harmless. *nodes* are a file's."""
    if not _HINT.search(text):
        return {}
    harmless: dict[str, set[int]] = {}
    harmful: dict[str, set[int]] = {}
    labels = {label for node in nodes if isinstance(node, ast.ClassDef) for label in _labels(node)}
    for node in nodes:
        for place in _places(node, labels):
            suspects = [each for each in place.named if each.is_suspect]
            if suspects:
                safe = all(each.is_harmless for each in suspects)
                (harmless if safe else harmful).setdefault(place.code, set()).update(place.lines)
    found = {code: sorted(lines - harmful.get(code, set())) for code, lines in harmless.items()}
    return {code: lines for code, lines in found.items() if lines}


def _places(node: ast.AST, labels: set[ast.Assign]) -> Iterator[_Place]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        yield from _assigned(node, node.value, node in labels)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if _is_text(key) and isinstance(value, ast.Constant) and _NAMES.search(str(key.value)):
                yield _Place("B105", (key.lineno,), [_Named(str(key.value), value.value)])
    elif isinstance(node, ast.Compare):
        value = node.comparators[0]
        if _is_text(value):
            lines = tuple(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            yield _Place("B105", lines, [_Named(_name(node.left), value.value)])
    elif isinstance(node, ast.Call):
        given = [
            (each.value.lineno, _Named(each.arg, each.value.value))
            for each in node.keywords
            if each.arg and _NAMES.search(each.arg) and _is_text(each.value)
        ]
        if given:
            # It tells the first.
            yield _Place("B106", tuple(line for line, _ in given), [named for _, named in given])
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield _Place("B107", (node.lineno,), list(_defaults(node.args)))


def _labels(node: ast.ClassDef) -> Iterator[ast.Assign]:
    """The texts of a class that may be names for themselves."""
    is_enum = any(_LABELS.search(_name(base)) for base in node.bases)
    for child in node.body:
        if isinstance(child, ast.Assign):
            names = map(_name, child.targets)
            # One word outside of an enum may be a value like any other.
            if is_enum or all(name.isupper() and "_" in name.strip("_") for name in names):
                yield child


def _assigned(node: ast.Assign, value: ast.Constant, is_label: bool) -> Iterator[_Place]:
    for target in node.targets:
        line, name = value.lineno, _name(target)
        if isinstance(target, ast.Subscript) and _is_text(target.slice):
            line, name = target.slice.lineno, str(target.slice.value)
        yield _Place("B105", (line,), [_Named(name, value.value, is_label)])


def _defaults(arguments: ast.arguments) -> Iterator[_Named]:
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, value in pairs:
        if isinstance(value, ast.Constant):
            yield _Named(argument.arg, value.value)


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _is_text(node: Any) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _letters(text: str) -> str:
    return re.sub(r"[-_ ]", "", text).casefold()
