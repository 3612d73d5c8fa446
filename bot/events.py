"""GitHub's events as errands: what to do for which pull request. Service and Action read them alike.

Pure, and wary: an event is JSON from outside, and any of its parts may be missing or of another type.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["review", "settle", "settle-all", "explain", "queue", "record", "nothing"]
# A workflow that ran before, and whose pull request is to be found by its head.
_AFTER = "workflow_run"
_REVIEWED = ("opened", "synchronize", "reopened", "ready_for_review")
_COMMAND = re.compile(
    r"^\s*/architrave\s+(review|settle|explain|override)\b[ \t]*([^\n]*)", re.MULTILINE
)
# refs/heads/gh-readonly-queue/<base>/pr-<number>-<commit>
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,12})-[0-9a-f]{40}")
_ASKED = re.compile(r"\s*#?([0-9]{1,12})\s*")


class Errand(NamedTuple):
    """What to do. *by* is the login of whoever asked by a comment, whose rights are to be looked at;
    *commit* the one that a merge queue asks about; *says* why there is nothing to do."""

    kind: Kind
    repository: str = ""
    number: int = 0
    by: str = ""
    argument: str = ""
    commit: str = ""
    installation: int | None = None
    says: str = ""


def read(name: str, event: Any, repository: str = "") -> Errand:
    """The errand of an event. Unknown events are nothing to do, never an error.

    *repository* is where the event comes from, for those that do not say it: schedules.
    """
    repository = _text(event, "repository", "full_name") or repository
    installation = _number(event, "installation", "id") or None
    errand = _errand(name, event)
    if errand.kind != "nothing" and not repository:
        return Errand("nothing", says="the event names no repository")
    return errand._replace(repository=repository, installation=installation)


def _errand(name: str, event: Any) -> Errand:
    action = _text(event, "action")
    number = _number(event, "pull_request", "number")
    if name in ("pull_request", "pull_request_target"):
        moved = action == "edited" and bool(_get(event, "changes", "base"))
        stated = action == "edited" and bool(
            _get(event, "changes", "body") or _get(event, "changes", "title")
        )
        if action in _REVIEWED or moved or stated:
            return Errand("review", number=number)
        if action == "closed" and _get(event, "pull_request", "merged") is True:
            return Errand("record", number=number)
        return Errand("nothing", says=f"nothing to do when a pull request is {action or 'changed'}")
    if name in (
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_review_thread",
    ):
        return Errand("settle", number=number)
    if name == "issue_comment":
        return _command(event, action)
    if name == "merge_group":
        return _queue(event, action)
    if name in ("schedule", "workflow_dispatch"):
        asked = _get(event, "inputs", "pull-request")
        found = _ASKED.fullmatch(asked) if isinstance(asked, str) else None
        if found is not None:
            return Errand("review", number=int(found[1]))
        return Errand("settle-all")
    if name == _AFTER:
        return Errand("review", commit=_text(event, "workflow_run", "head_sha"))
    if name in ("check_run", "check_suite") and action in ("rerequested", "requested_action"):
        return _requested(name, event)
    return Errand("nothing", says=f"`{name}` events need nothing done")


def _command(event: Any, action: str) -> Errand:
    if action != "created" or not isinstance(_get(event, "issue", "pull_request"), dict):
        return Errand("nothing", says="a comment that is no command")
    found = _COMMAND.search(_text(event, "comment", "body"))
    by = _text(event, "comment", "user", "login")
    # Without a name there is nobody whose rights could be looked at.
    if found is None or not by or _text(event, "comment", "user", "type") == "Bot":
        return Errand("nothing", says="a comment that is no command")
    kinds: Mapping[str, Kind] = {"review": "review", "explain": "explain"}
    return Errand(
        kinds.get(found[1], "settle"),
        number=_number(event, "issue", "number"),
        by=by,
        argument=found[2].strip(),
    )


def _queue(event: Any, action: str) -> Errand:
    found = _QUEUED.fullmatch(_text(event, "merge_group", "head_ref"))
    if action != "checks_requested" or found is None:
        return Errand("nothing", says="a merge queue that asks for nothing")
    return Errand("queue", number=int(found[1]), commit=_text(event, "merge_group", "head_sha"))


def _requested(name: str, event: Any) -> Errand:
    if name == "check_run" and _text(event, "check_run", "name") != "architrave":
        return Errand("nothing", says="a check of somebody else's")
    pulls = _get(event, name, "pull_requests")
    if isinstance(pulls, list) and pulls and isinstance(pulls[0], dict):
        return Errand("review", number=_number(pulls[0], "number"))
    return Errand("nothing", says="a check that belongs to no pull request here")


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any, *keys: str) -> str:
    found = _get(value, *keys)
    return found if isinstance(found, str) else ""


def _number(value: Any, *keys: str) -> int:
    found = _get(value, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
