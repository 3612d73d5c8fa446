"""What one Python file offers to others: its names and the shapes of what it defines, by Griffe.

`main` is run as a program by `bot.outside.worker`. Nothing is imported or resolved beyond the file.
"""

import ast
import gc
import hashlib
import io
import logging
import tokenize
from contextlib import suppress
from pathlib import Path
from typing import Any

gc.disable()

import griffe

from bot.facts import bindings
from bot.outside import serving

_NO_EXTENSIONS = griffe.Extensions()
_KINDS = {
    griffe.ParameterKind.positional_only: "positional",
    griffe.ParameterKind.positional_or_keyword: "either",
    griffe.ParameterKind.var_positional: "args",
    griffe.ParameterKind.keyword_only: "keyword",
    griffe.ParameterKind.var_keyword: "kwargs",
}
# Longer texts are kept as a beginning and a digest: they are compared and shown, not run.
_LONGEST_TEXT = 200
_LONGEST_DOCSTRING = 20_000
# Of what the text of a definition shows, where Griffe knows of one and `bindings` does not.
_UNSEEN = {
    "count": 1, "deprecated": False, "names": [], "open": True,
    "async": False, "result": "value", "raised": [], "abstract": True,
}  # fmt: skip
_PARSERS = (
    ("Raises:", griffe.Parser.google),
    ("Raises\n", griffe.Parser.numpy),
    (":raise", griffe.Parser.sphinx),
)


def describe(data: bytes, path: str, options: None) -> dict[str, Any]:
    """The names a module binds (`bot.facts.bindings`) and, as "definitions", their shapes.

    A definition has its dotted name as key; its "kind" is function, class or attribute.
    """
    gc.collect(0)
    text = _text(data)
    tree = ast.parse(data)
    answer = bindings.collect(tree, text)
    bodies = answer.pop("bodies")
    module = griffe.visit("module", Path("module.py"), text, extensions=_NO_EXTENSIONS)
    definitions: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", module)]
    while waiting:
        prefix, scope = waiting.pop()
        for name, member in scope.members.items():
            if member.is_alias or name.startswith("module/"):
                continue
            dotted = prefix + name
            definitions[dotted] = {**_UNSEEN, **_shape(member), **bodies.get(dotted, {})}
            if member.is_class:
                waiting.append((dotted + ".", member))
    return {**answer, "definitions": definitions}


def _shape(member: Any) -> dict[str, Any]:
    shape = {"line": member.lineno or 1, "labels": sorted(member.labels)}
    if member.is_function:
        return {**shape, "kind": "function", **_function(member)}
    if member.is_class:
        return {
            **shape,
            "kind": "class",
            "bases": [_expression(base) for base in member.bases],
            "keywords": sorted(member.keywords),
            **_decorators(member),
        }
    return {
        **shape,
        "kind": "attribute",
        "annotation": _annotation(getattr(member, "annotation", None)),
        "value": _expression(member.value),
    }


def _function(member: Any) -> dict[str, Any]:
    return {
        "parameters": [
            [
                each.name,
                _KINDS[each.kind],
                _annotation(each.annotation),
                None if each.required else _expression(each.default),
            ]
            for each in member.parameters
        ],
        "returns": _annotation(member.returns),
        "documented": _documented(member.docstring),
        **_decorators(member),
    }


def _decorators(member: Any) -> dict[str, Any]:
    return {
        "decorators": [
            [_path(each), _expression(each.value), isinstance(each.value, griffe.ExprCall)]
            for each in member.decorators
        ]
    }


def _path(decorator: Any) -> str:
    """Where a decorator comes from as far as this file tells, such as `functools.cache`."""
    try:
        return str(decorator.callable_path)
    except (AttributeError, griffe.GriffeError):
        return ""


def _documented(docstring: Any) -> list[str] | None:
    """The exceptions in a docstring's section about what it raises; None where it has none."""
    if docstring is None or len(docstring.value) > _LONGEST_DOCSTRING:
        return None
    for sign, parser in _PARSERS:
        if sign in docstring.value:
            found = [
                _expression(each.annotation) or ""
                for section in docstring.parse(parser)
                if section.kind is griffe.DocstringSectionKind.raises
                for each in section.value
            ]
            return sorted(name.rpartition(".")[2] for name in found) or None
    return None


def _annotation(expression: Any) -> str | None:
    if isinstance(expression, griffe.Expr):
        # It stumbles over `Union[X]`; such an annotation is taken as it is written.
        with suppress(AttributeError):
            expression = expression.modernize()
    return _expression(expression)


def _expression(expression: Any) -> str | None:
    if expression is None:
        return None
    text = str(expression)
    if len(text) <= _LONGEST_TEXT:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{text[: _LONGEST_TEXT // 2]}... ({digest})"


def _text(data: bytes) -> str:
    encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    return io.TextIOWrapper(io.BytesIO(data), encoding).read()


def main() -> None:
    # Griffe tells what it does not understand in a docstring; nobody reads it here.
    logging.disable(logging.CRITICAL)
    serving.serve(describe)
