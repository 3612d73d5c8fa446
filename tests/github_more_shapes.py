"""Records of Apps, checks, statuses and commits, as the REST API writes them."""

from typing import Any

from github_accounts import App, Installation, User
from github_git import File
from github_model import Check, Repository, Status
from github_shapes import Shapes, moment


def app(shapes: Shapes, found: App) -> dict[str, Any]:
    return {
        "id": found.id, "slug": found.slug, "node_id": f"A_kwHO{found.id:08}",
        "client_id": f"Iv1.{found.id:016x}", "owner": shapes.user(found.owner),
        "name": found.slug, "description": None, "external_url": shapes.url,
        "html_url": f"{shapes.url}/apps/{found.slug}", "created_at": moment(1767225600),
        "updated_at": moment(1767225600), "permissions": found.permissions,
        "events": found.events,
    }  # fmt: skip


def installation(shapes: Shapes, found: Installation) -> dict[str, Any]:
    at = f"{shapes.api}/app/installations/{found.id}"
    return {
        "id": found.id, "account": shapes.user(found.account), "app_id": found.app.id,
        "app_slug": found.app.slug, "access_tokens_url": f"{at}/access_tokens",
        "repositories_url": f"{shapes.api}/installation/repositories",
        "html_url": f"{shapes.url}/settings/installations/{found.id}",
        "repository_selection": "all" if found.repos is None else "selected",
        "target_id": found.account.id, "target_type": found.account.type,
        "permissions": found.permissions, "events": found.app.events,
        "created_at": moment(1767225600), "updated_at": moment(1767225600),
        "single_file_name": None, "has_multiple_single_files": False, "single_file_paths": [],
        "suspended_by": shapes.user(found.account) if found.suspended else None,
        "suspended_at": moment(1767225600) if found.suspended else None,
    }  # fmt: skip


def check(shapes: Shapes, repo: Repository, found: Check) -> dict[str, Any]:
    at = f"{shapes.api}/repos/{repo.full_name}/check-runs/{found.id}"
    output = found.data.get("output") or {}
    return {
        "id": found.id, "name": found.data["name"], "node_id": found.node_id,
        "head_sha": found.sha, "external_id": found.data.get("external_id", ""), "url": at,
        "html_url": f"{shapes.url}/{repo.full_name}/runs/{found.id}",
        "details_url": found.data.get("details_url", shapes.url),
        "status": found.data["status"], "conclusion": found.data.get("conclusion"),
        "started_at": found.data.get("started_at"),
        "completed_at": found.data.get("completed_at"),
        "output": {
            "title": output.get("title"), "summary": output.get("summary"),
            "text": output.get("text"), "annotations_count": len(found.annotations),
            "annotations_url": f"{at}/annotations",
        },
        "check_suite": {"id": found.app.id * 1000}, "app": app(shapes, found.app),
        "pull_requests": [],
    }  # fmt: skip


def status(shapes: Shapes, repo: Repository, found: Status) -> dict[str, Any]:
    return {
        "url": f"{shapes.api}/repos/{repo.full_name}/statuses/{found.sha}", "id": found.id,
        "avatar_url": f"{shapes.url}/avatars/{found.creator.id}", "state": found.state,
        "node_id": f"SC_kwDO{found.id:08}", "description": found.description,
        "target_url": found.target_url, "context": found.context,
        "created_at": moment(found.created), "updated_at": moment(found.created),
        "creator": shapes.user(found.creator),
    }  # fmt: skip


def file(shapes: Shapes, repo: Repository, sha: str, found: File) -> dict[str, Any]:
    """A changed file; `patch` is missing for a binary file and for one that is too large."""
    page = f"{shapes.url}/{repo.full_name}"
    shown = {
        "sha": found.blob, "filename": found.path, "status": found.status,
        "additions": found.additions, "deletions": found.deletions,
        "changes": found.additions + found.deletions,
        "blob_url": f"{page}/blob/{sha}/{found.path}", "raw_url": f"{page}/raw/{sha}/{found.path}",
        "contents_url": f"{shapes.api}/repos/{repo.full_name}/contents/{found.path}?ref={sha}",
    }  # fmt: skip
    if found.patch is not None:
        shown["patch"] = found.patch
    if found.previous is not None:
        shown["previous_filename"] = found.previous
    return shown


def commit(shapes: Shapes, repo: Repository, sha: str, users: dict[str, User]) -> dict[str, Any]:
    """A commit; its author is the user whose login is the part of the address before the @."""
    found, at = repo.store.describe(sha), f"{shapes.api}/repos/{repo.full_name}"
    page = f"{shapes.url}/{repo.full_name}/commit"
    names = {role: users.get(found[role]["email"].partition("@")[0]) for role in ROLES}
    return {
        "url": f"{at}/commits/{sha}", "sha": sha, "node_id": f"C_kwDO{sha[:12]}",
        "html_url": f"{page}/{sha}", "comments_url": f"{at}/commits/{sha}/comments",
        "commit": {
            "url": f"{at}/git/commits/{sha}", "author": found["author"],
            "committer": found["committer"], "message": found["message"], "comment_count": 0,
            "tree": {"sha": found["tree"], "url": f"{at}/git/trees/{found['tree']}"},
            "verification": {
                "verified": False, "reason": "unsigned", "signature": None, "payload": None,
                "verified_at": None,
            },
        },
        **{role: shapes.user(user) if (user := names[role]) else None for role in ROLES},
        "parents": [
            {"sha": parent, "url": f"{at}/commits/{parent}", "html_url": f"{page}/{parent}"}
            for parent in found["parents"]
        ],
    }  # fmt: skip


ROLES = ("author", "committer")
