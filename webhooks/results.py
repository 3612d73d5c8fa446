"""What a review has found, as a row between its steps: no more of it than publishing needs.

A row names the shape of what it holds. One of another release has another shape and is not read:
the step is done again.
"""

import functools
import hashlib
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bot.domain import BLOCKING_LABELS, Authorship, Finding
from bot.examination import Examined

# Raise when the meaning of what is held changes and its shape does not.
_GENERATION = 1


def row(examined: Examined) -> list[Any]:
    """For the store; `of_row` reads it."""
    return [_shape(), _packed(_published(examined))]


def of_row(value: Any) -> Examined | None:
    """What `row` wrote; None where another release did."""
    if not isinstance(value, list) or len(value) != 2 or value[0] != _shape():
        return None
    found: Examined = _unpacked(Examined, value[1])
    return found


def _published(examined: Examined) -> Examined:
    """Without code, rules and people that are told to nobody."""
    review = examined.review
    told = {spot.finding for spot in examined.spots} | review.blocking
    told |= {each for each in review.findings if each.label in BLOCKING_LABELS}
    used = {each.rule for each in told}
    mended = {each.path for each in told if each.fix is not None and each.fix.safe}
    return examined._replace(
        review=review._replace(
            change=review.change._replace(files=(), stated="", left_out=()),
            findings=tuple(each if each in told else _counted(each) for each in review.findings),
            rules={name: rule for name, rule in review.rules.items() if name in used},
            texts={path: lines for path, lines in review.texts.items() if path in mended},
            authorship=Authorship(
                files=review.authorship.files, uncounted=review.authorship.uncounted
            ),
        )
    )


def _counted(finding: Finding) -> Finding:
    """A finding of which only the number is told."""
    return Finding(
        finding.rule,
        finding.checker,
        finding.severity,
        finding.path,
        finding.start_line,
        finding.end_line,
        "",
        label=finding.label,
    )


def _packed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _packed(each) for name, each in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_packed(each) for each in value]
    return value


def _unpacked(kind: Any, value: Any) -> Any:
    """A value of a kind: named tuples, tuples, sets, mappings with names as keys, and what JSON has."""
    origin, inner = get_origin(kind), get_args(kind)
    if _is_row(kind):
        fields = _hints(kind).values()
        return kind(*(_unpacked(each, part) for each, part in zip(fields, value, strict=True)))
    if origin in (Union, types.UnionType):
        (only,) = (each for each in inner if each is not type(None))
        return None if value is None else _unpacked(only, value)
    if origin is tuple and inner[-1] is Ellipsis:
        return tuple(_unpacked(inner[0], each) for each in value)
    if origin is tuple:
        return tuple(_unpacked(each, part) for each, part in zip(inner, value, strict=True))
    if origin is frozenset:
        return frozenset(_unpacked(inner[0], each) for each in value)
    if origin is Mapping:
        return {name: _unpacked(inner[1], each) for name, each in value.items()}
    assert origin is Literal or kind in (str, int, float, bool, Any), kind
    return value


def _is_row(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind._fields}


@functools.cache
def _shape() -> str:
    """A name of every field and its type in what a row holds."""
    seen: dict[str, str] = {}

    def look(kind: Any) -> None:
        if _is_row(kind) and kind.__name__ not in seen:
            seen[kind.__name__] = ""
            seen[kind.__name__] = repr(_hints(kind))
            for each in _hints(kind).values():
                look(each)
        for each in get_args(kind):
            look(each)

    look(Examined)
    return hashlib.sha256(f"{_GENERATION}{sorted(seen.items())}".encode()).hexdigest()[:16]
