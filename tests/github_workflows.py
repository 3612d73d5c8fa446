"""REST: runs of workflows and their artifacts, for the second half of a two-workflow pattern."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

from github_api import Call, Refused, not_found, route
from github_http import Answer
from github_model import Pull, Repository
from github_shapes import moment

RUN = "/repos/{owner}/{repo}/actions/runs/{id}"
ARTIFACT = "/repos/{owner}/{repo}/actions/artifacts/{id}"
NEEDS = "actions:read"


@dataclass(eq=False)
class Artifact:
    """A zip file that a run has left; what is in it is untrusted."""

    id: int
    name: str
    content: bytes
    expired: bool = False


@dataclass(eq=False)
class Run:
    """A finished run of a workflow at a head; `event` is what started it."""

    id: int
    repo: str
    head_sha: str
    head_branch: str
    head_repo: str
    event: str = "pull_request"
    conclusion: str = "success"
    artifacts: list[Artifact] = field(default_factory=list)


def zipped(files: dict[str, str | bytes]) -> bytes:
    """The files as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Workflows:
    """The part of the hub that knows runs of workflows."""

    state: Any

    def run(self, repo: Repository, pull: Pull, files: dict[str, str | bytes], *,
            artifact: str = "architrave", event: str = "pull_request") -> Run:  # fmt: skip
        """A run for the pull request's head that has left an artifact."""
        kept = Artifact(self.state.number(), artifact, zipped(files))
        run = Run(
            self.state.number(), repo.full_name, pull.head_sha, pull.head_ref, pull.head_repo,
            event, artifacts=[kept],
        )  # fmt: skip
        self.state.runs.append(run)
        return run


@route("GET", RUN, NEEDS, docs="actions/workflow-runs#get-a-workflow-run")
def get_run(call: Call) -> Any:
    """`pull_requests` is empty, as it is for forks."""
    run = _run(call)
    at = f"{call.hub.api_url}/repos/{call.repo.full_name}/actions/runs/{run.id}"
    head = call.state.repos.get(run.head_repo)
    return {
        "id": run.id, "name": "Review", "head_sha": run.head_sha, "event": run.event,
        "head_branch": run.head_branch, "status": "completed", "conclusion": run.conclusion,
        "pull_requests": [], "url": at, "artifacts_url": f"{at}/artifacts", "run_attempt": 1,
        "repository": call.hub.shapes.repo(call.repo),
        "head_repository": head and call.hub.shapes.repo(head),
    }  # fmt: skip


@route("GET", f"{RUN}/artifacts", NEEDS, query=("name",),
       docs="actions/artifacts#list-workflow-run-artifacts")  # fmt: skip
def list_artifacts(call: Call) -> Answer:
    wanted = call.request.query.get("name")
    found = [each for each in _run(call).artifacts if wanted in (None, each.name)]
    return call.page([_shown(call, each) for each in found], "artifacts")


@route("GET", f"{ARTIFACT}/zip", NEEDS, docs="actions/artifacts#download-an-artifact")
def download(call: Call) -> Answer:
    """Sends to another address, which wants no token and which lives for a minute."""
    found = _artifact(call)
    if found.expired:
        raise Refused(410, "Artifact has expired")
    return Answer(302, b"", {"Location": f"{call.hub.url}/_artifacts/{found.id}"})


@route("GET", "/_artifacts/{id}", "anyone")
def fetch(call: Call) -> Answer:
    return Answer(200, _artifact(call).content, {"Content-Type": "application/zip"})


def _shown(call: Call, found: Artifact) -> dict[str, Any]:
    at = f"{call.hub.api_url}/repos/{call.repo.full_name}/actions/artifacts/{found.id}"
    times = dict.fromkeys(["created_at", "updated_at", "expires_at"], moment(call.hub.now()))
    return {
        "id": found.id, "node_id": f"MDg6{found.id}", "name": found.name, "url": at,
        "size_in_bytes": len(found.content), "archive_download_url": f"{at}/zip",
        "expired": found.expired, **times,
    }  # fmt: skip


def _run(call: Call) -> Run:
    for run in call.state.runs:
        if run.id == int(call.params["id"]) and run.repo == call.repo.full_name:
            return run  # type: ignore[no-any-return]
    raise not_found()


def _artifact(call: Call) -> Artifact:
    for run in call.state.runs:
        for found in run.artifacts:
            if found.id == int(call.params["id"]):
                return found  # type: ignore[no-any-return]
    raise not_found()
