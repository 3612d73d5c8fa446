"""REST: repositories, people, commits, contents and rules."""

import base64
import json
from typing import Any

import github_more_shapes as more
from github_accounts import User
from github_api import Call, Refused, not_found, route
from github_git import GitFailed
from github_http import Answer

REPO = "/repos/{owner}/{repo}"
CONTENTS = "contents:read"


@route("GET", REPO, docs="repos/repos#get-a-repository")
def get_repo(call: Call) -> Any:
    return call.hub.shapes.full_repo(call.repo)


@route("GET", f"{REPO}/collaborators/{{login}}/permission", "metadata:read",
       docs="collaborators/collaborators#get-repository-permissions-for-a-user")  # fmt: skip
def get_permission(call: Call) -> Any:
    """The permission in the old words, and the role in the new ones."""
    token, user = call.actor, call.state.users.get(call.params["login"])
    if token.kind == "personal" and not call.repo.allows(token.actor, "write"):
        raise Refused(403, "Must have push access to view collaborator permission.")
    if user is None:
        raise Refused(404, f"{call.params['login']} is not a user")
    level = call.repo.level(user)
    old = {"maintain": "write", "triage": "read"}.get(level, level)
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain"}
    rights = {name: call.repo.allows(user, right) for name, right in names.items()}
    rights["admin"] = level == "admin"
    shown = call.hub.shapes.user(user) | {"permissions": rights, "role_name": level}
    return {"permission": old, "role_name": level, "user": shown}


@route("GET", f"{REPO}/collaborators/{{login}}",
       docs="collaborators/collaborators#check-if-a-user-is-a-repository-collaborator")  # fmt: skip
def is_collaborator(call: Call) -> Answer:
    if call.params["login"] not in call.repo.collaborators:
        raise not_found()
    return Answer(204)


@route("GET", "/orgs/{org}/teams/{team}", "members:read", docs="teams/teams#get-a-team-by-name")
def get_team(call: Call) -> Any:
    name = f"{call.params['org']}/{call.params['team']}"
    if name not in call.state.teams:
        raise Refused(404, "Not Found")
    return {"slug": call.params["team"], "name": call.params["team"]}


@route("GET", "/orgs/{org}/teams/{team}/memberships/{login}", "members:read",
       docs="teams/members#get-team-membership-for-a-user")  # fmt: skip
def get_membership(call: Call) -> Any:
    name = f"{call.params['org']}/{call.params['team']}"
    if call.params["login"] not in call.state.teams.get(name, []):
        raise not_found()
    url = f"{call.hub.api_url}{call.request.path}"
    return {"url": url, "role": "member", "state": "active"}


@route("GET", "/users/{login}", "anyone", docs="users/users#get-a-user")
def get_user(call: Call) -> Any:
    found = call.state.users.get(call.params["login"])
    if found is None:
        raise not_found()
    return account(call, found)


@route("GET", "/user", "anyone", docs="users/users#get-the-authenticated-user")
def get_self(call: Call) -> Any:
    """Persons only: an installation is nobody."""
    if call.actor.installation:
        raise Refused(403, "Resource not accessible by integration")
    return account(call, call.actor.actor)


def account(call: Call, user: User) -> dict[str, Any]:
    empty = dict.fromkeys(["company", "location", "email", "hireable", "bio", "name"])
    counts = dict.fromkeys(["public_repos", "public_gists", "followers", "following"], 0)
    times = dict.fromkeys(["created_at", "updated_at"], "2026-01-01T00:00:00Z")
    return call.hub.shapes.user(user) | empty | counts | times | {"blog": ""}


@route("GET", f"{REPO}/branches/{{ref}}/protection", "administration:read",
       docs="branches/branch-protection#get-branch-protection")  # fmt: skip
def get_protection(call: Call) -> Any:
    """The fake knows rulesets only."""
    raise Refused(404, "Branch not protected")


@route("GET", f"{REPO}/rules/branches/{{ref}}", docs="repos/rules#get-rules-for-a-branch")
def get_rules(call: Call) -> Answer:
    return call.page(call.repo.rules)


@route("GET", f"{REPO}/branches/{{ref}}", CONTENTS, docs="branches/branches#get-a-branch")
def get_branch(call: Call) -> Any:
    name = call.params["ref"]
    sha = call.repo.store.resolve(f"refs/heads/{name}")
    if sha is None:
        raise Refused(404, "Branch not found")
    protected, at = bool(call.repo.rules), f"{call.hub.api_url}/repos/{call.repo.full_name}"
    url = f"{at}/branches/{name}"
    return {
        "name": name, "commit": _commit(call, sha), "protected": protected,
        "protection": {"enabled": protected}, "protection_url": f"{url}/protection",
        "_links": {"self": url, "html": f"{call.hub.url}/{call.repo.full_name}/tree/{name}"},
    }  # fmt: skip


@route("GET", f"{REPO}/git/ref/{{ref}}", CONTENTS, docs="git/refs#get-a-reference")
def get_ref(call: Call) -> Any:
    name = f"refs/{call.params['ref']}"
    sha = call.repo.store.resolve(name)
    if sha is None:
        raise not_found()
    at = f"{call.hub.api_url}/repos/{call.repo.full_name}/git"
    target = {"type": "commit", "sha": sha, "url": f"{at}/commits/{sha}"}
    return {"ref": name, "node_id": "REF_x", "url": f"{at}/{name}", "object": target}


@route("GET", f"{REPO}/commits/{{sha}}/pulls", "pull_requests:read",
       docs="commits/commits#list-pull-requests-associated-with-a-commit")  # fmt: skip
