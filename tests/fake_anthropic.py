"""A strict fake of the Messages API on a loopback socket.

A test gives it a reviewer, which is a function from a request to a reply or a list of replies,
and afterwards asserts that `problems` is empty: the client broke no rule of the API.
"""

import itertools
import json
import threading
import traceback
from collections.abc import Callable, Collection, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

import anthropic_shapes
import anthropic_streams
from anthropic_cache import Plan, PromptCache, spots
from anthropic_features import FEATURES, refusals, without
from anthropic_http import Server
from anthropic_replies import (
    Failure,
    Reply,
    cut_json,
    cut_stream,
    early_eof,
    empty_content,
    hang,
    hang_in_stream,
    html,
    json_answer,
    json_instead_of_stream,
    no_usage,
    other_json,
    redirect,
    refusal,
    reset,
    status,
    stop,
    stop_reason_none,
    stream_error,
    text,
    tool_calls,
    trickle,
    truncated,
    unknown_block,
)
from anthropic_request import Request, ToolResult, Turn
from anthropic_streams import Writer
from anthropic_strictness import Conversations, problems
from anthropic_wire import STATUSES, Gone, Sender, complete, deliver

__all__ = [
    "FakeAnthropic",
    "Reply",
    "Request",
    "ToolResult",
    "Turn",
    "cut_json",
    "cut_stream",
    "early_eof",
    "empty_content",
    "hang",
    "hang_in_stream",
    "html",
    "json_answer",
    "json_instead_of_stream",
    "no_usage",
    "other_json",
    "redirect",
    "refusal",
    "reset",
    "status",
    "stop",
    "stop_reason_none",
    "stream_error",
    "text",
    "tool_calls",
    "trickle",
    "truncated",
    "unknown_block",
]

VERSION = "2026-10-21"
LARGEST = 32 * 1024 * 1024
Reviewer = Callable[[Request], Reply]


class Refused(Exception):
    """The API's error for a request; a violation is a mistake of the client."""

    def __init__(self, kind: str, message: str, *, violation: bool = True) -> None:
        super().__init__(message)
        self.failure, self.violation = Failure(kind, message), violation


