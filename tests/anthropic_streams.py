"""Messages and streams as the API sends them, each checked with the SDK's own types."""

import functools
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

from anthropic.types import Message, RawMessageStreamEvent
from anthropic_cache import tokens
from anthropic_replies import Reply
from pydantic import TypeAdapter

Event = dict[str, Any]
PIECES = 12


@functools.cache
def _event_adapter() -> TypeAdapter[Any]:
    return TypeAdapter(RawMessageStreamEvent)


class Writer:
    """Builds messages with identifiers that are new within one server."""

    def __init__(self, *, thinking: bool) -> None:
        self._thinking = thinking
        self._numbers = itertools.count(1)

    def message(self, reply: Reply, model: str, usage: dict[str, Any]) -> dict[str, Any]:
        """The whole message for a reply; it is valid unless the reply says otherwise."""
        content = [self._named(block) for block in reply.content]
        thought = [self._thought()] if self._thinking and content else []
        message: dict[str, Any] = {
            "id": f"msg_fake{next(self._numbers):08}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [*thought, *content],
            "stop_reason": reply.stop_reason,
            "stop_sequence": None,
            "stop_details": reply.stop_details,
        }
        if reply.usage:
            message["usage"] = usage | _output(message["content"])
        if reply.well_formed:
            Message.model_validate(message)
        return message

    def _named(self, block: dict[str, Any]) -> dict[str, Any]:
        if block["type"] != "tool_use":
            return dict(block)
        return {"type": "tool_use", "id": f"toolu_fake{next(self._numbers):08}"} | block

    def _thought(self) -> dict[str, Any]:
        number = next(self._numbers)
        return {"type": "thinking", "thinking": "", "signature": f"signed-by-the-fake-{number:08}"}


def _output(content: Sequence[dict[str, Any]]) -> dict[str, Any]:
    thought = tokens(*(block for block in content if block["type"] == "thinking"))
    spent: dict[str, Any] = {"output_tokens": max(1, tokens(*content))}
    if thought:
        spent["output_tokens_details"] = {"thinking_tokens": thought}
    return spent


def events(message: dict[str, Any], *, well_formed: bool) -> list[Event]:
    """The events of a message, in the API's order, with a ping after the first block starts."""
    found = [_start(message)]
    for index, block in enumerate(message["content"]):
        found += _block_events(index, block)
        if index == 0:
            found.insert(2, {"type": "ping"})
    found += [_delta(message), {"type": "message_stop"}]
    if well_formed:
        for event in found:
            check(event)
    return found


def prepare() -> None:
    """Builds the checker of events now, once."""
    _event_adapter()


def check(event: Event) -> None:
    """Raises unless the SDK's types know the event; a ping is no part of them."""
    if event["type"] != "ping":
        _event_adapter().validate_python(event)


def _start(message: dict[str, Any]) -> Event:
    begun = message | {"content": [], "stop_reason": None, "stop_details": None}
    if "usage" in message:
        begun["usage"] = message["usage"] | {"output_tokens": 1}
        begun["usage"].pop("output_tokens_details", None)
    return {"type": "message_start", "message": begun}


def _delta(message: dict[str, Any]) -> Event:
    names = ("stop_reason", "stop_sequence", "stop_details")
    event: Event = {"type": "message_delta", "delta": {name: message[name] for name in names}}
    if "usage" in message:
        event["usage"] = {
            name: count for name, count in message["usage"].items() if name != "cache_creation"
        }
    return event


def _block_events(index: int, block: dict[str, Any]) -> Iterator[Event]:
    emptied: dict[str, dict[str, Any]] = {"text": {"text": ""}, "tool_use": {"input": {}}}
    empty = block | emptied.get(block["type"], {})
    if block["type"] == "thinking":
        empty = block | {"signature": ""}
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in _deltas(block):
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        for piece in _pieces(block["text"]):
            yield {"type": "text_delta", "text": piece}
    elif block["type"] == "tool_use":
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in _pieces(json.dumps(block["input"], ensure_ascii=False)):
            yield {"type": "input_json_delta", "partial_json": piece}
    elif block["type"] == "thinking":
        yield {"type": "signature_delta", "signature": block["signature"]}


def _pieces(words: str) -> Iterator[str]:
    size = max(1, -(-len(words) // PIECES))
    for start in range(0, len(words), size):
        yield words[start : start + size]


def server_sent(event: Event) -> bytes:
    """An event as it travels."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
