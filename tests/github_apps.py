"""REST: the App itself, its installations, its tokens and the deliveries of its webhook."""

import threading
from typing import Any

import github_more_shapes as more
from github_accounts import Installation
from github_api import Call, Refused, not_found, route, shaped
from github_deliveries import Delivery
from github_http import Answer
from github_shapes import moment

LEVELS = ("read", "write", "admin")
TOKEN = {"repositories": "list", "repository_ids": "list", "permissions": "dict"}
INSTALLATION = "/app/installations/{id}"


@route("GET", "/app", "jwt", docs="apps/apps#get-the-authenticated-app")
def get_app(call: Call) -> Any:
    count = len(_mine(call))
    return more.app(call.hub.shapes, call.app) | {"installations_count": count}


@route("GET", "/app/installations", "jwt", query=("since", "outdated"),
       docs="apps/apps#list-installations-for-the-authenticated-app")  # fmt: skip
def list_installations(call: Call) -> Answer:
    return call.page([more.installation(call.hub.shapes, each) for each in _mine(call)])


@route("GET", INSTALLATION, "jwt",
       docs="apps/apps#get-an-installation-for-the-authenticated-app")  # fmt: skip
def get_installation(call: Call) -> Any:
    return more.installation(call.hub.shapes, _found(call))


@route("GET", "/repos/{owner}/{repo}/installation", "jwt",
       docs="apps/apps#get-a-repository-installation-for-the-authenticated-app")  # fmt: skip
def get_repo_installation(call: Call) -> Any:
    name = f"{call.params['owner']}/{call.params['repo']}"
    for each in _mine(call):
        mine = name in call.state.repos and each.account.login == call.params["owner"]
        if mine and (each.repos is None or name in each.repos):
            return more.installation(call.hub.shapes, each)
    raise not_found()


@route("POST", f"{INSTALLATION}/access_tokens", "jwt", keys=TOKEN,
       docs="apps/apps#create-an-installation-access-token-for-an-app")  # fmt: skip
def create_token(call: Call) -> Answer:
    """A token for an hour; with fewer repositories and permissions when asked for that."""
    found, body, repos = _found(call), call.body, None
    if found.suspended:
        raise Refused(403, "This installation has been suspended")
    if "repository_ids" in body or "repositories" in body:
        repos = _chosen(call, found)
    wanted = body.get("permissions", found.permissions)
    for name, level in wanted.items():
        given = found.permissions.get(name)
        if given is None or LEVELS.index(level) > LEVELS.index(given):
            message = "The permissions requested are not granted to this installation."
            raise Refused(422, message, violation=True)
    granted = {**wanted, "metadata": "read"}
    token = call.hub.installation_token(found, repos=repos, permissions=granted)
    shown: dict[str, Any] = {
        "token": token.value, "expires_at": moment(token.expires), "permissions": granted,
        "repository_selection": "all" if repos is None and found.repos is None else "selected",
    }  # fmt: skip
    if repos is not None:
        shown["repositories"] = [call.hub.shapes.repo(call.state.repos[name]) for name in repos]
    return shaped(shown, 201)


def _chosen(call: Call, found: Installation) -> list[str]:
    """The repositories asked for; all of them must be within the installation."""
    ids, names = call.body.get("repository_ids", []), call.body.get("repositories", [])
    if len(ids) > 500 or len(names) > 500:
        raise Refused(422, "Too many repositories", violation=True)
    within = [
        repo
        for repo in call.state.repos.values()
        if repo.owner.login == found.account.login
        and (found.repos is None or repo.full_name in found.repos)
    ]
    chosen = [repo for repo in within if repo.id in ids or repo.name in names]
    if len(chosen) < len({*ids}) + len({*names}):
        message = (
            "There is at least one repository that does not exist or is not accessible to the "
            "parent installation."
        )
        raise Refused(422, message)
    return [repo.full_name for repo in chosen]


@route("GET", "/installation/repositories",
       docs="apps/installations#list-repositories-accessible-to-the-app-installation")  # fmt: skip
def list_repositories(call: Call) -> Answer:
    token = call.actor
    if token.installation is None:
        raise Refused(403, "You must authenticate with an installation access token")
    account, chosen = token.installation.account.login, token.installation.repos
    found = [
        call.hub.shapes.repo(repo)
        for repo in call.state.repos.values()
        if repo.owner.login == account
        and (chosen is None or repo.full_name in chosen)
        and (token.repos is None or repo.full_name in token.repos)
    ]
    return call.page(found, "repositories")


