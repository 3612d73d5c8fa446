"""A `Call` as the body of a request, less what an endpoint has turned out not to take."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from bot.outside.llm_calls import Call

# What a compatible endpoint may lack, and the words by which its refusal names it.
_NAMES = (
    ("cache_control", re.compile(r"\bcache_control\b")),
    ("strict", re.compile(r"\bstrict\b")),
    ("effort", re.compile(r"effort\b")),
    ("format", re.compile(r"format\b|json_schema|structured output|\bgrammar\b")),
    ("tools", re.compile(r"\btools?\b")),
)
_BOTH = re.compile(r"\boutput_config\b(?!\.\w)")


def body(call: Call, without: Collection[str] = ()) -> dict[str, Any]:
    """The JSON of a request. Lone surrogates, which UTF-8 cannot carry, become question marks."""
    found: dict[str, Any] = {
        "model": call.model,
        "max_tokens": call.max_tokens,
        "messages": call.messages,
        "stream": True,
    }
    if call.system:
        found["system"] = call.system
    if call.tools and "tools" not in without:
        found["tools"] = call.tools
    output: dict[str, Any] = {}
    if call.schema is not None and "format" not in without:
        output["format"] = {"type": "json_schema", "schema": call.schema}
    if call.effort and "effort" not in without:
        output["effort"] = call.effort
    if output:
        found["output_config"] = output
    encoded = json.dumps(found, ensure_ascii=False, default=dict).encode("utf-8", "replace")
    plain: dict[str, Any] = json.loads(encoded)
    if "cache_control" in without:
        for part in (plain.get("system"), plain["messages"], plain.get("tools")):
            _unmark(part)
    if "strict" in without:
        for tool in plain.get("tools") or ():
            tool.pop("strict", None)
    return plain


def refused(said: str, sent: Mapping[str, Any], *, official: bool) -> tuple[str, ...]:
    """The optional parts of a request that a refusal in these words names, and that were sent.

    At the official address only `effort` is optional: a model may lack it. All else that is
    refused there is a mistake of ours, which must be seen.
    """
    words, used = said.lower(), _used(sent)
    if official:
        used &= {"effort"}
    if _BOTH.search(words) and used & {"format", "effort"}:
        return tuple(sorted(used & {"format", "effort"}))
    return next(((name,) for name, named in _NAMES if name in used and named.search(words)), ())


def _used(sent: Mapping[str, Any]) -> set[str]:
    used = set(sent.get("output_config") or {})
    tools = sent.get("tools") or ()
    if any(tool.get("strict") for tool in tools):
        used.add("strict")
    if tools and not any(
        block.get("type") in ("tool_use", "tool_result")
        for message in sent["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
    ):
        used.add("tools")
    if any(_marked(sent.get(name)) for name in ("system", "messages", "tools")):
        used.add("cache_control")
    return used


def _blocks(value: Any) -> list[dict[str, Any]]:
    """Blocks that may carry a cache marker: of a section, of messages in it, of results in those."""
    found: list[dict[str, Any]] = []
    for part in value if isinstance(value, list) else ():
        found += [part, *_blocks(part.get("content"))]
    return found


def _marked(value: Any) -> bool:
    return any("cache_control" in block for block in _blocks(value))


def _unmark(value: Any) -> None:
    for block in _blocks(value):
        block.pop("cache_control", None)