class FakeAnthropic:
    """The server; use it as a context manager.

    `requests` are the bodies sent to /v1/messages, in order, refused ones among them; `counted`
    those sent to /v1/messages/count_tokens; `lookups` the models asked for. `problems` are broken
    rules, scripts that ran out and exceptions of the reviewer. `refused` are uses of a feature
    that was taken away, which are no problem: a client may try.
    """

    def __init__(
        self,
        reviewer: Reviewer | Sequence[Reply],
        *,
        key: str = "test-key",
        supports: Collection[str] = FEATURES,
        drops: Collection[str] = (),
        thinking: bool = False,
        counts: bool = True,
        minimum_prefix: int = 1024,
    ) -> None:
        if unknown := {*supports, *drops} - FEATURES:
            raise ValueError(f"no such feature: {sorted(unknown)}")
        self.requests: list[Request] = []
        self.counted: list[Request] = []
        self.lookups: list[str] = []
        self.problems: list[str] = []
        self.refused: list[str] = []
        self.cache = PromptCache(minimum_prefix)
        self._review = reviewer if callable(reviewer) else _Script(reviewer)
        self._key, self._counts, self._drops = key, counts, frozenset(drops)
        self._missing = FEATURES - set(supports) - self._drops
        self._writer = Writer(thinking=thinking)
        self._conversations = Conversations()
        self._numbers = itertools.count(1)
        self._closing = threading.Event()
        self._server = Server(self.handle, self.problems)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="fake-anthropic"
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def advance(self, seconds: float) -> None:
        """Lets time pass for the prompt cache."""
        self.cache.now += seconds

    def __enter__(self) -> "FakeAnthropic":
        anthropic_shapes.prepare()
        anthropic_streams.prepare()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def handle(self, handler: BaseHTTPRequestHandler, sent: bytes) -> None:
        """Answers one HTTP request."""
        sender = Sender(handler, self._closing, f"req_fake{next(self._numbers):08}")
        try:
            self._route(handler, sent, sender)
        except Refused as refused:
            kept = self.problems if refused.violation else self.refused
            kept.append(refused.failure.message)
            sender.failure(STATUSES[refused.failure.kind], refused.failure, {})
        except (ConnectionError, Gone):
            raise
        except Exception:  # noqa: BLE001 - whatever a reviewer raises is the test's to see
            self.problems.append(traceback.format_exc())
            sender.failure(500, Failure("api_error", "Internal server error"), {})

    def _route(self, handler: BaseHTTPRequestHandler, sent: bytes, sender: Sender) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self._admit(headers)
        route = f"{handler.command} {handler.path}"
        if route == "POST /v1/messages":
            self._message(self._read(headers, sent, self.requests), sender)
        elif route == "POST /v1/messages/count_tokens" and self._counts:
            request = self._read(headers, sent, self.counted, counting=True)
            self._check(request, counting=True)
            seen = spots(without(request.body, self._drops))
            body = json.dumps({"input_tokens": seen[-1].tokens}).encode()
            sender.whole(200, body, "application/json", {})
        elif route.startswith("GET /v1/models/"):
            self.lookups.append(handler.path.removeprefix("/v1/models/"))
            sender.failure(404, Failure("not_found_error", f"model: {self.lookups[-1]}"), {})
        elif route == "POST /v1/messages/count_tokens":
            sender.failure(404, Failure("not_found_error", "Not Found"), {})
        else:
            raise Refused("not_found_error", f"no such route: {route}")

    def _admit(self, headers: dict[str, str]) -> None:
        """Refuses a request whose headers are wrong."""
        if "authorization" not in headers:
            raise Refused("authentication_error", "Authorization header is required")
        if headers["authorization"] != f"Bearer {self._key}":
            raise Refused("authentication_error", "invalid bearer token")
        if headers.get("anthropic-version") != VERSION:
            found = headers.get("anthropic-version")
            raise Refused("invalid_request_error", f"anthropic-version: {found!r} is not valid")
        if "anthropic-beta" in headers:
            found = headers["anthropic-beta"]
            raise Refused(
                "invalid_request_error", f"Unexpected value for `anthropic-beta`: {found}"
            )

    def _read(
        self,
        headers: dict[str, str],
        sent: bytes,
        kept: list[Request],
        *,
        counting: bool = False,
    ) -> Request:
        """The request in a body that is a JSON object; it is kept."""
        if len(sent) > LARGEST:
            raise Refused("request_too_large", "Request exceeds the maximum size")
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Refused("invalid_request_error", "content-type must be application/json")
        try:
            body = json.loads(sent.decode(), parse_constant=_no_constant)
            json.dumps(body, ensure_ascii=False).encode()
        except ValueError as error:
            message = f"The request body is not valid JSON: {error}"
            raise Refused("invalid_request_error", message) from None
        if not isinstance(body, dict):
            raise Refused("invalid_request_error", "body: Input should be an object")
        request = Request(body, headers)
        kept.append(request)
        return request

    def _check(self, request: Request, *, counting: bool = False) -> None:
        """Refuses a body that breaks a rule, or that uses what this server lacks."""
        found = problems(request.body, self._conversations, counting=counting)
        if found:
            self.problems.extend(found[1:])
            raise Refused("invalid_request_error", found[0])
        for message in refusals(request.body, self._missing):
            raise Refused("invalid_request_error", message, violation=False)

    def _message(self, request: Request, sender: Sender) -> None:
        self._check(request)
        seen = Request(without(request.body, self._drops), request.headers)
        plan = self.cache.plan(seen.body)
        reply = self._review(seen)
        if not isinstance(reply, Reply):
            raise TypeError(f"the reviewer answered {reply!r}, which is no Reply")
        if reply.failure and not reply.fault:
            sender.failure(reply.status, reply.failure, reply.headers)
            return
        if reply.raw is not None:
            sender.whole(reply.status, reply.raw, reply.media, reply.headers)
            return
        message = self._writer.message(reply, request.model, self._usage(plan))
        if complete(reply):
            self._conversations.answered(request.body, message["content"])
        deliver(
            sender,
            reply,
            message,
            stream=request.stream,
            begun=lambda: self.cache.commit(plan),
        )

    def _usage(self, plan: Plan) -> dict[str, Any]:
        """Token counts; a server without a prompt cache has no counts for it."""
        if "cache" in self._missing | self._drops:
            return {"input_tokens": plan.usage["input_tokens"]}
        return plan.usage


class _Script:
    """Answers from a list, one after the other."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self._replies, self._lock = iter(replies), threading.Lock()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            reply = next(self._replies, None)
        if reply is None:
            raise AssertionError("the script has no reply left")
        return reply


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
