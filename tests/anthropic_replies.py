"""What a fake reviewer may answer: messages, and the faults of a server or of the way to it."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Block = dict[str, Any]
SENTENCE = "This answer was written by no model and is long enough to be cut in the middle."
KNOWN_STOPS = frozenset(
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


class Failure(NamedTuple):
    """An error in Anthropic's form."""

    kind: str
    message: str
    code: str | None = None


@dataclasses.dataclass(frozen=True)
class Reply:
    """One answer: a message, bytes sent as they stand, or an error; and the fault on its way."""

    content: tuple[Block, ...] = ()
    stop_reason: str | None = "end_turn"
    stop_details: dict[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    raw: bytes | None = None
    media: str = "application/json"
    failure: Failure | None = None
    fault: str = ""
    amount: float = 0
    usage: bool = True
    well_formed: bool = True


def _texts(words: str) -> tuple[Block, ...]:
    return ({"type": "text", "text": words},) if words else ()


def text(words: str) -> Reply:
    """A finished answer in words."""
    return Reply(_texts(words))


def json_answer(value: object) -> Reply:
    """A finished answer that is a JSON document."""
    return text(json.dumps(value, ensure_ascii=False))


def tool_calls(calls: Sequence[tuple[str, dict[str, Any]]], text: str = "") -> Reply:
    """Calls of tools by name and input; each gets a new id when it is sent."""
    blocks = [{"type": "tool_use", "name": name, "input": value} for name, value in calls]
    return Reply((*_texts(text), *blocks), "tool_use")


def refusal(category: str | None = "cyber", text: str = "") -> Reply:
    """A refusal, usually without any content."""
    details = {"type": "refusal", "category": category, "explanation": None}
    return Reply(_texts(text), "refusal", details)


def truncated(words: str) -> Reply:
    """An answer cut by the limit of output tokens."""
    return Reply(_texts(words), "max_tokens")


def stop(reason: str, text: str) -> Reply:
    """An answer with this stop reason, known to the SDK or not."""
    return Reply(_texts(text), reason, well_formed=reason in KNOWN_STOPS)


def stop_reason_none(text: str = SENTENCE) -> Reply:
    """An answer that never says why it ended."""
    return Reply(_texts(text), None)


def empty_content() -> Reply:
    """A finished answer without any block."""
    return Reply()


def no_usage(text: str = SENTENCE) -> Reply:
    """An answer without token counts."""
    return Reply(_texts(text), usage=False, well_formed=False)


def unknown_block() -> Reply:
    """An answer whose only block is of a type that the SDK does not know."""
    return Reply(({"type": "hologram", "data": "x"},), well_formed=False)


def status(
    code: int,
    error_type: str,
    message: str = "",
    headers: Mapping[str, str] | None = None,
    error_code: str | None = None,
) -> Reply:
    """An HTTP error in Anthropic's form."""
    failure = Failure(error_type, message or error_type.replace("_", " "), error_code)
    return Reply(status=code, headers=headers or {}, failure=failure)


def redirect(url: str) -> Reply:
    """A 307 to another address."""
    return Reply(status=307, headers={"Location": url}, raw=b"")


def html() -> Reply:
    """Status 200 and a web page, as a captive portal answers."""
    return Reply(raw=b"<!doctype html><title>Sign in</title><p>Sign in", media="text/html")


def other_json() -> Reply:
    """Status 200 and JSON that is not a message."""
    return Reply(raw=b'{"object": "chat.completion", "choices": []}')


def cut_json() -> Reply:
    """Status 200 and a JSON document that ends too soon, also when a stream was asked for."""
    return Reply(raw=b'{"id": "msg_1", "type": "message", "role": "assistant", "content": [{"ty')


def json_instead_of_stream(text: str = SENTENCE) -> Reply:
    """A whole message in JSON, also when a stream was asked for."""
    return Reply(_texts(text), fault="json_instead_of_stream")


def reset() -> Reply:
    """The connection is reset before any header."""
    return Reply(_texts(SENTENCE), fault="reset")


def cut_stream(after_events: int, text: str = SENTENCE) -> Reply:
    """The connection closes after some events; without a stream, in the middle of the body."""
    return Reply(_texts(text), fault="cut_stream", amount=after_events)


def early_eof(text: str = SENTENCE) -> Reply:
    """A stream that ends in good order after half of the text, without saying why."""
    return Reply(_texts(text), fault="early_eof")


def stream_error(error_type: str = "overloaded_error", text: str = SENTENCE) -> Reply:
    """An error event after half of the text; without a stream, the status of that error."""
    return Reply(_texts(text), fault="stream_error", failure=Failure(error_type, "Overloaded"))


def hang(seconds: float, text: str = SENTENCE) -> Reply:
    """Nothing at all for some seconds, then the answer."""
    return Reply(_texts(text), fault="hang", amount=seconds)


def hang_in_stream(seconds: float, text: str = SENTENCE) -> Reply:
    """The start of an answer, nothing for some seconds, then the rest."""
    return Reply(_texts(text), fault="hang_in_stream", amount=seconds)


def trickle(seconds: float, text: str = SENTENCE) -> Reply:
    """The start of an answer, then a sign of life every so many seconds for ever."""
    return Reply(_texts(text), fault="trickle", amount=seconds)
