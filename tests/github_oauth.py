"""Signing in by an App: the web flow with its strictness, and what somebody who has signed in may see.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import github_more_shapes as more
from github_accounts import App, Installation, Token, User
from github_api import Call, Refused, not_found, route
from github_http import Answer, Request
from github_model import State

PREFIX = "/login/oauth/"
_TOKEN_KEYS = {"client_id", "client_secret", "code", "redirect_uri", "code_verifier", "grant_type"}
LISTS = "You must authenticate with an access token authorized to a GitHub App in order to list"


@dataclass
class Grant:
    """A code: for whom, for which client, and what it has to be redeemed with."""

    app: App
    user: User
    redirect_uri: str
    challenge: str
    ends: float


class SignIns:
    """The part of the hub where people sign in."""

    state: State
    grants: dict[str, Grant]
    problems: list[str]
    browsing = ""

    def now(self) -> float: ...

    def user(self, login: str) -> User: ...

    def client(self, app: App, *callbacks: str) -> tuple[str, str]:
        """Let people sign in by an App; its client id and secret."""
        app.client_id, app.client_secret = f"Iv23{app.id:016}", secrets.token_hex(20)
        app.callbacks = callbacks
        return app.client_id, app.client_secret

    def consent(self, url: str, login: str) -> str:
        """What a browser does at *url* for somebody who agrees: where GitHub sends it then."""
        asked = dict(parse_qsl(urlsplit(url).query))
        app = next((a for a in self.state.apps if a.client_id == asked.get("client_id")), None)
        assert app is not None, f"no such client: {url}"
        assert asked.get("redirect_uri") in app.callbacks, asked
        assert asked.get("response_type", "code") == "code"
        assert asked.get("code_challenge_method") == "S256", "no proof key"
        assert len(asked.get("state", "")) >= 20, "no state that could not be guessed"
        code = secrets.token_hex(10)
        self.grants[code] = Grant(
            app, self.user(login), asked["redirect_uri"], asked["code_challenge"], self.now() + 600
        )
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def answer(hub: Any, request: Request) -> Answer:
    """`POST /login/oauth/access_token`; errors come with status 200, as GitHub has it. And where
    browsers go: `hub.browsing` is signed in there, and agrees to everything."""
    if request.method == "GET" and request.path == f"{PREFIX}authorize" and hub.browsing:
        return Answer(302, b"", {"Location": hub.consent(hub.url + request.target, hub.browsing)})
    if request.method != "POST" or request.path != f"{PREFIX}access_token":
        return Answer(404, b"Not Found")
    given = dict(parse_qsl(request.content.decode()))
    if unknown := sorted(given.keys() - _TOKEN_KEYS):
        hub.problems.append(f"{request}: unknown parameters {unknown}")
    if request.headers.get("accept") != "application/json":
        hub.problems.append(f"{request}: the answer would not be JSON")
    found = _redeem(hub, given)
    return Answer(200, json.dumps(found).encode(), {"Content-Type": "application/json"})


def _redeem(hub: Any, given: dict[str, str]) -> dict[str, Any]:
    app = next((a for a in hub.state.apps if a.client_id == given.get("client_id")), None)
    if app is None or app.client_secret != given.get("client_secret"):
        return {"error": "incorrect_client_credentials"}
    grant = hub.grants.pop(given.get("code", ""), None)
    if grant is None or grant.app is not app or grant.ends < hub.now():
        return {"error": "bad_verification_code", "error_description": "The code is incorrect."}
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if challenge != grant.challenge or given.get("redirect_uri") != grant.redirect_uri:
        return {"error": "bad_verification_code", "error_description": "The proof is incorrect."}
    value = f"ghu_{secrets.token_hex(18)}"
    hub.state.tokens[value] = Token(
        value, "user", grant.user, {}, expires=hub.now() + 8 * 3600, client=app
    )
    return {"access_token": value, "token_type": "bearer", "scope": "", "expires_in": 28800}


def _seen(call: Call, found: Installation) -> list[Any]:
    """The repositories of an installation that somebody was given access to."""
    who = call.actor.actor
    return [
        repo
        for repo in call.state.repos.values()
        if repo.owner.login == found.account.login
        and (found.repos is None or repo.full_name in found.repos)
        and (repo.owner is who or repo.collaborators.get(who.login, "none") != "none")
    ]


def _installations(call: Call) -> list[Installation]:
    token = call.actor
    if token.client is None:
        raise Refused(403, f"{LISTS} installations", violation=True)
    mine = [each for each in call.state.installations if each.app is token.client]
    return [each for each in mine if _seen(call, each)]


@route("GET", "/user/installations", "anyone",
       docs="apps/installations#list-app-installations-accessible-to-the-user-access-token")  # fmt: skip
def list_installations(call: Call) -> Answer:
    found = [more.installation(call.hub.shapes, each) for each in _installations(call)]
    return call.page(found, "installations")


@route("GET", "/user/installations/{id}/repositories", "anyone",
       docs="apps/installations#list-repositories-accessible-to-the-user-access-token")  # fmt: skip
def list_repositories(call: Call) -> Answer:
    for each in _installations(call):
        if each.id == int(call.params["id"]):
            found = [call.hub.shapes.repo(repo) for repo in _seen(call, each)]
            return call.page(found, "repositories")
    raise not_found()
