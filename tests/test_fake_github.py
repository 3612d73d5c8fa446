"""The fake GitHub: what it knows about a pull request, and what it refuses."""

from pathlib import Path

import github_checks
import pytest
from fake_github import FakeGitHub
from github_client import CHANGE, NUMBERS, PULL, Client, World, on_line, world
from github_reviews import Spot
from github_setup import READS

__all__ = ["world"]
REPO = "/repos/acme/shop"


def test_the_files_of_a_pull_request_come_from_git(world: World) -> None:
    files = {file["filename"]: file for file in world.bot.get(f"{PULL}/files")}
    assert {name: file["status"] for name, file in files.items()} == {
        "a.py": "modified",
        "b.py": "removed",
        "logo.png": "modified",
        "new.py": "added",
    }
    assert files["a.py"]["patch"].startswith("@@ -13,7 +13,7 @@")
    assert "patch" not in files["logo.png"] and files["new.py"]["additions"] == 3
    pull = world.bot.get(PULL)
    assert (pull["changed_files"], pull["commits"], pull["mergeable"]) == (4, 1, True)
    assert world.hub.problems == []


def test_a_renamed_file_and_one_that_is_too_large(world: World) -> None:
    world.hub.patch_lines = 3
    tree = {"a.py": None, "z.py": NUMBERS + "last = 1\n", "big.py": "1\n2\n3\n4\n"}
    pull = world.hub.open(world.repo, tree, branch="other")
    files = world.bot.get(f"{REPO}/pulls/{pull.number}/files")
    assert [(f["filename"], f.get("previous_filename"), "patch" in f) for f in files] == [
        ("big.py", None, False),
        ("z.py", "a.py", True),
    ]


def test_lists_come_in_pages_of_a_hundred_at_most(world: World) -> None:
    world.hub.most_files = 230
    tree = {f"f{i:03}.py": f"x = {i}\n" for i in range(250)}
    pull = world.hub.open(world.repo, tree, branch="wide")
    got = world.bot("GET", f"{REPO}/pulls/{pull.number}/files?per_page=500")
    links = got.headers["Link"]
    assert len(got.json) == 100 and 'rel="next"' in links and 'rel="prev"' not in links
    last = links.split("; rel=\"last\"")[0].rpartition("<")[2].removesuffix(">")
    assert last.startswith(world.hub.api_url) and "page=3" in last
    rest = world.bot("GET", last.removeprefix(world.hub.api_url))
    assert len(rest.json) == 30 and 'rel="next"' not in rest.headers["Link"]


def test_a_review_has_its_comments_on_the_right_lines(world: World) -> None:
    got = world.bot.review(on_line(16), on_line(3, "new.py", start_line=1, start_side="RIGHT"))
    assert (got.status, got.json["state"]) == (200, "COMMENTED")
    assert got.json["user"]["login"] == "architrave[bot]" and got.json["user"]["type"] == "Bot"
    first, second = world.bot.get(f"{PULL}/comments")
    assert first["diff_hunk"].endswith("-x16 = 16\n+x16 = 61") and first["position"] == 5
    assert (second["start_line"], second["line"], second["path"]) == (1, 3, "new.py")
    left = on_line(16) | {"side": "LEFT"}
    assert world.bot.review(left).status == 200
    assert world.hub.problems == [] and len(world.hub.writes()) == 2


@pytest.mark.parametrize(
    ("comment", "error"),
    [
        (on_line(5), "Line could not be resolved"),
        (on_line(17) | {"side": "LEFT"}, "Line could not be resolved"),
        (on_line(1, "none.py"), "Path could not be resolved"),
        (on_line(1, "logo.png"), "Path could not be resolved"),
        (on_line(16, start_line=2), "Start line could not be resolved"),
        (on_line(16, start_line=16), "start line must precede the end line"),
    ],
)
def test_one_bad_comment_fails_the_whole_review(
    world: World, comment: dict[str, object], error: str
) -> None:
    got = world.bot.review(on_line(16), comment)
    assert got.status == 422 and error in got.error and "#create-a-review" in str(got.json)
    assert world.pull.reviews == [] and world.pull.threads == []
    assert world.hub.problems == [] and len(world.hub.refused) == 1


