"""Whether a request body has the shape of the SDK's request types, to its last key."""

import functools
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import typing_extensions
from anthropic.types import MessageCountTokensParams
from anthropic.types.message_create_params import (
    MessageCreateParamsNonStreaming,
    MessageCreateParamsStreaming,
)
from pydantic import BaseModel, TypeAdapter, ValidationError

_MARKS = (Required, NotRequired, typing_extensions.Required, typing_extensions.NotRequired)
_NAMES = {str: "string", int: "integer", bool: "boolean", float: "number"}


def kind_of(body: Mapping[str, Any], *, counting: bool) -> type:
    """The SDK's type for a request body."""
    if counting:
        return MessageCountTokensParams
    return MessageCreateParamsStreaming if body.get("stream") else MessageCreateParamsNonStreaming


@functools.cache
def prepare() -> None:
    """Builds the slow parts now, once, so that no request waits for them."""
    block = {"type": "text", "text": "x"}
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": [block]}]}
    for changes in ({}, {"stream": True}):
        shape_problems(body | changes, kind_of(changes, counting=False))
    _adapter(MessageCountTokensParams)


def shape_problems(body: dict[str, Any], kind: type) -> list[str]:
    """What is wrong with a body: by its type hints, then by pydantic."""
    return list(_misfits(body, kind, ())) or _invalid(body, kind)


@functools.cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _invalid(body: dict[str, Any], kind: type) -> list[str]:
    try:
        _consume(_adapter(kind).validate_python(body, strict=True))
    except ValidationError as error:
        first = error.errors()[0]
        return [f"{'.'.join(map(str, first['loc']))}: {first['msg']}"]
    except TypeError as error:
        return [str(error)]
    return []


def _consume(value: object) -> None:
    """Walks everything, since pydantic validates iterables only when they are read."""
    if isinstance(value, BaseModel):
        raise TypeError(f"a block passed only as the response type {type(value).__name__}")
    if isinstance(value, dict):
        for inner in value.values():
            _consume(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            _consume(inner)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing_extensions.get_type_hints(kind, include_extras=True)


def _misfits(value: Any, hint: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Every place where a JSON value departs from a type hint."""
    origin = get_origin(hint)
    if hint in (Any, object):
        return
    if origin in _MARKS or origin is typing.Annotated:
        yield from _misfits(value, get_args(hint)[0], path)
    elif origin in (Union, types.UnionType):
        yield from _best(value, get_args(hint), path)
    elif origin is Literal:
        if value not in get_args(hint):
            expected = " or ".join(map(repr, get_args(hint)))
            yield _said(path, f"Input should be {expected}")
    elif typing_extensions.is_typeddict(hint):
        yield from _fields(value, hint, path)
    elif origin is dict:
        yield from _values(value, get_args(hint)[1], path)
    elif isinstance(origin, type) and issubclass(origin, Iterable):
        yield from _items(value, get_args(hint)[0], path)
    elif not _plain(value, hint):
        yield _said(path, f"Input should be a valid {_NAMES.get(hint, hint)}")


def _plain(value: Any, hint: Any) -> bool:
    if hint in (int, float) and isinstance(value, bool):
        return False
    if hint is float:
        return isinstance(value, int | float)
    return isinstance(value, hint) if isinstance(hint, type) else False


def _best(value: Any, options: tuple[Any, ...], path: tuple[str, ...]) -> Iterator[str]:
    """The misfits of the option that fits best; response types are none of a client's options."""
    found = [list(_misfits(value, option, path)) for option in _flat(options)]
    own = _said(path, "")
    yield from min(
        found,
        key=lambda misfits: (
            any(misfit.startswith(own) for misfit in misfits),
            len(misfits),
            sum(map(len, misfits)),
        ),
    )


def _flat(options: tuple[Any, ...]) -> Iterator[Any]:
    for option in options:
        if get_origin(option) is typing.Annotated:
            yield from _flat(get_args(option)[:1])
        elif get_origin(option) in (Union, types.UnionType):
            yield from _flat(get_args(option))
        elif not (isinstance(option, type) and issubclass(option, BaseModel)):
            yield option


def _fields(value: Any, kind: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _said(path, "Input should be an object")
        return
    open_ended = getattr(kind, "__pydantic_config__", {}).get("extra") == "allow"
    hints = _hints(kind)
    for name, inner in value.items():
        if name in hints:
            yield from _misfits(inner, hints[name], (*path, name))
        elif not open_ended:
            yield _said((*path, name), "Extra inputs are not permitted")
    for name, hint in hints.items():
        if name not in value and _required(kind, name, hint):
            yield _said((*path, name), "Field required")


def _required(kind: Any, name: str, hint: Any) -> bool:
    if get_origin(hint) in _MARKS:
        return get_origin(hint) in (Required, typing_extensions.Required)
    return name in kind.__required_keys__


def _values(value: Any, hint: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _said(path, "Input should be an object")
        return
    for name, inner in value.items():
        yield from _misfits(inner, hint, (*path, name))


def _items(value: Any, hint: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, list):
        yield _said(path, "Input should be a valid array")
        return
    for number, inner in enumerate(value):
        yield from _misfits(inner, hint, (*path, str(number)))


def _said(path: tuple[str, ...], what: str) -> str:
    return f"{'.'.join(path) or 'body'}: {what}"