def list_pulls_of_commit(call: Call) -> Answer:
    sha, shapes = _resolved(call, call.params["sha"]), call.hub.shapes
    found = [
        shapes.pull(call.repo, pull, call.state.repos.get(pull.head_repo))
        for pull in call.repo.pulls.values()
        if sha == pull.head_sha or sha in call.repo.store.log(pull.base_sha, pull.head_sha, 250)
    ]
    return call.page(found)


@route("GET", f"{REPO}/compare/{{ref}}", CONTENTS, docs="commits/commits#compare-two-commits")
def compare(call: Call) -> Any:
    """The first page has up to 300 files; all pages have some of the commits."""
    store, shapes = call.repo.store, call.hub.shapes
    base, _, head = call.params["ref"].partition("...")
    one, other = _resolved(call, base), _resolved(call, head)
    start = store.merge_base(one, other)
    if start is None:
        raise Refused(404, f"No common ancestor between {base} and {head}.")
    commits, behind = store.log(one, other, 250), store.log(other, one, 10**6)
    page = call.page([_commit(call, sha) for sha in commits])
    names = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    at = f"{call.hub.url}/{call.repo.full_name}/compare/{base}...{head}"
    files = store.diff(start, other)[:300]
    shown = {
        "url": f"{call.hub.api_url}{call.request.path}", "html_url": at, "permalink_url": at,
        "diff_url": f"{at}.diff", "patch_url": f"{at}.patch",
        "base_commit": _commit(call, one), "merge_base_commit": _commit(call, start),
        "status": names.get((bool(commits), bool(behind)), "identical"),
        "ahead_by": len(commits), "behind_by": len(behind), "total_commits": len(commits),
        "files": [more.file(shapes, call.repo, other, file) for file in files],
    }  # fmt: skip
    page.content = page.content.join([_open(shown), b"}"])
    return page


def _open(shown: dict[str, Any]) -> bytes:
    return json.dumps(shown).removesuffix("}").encode() + b', "commits": '


@route("GET", f"{REPO}/commits/{{ref}}", CONTENTS, docs="commits/commits#get-a-commit")
def get_commit(call: Call) -> Any:
    sha, store = _resolved(call, call.params["ref"]), call.repo.store
    shown, parents = _commit(call, sha), store.describe(sha)["parents"]
    if not parents:
        return shown | {"files": [], "stats": {"additions": 0, "deletions": 0, "total": 0}}
    files = store.diff(parents[0], sha)
    added, removed = (sum(getattr(f, n) for f in files) for n in ("additions", "deletions"))
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    listed = [more.file(call.hub.shapes, call.repo, sha, file) for file in files[:300]]
    return shown | {"files": listed, "stats": stats}


@route("GET", f"{REPO}/commits", CONTENTS, docs="commits/commits#list-commits",
       query=("sha", "path", "since", "until", "author"))  # fmt: skip
def list_commits(call: Call) -> Answer:
    sha = _resolved(call, call.request.query.get("sha", call.repo.default_branch))
    found = reversed(call.repo.store.log(None, sha, 10**6))
    return call.page([_commit(call, each) for each in found])


@route("GET", f"{REPO}/contents/{{path}}", CONTENTS, query=("ref",),
       docs="repos/contents#get-repository-content")  # fmt: skip
def get_contents(call: Call) -> Any:
    """A file in base64, or raw when asked for that; a folder as a list."""
    path, ref = call.params["path"].strip("/"), call.request.query.get("ref")
    sha, store = _resolved(call, ref or call.repo.default_branch), call.repo.store
    try:
        kind = store.text("cat-file", "-t", f"{sha}:{path}")
    except GitFailed:
        raise not_found() from None
    if kind == "tree":
        listed = store.git("ls-tree", "-z", "-l", f"{sha}:{path}").decode().split("\0")[:-1]
        return [_entry(call, path, sha, line) for line in listed]
    content = store.git("cat-file", "blob", f"{sha}:{path}")
    if "raw" in call.request.headers.get("accept", ""):
        return Answer(200, content, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    shown = _place(call, path, sha, store.text("rev-parse", f"{sha}:{path}"), "file", len(content))
    if len(content) > 1_000_000:
        return shown | {"content": "", "encoding": "none"}
    return shown | {"content": base64.encodebytes(content).decode(), "encoding": "base64"}


def _entry(call: Call, folder: str, sha: str, line: str) -> dict[str, Any]:
    meta, _, name = line.partition("\t")
    _, kind, blob, size = meta.split()
    kind = {"tree": "dir", "commit": "submodule"}.get(kind, "file")
    count = int(size) if size.isdecimal() else 0
    return _place(call, f"{folder}/{name}".lstrip("/"), sha, blob, kind, count)


def _place(call: Call, path: str, sha: str, blob: str, kind: str, size: int) -> dict[str, Any]:
    at = f"{call.hub.api_url}/repos/{call.repo.full_name}"
    url, page = f"{at}/contents/{path}?ref={sha}", f"{call.hub.url}/{call.repo.full_name}"
    links = {"self": url, "git": f"{at}/git/blobs/{blob}", "html": f"{page}/blob/{sha}/{path}"}
    return {
        "type": kind, "size": size, "name": path.rpartition("/")[2], "path": path, "sha": blob,
        "url": url, "git_url": links["git"], "html_url": links["html"], "_links": links,
        "download_url": f"{page}/raw/{sha}/{path}",
    }  # fmt: skip


def _commit(call: Call, sha: str) -> dict[str, Any]:
    return more.commit(call.hub.shapes, call.repo, sha, call.state.users)


def _resolved(call: Call, revision: str) -> str:
    sha = call.repo.store.resolve(revision)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {revision}")
    return sha
