"""The HTTP server under the fake: every thread and connection ends when it closes."""

import contextlib
import socket
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from anthropic_wire import Gone

Handle = Callable[[BaseHTTPRequestHandler, bytes], None]


class Server(ThreadingHTTPServer):
    """Keeps its connections, so that closing it ends every thread."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, answer: Handle, problems: list[str]) -> None:
        self.answer, self._problems = answer, problems
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.discard(request)

    def hang_up(self) -> None:
        """Ends the connections that clients keep open."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self._problems.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and hands them on with their bodies."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, Gone):
            self.close_connection = True

    def do_GET(self) -> None:
        self.server.answer(self, b"")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        self.server.answer(self, self.rfile.read(int(size)) if size.isdecimal() else b"")
