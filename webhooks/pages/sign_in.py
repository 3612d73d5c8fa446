"""Signing in with GitHub: the App's web flow, with a state and a proof key that never leave the server
but encrypted, in a cookie of the very browser that began."""

import json
import logging
import secrets
import urllib.parse
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Request, redirect, request
from werkzeug.wrappers import Response

from webhooks.pages import person, sessions
from webhooks.pages.paper import Paper
from webhooks.pages.person import GitHubAway, NotSignedIn
from webhooks.pages.sight import Sight
from webhooks.service_settings import ServiceSettings

if TYPE_CHECKING:
    from sqlalchemy import Engine

_log = logging.getLogger("architrave")
_BEGUN_SECONDS = 600
_LONGEST_NEXT = 500


class SignedIn:
    """The door of pages that are for whoever GitHub knows."""

    def __init__(self, settings: ServiceSettings, engine: "Engine", paper: Paper) -> None:
        self._settings, self._engine, self._paper = settings, engine, paper
        self.is_secure = settings.url.startswith("https://")
        # Browsers let no other host and no plain connection set a cookie of this name.
        prefix = "__Host-" if self.is_secure else ""
        self.cookie, self.begun = f"{prefix}architrave", f"{prefix}architrave-begun"

    def look(self, asked: Request) -> Sight | Response:
        """What whoever asks may see, or where they are sent."""
        try:
            found = sessions.find(self._engine, self._settings, asked.cookies.get(self.cookie, ""))
        except GitHubAway as away:
            _log.warning("who may see what cannot be asked: %s", away)
            return self._paper.note("away", 503)
        if found is not None:
            return found.sight
        there = asked.full_path.rstrip("?") if asked.method == "GET" else "/"
        return redirect(f"/sign-in?{urllib.parse.urlencode({'next': there})}", 303)

    def add(self, pages: Blueprint) -> None:
        """Add the addresses of signing in and out."""
        pages.add_url_rule("/sign-in", view_func=self.offer, endpoint="offer")
        pages.add_url_rule("/sign-in/github", view_func=self.begin, endpoint="begin")
        pages.add_url_rule(person.CALLBACK, view_func=self.arrive, endpoint="arrive")
        pages.add_url_rule("/sign-out", view_func=self.leave, endpoint="leave", methods=["POST"])

    def offer(self) -> Response:
        """The page that offers to sign in."""
        there = safe_next(request.args.get("next", ""))
        begin = f"/sign-in/github?{urllib.parse.urlencode({'next': there})}"
        return self._paper.note("sign-in", begin=begin)

    def begin(self) -> Response:
        """Send the browser to GitHub."""
        from cryptography.fernet import Fernet

        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        begun = {
            "state": state,
            "verifier": verifier,
            "next": safe_next(request.args.get("next", "")),
        }
        locked = Fernet(sessions.key(self._settings, "begun")).encrypt(json.dumps(begun).encode())
        answer = redirect(person.authorize_url(self._settings, state, verifier), 303)
        self._set(answer, self.begun, locked.decode(), _BEGUN_SECONDS)
        return answer

    def arrive(self) -> Response:
        """Somebody comes back from GitHub."""
        begun = self._begun()
        state, code = request.args.get("state", ""), request.args.get("code", "")
        if begun is None or not secrets.compare_digest(
            begun["state"].encode(), state.encode(errors="replace")
        ):
            return self._forget_begun(self._paper.note("not-begun", 400))
        if not code:
            return self._forget_begun(self._paper.note("refused", 403))
        try:
            account = person.arrive(self._settings, code, begun["verifier"])
            cookie = sessions.open_session(self._engine, self._settings, account)
        except NotSignedIn as error:
            _log.warning("somebody could not sign in: %s", error)
            return self._forget_begun(self._paper.note("refused", 403))
        except GitHubAway as away:
            _log.warning("somebody could not sign in: %s", away)
            return self._forget_begun(self._paper.note("away", 503))
        if old := request.cookies.get(self.cookie, ""):
            sessions.close(self._engine, old)
        answer = redirect(safe_next(begun["next"]), 303)
        self._set(answer, self.cookie, cookie, sessions.LIFE)
        return self._forget_begun(answer)

    def leave(self) -> Response:
        """Sign out: only by a form of ours."""
        cookie = request.cookies.get(self.cookie, "")
        given = request.form.get("csrf", "").encode(errors="replace")
        if not cookie or not secrets.compare_digest(sessions.csrf(cookie).encode(), given):
            return self._paper.note("forged", 403)
        sessions.close(self._engine, cookie)
        answer = redirect("/sign-in", 303)
        answer.delete_cookie(
            self.cookie, path="/", secure=self.is_secure, httponly=True, samesite="Lax"
        )
        return answer

    def _begun(self) -> dict[str, Any] | None:
        from cryptography.fernet import Fernet, InvalidToken

        text = request.cookies.get(self.begun, "")
        try:
            lock = Fernet(sessions.key(self._settings, "begun"))
            found = json.loads(lock.decrypt(text.encode(), ttl=_BEGUN_SECONDS))
        except (InvalidToken, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _forget_begun(self, answer: Response) -> Response:
        answer.delete_cookie(
            self.begun, path="/", secure=self.is_secure, httponly=True, samesite="Lax"
        )
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.is_secure, httponly=True,
            samesite="Lax",
        )  # fmt: skip


def safe_next(text: str) -> str:
    """Where to go after signing in: a place among these pages, else the first of them."""
    is_plain = text.isprintable() and len(text) <= _LONGEST_NEXT and "\\" not in text
    parts = urllib.parse.urlsplit(text) if is_plain and text[:2] != "//" else None
    if parts is None or parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return "/"
    return text if not parts.path.startswith(("/sign-", "//")) else "/"
