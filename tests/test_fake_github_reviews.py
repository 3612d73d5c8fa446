"""The fake GitHub: reviews, what makes them fail, and where their threads go."""

import pytest
from github_client import CHANGE, NUMBERS, PULL, World, on_line, world

__all__ = ["world"]
REPO = "/repos/acme/shop"


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
    assert (
        world.bot("POST", f"{PULL}/comments/{got.json['id']}/replies", {"body": "x"}).status == 404
    )
    path = f"{REPO}/pulls/comments/{first}"
    assert world.bot("PATCH", path, {"body": "Fixed."}).json["body"] == "Fixed."
    theirs = world.hub.reply(thread, "alice", "accept: fine")
    assert world.hub.problems == []
    assert world.bot("PATCH", f"{REPO}/pulls/comments/{theirs.id}", {"body": "No."}).status == 403
    assert "changes what alice wrote" in world.hub.problems[0]
