"""The fake GitHub: what it knows about a pull request, and what it refuses."""

from pathlib import Path

from fake_github import FakeGitHub
from github_client import NUMBERS, PULL, Client, World, on_line, world
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
    last = links.split('; rel="last"')[0].rpartition("<")[2].removesuffix(">")
    assert last.startswith(world.hub.api_url) and "page=3" in last
    rest = world.bot("GET", last.removeprefix(world.hub.api_url))
    assert len(rest.json) == 30 and 'rel="next"' not in rest.headers["Link"]


def test_the_conversation(world: World) -> None:
    said = world.hub.say(world.pull, "bob", "/architrave settle")
    mine = world.bot("POST", f"{REPO}/issues/1/comments", {"body": "Done."})
    assert mine.status == 201
    path = f"{REPO}/issues/comments/{mine.json['id']}"
    assert world.bot("PATCH", path, {"body": "Done!"}).json["body"] == "Done!"
    assert [c["id"] for c in world.bot.get(f"{REPO}/issues/1/comments")] == [
        said.id,
        mine.json["id"],
    ]
    assert world.bot("DELETE", path).status == 204 and world.hub.problems == []
    assert world.bot("POST", f"{REPO}/issues/1/comments", {"body": "x" * 65537}).status == 422
    assert world.hub.problems


def test_check_runs_belong_to_apps_and_statuses_to_all(world: World) -> None:
    head = world.pull.head_sha
    new = {"name": "architrave", "head_sha": head, "status": "in_progress"}
    alice = world.client(world.hub.personal_token("alice"))
    assert (
        alice("POST", f"{REPO}/check-runs", new).error == "You must authenticate via a GitHub App."
    )
    number = world.bot("POST", f"{REPO}/check-runs", new).json["id"]
    assert world.hub.gate(world.pull) == "pending"
    output = {"title": "T", "summary": "S"}
    end = {"conclusion": "failure", "output": output}
    assert world.bot("PATCH", f"{REPO}/check-runs/{number}", end).json["status"] == "completed"
    status = {"state": "success", "context": "Architrave"}
    assert alice("POST", f"{REPO}/statuses/{head}", status).status == 201
    assert world.hub.gate(world.pull) == "failure"
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
    assert [p["number"] for p in world.bot.get(f"{REPO}/commits/{world.pull.head_sha}/pulls")] == [
        1
    ]
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
