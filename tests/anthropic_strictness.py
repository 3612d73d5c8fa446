"""The rules of the Messages API, version 2026-10-21, that a body of the right shape can break."""

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

from anthropic_cache import SECONDS, bare, blocks
from anthropic_request import turns
from anthropic_schemas import schema_problems
from anthropic_shapes import kind_of, shape_problems

Body = dict[str, Any]
WITHOUT_STREAM = 21_333
MOST_TOKENS = 128_000
_SAID_BY = {
    "user": {"text", "image", "document", "search_result", "tool_result"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use"},
}


def problems(body: Body, conversations: "Conversations", *, counting: bool = False) -> list[str]:
    """What the API would answer 400 for; the first is what it would say."""
    if found := shape_problems(body, kind_of(body, counting=counting)):
        return found
    found = [said for rule in _RULES for said in rule(body)]
    return found or list(conversations.problems(body))


def _limits(body: Body) -> Iterator[str]:
    limit = body.get("max_tokens", 1)
    if limit < 0:
        yield "max_tokens: Input should be greater than or equal to 0"
    if limit > MOST_TOKENS:
        yield (
            f"max_tokens: {limit} > {MOST_TOKENS}, which is the maximum allowed number of "
            f"output tokens for {body['model']}"
        )
    if limit > WITHOUT_STREAM and not body.get("stream"):
        yield "max_tokens: streaming is required for operations that may take over 10 minutes"
    if limit == 0 and (body.get("stream") or (body.get("output_config") or {}).get("format")):
        yield "max_tokens: 0 is not allowed with `stream` or `output_config.format`"
    if not body["model"]:
        yield "model: String should have at least 1 character"


def _choices(body: Body) -> Iterator[str]:
    choice = (body.get("tool_choice") or {}).get("type")
    if choice in ("any", "tool"):
        yield f"tool_choice: Forced tool use (`{choice}`) is not supported by this model"
    if choice and not body.get("tools"):
        yield "tool_choice: tool_choice may only be specified while providing tools"
    kind = (body.get("thinking") or {}).get("type")
    if kind in ("enabled", "disabled"):
        yield f"thinking.type: `{kind}` is not supported by this model. Use `adaptive`."


def _roles(body: Body) -> Iterator[str]:
    messages = body["messages"]
    if not messages:
        yield "messages: at least one message is required"
        return
    if messages[0]["role"] != "user":
        yield 'messages: first message must use the "user" role'
    if messages[-1]["role"] == "assistant":
        yield "This model does not support assistant message prefill. The conversation must end with a user message."
    for number, message in enumerate(messages):
        if message["role"] == "system":
            yield f'messages.{number}.role: Unexpected role "system". Use the top-level `system` parameter.'
        if not message["content"]:
            yield f"messages.{number}: all messages must have non-empty content"


def _contents(body: Body) -> Iterator[str]:
    for section, block in blocks(body):
        where = section if section == "system" else "messages"
        if section == "tools":
            continue
        if block["type"] not in _SAID_BY.get(section, {"text"}):
            yield f"{where}: `{block['type']}` blocks are not permitted in `{section}` turns"
        parts = [block]
        if block["type"] == "tool_result" and isinstance(block.get("content"), list):
            parts += block["content"]
        for part in parts:
            yield from _words(part, where)
        if section == "user" and block.get("citations"):
            yield "messages: citations are not permitted on `user` text blocks"


def _words(block: dict[str, Any], where: str) -> Iterator[str]:
    if block["type"] != "text":
        return
    if not block["text"]:
        yield f"{where}: text content blocks must be non-empty"
    elif not block["text"].strip():
        yield f"{where}: text content blocks must contain non-whitespace text"


def _tools(body: Body) -> Iterator[str]:
    names = [tool["name"] for tool in body.get("tools") or ()]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    for number, tool in enumerate(body.get("tools") or ()):
        where = f"tools.{number}.custom"
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", tool["name"]):
            yield f"{where}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
        schema = tool.get("input_schema")
        if schema is None:
            yield f"tools.{number}: server tools are not imitated here"
        elif schema.get("type") != "object":
            yield f"{where}.input_schema.type: Input should be 'object'"
        elif tool.get("strict"):
            yield from schema_problems(schema, f"{where}.input_schema")
    used = {block["type"] for _, block in blocks(body) if "type" in block}
    if used & {"tool_use", "tool_result"} and not names:
        yield "Requests which have `tool_use` or `tool_result` blocks in any message must define tools."


def _results(body: Body) -> Iterator[str]:
    """Every tool call has one result, at the start of the next turn."""
    asked: list[str] = []
    for number, (role, said) in enumerate(turns(body)):
        given = [block["tool_use_id"] for block in said if block["type"] == "tool_result"]
        leading = [block["type"] == "tool_result" for block in said[: len(given)]]
        where = f"messages.{number}"
        if missing := [call for call in asked if call not in given]:
            yield (
                f"{where}: `tool_use` ids were found without `tool_result` blocks immediately "
                f"after: {', '.join(missing)}."
            )
        for call in sorted(set(given) - set(asked)):
            yield f"{where}: unexpected `tool_use_id` found in `tool_result` blocks: {call}."
        if len(set(given)) < len(given):
            yield f"{where}: each tool_use must have a single result"
        if not all(leading):
            yield f"{where}: `tool_result` blocks must come before other content"
        calls = [block["id"] for block in said if block["type"] == "tool_use"]
        asked = calls if role == "assistant" else []


def _markers(body: Body) -> Iterator[str]:
    """Lifetimes in render order; a marker inside a tool result counts too."""
    found: list[str] = []
    for _, block in blocks(body):
        nested = block.get("content") if block.get("type") == "tool_result" else None
        inner = nested if isinstance(nested, list) else []
        controls = (part.get("cache_control") for part in (*inner, block))
        found += [control.get("ttl") or "5m" for control in controls if control]
    last = list(blocks(body))[-1:]
    if (top := body.get("cache_control")) and not (last and last[0][1].get("cache_control")):
        found.append(top.get("ttl") or "5m")
    if len(found) > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {len(found)}."
    if found != sorted(found, key=SECONDS.__getitem__, reverse=True):
        yield (
            "cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
            "cache_control block. Note that blocks are processed in the following order: "
            "`tools`, `system`, `messages`."
        )


def _schema(body: Body) -> Iterator[str]:
    form = (body.get("output_config") or {}).get("format")
    if form:
        yield from schema_problems(form["schema"], "output_config.format.schema")


_RULES = (_limits, _choices, _roles, _contents, _tools, _results, _markers, _schema)


def _key(value: object) -> str:
    return json.dumps(bare(value), sort_keys=True)


class Conversations:
    """What was answered to which turns, so that a changed earlier turn is noticed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, set[str]] = {}
        self._beginnings: set[str] = set()
        self._issued: dict[str, str] = {}

    def answered(self, body: Body, content: list[dict[str, Any]]) -> None:
        """Remembers an answer that is about to be sent whole."""
        asked = turns(body)
        prefix = _key(asked)
        with self._lock:
            self._answers.setdefault(prefix, set()).add(_key(content))
            self._beginnings.add(_key(asked[:1]))
            for block in content:
                if name := block.get("id") or block.get("signature"):
                    self._issued[name] = prefix

    def problems(self, body: Body) -> Iterator[str]:
        """Turns of the assistant that differ from what was answered at their place."""
        said = turns(body)
        with self._lock:
            for number, turn in enumerate(said):
                if turn.role == "assistant" and self._changed(said, number):
                    yield (
                        f"messages.{number}: earlier turns of the conversation cannot be modified. "
                        "They must remain as they were in the original response."
                    )

    def _changed(self, said: list[Any], number: int) -> bool:
        prefix, content = _key(said[:number]), said[number].blocks
        if prefix in self._answers:
            return _key(content) not in self._answers[prefix]
        names = [block.get("id") or block.get("signature") for block in content]
        moved = any(name in self._issued for name in names if name)
        forged = any(block.get("signature") for block in content)
        return moved or forged or _key(said[:1]) in self._beginnings
