"""The frame of the REST API: routes, what they need, bodies, pages and refusals."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from github_accounts import Token
from github_http import Answer, Request
from github_model import Pull, Repository, State

DOCS = "https://docs.github.com/rest"
BY_INTEGRATION = "Resource not accessible by integration"
JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}
TYPES = {
    "str": (str, "string"),
    "int": (int, "integer"),
    "bool": (bool, "boolean"),
    "list": (list, "array"),
    "dict": (dict, "object"),
}
# What a person's token needs to be allowed for a permission that an App asks for by name.
LEVEL_FOR = {
    ("statuses", "write"): "write",
    ("contents", "write"): "write",
    ("administration", "read"): "admin",
}


class Refused(Exception):
    """An error of the API; a violation is a mistake no client should make."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Any] | None = None,
        *,
        violation: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors
        self.violation, self.headers = violation, headers or {}


def not_found() -> Refused:
    return Refused(404, "Not Found")


def invalid(resource: str, *errors: dict[str, Any] | str, violation: bool = False) -> Refused:
    """422 as most of the API words it."""
    worded = [
        {"resource": resource, **error} if isinstance(error, dict) else error for error in errors
    ]
    return Refused(422, "Validation Failed", worded, violation=violation)


def unprocessable(*errors: str) -> Refused:
    """422 as reviews word it."""
    return Refused(422, "Unprocessable Entity", errors)


@dataclass
class Route:
    method: str
    pattern: re.Pattern[str]
    act: Callable[["Call"], Any]
    needs: str
    docs: str
    keys: dict[str, str]
    query: frozenset[str]


@dataclass
class Call:
    """One request on its way through a route; `repo` is set where the path names one."""

    hub: Any
    state: State
    request: Request
    token: Token | None
    params: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    found_repo: Repository | None = None
    app: Any = None

    @property
    def repo(self) -> Repository:
        assert self.found_repo
        return self.found_repo

    @property
    def actor(self) -> Token:
        """Who asks; refuses where nobody has signed in."""
        if self.token is None:
            raise Refused(401, "Requires authentication")
        return self.token

    @property
    def pull(self) -> Pull:
        found = self.repo.pulls.get(int(self.params["number"]))
        if found is None:
            raise not_found()
        return found

    def page(self, items: Sequence[Any], key: str | None = None) -> Answer:
        """One page of a list, with links to the others."""
        query = self.request.query
        size = min(max(_number(query.get("per_page"), 30), 1), 100)
        at, last = max(_number(query.get("page"), 1), 1), max(-(-len(items) // size), 1)
        shown = list(items[(at - 1) * size : at * size])
        answer = shaped(shown if key is None else {"total_count": len(items), key: shown})
        steps = {"prev": at - 1, "next": at + 1, "last": last, "first": 1}
        hidden = {"prev", "first"} if at == 1 else {"next", "last"} if at >= last else set()
        links = []
        for name, number in steps.items():
            if name not in hidden and last > 1:
                path = self.hub.url + urlsplit(self.request.target).path
                links.append(f'<{path}?{urlencode({**query, "page": number})}>; rel="{name}"')
        if links:
            answer.headers["Link"] = ", ".join(links)
        return answer


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    needs: str = "metadata:read",
    *,
    docs: str = "",
    keys: dict[str, str] | None = None,
    query: Sequence[str] = (),
) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Adds a route: `{number}` and `{id}` are digits, `{ref}` and `{path}` may have slashes.

    `needs` are permissions, any of which suffices (`a:write|b:write`), or "jwt", or "anyone", or
    "browser" for a page that takes a form from a person who has signed in.
    A key's type ends in `*` when it must be there and in `?` when it may be null.
    """
    kinds = {"number": r"\d+", "id": r"\d+", "ref": ".+", "path": ".*"}
    pattern = re.sub(
        r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{kinds.get(m[1], '[^/]+')})", path.replace(".", r"\.")
    )

    def add(act: Callable[[Call], Any]) -> Callable[[Call], Any]:
        names = frozenset(query) | {"per_page", "page"}
        ROUTES.append(
            Route(method, re.compile(pattern), act, needs, f"{DOCS}/{docs}", keys or {}, names)
        )
        return act

    return add


def find(request: Request) -> tuple[Route, dict[str, str]] | None:
    """The route of a request: of several that fit, the one that says most."""
    fitting = [
        (each, found.groupdict())
        for each in ROUTES
        if each.method == request.method and (found := each.pattern.fullmatch(request.path))
    ]
    if not fitting:
        return None
    each, names = max(fitting, key=lambda pair: len(pair[0].pattern.pattern))
    return each, {name: unquote(value) for name, value in names.items()}


def shaped(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), dict(JSON_TYPE))


def permit(call: Call, needs: str) -> None:
    """Refuses what the token has no permission for."""
    if needs in ("anyone", "browser"):
        return
    if needs == "jwt":
        raise Refused(401, "A JSON web token could not be decoded")
    wanted = [tuple(each.split(":")) for each in needs.split("|")]
    token, repo = call.token, call.found_repo
    reading = all(level == "read" for _, level in wanted)
    if repo and not repo.private and reading and wanted[0][0] != "administration":
        return
    token = call.actor
    if token.kind in ("personal", "user"):
        _permit_person(token, repo, wanted)
    elif repo and not token.covers(repo.full_name):
        raise Refused(403, BY_INTEGRATION)
    elif not any(_has(token.permissions.get(name), level) for name, level in wanted):
        accepted = "; ".join(f"{name}={level}" for name, level in wanted)
        raise Refused(403, BY_INTEGRATION, headers={"X-Accepted-GitHub-Permissions": accepted})


def _permit_person(token: Token, repo: Repository | None, wanted: list[tuple[str, ...]]) -> None:
    if wanted[0] == ("checks", "write"):
        raise Refused(403, "You must authenticate via a GitHub App.")
    for name, level in wanted:
        if repo and not repo.allows(token.actor, LEVEL_FOR.get((name, level), "read")):
            raise Refused(403, "Must have admin rights to Repository.")


def _has(given: str | None, level: str) -> bool:
    return given is not None and (given != "read" or level == "read")


def body_of(call: Call, keys: dict[str, str]) -> list[str]:
    """Reads the JSON body; the problems it has that GitHub would not mind."""
    if call.request.method in ("GET", "HEAD", "DELETE") and not call.request.content:
        return []
    found = call.request.json if call.request.content else {}
    if found is None:
        raise Refused(400, "Problems parsing JSON", violation=True)
    if not isinstance(found, dict):
        raise Refused(400, "Body should be a JSON object", violation=True)
    call.body = found
    check(found, keys)
    return [f"unknown key {name!r}" for name in found if name not in keys]


def check(found: dict[str, Any], keys: dict[str, str], place: str = "") -> None:
    """Refuses a missing key and a value of the wrong type."""
    for name, kind in keys.items():
        if name not in found:
            if kind.endswith("*"):
                raise Refused(
                    422, f'Invalid request.\n\n"{name}" wasn\'t supplied.', violation=True
                )
            continue
        value = found[name]
        wanted, word = TYPES[kind.rstrip("*?")]
        fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if not fits and not (kind.endswith("?") and value is None):
            shown = "nil" if value is None else json.dumps(value)
            message = f"For 'properties/{place}{name}', {shown} is not of type {word}."
            raise Refused(422, f"Invalid request.\n\n{message}", violation=True)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
