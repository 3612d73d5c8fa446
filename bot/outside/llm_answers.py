"""Events and messages of the Messages API to an `Answer`, or to the reason why they are none.

Compatible servers answer in forms that the SDK takes without an error: no content, no stop reason,
another kind of document. Only a whole, well-formed message is an answer.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.outside.llm_calls import Answer, ToolUse, Usage
from bot.outside.llm_failures import Trouble, identifier

STOPS = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
    }
)
# After these an answer ends where it ends, also within a tool's arguments.
CUT_STOPS = ("max_tokens", "model_context_window_exceeded")
_KNOWN = ("text", "thinking", "redacted_thinking", "tool_use")
# Characters; 128,000 tokens, the most a model may answer, are about 500,000.
_LONGEST = 16_000_000
_PIECES = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
}


def assemble(events: Iterable[object]) -> dict[str, Any]:
    """The message that a stream's events make. A stream that ends without saying why is cut off."""
    message: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    arguments: dict[int, str] = {}
    ended, size = False, 0
    for event in events:
        found = _mapping(event, "an event that is no object")
        kind = found.get("type")
        if kind == "message_start":
            message = dict(_mapping(found.get("message"), "a stream without a message"))
        elif kind == "content_block_start":
            blocks[_index(found)] = dict(_mapping(found.get("content_block"), "an empty block"))
        elif kind == "content_block_delta":
            size += _extend(blocks, arguments, found)
        elif kind == "message_delta":
            _update(message, found)
        ended = ended or kind == "message_stop"
        if size > _LONGEST:
            raise Trouble("malformed", "an answer without end")
    if not ended and message.get("stop_reason") is None:
        raise Trouble("cut off")
    for index, text in arguments.items():
        if text and blocks[index].get("type") == "tool_use":
            blocks[index]["input"] = _loaded(text)
    return {**message, "content": [blocks[index] for index in sorted(blocks)]}


def _extend(
    blocks: Mapping[int, dict[str, Any]], arguments: dict[int, str], event: Mapping[str, Any]
) -> int:
    """Adds a piece to its block; how long it was."""
    index, delta = _index(event), _mapping(event.get("delta"), "an empty event")
    if index not in blocks:
        raise Trouble("malformed", "a piece of a block that never began")
    block, kind = blocks[index], delta.get("type")
    if kind == "input_json_delta":
        piece = _text(delta.get("partial_json"))
        arguments[index] = arguments.get(index, "") + piece
        return len(piece)
    if kind == "citations_delta":
        before = block.get("citations")
        cited = before if isinstance(before, list) else []
        block["citations"] = [*cited, delta.get("citation")]
        return 100
    name = _PIECES.get(str(kind))
    if name is None:
        return 0
    piece = _text(delta.get(name))
    block[name] = _text(block.get(name) or "") + piece
    return len(piece)


def _update(message: dict[str, Any], event: Mapping[str, Any]) -> None:
    """The end of a message: why it ended, and the final counts."""
    message.update(_mapping(event.get("delta") or {}, "an empty event"))
    usage = {**(message.get("usage") or {})} if isinstance(message.get("usage"), Mapping) else {}
    counted = event.get("usage")
    if isinstance(counted, Mapping):
        usage |= {name: count for name, count in counted.items() if count is not None}
    message["usage"] = usage


def answer(message: object, model: str, request_id: str = "") -> Answer:
    """The answer in a whole message; raises `Trouble` where it is none."""
    try:
        return _answer(_plain(message), model, identifier(request_id))
    except Trouble as trouble:
        trouble.request_id = trouble.request_id or identifier(request_id)
        raise


def _answer(message: Mapping[str, Any], model: str, request_id: str) -> Answer:
    content, stop = message.get("content"), message.get("stop_reason")
    if not isinstance(content, list):
        raise Trouble("malformed", "no message")
    if not isinstance(stop, str) or stop not in STOPS:
        raise Trouble("malformed", "an answer that does not say why it ended")
    blocks = [_mapping(block, "a block that is no object") for block in content]
    if stop in CUT_STOPS:
        blocks = [block for block in blocks if block.get("type") != "tool_use" or _whole(block)]
    uses = tuple(_use(block) for block in blocks if block.get("type") == "tool_use")
    text = "".join(_text(block.get("text")) for block in blocks if block.get("type") == "text")
    known = any(block.get("type") in _KNOWN for block in content)
    if stop != "refusal" and not known:
        raise Trouble("malformed", "an answer without any content that is known")
    if stop in ("end_turn", "stop_sequence") and not text.strip() and not uses:
        raise Trouble("malformed", "an answer without any content that is known")
    if (stop == "tool_use") > bool(uses) or len({use.id for use in uses}) < len(uses):
        raise Trouble("malformed", "calls of tools that cannot be told apart")
    details = message.get("stop_details")
    category = details.get("category") if isinstance(details, Mapping) else ""
    said = identifier(message.get("model")) or model
    return Answer(
        text, uses, _turn(blocks), stop, _usage(message), said, request_id, identifier(category)
    )


def _use(block: Mapping[str, Any]) -> ToolUse:
    if not _whole(block):
        raise Trouble("malformed", "a call of a tool without proper arguments")
    return ToolUse(block["id"], block["name"], block["input"])


def _whole(block: Mapping[str, Any]) -> bool:
    names = (block.get("id"), block.get("name"))
    return all(isinstance(name, str) and name for name in names) and isinstance(
        block.get("input"), dict
    )


def _turn(blocks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The message to send back: as it came, less what the API refuses in a question."""
    kept = [
        {name: value for name, value in block.items() if value is not None}
        for block in blocks
        if block.get("type") != "text" or block["text"].strip()
    ]
    return {"role": "assistant", "content": kept}


def _usage(message: Mapping[str, Any]) -> Usage:
    usage = message.get("usage")
    output = usage.get("output_tokens") if isinstance(usage, Mapping) else None
    if not isinstance(usage, Mapping) or not isinstance(output, int) or isinstance(output, bool):
        raise Trouble("malformed", "an answer without a count of its tokens")
    written = usage.get("cache_creation")
    split = written if isinstance(written, Mapping) else {}
    short = _count(split.get("ephemeral_5m_input_tokens"))
    long = _count(split.get("ephemeral_1h_input_tokens"))
    short = max(short, _count(usage.get("cache_creation_input_tokens")) - long)
    read = _count(usage.get("cache_read_input_tokens"))
    return Usage(_count(usage.get("input_tokens")), short, long, read, max(0, output))


def _count(value: object) -> int:
    return max(0, value) if isinstance(value, int) else 0


def _mapping(value: object, problem: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Trouble("malformed", problem)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Trouble("malformed", "a text that is none")
    return value


def _index(event: Mapping[str, Any]) -> int:
    index = event.get("index")
    if not isinstance(index, int):
        raise Trouble("malformed", "an event without a place")
    return index


def _plain(message: object) -> Mapping[str, Any]:
    """A message of plain JSON in UTF-8, which can be sent back: no NaN, no lone surrogates."""
    try:
        text = json.dumps(message, ensure_ascii=False, allow_nan=False)
        return _mapping(json.loads(text.encode("utf-8", "replace")), "no message")
    except (TypeError, ValueError, RecursionError):
        raise Trouble("malformed", "JSON that cannot be sent back") from None


def _loaded(text: str) -> Any:
    """The value in JSON; text that is none stays as it is, which is no proper argument."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
