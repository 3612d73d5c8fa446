"""What pages are written on: templates of ours, a style sheet under a name of its own, strict headers."""

import hashlib
import os
from typing import Any

from flask import Response

from bot.publishers import html
from webhooks.pages import figures
from webhooks.pages.sight import Sight

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ROOMS = (
    ("/", "Waiting"),
    ("/rules", "Rules"),
    ("/authorship", "Authorship"),
    ("/ledger", "Ledger"),
    ("/health", "Health"),
)
# What is said where there is no page: a title and sentences, by occasion.
_NOTES = {
    "not-found": ("There is no such page", "It may be gone, or it is not for you to see."),
    "failed": ("Something went wrong here", "It is in the service's log. Try it once more."),
    "away": ("GitHub does not answer", "What you may see is asked there. Try it again in a minute."),
    "not-begun": ("This sign-in was not begun here", "It may be too old. Begin again."),
    "refused": ("You are not signed in", "GitHub did not let you in, or you did not let us."),
    "forged": ("Nothing was done", "That did not come from a page of ours. Load the page again."),
    "locked": (
        "These pages are for who started the service",
        "Open the address in the file pages-address in the service's data folder.",
    ),
    "sign-in": (
        "Findings wait for people",
        "Sign in with GitHub. You see the repositories that you may read there, and no others.",
    ),
}  # fmt: skip


class Paper:
    """Renders pages. *server_url* is where GitHub is, for links to it."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._templates = html.environment(_FOLDER)
        self.style = html.stylesheet()
        self.digest = hashlib.sha256(self.style.encode()).hexdigest()[:16]
        self._templates.globals |= {
            "style_url": f"/assets/{self.digest}.css",
            "rooms": ROOMS,
            "pull_url": self.pull_url,
        }
        self._templates.filters |= {"percent": figures.percent, "age": figures.age}

    def pull_url(self, repository: str, number: int, thread: int = 0) -> str:
        """A pull request on GitHub, or a conversation on it."""
        place = f"#discussion_r{thread}" if thread else ""
        return f"{self._server_url}/{repository}/pull/{number}{place}"

    def page(self, name: str, sight: Sight, room: str = "", **values: Any) -> Response:
        """A page of one of the rooms."""
        text = self._templates.get_template(f"{name}.html").render(sight=sight, room=room, **values)
        return self._answer(text, 200)

    def note(self, occasion: str, status: int = 200, **values: Any) -> Response:
        """A page that only says something."""
        title, says = _NOTES[occasion]
        given = {"begin": "", "occasion": occasion, "sight": None, "room": ""} | values
        text = self._templates.get_template("note.html").render(title=title, says=says, **given)
        return self._answer(text, status)

    def _answer(self, text: str, status: int) -> Response:
        return Response(text, status, headers=HEADERS, content_type="text/html; charset=utf-8")
