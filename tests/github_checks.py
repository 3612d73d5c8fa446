"""REST: check runs, which only Apps may write, and commit statuses."""

import re
from typing import Any

import github_more_shapes as more
from github_api import Call, Refused, check, invalid, not_found, route, shaped
from github_http import Answer
from github_model import Check, Repository, Status
from github_shapes import moment

READ, WRITE = "checks:read", "checks:write"
REPO = "/repos/{owner}/{repo}"
STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = (
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out",
)  # fmt: skip
LEVELS = ("notice", "warning", "failure")
MOST_ANNOTATIONS, LONGEST_TEXT, MOST_STATUSES = 50, 65535, 1000
EDITS = {
    "name": "str", "details_url": "str", "external_id": "str", "status": "str",
    "started_at": "str", "conclusion": "str", "completed_at": "str", "output": "dict",
    "actions": "list",
}  # fmt: skip
OUTPUT = {
    "title": "str*", "summary": "str*", "text": "str", "annotations": "list", "images": "list",
}  # fmt: skip
ANNOTATION = {
    "path": "str*", "start_line": "int*", "end_line": "int*", "annotation_level": "str*",
    "message": "str*", "title": "str", "raw_details": "str", "start_column": "int",
    "end_column": "int",
}  # fmt: skip
ACTION = {"label": "str*", "description": "str*", "identifier": "str*"}
LENGTHS = {"label": 20, "description": 40, "identifier": 20}


@route("POST", f"{REPO}/check-runs", WRITE, docs="checks/runs#create-a-check-run",
       keys=EDITS | {"name": "str*", "head_sha": "str*"})  # fmt: skip
def create_check(call: Call) -> Answer:
    sha, app = _sha(call, call.body["head_sha"]), call.actor.app
    if app is None:
        raise Refused(403, "You must authenticate via a GitHub App.")
    _check_body(call, call.body, {})
    found = Check(call.state.number(), app, sha, {"status": "queued"})
    _take(call, found)
    call.repo.checks.append(found)
    call.hub.emit_check("created", call.repo, found, app.bot)
    return shaped(more.check(call.hub.shapes, call.repo, found), 201)


@route("PATCH", f"{REPO}/check-runs/{{id}}", WRITE, docs="checks/runs#update-a-check-run",
       keys=EDITS)  # fmt: skip
def edit_check(call: Call) -> Any:
    found = _found(call)
    if call.actor.app is None or call.actor.app.slug != found.app.slug:
        raise Refused(403, "Invalid app_id - check run can only be modified by its App.")
    _check_body(call, call.body, found.data)
    _take(call, found)
    if found.data["status"] == "completed":
        call.hub.emit_check("completed", call.repo, found, found.app.bot)
    return more.check(call.hub.shapes, call.repo, found)


@route("GET", f"{REPO}/check-runs/{{id}}", READ, docs="checks/runs#get-a-check-run")
def get_check(call: Call) -> Any:
    return more.check(call.hub.shapes, call.repo, _found(call))


@route("GET", f"{REPO}/check-runs/{{id}}/annotations", READ,
       docs="checks/runs#list-check-run-annotations")  # fmt: skip
def list_annotations(call: Call) -> Answer:
    return call.page(_found(call).annotations)


@route("GET", f"{REPO}/commits/{{ref}}/check-runs", READ,
       docs="checks/runs#list-check-runs-for-a-git-reference",
       query=("check_name", "status", "filter", "app_id"))  # fmt: skip
def list_checks(call: Call) -> Answer:
    """The latest run of each name and App, unless all are asked for."""
    sha, query = _sha(call, call.params["ref"]), call.request.query
    found = [c for c in call.repo.checks if c.sha == sha]
    for key, value in (("check_name", lambda c: c.data["name"]),
                       ("status", lambda c: c.data["status"]),
                       ("app_id", lambda c: str(c.app.id))):  # fmt: skip
        found = [c for c in found if query.get(key) in (None, value(c))]
    if query.get("filter", "latest") == "latest":
        found = list({(c.data["name"], c.app.id): c for c in found}.values())
    shown = [more.check(call.hub.shapes, call.repo, c) for c in reversed(found)]
    return call.page(shown, "check_runs")


@route("POST", f"{REPO}/statuses/{{sha}}", "statuses:write",
       docs="commits/statuses#create-a-commit-status",
       keys={"state": "str*", "target_url": "str?", "description": "str?", "context": "str"},
       )  # fmt: skip
def create_status(call: Call) -> Answer:
    body, sha = call.body, _sha(call, call.params["sha"])
    if body["state"] not in ("error", "failure", "pending", "success"):
        raise invalid("Status", {"code": "custom", "message": "State is invalid"}, violation=True)
    if len(body.get("description") or "") > 140:
        error = {"code": "custom", "message": "description is too long (maximum is 140 characters)"}
        raise invalid("Status", error, violation=True)
    context = body.get("context", "default")
    same = [s for s in call.repo.statuses if (s.sha, s.context) == (sha, context)]
    if len(same) >= MOST_STATUSES:
        message = "This SHA and context has reached the maximum number of statuses."
        raise invalid("Status", {"code": "custom", "message": message})
    found = Status(
        call.state.number(), sha, body["state"], context, body.get("description"),
        body.get("target_url"), call.actor.actor, call.hub.now(),
    )  # fmt: skip
    call.repo.statuses.append(found)
    return shaped(more.status(call.hub.shapes, call.repo, found), 201)