def test_a_single_comment_is_refused_in_other_words(world: World) -> None:
    head = world.pull.head_sha
    sent = {**on_line(5), "commit_id": head}
    got = world.bot("POST", f"{PULL}/comments", sent)
    assert got.status == 422 and "pull_request_review_thread.line must be part" in got.error
    on_file = {"path": "logo.png", "body": "Large.", "commit_id": head, "subject_type": "file"}
    assert world.bot("POST", f"{PULL}/comments", on_file).json["subject_type"] == "file"
    gone = world.bot("POST", f"{PULL}/comments", {**on_line(16), "commit_id": "0" * 40})
    assert gone.status == 422 and "commit_id is not part" in gone.error
    assert world.hub.problems == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"event": "APPROVE"}, "must not send the event APPROVE"),
        ({"event": "REQUEST_CHANGES"}, "must not send the event REQUEST_CHANGES"),
        ({"event": "BLESS"}, "422 Unprocessable Entity"),
        ({"body": "x" * 65537}, "422 Unprocessable Entity"),
        ({"body": ""}, "422 Unprocessable Entity"),
        ({"body": 7}, "is not of type string"),
        ({"subject_type": "file"}, "unknown key 'subject_type'"),
        ({"comments": [on_line(16, subject_type="file")]}, "unknown keys in a comment"),
        ({"comments": [{"path": "a.py", "body": "x"}]}, "a comment without a line"),
        ({"comments": [on_line(16, start_line=None)]}, "nil is not of type integer"),
    ],
)
def test_mistakes_are_problems(world: World, more: dict[str, object], problem: str) -> None:
    sent = {"body": "Brief.", "event": "COMMENT", **more}
    world.bot("POST", f"{PULL}/reviews", sent)
    assert any(problem in each for each in world.hub.problems), world.hub.problems


def test_an_old_commit_of_the_pull_request_makes_outdated_comments(world: World) -> None:
    old = world.pull.head_sha
    world.hub.push(world.pull, {"a.py": NUMBERS.replace("x16 = 16", "x16 = 62")})
    assert world.bot.review(on_line(16), commit_id=old).status == 200
    comment = world.bot.get(f"{PULL}/comments")[0]
    assert (comment["line"], comment["original_line"], comment["position"]) == (None, 16, None)
    world.hub.force_push(world.pull, CHANGE | {"new.py": "other = 1\n"})
    got = world.bot.review(on_line(16), commit_id=old)
    assert got.status == 422 and "commitOID is not part of" in got.error


def test_threads_move_with_their_lines(world: World) -> None:
    thread, other = world.threads()
    world.hub.push(world.pull, {"a.py": "top = 0\n" + CHANGE["a.py"], "new.py": "one = 1\n"})
    assert (thread.line, thread.outdated) == (17, False)
    assert (other.line, other.outdated, other.original) == (None, True, (2, None))
    world.hub.push_to_base(world.repo, {"docs/c.md": "# D\n"})
    before = world.pull.head_sha
    after = world.hub.rebase(world.pull)
    assert before != after and thread.line == 17 and thread.commit == after
    world.hub.force_push(world.pull, {"docs/c.md": "# E\n"})
    assert thread.outdated and thread.line is None


def test_a_pending_review_is_seen_by_its_author_only(world: World) -> None:
    sent = {"body": "Later.", "comments": [on_line(16)]}
    number = world.bot("POST", f"{PULL}/reviews", sent).json["id"]
    assert world.bot.review(on_line(16)).error.endswith("one pending review per pull request")
    bob = world.client(world.hub.personal_token("bob"))
    assert bob.get(f"{PULL}/reviews") == [] and bob.get(f"{PULL}/comments") == []
    assert world.bot.get(f"{PULL}/reviews")[0]["state"] == "PENDING"
    got = world.bot("POST", f"{PULL}/reviews/{number}/events", {"event": "COMMENT", "body": "Now."})
    assert got.json["state"] == "COMMENTED" and len(bob.get(f"{PULL}/comments")) == 1
    assert world.bot("DELETE", f"{PULL}/reviews/{number}").status == 422


def test_replies_and_edits(world: World) -> None:
    thread, _ = world.threads()
    first = thread.comments[0].id
    got = world.bot("POST", f"{PULL}/comments/{first}/replies", {"body": "Still so."})
    assert got.status == 201 and got.json["in_reply_to_id"] == first
    assert world.bot.get(f"{PULL}/reviews")[-1]["body"] == ""
    assert world.bot("POST", f"{PULL}/comments/{got.json['id']}/replies", {"body": "x"}).status == 404
    path = f"{REPO}/pulls/comments/{first}"
    assert world.bot("PATCH", path, {"body": "Fixed."}).json["body"] == "Fixed."
    theirs = world.hub.reply(thread, "alice", "accept: fine")
    assert world.hub.problems == []
    assert world.bot("PATCH", f"{REPO}/pulls/comments/{theirs.id}", {"body": "No."}).status == 403
    assert "changes what alice wrote" in world.hub.problems[0]


def test_the_conversation(world: World) -> None:
    said = world.hub.say(world.pull, "bob", "/architrave settle")
    mine = world.bot("POST", f"{REPO}/issues/1/comments", {"body": "Done."})
    assert mine.status == 201
    path = f"{REPO}/issues/comments/{mine.json['id']}"
    assert world.bot("PATCH", path, {"body": "Done!"}).json["body"] == "Done!"
    assert [c["id"] for c in world.bot.get(f"{REPO}/issues/1/comments")] == [said.id, mine.json["id"]]
    assert world.bot("DELETE", path).status == 204 and world.hub.problems == []
    assert world.bot("POST", f"{REPO}/issues/1/comments", {"body": "x" * 65537}).status == 422
    assert world.hub.problems


