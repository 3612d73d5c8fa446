"""The HTTP server under the fake GitHub: every thread and connection ends when it closes."""

import contextlib
import json
import socket
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Drop(Exception):
    """The connection ends without an answer."""


@dataclass
class Request:
    """What a client sent, and (once answered) what it got: `status` 0 means nothing."""

    method: str
    target: str
    headers: dict[str, str]
    content: bytes
    status: int = 0
    actor: str | None = None
    fault: str | None = None
    done: bool = False

    @property
    def path(self) -> str:
        """The path without the query and without the prefix of an enterprise server."""
        path = urlsplit(self.target).path
        return path.removeprefix("/api/v3").removeprefix("/api") or "/"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The body; None when there is none, or when it is no JSON."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None

    @property
    def is_graphql(self) -> bool:
        return self.path == "/graphql"

    @property
    def is_git(self) -> bool:
        return ".git/" in self.path and not self.path.startswith("/repos/")

    @property
    def is_write(self) -> bool:
        """Whether it may change something: GraphQL only when it is a mutation."""
        if self.is_graphql:
            body = self.json
            query = body.get("query") if isinstance(body, dict) else None
            return isinstance(query, str) and query.lstrip().startswith("mutation")
        return self.method not in ("GET", "HEAD") and not self.is_git

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class Answer:
    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """Keeps its connections, so that closing it ends every thread."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, answer: Handle, problems: list[str]) -> None:
        self.answer, self._problems = answer, problems
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="fake-github")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self._problems.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and sends answers."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "github.com", ""
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, Drop):
            self.close_connection = True

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._content(headers))
        try:
            answer = self.server.answer(request)
        except Drop:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        self.send_header("Server", self.version_string())
        for name, value in {"Content-Length": str(len(answer.content)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    # The names that http.server looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def _content(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            size = headers.get("content-length", "")
            return self.rfile.read(int(size)) if size.isdecimal() else b""
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)
