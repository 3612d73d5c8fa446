"""How an answer goes over its socket, whole, as a stream, or with a fault on the way."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from anthropic_replies import Failure, Reply
from anthropic_streams import Event, events, server_sent

STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_WHOLE_FAULTS = ("cut_stream", "early_eof", "hang_in_stream", "trickle")


class Gone(Exception):
    """The answer ends here: the server closes, or the fault is done."""


def error_body(failure: Failure, request_id: str) -> dict[str, Any]:
    """An error in Anthropic's form."""
    error: dict[str, Any] = {"type": failure.kind, "message": failure.message}
    if failure.code is not None:
        error["details"] = {"error_code": failure.code}
    return {"type": "error", "error": error, "request_id": request_id}


class Sender:
    """Writes one answer to one connection."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, closing: threading.Event, request_id: str
    ) -> None:
        self._handler, self._closing, self.request_id = handler, closing, request_id

    def begin(self, status: int, media: str, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in {
            "Content-Type": media,
            "request-id": self.request_id,
            **headers,
        }.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def whole(self, status: int, body: bytes, media: str, headers: Mapping[str, str]) -> None:
        self.begin(status, media, {"Content-Length": str(len(body)), **headers})
        self.write(body)

    def failure(self, status: int, failure: Failure, headers: Mapping[str, str]) -> None:
        body = json.dumps(error_body(failure, self.request_id)).encode()
        self.whole(status, body, "application/json", headers)

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def chunk(self, data: bytes) -> None:
        self.write(b"%x\r\n%b\r\n" % (len(data), data))

    def wait(self, seconds: float) -> None:
        """Waits; ends the answer when the server closes meanwhile."""
        if self._closing.wait(seconds):
            raise Gone

    def drop(self, *, reset: bool = False) -> None:
        """Closes the connection as it is."""
        self._handler.close_connection = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._handler.connection.close()
        else:
            with contextlib.suppress(OSError):
                self._handler.connection.shutdown(socket.SHUT_RDWR)
        raise Gone


def complete(reply: Reply) -> bool:
    """Whether a client that waits gets the whole message."""
    partial = ("reset", "cut_stream", "early_eof", "stream_error", "trickle")
    return reply.raw is None and reply.fault not in partial and not reply.failure


def deliver(
    sender: Sender,
    reply: Reply,
    message: dict[str, Any],
    *,
    stream: bool,
    begun: Callable[[], None],
) -> None:
    """Sends a message with the reply's fault; `begun` is called just before the first byte."""
    if reply.fault == "reset":
        sender.drop(reset=True)
    if reply.fault == "hang":
        sender.wait(reply.amount)
    if not stream and reply.fault == "stream_error" and reply.failure:
        sender.failure(STATUSES.get(reply.failure.kind, 500), reply.failure, {})
        return
    begun()
    if stream and reply.fault != "json_instead_of_stream":
        _stream(sender, reply, events(message, well_formed=reply.well_formed))
    elif reply.fault in _WHOLE_FAULTS:
        _broken_whole(sender, reply, json.dumps(message).encode())
    else:
        sender.whole(200, json.dumps(message).encode(), "application/json", reply.headers)


def _stream(sender: Sender, reply: Reply, found: list[Event]) -> None:
    headers = {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache", **reply.headers}
    sender.begin(200, "text/event-stream; charset=utf-8", headers)
    for event in _with_fault(sender, reply, found):
        sender.chunk(server_sent(event))
    sender.write(b"0\r\n\r\n")


def _with_fault(sender: Sender, reply: Reply, found: list[Event]) -> Iterator[Event]:
    """The events up to the fault, and the fault."""
    half = len(found) // 2
    if reply.fault == "cut_stream":
        yield from found[: int(reply.amount)]
        sender.drop()
    if reply.fault not in ("early_eof", "stream_error", "hang_in_stream", "trickle"):
        yield from found
        return
    yield from found[:half]
    if reply.fault == "stream_error" and reply.failure:
        yield error_body(reply.failure, sender.request_id)
    while reply.fault == "trickle":
        sender.wait(reply.amount)
        yield {"type": "ping"}
    if reply.fault == "hang_in_stream":
        sender.wait(reply.amount)
        yield from found[half:]


def _broken_whole(sender: Sender, reply: Reply, body: bytes) -> None:
    """The faults of streams on an answer that is one JSON document."""
    half = len(body) // 2
    if reply.fault == "early_eof":
        sender.begin(200, "application/json", {"Connection": "close"})
        sender.write(body[:half])
        sender.drop()
    if reply.fault == "trickle":
        sender.begin(200, "application/json", {"Transfer-Encoding": "chunked"})
        while True:
            sender.chunk(b" ")
            sender.wait(reply.amount)
    sender.begin(200, "application/json", {"Content-Length": str(len(body))})
    sender.write(body[:half])
    if reply.fault == "cut_stream":
        sender.drop()
    sender.wait(reply.amount)
    sender.write(body[half:])
