"""REST: pull requests, their files and commits."""

from typing import Any

import github_more_shapes as more
from github_api import Call, route
from github_http import Answer
from github_model import Pull
from github_shapes import pull_files

READ = "pull_requests:read"
PULL = "/repos/{owner}/{repo}/pulls/{number}"


@route("GET", "/repos/{owner}/{repo}/pulls", READ, docs="pulls/pulls#list-pull-requests",
       query=("state", "head", "base", "sort", "direction"))  # fmt: skip
def list_pulls(call: Call) -> Answer:
    query = call.request.query
    state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
    found = [
        pull
        for pull in reversed(call.repo.pulls.values())
        if state in ("all", pull.state)
        and head in (None, f"{pull.head_repo.partition('/')[0]}:{pull.head_ref}")
        and base in (None, pull.base_ref)
    ]
    return call.page([call.hub.shapes.pull(call.repo, p, _head_repo(call, p)) for p in found])


@route("GET", PULL, READ, docs="pulls/pulls#get-a-pull-request")
def get_pull(call: Call) -> Any:
    return call.hub.shapes.full_pull(call.repo, call.pull, _head_repo(call, call.pull))


@route("GET", f"{PULL}/files", READ, docs="pulls/pulls#list-pull-requests-files")
def list_files(call: Call) -> Answer:
    files = pull_files(call.repo, call.pull)[: call.hub.most_files]
    sha, shapes = call.pull.head_sha, call.hub.shapes
    shown = [more.file(shapes, call.repo, sha, file) for file in files]
    for each in shown:
        if each["changes"] > call.hub.patch_lines or len(each.get("patch", "")) > 500_000:
            each.pop("patch", None)
    return call.page(shown)


@route("GET", f"{PULL}/commits", READ, docs="pulls/pulls#list-commits-on-a-pull-request")
def list_commits(call: Call) -> Answer:
    found = call.repo.store.log(call.pull.base_sha, call.pull.head_sha, 250)
    shapes, users = call.hub.shapes, call.state.users
    return call.page([more.commit(shapes, call.repo, sha, users) for sha in found])


def _head_repo(call: Call, pull: Pull) -> Any:
    return call.state.repos.get(pull.head_repo)
