"""The fake GitHub's answers and events, held against GitHub's published schema."""

from typing import Any

import pytest

# Schema classes that cannot be imported are as good as none.
pytest.importorskip("githubkit", exc_type=ImportError)
pytest.importorskip("githubkit_schemas.v2022_11_28", exc_type=ImportError)

from github_client import PULL, World, on_line, world
from githubkit.webhooks import parse_obj
from githubkit_schemas.v2022_11_28 import models
from pydantic import TypeAdapter

__all__ = ["world"]
REPO = "/repos/acme/shop"


def fits(model: str, found: Any) -> None:
    kind = getattr(models, model)
    TypeAdapter(list[kind] if isinstance(found, list) else kind).validate_python(found)
    assert found, model


def test_what_is_read_about_a_pull_request(world: World) -> None:
    world.threads()
    world.hub.say(world.pull, "bob", "Hm.")
    get = world.bot.get
    fits("FullRepository", get(REPO))
    fits("PullRequestSimple", get(f"{REPO}/pulls"))
    fits("PullRequest", get(PULL))
    fits("DiffEntry", get(f"{PULL}/files"))
    fits("Commit", get(f"{PULL}/commits"))
    fits("PullRequestReview", get(f"{PULL}/reviews"))
    fits("PullRequestReviewComment", get(f"{PULL}/comments"))
    review = get(f"{PULL}/reviews")[0]["id"]
    fits("ReviewComment", get(f"{PULL}/reviews/{review}/comments"))
    fits("IssueComment", get(f"{REPO}/issues/1/comments"))
    fits("Issue", get(f"{REPO}/issues/1"))
    fits("Commit", get(f"{REPO}/commits/main"))
    fits("CommitComparison", get(f"{REPO}/compare/main...topic"))
    fits("ContentFile", get(f"{REPO}/contents/a.py"))
    fits("BranchWithProtection", get(f"{REPO}/branches/main"))
    fits("GitRef", get(f"{REPO}/git/ref/heads/main"))
    fits("RepositoryCollaboratorPermission", get(f"{REPO}/collaborators/alice/permission"))
    fits("PublicUser", get("/users/alice"))
    assert world.hub.problems == []


def test_what_is_read_about_checks_and_apps(world: World) -> None:
    body = {"name": "architrave", "head_sha": world.pull.head_sha, "status": "in_progress"}
    fits("CheckRun", world.bot("POST", f"{REPO}/check-runs", body).json)
    output = {"title": "T", "summary": "S", "annotations": [
        {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "M"}
    ]}  # fmt: skip
    number = world.repo.checks[0].id
    change = {"conclusion": "failure", "output": output}
    fits("CheckRun", world.bot("PATCH", f"{REPO}/check-runs/{number}", change).json)
    fits("CheckAnnotation", world.bot.get(f"{REPO}/check-runs/{number}/annotations"))
    runs = world.bot.get(f"{REPO}/commits/{world.pull.head_sha}/check-runs")
    fits("CheckRun", runs["check_runs"])
    status = {"state": "failure", "context": "architrave"}
    fits("Status", world.bot("POST", f"{REPO}/statuses/{world.pull.head_sha}", status).json)
    fits("CombinedCommitStatus", world.bot.get(f"{REPO}/commits/{world.pull.head_sha}/status"))
    app = world.app_client()
    fits("Integration", app.get("/app"))
    fits("Installation", app.get("/app/installations"))
    fits("Installation", app.get(f"{REPO}/installation"))
    number = app.get("/app/installations")[0]["id"]
    asked = {"repositories": ["shop"]}
    fits("InstallationToken", app("POST", f"/app/installations/{number}/access_tokens", asked).json)
    world.hub.missed(world.hub.find_event("pull_request"))
    fits("HookDeliveryItem", app.get("/app/hook/deliveries"))
    delivery = app.get("/app/hook/deliveries")[0]["id"]
    fits("HookDelivery", app.get(f"/app/hook/deliveries/{delivery}"))
    fits("MinimalRepository", world.bot.get("/installation/repositories")["repositories"])
    fits("RateLimitOverview", world.bot.get("/rate_limit"))
    fits("ApiOverview", world.bot.get("/meta"))
    assert world.hub.problems == []


def test_the_events(world: World) -> None:
    hub, pull = world.hub, world.pull
    thread, other = world.threads()
    reply = hub.reply(thread, "alice", "accept: it is fine")
    hub.edit_comment(reply, "accept: it is quite fine")
    hub.resolve(thread, by="alice")
    hub.unresolve(thread, by="bob")
    hub.delete_comment(reply)
    said = hub.say(pull, "alice", "/architrave review")
    hub.edit_comment(said, "/architrave settle")
    hub.delete_comment(said)
    hub.review(pull, "bob", state="APPROVED")
    hub.push(pull, {"new.py": "one = 1\n"})
    hub.rebase(pull)
    hub.edit(pull, title="Better")
    hub.merge_queue(pull)
    hub.close(pull)
    hub.reopen(pull)
    hub.ready(pull)
    hub.merge(pull, by="alice")
    world.bot("POST", f"{REPO}/check-runs", {"name": "a", "head_sha": pull.head_sha})
    check, alice = world.repo.checks[0], hub.user("alice")
    hub.emit_check("rerequested", world.repo, check, alice)
    hub.emit_check("requested_action", world.repo, check, alice, identifier="settle")
    hub.emit_installation("created", world.app)
    seen = set()
    for event in hub.events:
        parse_obj(event.name, event.payload)
        seen.add(f"{event.name} {event.action}")
    assert len(seen) >= 20 and other.comments
    assert on_line(1)["line"] == 1
