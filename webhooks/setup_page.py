"""The page that sends a person's browser to GitHub with a manifest, and gets them back with a code.

It listens on loopback only. Its address holds a secret, so that nobody else on the machine can read
the state; the state comes back with the code, so that no other site can bring a code of its own.
"""

import hmac
import html
import re
import secrets
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    # The secret in our address is not for GitHub; that it is us may be known.
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
}
_CODE = re.compile(r"[A-Za-z0-9_-]{10,200}")
_SECONDS = 10


class Shown(NamedTuple):
    """What a request is answered."""

    status: int
    body: str


class Page:
    """Use it as a context manager: `address` is for the browser, `wait` gives the code."""

    def __init__(self) -> None:
        self._state, self._door = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._form, self._code = "", ""
        self._came = threading.Event()
        page = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _SECONDS

            def do_GET(self) -> None:
                shown = page._answer(self.path, self.headers.get("Host", ""))
                body = shown.body.encode()
                self.send_response(shown.status)
                for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Says nothing: the code would be in it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._host = f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def address(self) -> str:
        return f"http://{self._host}/{self._door}"

    @property
    def redirect(self) -> str:
        """Where GitHub sends the browser back to."""
        return f"http://{self._host}/done"

    def show(self, registration: str, manifest: str) -> None:
        """Offer *manifest* for the page at GitHub where Apps are registered."""
        action = html.escape(f"{registration}?state={self._state}")
        self._form = _page(
            f'<form action="{action}" method="post">'
            f'<input type="hidden" name="manifest" value="{html.escape(manifest)}">'
            "<p>GitHub shows what the App is called and asks you to make it. "
            "Its permissions and events are filled in.</p>"
            "<button>Make the GitHub App</button></form>"
        )

    def wait(self, seconds: float) -> str:
        """The code that GitHub gave; "" where none came."""
        return self._code if self._came.wait(seconds) else ""

    def __enter__(self) -> "Page":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, target: str, host: str) -> Shown:
        # Another name for this address would let another site read what is shown.
        if host != self._host:
            return Shown(421, _page("<p>This page has another address.</p>"))
        parts = urllib.parse.urlsplit(target)
        if parts.path == "/done":
            return self._returned(urllib.parse.parse_qs(parts.query))
        if hmac.compare_digest(parts.path.encode(), f"/{self._door}".encode()):
            return Shown(200, self._form)
        return Shown(404, _page("<p>There is nothing here.</p>"))

    def _returned(self, query: dict[str, list[str]]) -> Shown:
        state, code = (query.get(name, [""])[0] for name in ("state", "code"))
        if not hmac.compare_digest(state.encode(), self._state.encode()):
            return Shown(403, _page("<p>This was not asked for here: the state is another.</p>"))
        if not _CODE.fullmatch(code) or self._came.is_set():
            return Shown(400, _page("<p>GitHub gave no code, or has given it before.</p>"))
        self._code = code
        self._came.set()
        return Shown(200, _page("<p>The App is made. Go on in the terminal.</p>"))


def _page(body: str) -> str:
    title = "review-service setup"
    return f'<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}\n'
