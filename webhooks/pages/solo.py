"""The door of pages that are for one person: who started the service on their own machine.

Being asked from this machine proves little: a proxy in front asks from here too, a web page can have
its name point here, and others may have an account. So the first request brings a key from a file
that only the person who started the service can read.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
import urllib.parse
from typing import TYPE_CHECKING

from flask import Blueprint, Request, redirect, request
from werkzeug.wrappers import Response

from webhooks.pages.sight import EVERYTHING, Sight
from webhooks.service_settings import LOOPBACK, ServiceSettings

if TYPE_CHECKING:
    from webhooks.pages.paper import Paper

ADDRESS_FILE = "pages-address"
_ENTRY = "/enter/"
_COOKIE = "architrave-solo"
_YEAR = 365 * 86_400
_PROXIED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_")


class Solo:
    """Lets in who has the key of *settings*' folder."""

    def __init__(self, settings: ServiceSettings, paper: "Paper") -> None:
        self._path, self._paper = os.path.join(settings.folder, ADDRESS_FILE), paper
        self._key = _kept(self._path) or secrets.token_urlsafe(32)

    def write_down(self, port: int, host: str) -> str:
        """Keep the address with the key where only its owner can read it; the file's path."""
        shown = f"[{host}]" if ":" in host else host
        # Made anew, so that no link and no wider mode of an old one counts.
        number, new = tempfile.mkstemp(dir=os.path.dirname(self._path))
        with open(number, "w", encoding="ascii") as file:
            file.write(f"http://{shown}:{port}{_ENTRY}{self._key}\n")
        os.replace(new, self._path)
        return self._path

    def look(self, asked: Request) -> Sight | Response:
        """Everything for the one person, nothing for anybody else."""
        if not is_here(asked):
            return self._paper.note("not-found", 404)
        given = asked.cookies.get(_COOKIE, "").encode(errors="replace")
        if hmac.compare_digest(given, self._proof().encode()):
            return EVERYTHING
        return self._paper.note("locked", 403)

    def add(self, pages: Blueprint) -> None:
        """Add the address with the key."""
        pages.add_url_rule(f"{_ENTRY}<key>", view_func=self.enter, endpoint="enter")

    def enter(self, key: str) -> Response:
        """Give the browser a cookie for the key."""
        if not is_here(request) or not hmac.compare_digest(key.encode(), self._key.encode()):
            return self._paper.note("not-found", 404)
        answer = redirect("/", 303)
        answer.set_cookie(
            _COOKIE, self._proof(), max_age=_YEAR, path="/", httponly=True, samesite="Lax"
        )
        return answer

    def _proof(self) -> str:
        return hashlib.sha256(f"cookie {self._key}".encode()).hexdigest()


def is_here(asked: Request) -> bool:
    """Whether a request comes from this machine, by a name that is its own, through nobody."""
    try:
        host = urllib.parse.urlsplit(f"//{asked.host}").hostname
    except ValueError:
        return False
    proxied = any(name.startswith((*_PROXIED, "HTTP_X_FORWARDED")) for name in asked.environ)
    return host in LOOPBACK and asked.remote_addr in LOOPBACK and not proxied


def _kept(path: str) -> str:
    """The key of an earlier start, so that a browser need not be let in again."""
    try:
        with open(path, encoding="ascii") as file:
            key = file.read(500).strip().rpartition(_ENTRY)[2]
    except (OSError, UnicodeDecodeError):
        return ""
    return key if len(key) >= 40 else ""
