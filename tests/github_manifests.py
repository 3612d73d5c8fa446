"""Apps made from a manifest: the page that takes it from a browser, and what its code is good for."""

import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import github_more_shapes as more
from github_accounts import App
from github_api import Call, Refused, not_found, route, shaped
from github_http import Answer

_KEYS = {
    "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description",
    "public", "default_events", "default_permissions", "request_oauth_on_install",
    "setup_on_update",
}  # fmt: skip
# Which permission an event needs, as GitHub's own check of manifests has it.
_NEEDS = {
    "check_run": "checks", "check_suite": "checks", "issue_comment": "issues",
    "merge_group": "merge_queues", "pull_request": "pull_requests",
    "pull_request_review": "pull_requests", "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests", "repository": "metadata",
}  # fmt: skip


@route("POST", "/settings/apps/new", "browser", query=("state",))
def register_mine(call: Call) -> Answer:
    return _register(call, "alice", "User")


@route("POST", "/organizations/{org}/settings/apps/new", "browser", query=("state",))
def register_for_organization(call: Call) -> Answer:
    return _register(call, call.params["org"], "Organization")


def _register(call: Call, owner: str, kind: str) -> Answer:
    """The person says yes at once; the browser goes back with a code, and the state it came with."""
    form = dict(parse_qsl(call.request.content.decode(), strict_parsing=True))
    given = json.loads(form.pop("manifest"))
    if form or not given.keys() <= _KEYS:
        _refuse(f"unknown: {sorted({*form, *given} - _KEYS)}")
    _check(given)
    hub = call.hub
    app = hub.app(
        given["name"].lower(), permissions=given["default_permissions"],
        events=given["default_events"], secret=secrets.token_hex(20), key=1,
    )  # fmt: skip
    app.owner = hub.user(owner, kind)
    app.hook = {"url": given["hook_attributes"]["url"]}
    code = secrets.token_hex(20)
    hub.codes[code] = (app, hub.now() + 3600)
    back = urlencode({"code": code, "state": call.request.query.get("state", "")})
    return Answer(302, b"", {"Location": f"{given['redirect_url']}?{back}"})


def _check(given: dict[str, Any]) -> None:
    for name in ("name", "url", "redirect_url"):
        if not isinstance(given.get(name), str) or len(given["name"]) > 34:
            _refuse(f"Invalid {name}")
    hook = urlsplit(given["hook_attributes"]["url"])
    if hook.scheme not in ("http", "https") or hook.hostname in ("localhost", "127.0.0.1", None):
        _refuse("Hook url is not supported because it isn't reachable over the public Internet")
    for name, level in given["default_permissions"].items():
        if level not in ("read", "write", "admin"):
            _refuse(f"Default permission {name} is not valid")
    for name in given["default_events"]:
        if name not in _NEEDS:
            _refuse(f"Default events unsupported: {name}")
        if _NEEDS[name] not in given["default_permissions"]:
            _refuse(f"Default events are not supported by permissions: {name}")


def _refuse(message: str) -> None:
    raise Refused(422, f"Invalid GitHub App configuration: {message}", violation=True)


@route("POST", "/app-manifests/{code}/conversions", "anyone",
       docs="apps/apps#create-a-github-app-from-a-manifest")  # fmt: skip
def convert(call: Call) -> Answer:
    """Once, and within the hour."""
    app, ends = call.hub.codes.pop(call.params["code"], (None, 0))
    if not isinstance(app, App) or ends < call.hub.now():
        raise not_found()
    shown = more.app(call.hub.shapes, app) | {
        "client_secret": secrets.token_hex(20), "webhook_secret": app.secret or None,
        "pem": call.hub.private_key(app),
    }  # fmt: skip
    return shaped(shown, 201)