@route("GET", "/app/hook/config", "jwt",
       docs="apps/webhooks#get-a-webhook-configuration-for-an-app")  # fmt: skip
def get_hook(call: Call) -> Any:
    shown = {"content_type": "json", "insecure_ssl": "0", "url": call.hub.webhook_url or ""}
    return shown | ({"secret": "********"} if call.app.secret else {}) | call.app.hook


@route("GET", "/app/hook/deliveries", "jwt", query=("cursor", "status"),
       docs="apps/webhooks#list-deliveries-for-an-app-webhook")  # fmt: skip
def list_deliveries(call: Call) -> Any:
    """The newest come first; three days are kept. Pages are by cursor, not by number."""
    wanted = call.request.query.get("status")
    found = [
        delivery
        for delivery in reversed(call.state.deliveries)
        if delivery.at > call.hub.now() - 3 * 86400
        and (wanted is None or (wanted == "success") == (200 <= delivery.code < 400))
    ]
    query = call.request.query
    if "page" in query:
        raise Refused(422, "pages of deliveries have no number", violation=True)
    before = int(query.get("cursor", "v1_0").removeprefix("v1_")) or call.state.last + 1
    size = min(int(query.get("per_page", "30")), 100)
    rest = [delivery for delivery in found if delivery.id < before]
    answer = shaped([_delivery(each) for each in rest[:size]])
    if len(rest) > size:
        at = f"{call.hub.api_url}/app/hook/deliveries?per_page={size}"
        answer.headers["Link"] = f'<{at}&cursor=v1_{rest[size - 1].id}>; rel="next"'
    return answer


@route("GET", "/app/hook/deliveries/{id}", "jwt",
       docs="apps/webhooks#get-a-delivery-for-an-app-webhook")  # fmt: skip
def get_delivery(call: Call) -> Any:
    found = _delivered(call)
    headers = found.event.headers(call.app.secret)
    request = {"headers": headers, "payload": found.event.payload}
    shown = _delivery(found) | {"url": call.hub.webhook_url or call.hub.url}
    return shown | {"request": request, "response": {"headers": {}, "payload": ""}}


@route("POST", "/app/hook/deliveries/{id}/attempts", "jwt",
       docs="apps/webhooks#redeliver-a-delivery-for-an-app-webhook")  # fmt: skip
def redeliver(call: Call) -> Answer:
    """The same GUID again, soon; to nobody when no `webhook_url` is set."""
    found, hub = _delivered(call), call.hub
    if hub.webhook_url:
        arguments = {"redelivery": True}
        threading.Thread(target=hub.send, args=(found.event, call.app), kwargs=arguments).start()
    else:
        hub.missed(found.event, redelivery=True)
    return shaped({}, 202)


def _delivery(found: Delivery) -> dict[str, Any]:
    status = "OK" if 200 <= found.code < 400 else "timed out" if not found.code else "Invalid"
    repo = found.event.payload.get("repository") or {}
    on = found.event.payload.get("installation") or {}
    return {
        "id": found.id, "guid": found.event.guid, "delivered_at": moment(found.at),
        "redelivery": found.redelivery, "duration": 0.1, "status": status,
        "status_code": found.code, "event": found.event.name, "action": found.event.action,
        "installation_id": on.get("id"), "repository_id": repo.get("id"), "throttled_at": None,
    }  # fmt: skip


@route("GET", "/rate_limit", "anyone", docs="rate-limit/rate-limit#get-rate-limit-status")
def get_rate_limit(call: Call) -> Any:
    limits, now, who = call.hub.limits, call.hub.now(), call.token.value if call.token else ""
    most, resources = limits.limit(call.token), {}
    for name in ("core", "graphql", "search"):
        used = limits.spent(who, name, now)
        rest = {"remaining": max(most - used, 0), "reset": int(now) + 3600}
        resources[name] = {"limit": most, "used": used, **rest}
    return {"resources": resources, "rate": resources["core"]}


@route("GET", "/meta", "anyone", docs="meta/meta#get-apiname-meta-information")
def get_meta(call: Call) -> Any:
    hooks = {"hooks": ["127.0.0.0/8"], "web": [], "api": [], "git": []}
    return {"verifiable_password_authentication": False, **hooks}


def _mine(call: Call) -> list[Installation]:
    return [each for each in call.state.installations if each.app.id == call.app.id]


def _found(call: Call) -> Installation:
    for each in _mine(call):
        if each.id == int(call.params["id"]):
            return each
    raise not_found()


def _delivered(call: Call) -> Delivery:
    for each in call.state.deliveries:
        if each.id == int(call.params["id"]):
            return each
    raise not_found()
