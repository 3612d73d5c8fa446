"""What the GitHub App is allowed and told: needed, possible, and too much. Pure."""

import json
from collections.abc import Collection, Mapping
from typing import Any

PATH = "/webhooks/github"
# GitHub knows no `issue_comment` without Issues: read, although it is about pull requests here.
PERMISSIONS = {
    "contents": "read",
    "metadata": "read",
    "pull_requests": "write",
    "checks": "write",
    "issues": "read",
}
EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "repository",
)
# For repositories with a merge queue; one is of no use without the other.
QUEUE_PERMISSION, QUEUE_EVENT = ("merge_queues", "read"), "merge_group"
# Whether an owner of a rule is in the team that it names.
_POSSIBLE = {**dict([QUEUE_PERMISSION]), "members": "read"}
# Who has these could do what the bot is never to do.
GRAVE = {
    "administration": "it could change who may merge, and what is required for it",
    "contents": "it could push, merge, and resolve conversations",
    "workflows": "it could change what workflows run",
    "actions": "it could start and approve workflows",
    "secrets": "it could change the secrets of workflows",
}
_LEVELS = ("", "read", "write", "admin")


def missing(given: Mapping[str, str]) -> list[str]:
    """What the App needs and is not allowed, as GitHub's settings word it."""
    return [
        worded(name, level)
        for name, level in PERMISSIONS.items()
        if _level(given, name) < _rank(level)
    ]


def missing_events(given: Collection[str]) -> list[str]:
    """What the App needs to be told of and is not."""
    return [name for name in EVENTS if name not in given]


def excess(given: Mapping[str, str]) -> list[str]:
    """What the App is allowed and does not need, the gravest first."""
    most = {**_POSSIBLE, **PERMISSIONS}
    found = [name for name in sorted(given) if _level(given, name) > _rank(most.get(name, ""))]
    return sorted(found, key=lambda name: name not in GRAVE)


def excess_events(given: Collection[str]) -> list[str]:
    """What the App is told of and does nothing about."""
    return sorted({*given} - {*EVENTS, QUEUE_EVENT})


def has_half_a_queue(permissions: Mapping[str, str], events: Collection[str]) -> bool:
    """Whether merge queues may be read but are not told of, or the other way round."""
    return (QUEUE_PERMISSION[0] in permissions) != (QUEUE_EVENT in events)


def worded(name: str, level: str) -> str:
    """A permission as GitHub's settings write it: `Pull requests: write`."""
    return f"{name.replace('_', ' ').capitalize()}: {level}"


def manifest(name: str, address: str, redirect: str, *, with_queue: bool) -> str:
    """The App as GitHub's registration takes it, in JSON. *address* is the service's own."""
    events, permissions = [*EVENTS], dict(PERMISSIONS)
    if with_queue:
        events.append(QUEUE_EVENT)
        permissions[QUEUE_PERMISSION[0]] = QUEUE_PERMISSION[1]
    content: dict[str, Any] = {
        "name": name,
        "url": address,
        "hook_attributes": {"url": address + PATH, "active": True},
        "redirect_url": redirect,
        "public": False,
        "default_permissions": permissions,
        "default_events": events,
    }
    return json.dumps(content)


def _level(given: Mapping[str, str], name: str) -> int:
    return _rank(given.get(name, ""))


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)