@route("GET", f"{REPO}/commits/{{ref}}/statuses", "statuses:read",
       docs="commits/statuses#list-commit-statuses-for-a-reference")  # fmt: skip
@route("GET", f"{REPO}/statuses/{{ref}}", "statuses:read",
       docs="commits/statuses#list-commit-statuses-for-a-reference")  # fmt: skip
def list_statuses(call: Call) -> Answer:
    sha = _sha(call, call.params["ref"])
    found = [s for s in reversed(call.repo.statuses) if s.sha == sha]
    return call.page([more.status(call.hub.shapes, call.repo, s) for s in found])


@route("GET", f"{REPO}/commits/{{ref}}/status", "statuses:read",
       docs="commits/statuses#get-the-combined-status-for-a-specific-reference")  # fmt: skip
def get_status(call: Call) -> Any:
    sha = _sha(call, call.params["ref"])
    latest = {s.context.lower(): s for s in call.repo.statuses if s.sha == sha}.values()
    states = {s.state for s in latest}
    bad, waits = states & {"error", "failure"}, "pending" in states or not states
    at = f"{call.hub.api_url}/repos/{call.repo.full_name}/commits/{sha}"
    shown = [more.status(call.hub.shapes, call.repo, s) for s in latest]
    return {
        "state": "failure" if bad else "pending" if waits else "success", "sha": sha,
        "statuses": [{k: v for k, v in s.items() if k != "creator"} for s in shown],
        "total_count": len(latest), "repository": call.hub.shapes.repo(call.repo),
        "commit_url": at, "url": f"{at}/status",
    }  # fmt: skip


def gate(repo: Repository, sha: str, context: str) -> str | None:
    """What protects the branch sees under a name: a check's conclusion or a status's state.

    A check that runs is "pending"; None when there is neither. The worse of both, when both are
    there, since both are required.
    """
    checks = [c for c in repo.checks if c.sha == sha and c.data["name"] == context]
    found = [c.data.get("conclusion") or "pending" for c in checks[-1:]]
    same = [s for s in repo.statuses if s.sha == sha and s.context.lower() == context.lower()]
    found += [s.state for s in same[-1:]]
    return min(found, key=lambda word: word == "success") if found else None


def _take(call: Call, found: Check) -> None:
    """Takes in what was sent; annotations are added to those there are."""
    sent = {k: v for k, v in call.body.items() if k != "head_sha"}
    if "conclusion" in sent:
        sent["status"] = "completed"
        sent.setdefault("completed_at", moment(call.hub.now()))
    elif sent.get("status") in ("queued", "in_progress"):
        found.data.pop("conclusion", None)
    found.data.setdefault("started_at", moment(call.hub.now()))
    found.data |= sent
    for each in (sent.get("output") or {}).get("annotations", []):
        blob = f"{call.hub.url}/{call.repo.full_name}/blob/{found.sha}/{each['path']}"
        empty = dict.fromkeys(["start_column", "end_column", "title", "raw_details"])
        found.annotations.append(empty | each | {"blob_href": blob})


def _check_body(call: Call, body: dict[str, Any], known: dict[str, Any]) -> None:
    wrong = []
    if body.get("status", "queued") not in STATUSES:
        wrong.append("status")
    if body.get("conclusion", "success") not in CONCLUSIONS:
        wrong.append("conclusion")
    if body.get("status") == "completed" and not {**known, **body}.get("conclusion"):
        wrong.append("conclusion")
    output = body.get("output")
    if output is not None:
        wrong += _check_parts(call, [output], OUTPUT, "output/")
        annotations = output.get("annotations", [])
        wrong += _check_parts(call, annotations, ANNOTATION, "output/annotations/items/")
        wrong += _check_output(output, annotations)
    actions = body.get("actions", [])
    wrong += _check_parts(call, actions, ACTION, "actions/items/")
    if len(actions) > 3 or any(len(a[n]) > most for a in actions for n, most in LENGTHS.items()):
        wrong.append("actions")
    if wrong:
        errors = [{"code": "invalid", "field": name} for name in wrong]
        raise invalid("CheckRun", *errors, violation=True)


def _check_parts(call: Call, parts: list[Any], keys: dict[str, str], place: str) -> list[str]:
    for part in parts:
        if not isinstance(part, dict):
            return [place]
        check(part, keys, place)
        if unknown := sorted(part.keys() - keys.keys()):
            call.hub.problems.append(f"{call.request}: unknown keys {unknown} in {place}")
    return []


def _check_output(output: dict[str, Any], annotations: list[dict[str, Any]]) -> list[str]:
    wrong = [name for name in ("summary", "text") if len(output.get(name, "")) > LONGEST_TEXT]
    if len(annotations) > MOST_ANNOTATIONS:
        wrong.append("annotations")
    for each in annotations:
        columns = {"start_column", "end_column"} & each.keys()
        if each["annotation_level"] not in LEVELS or each["start_line"] > each["end_line"]:
            wrong.append("annotation")
        if columns and each["start_line"] != each["end_line"]:
            wrong.append("start_column")
        if len(each["message"]) > 64 * 1024 or len(each.get("title", "")) > 255:
            wrong.append("message")
    return wrong


def _found(call: Call) -> Check:
    for found in call.repo.checks:
        if found.id == int(call.params["id"]):
            return found
    raise not_found()


def _sha(call: Call, revision: str) -> str:
    sha = call.repo.store.resolve(revision)
    if sha is None or (
        call.request.method == "POST" and not re.fullmatch("[0-9a-f]{40}", revision)
    ):
        raise Refused(422, f"No commit found for SHA: {revision}")
    return sha
