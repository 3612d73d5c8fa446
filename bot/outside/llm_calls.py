"""A question to a model, its answer, and the failure to get one."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One question, in the wire form of the Messages API; blocks may carry cache markers.

    *purpose* is for people: finder, verifier or intent. *schema* is a JSON Schema that the answer
    should keep to; an endpoint may ignore it. *max_tokens* bounds the answer, thinking included.
    """

    purpose: str
    model: str
    system: tuple[Mapping[str, Any], ...]
    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    schema: Mapping[str, Any] | None = None
    effort: str = ""
    max_tokens: int = 16_000


class Usage(NamedTuple):
    """Tokens by kind, as the endpoint counted them; *input* is what was not cached."""

    input: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0


class ToolUse(NamedTuple):
    """A tool the model wants to use."""

    id: str
    name: str
    arguments: Mapping[str, Any]


class Answer(NamedTuple):
    """A whole answer. *turn* is the message to send back unchanged, *stop* a known stop reason.

    With `refusal`, *text* may be empty and *category* says why, where the endpoint does.
    """

    text: str
    uses: tuple[ToolUse, ...]
    turn: Mapping[str, Any]
    stop: str
    usage: Usage
    model: str
    request_id: str = ""
    category: str = ""


class LlmFailure(Exception):
    """No usable answer. The message is a sentence for a person; *kind* names the failure.

    kinds: timeout, connection, overloaded, rate limit, spend limit, rejected key, bad request,
    not found, too large, redirected, malformed, cut off, server error, not recorded.
    """

    def __init__(self, kind: str, message: str, request_id: str = "") -> None:
        super().__init__(message)
        self.kind, self.request_id = kind, request_id