def test_check_runs_belong_to_apps_and_statuses_to_all(world: World) -> None:
    head = world.pull.head_sha
    new = {"name": "architrave", "head_sha": head, "status": "in_progress"}
    alice = world.client(world.hub.personal_token("alice"))
    assert alice("POST", f"{REPO}/check-runs", new).error == "You must authenticate via a GitHub App."
    number = world.bot("POST", f"{REPO}/check-runs", new).json["id"]
    assert github_checks.gate(world.repo, head, "architrave") == "pending"
    output = {"title": "T", "summary": "S"}
    end = {"conclusion": "failure", "output": output}
    assert world.bot("PATCH", f"{REPO}/check-runs/{number}", end).json["status"] == "completed"
    status = {"state": "success", "context": "Architrave"}
    assert alice("POST", f"{REPO}/statuses/{head}", status).status == 201
    assert github_checks.gate(world.repo, head, "architrave") == "failure"
    runs = world.bot.get(f"{REPO}/commits/{head}/check-runs?check_name=architrave")
    assert runs["total_count"] == 1 and world.hub.problems == []
    mark = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice",
            "message": "M"}  # fmt: skip
    many = {"output": output | {"annotations": [mark] * 51}}
    assert world.bot("PATCH", f"{REPO}/check-runs/{number}", many).status == 422
    assert world.hub.problems


def test_contents_compare_and_rules(world: World) -> None:
    world.hub.rule(world.repo, "pull_request", required_review_thread_resolution=True)
    assert world.bot.get(f"{REPO}/rules/branches/main")[0]["type"] == "pull_request"
    raw = world.bot("GET", f"{REPO}/contents/docs/c.md", Accept="application/vnd.github.raw")
    assert raw.json == b"# C\n"
    assert world.bot("GET", f"{REPO}/contents/none.py").status == 404
    assert [e["type"] for e in world.bot.get(f"{REPO}/contents/docs")] == ["file"]
    found = world.bot.get(f"{REPO}/compare/main...topic")
    assert (found["status"], found["ahead_by"], len(found["files"])) == ("ahead", 1, 4)
    assert [p["number"] for p in world.bot.get(f"{REPO}/commits/{world.pull.head_sha}/pulls")] == [1]
    assert world.hub.problems == []


def test_people_and_teams(world: World) -> None:
    world.hub.team("acme/owners", "alice")
    found = world.bot.get(f"{REPO}/collaborators/alice/permission")
    assert (found["permission"], found["role_name"]) == ("write", "write")
    world.repo.collaborators["mia"] = "maintain"
    world.hub.user("mia")
    assert world.bot.get(f"{REPO}/collaborators/mia/permission")["permission"] == "write"
    assert world.bot.get(f"{REPO}/collaborators/acme/permission")["permission"] == "admin"
    assert world.bot("GET", f"{REPO}/collaborators/nobody/permission").status == 404
    path = "/orgs/acme/teams/owners/memberships"
    assert world.bot("GET", f"{path}/alice").status == 403
    world.token.permissions["members"] = "read"
    assert world.bot.get(f"{path}/alice")["state"] == "active"
    assert world.bot("GET", f"{path}/bob").status == 404 and world.hub.problems == []


def test_a_conflict_a_draft_and_a_fork(world: World) -> None:
    hub = world.hub
    fork = hub.repo("mallory/shop", private=True, fork_of="acme/shop")
    tree = {"a.py": NUMBERS.replace("x1 = 1\n", "x1 = 7\n")}
    pull = hub.open(world.repo, tree, author="mallory", branch="patch", fork=fork, draft=True)
    found = world.bot.get(f"{REPO}/pulls/{pull.number}")
    assert found["head"]["repo"]["full_name"] == "mallory/shop" and found["draft"]
    assert fork.store.resolve("patch") == pull.head_sha
    hub.push_to_base(world.repo, {"a.py": NUMBERS.replace("x1 = 1\n", "x1 = 8\n")})
    assert world.bot.get(f"{REPO}/pulls/{pull.number}")["mergeable"] is False
    token = hub.actions_token(world.repo, permissions=READS | {"pull_requests": "read"})
    got = world.client(token).review(on_line(16))
    assert got.status == 403 and got.json["message"] == "Resource not accessible by integration"
    assert "pull_requests=write" in got.headers["X-Accepted-GitHub-Permissions"]


def test_what_is_not_imitated_is_a_problem(world: World) -> None:
    assert world.bot("GET", f"{REPO}/milestones").status == 404
    world.bot("GET", f"{PULL}?nonsense=1")
    world.bot("POST", f"{PULL}/reviews", "no object")
    assert len(world.hub.problems) == 3


def test_a_hub_without_a_repository(tmp_path: Path) -> None:
    with FakeGitHub(tmp_path / "hub") as hub:
        assert Client(hub, None)("GET", REPO).status == 404
        assert Client(hub, None)("GET", "/user").status == 401
        assert Client(hub, "wrong")("GET", "/user").error == "Bad credentials"
        assert Client(hub, None)("GET", "/user", User_Agent="").status == 403
        assert [each[:3] for each in hub.refused] == ["404", "401", "401", "403"]
