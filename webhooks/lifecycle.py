"""What becomes of installations and repositories: events about them as jobs, or why there is none."""

from collections.abc import Mapping
from typing import Any

from webhooks import jobs
from webhooks.jobs import Job

EVENTS = ("installation", "installation_repositories", "repository")


def job_of(name: str, event: Mapping[str, Any], delivery: str) -> tuple[Job | None, str]:
    """Uninstalled, taken out or deleted: what is known is forgotten. Renamed or transferred: what is
    known goes with it."""
    number = _get(event, "installation", "id")
    if name == "repository" and number is None:
        # A webhook of a repository's own tells of no App.
        number = 0
    elif isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 1 << 53:
        return None, "it names no installation"
    if name == "repository":
        job, says = _repository(event)
    elif name == "installation":
        is_gone = event.get("action") == "deleted"
        job, says = Job("forget") if is_gone else None, "nothing to do when an installation changes"
    else:
        names = _names(event.get("repositories_removed"))
        job = Job("forget", argument=" ".join(names)) if names else None
        says = "nothing to do when repositories are added"
    if job is None:
        return None, says
    return job._replace(installation=number, delivery=delivery, event=name), ""


def _repository(event: Mapping[str, Any]) -> tuple[Job | None, str]:
    name, action = _text(event, "repository", "full_name"), event.get("action")
    if not jobs.is_repository(name):
        return None, "it names no repository"
    if action == "deleted":
        return Job("forget", argument=name), ""
    owner, _, short = name.partition("/")
    if action == "renamed":
        before = f"{owner}/{_text(event, 'changes', 'repository', 'name', 'from')}"
    elif action == "transferred":
        given = _get(event, "changes", "owner", "from")
        login = _text(given, "user", "login") or _text(given, "organization", "login")
        before = f"{login}/{short}"
    else:
        return None, "nothing to do when a repository changes so"
    if not jobs.is_repository(before) or before.lower() == name.lower():
        return None, "it does not say what the repository was called"
    return Job("rename", name, argument=before), ""


def _names(rows: Any) -> list[str]:
    """Full names in a list of repositories."""
    found = [_text(row, "full_name") for row in (rows if isinstance(rows, list) else ())]
    return [name for name in found if jobs.is_repository(name)]


def _text(value: Any, *keys: str) -> str:
    found = _get(value, *keys)
    return found if isinstance(found, str) else ""


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
