"""The SDK as a client of the fake, and the requests its tests make."""

import contextlib
from collections.abc import Iterator
from typing import Any

import anthropic
from fake_anthropic import FakeAnthropic

USER = {"role": "user", "content": "Review this."}
TOOL = {"name": "read_file", "input_schema": {"type": "object", "properties": {}}}
FLAT = {
    "type": "object",
    "properties": {"verdict": {"enum": ["clean", "bad"]}, "lines": {"type": "array", "items": {}}},
    "required": ["verdict"],
    "additionalProperties": False,
}
LONG = "All of this is said in every review. " * 200


@contextlib.contextmanager
def connected(server: FakeAnthropic, **options: Any) -> Iterator[Any]:
    """A client of the running server that does not retry."""
    client = anthropic.DefaultHttpxClient(follow_redirects=False)
    settings = {"api_key": "test-key", "base_url": server.url, "max_retries": 0} | options
    with anthropic.Anthropic(http_client=client, **settings) as found:
        yield found


def body(**changes: Any) -> dict[str, Any]:
    """A request, with changes."""
    return {"model": "claude-opus-5-5", "max_tokens": 1000, "messages": [USER]} | changes


def ask(client: Any, *, stream: bool = False, **changes: Any) -> Any:
    """The final message, by either way."""
    if not stream:
        return client.messages.create(**body(**changes))
    with client.messages.stream(**body(**changes)) as events:
        return events.get_final_message()


def control(ttl: str = "5m") -> dict[str, str]:
    """A cache marker."""
    return {"type": "ephemeral", "ttl": ttl}


def said(words: str, ttl: str = "") -> dict[str, Any]:
    """A text block, marked or not."""
    return {"type": "text", "text": words} | ({"cache_control": control(ttl)} if ttl else {})


def user(*blocks: dict[str, Any]) -> dict[str, Any]:
    """A user's message of blocks."""
    return {"role": "user", "content": list(blocks)}


def form(**changes: Any) -> dict[str, Any]:
    """The wish for JSON of the flat schema, with changes."""
    return {"format": {"type": "json_schema", "schema": FLAT | changes}}


def call(name: str = "t1") -> dict[str, Any]:
    """An assistant's message that calls the tool."""
    block = {"type": "tool_use", "id": name, "name": "read_file", "input": {}}
    return {"role": "assistant", "content": [block]}


def result(name: str = "t1") -> dict[str, Any]:
    """The result of that call."""
    return {"type": "tool_result", "tool_use_id": name, "content": "text"}
