"""The smallest client, and a world with one pull request, for the tests of the fake GitHub."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fake_github import FakeGitHub
from github_accounts import App, Token
from github_keys import sign
from github_model import Pull, Repository, Thread

NUMBERS = "".join(f"x{i} = {i}\n" for i in range(1, 31))
SHOP = {"a.py": NUMBERS, "b.py": "y = 1\n", "docs/c.md": "# C\n", "logo.png": b"\x89PNG\0\1"}
CHANGE = {
    "a.py": NUMBERS.replace("x16 = 16", "x16 = 61"),
    "b.py": None,
    "new.py": "one = 1\ntwo = 2\nthree = 3\n",
    "logo.png": b"\x89PNG\0\2",
}
PULL = "/repos/acme/shop/pulls/1"


@dataclass
class Got:
    status: int
    json: Any
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """The message of an error and what it names."""
        errors = [
            e if isinstance(e, str) else e.get("message") for e in self.json.get("errors", [])
        ]
        return " | ".join([self.json["message"], *(str(error) for error in errors)])


class Client:
    """Asks as one token; a JSON web token of the App where `jwt` is given."""

    def __init__(self, hub: FakeGitHub, secret: str | None) -> None:
        self.hub, self.secret = hub, secret

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        sent = {"User-Agent": "tests", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.secret is not None:
            sent.setdefault("Authorization", f"Bearer {self.secret}")
        at = urlsplit(self.hub.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
        try:
            content = None if body is None else json.dumps(body)
            prefix = "/api" if path == "/graphql" else "/api/v3"
            connection.request(method, prefix + path, content, sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        return Got(
            answer.status, json.loads(text) if "json" in kind else text, dict(answer.headers)
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers).json

    def graphql(self, query: str, **variables: Any) -> Any:
        return self("POST", "/graphql", {"query": query, "variables": variables}).json

    def review(self, *comments: dict[str, Any], event: str = "COMMENT", **more: Any) -> Got:
        body = {"body": "Brief.", "event": event, "comments": list(comments), **more}
        return self("POST", f"{PULL}/reviews", body)


@dataclass
class World:
    """A private repository `acme/shop` with one pull request, and the bot that reviews it."""

    hub: FakeGitHub
    repo: Repository
    app: App
    token: Token
    pull: Pull
    bot: Client

    def client(self, token: Token | None) -> Client:
        return Client(self.hub, token and token.value)

    def app_client(self) -> Client:
        return Client(self.hub, sign(self.app.id))

    def threads(self) -> list[Thread]:
        """Two threads of the bot's in one review."""
        self.bot.review(on_line(16), on_line(2, "new.py"))
        return list(self.pull.threads)


def on_line(line: int, path: str = "a.py", **more: Any) -> dict[str, Any]:
    return {"path": path, "line": line, "side": "RIGHT", "body": f"Line {line}.", **more}


def basic(secret: str) -> str:
    return "Basic " + base64.b64encode(f"x-access-token:{secret}".encode()).decode()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FakeGitHub(tmp_path / "hub") as hub:
        repo = hub.repo("acme/shop", SHOP, collaborators={"alice": "write", "bob": "read"})
        app = hub.app()
        token = hub.installation_token(hub.install(app))
        pull = hub.open(repo, CHANGE, author="alice")
        yield World(hub, repo, app, token, pull, Client(hub, token.value))
