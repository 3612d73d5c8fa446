"""Events to errands: every kind that is listened to, and none of whatever shape raises."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import events
from bot.events import Errand

HERE = {"repository": {"full_name": "acme/shop"}}
PULL = {"pull_request": {"number": 7}}
NAMES = st.sampled_from(
    [
        "pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment",
        "pull_request_review_thread", "issue_comment", "merge_group", "schedule", "workflow_dispatch",
        "workflow_run", "check_run", "check_suite", "push", "",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "action", "pull_request", "number", "repository", "full_name", "installation", "id", "issue", "comment",
        "body", "user", "login", "type", "merge_group", "head_ref", "head_sha", "inputs", "pull-request",
        "workflow_run", "check_run", "name", "pull_requests", "changes", "base",
    ]
)  # fmt: skip
TEXTS = st.sampled_from(
    [
        "opened", "edited", "created", "checks_requested", "rerequested", "architrave", "/architrave review",
        "/architrave explain x", "acme/shop", "²", "9" * 5000, "12", "User", "",
        "refs/heads/gh-readonly-queue/main/pr-" + "9" * 5000 + "-" + "a" * 40,
    ]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=5)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=30,
)


@given(NAMES, SHAPES)
def test_no_shape_raises(name: str, event: Any) -> None:
    errand = events.read(name, event, "acme/shop")
    assert errand.repository
    assert isinstance(errand.number, int)
    assert (errand.kind == "nothing") == bool(errand.says)


def errand(name: str, **event: Any) -> Errand:
    return events.read(name, {**HERE, **event})


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"action": "opened"}, "review"),
        ({"action": "synchronize"}, "review"),
        ({"action": "reopened"}, "review"),
        ({"action": "ready_for_review"}, "review"),
        ({"action": "edited", "changes": {"base": {"ref": {"from": "main"}}}}, "review"),
        ({"action": "edited", "changes": {"body": {"from": ""}}}, "review"),
        ({"action": "edited"}, "nothing"),
        ({"action": "closed"}, "nothing"),
        ({"action": "closed", "pull_request": {"number": 7, "merged": True}}, "record"),
        ({"action": "closed", "pull_request": {"number": 7, "merged": "yes"}}, "nothing"),
        ({"action": "labeled"}, "nothing"),
    ],
)
def test_a_pull_request(name: str, event: dict[str, Any], kind: str) -> None:
    found = errand(name, **{**PULL, **event})
    assert found.kind == kind
    assert found.number == (0 if kind == "nothing" else 7)


@pytest.mark.parametrize("name", ["_review", "_review_comment", "_review_thread"])
def test_a_conversation(name: str) -> None:
    assert errand(f"pull_request{name}", action="any", **PULL) == Errand("settle", "acme/shop", 7)


def comment(body: str, action: str = "created", **user: Any) -> Errand:
    return errand(
        "issue_comment",
        action=action,
        issue={"number": 7, "pull_request": {}},
        comment={"body": body, "user": {"login": "bob", "type": "User"} | user},
    )


def test_commands() -> None:
    assert comment("/architrave review") == Errand("review", "acme/shop", 7, "bob")
    assert comment("Please:\n  /architrave settle\r\n").kind == "settle"
    assert comment("/architrave override: fire").kind == "settle"
    assert comment("/architrave explain a/b \n").argument == "a/b"


@pytest.mark.parametrize(
    "body",
    [
        "review",
        "/architrave",
        "/architrave reviews",
        "say /architrave review",
        "> /architrave review",
    ],
)
def test_what_is_no_command(body: str) -> None:
    assert comment(body).kind == "nothing"


def test_who_gives_no_commands() -> None:
    assert comment("/architrave review", type="Bot").kind == "nothing"
    assert comment("/architrave review", login=None).kind == "nothing"
    assert comment("/architrave review", "edited").kind == "nothing"
    at_issue = {"action": "created", "issue": {"number": 7}}
    assert (
        errand("issue_comment", comment={"body": "/architrave review"}, **at_issue).kind
        == "nothing"
    )


def test_a_merge_queue() -> None:
    ref, sha = f"refs/heads/gh-readonly-queue/release/2/pr-31-{'a' * 40}", "b" * 40
    group = {"head_ref": ref, "head_sha": sha}
    found = errand("merge_group", action="checks_requested", merge_group=group)
    assert found == Errand("queue", "acme/shop", 31, commit=sha)
    assert errand("merge_group", action="destroyed", merge_group=group).kind == "nothing"


def test_a_schedule_has_no_repository_of_its_own() -> None:
    assert events.read("schedule", {"schedule": "* * * * *"}, "acme/shop").kind == "settle-all"
    assert events.read("schedule", {"schedule": "* * * * *"}).kind == "nothing"


@pytest.mark.parametrize(
    ("given", "number"), [("7", 7), ("#7", 7), (" 7 ", 7), ("²", 0), ("", 0), (7, 0)]
)
def test_by_hand(given: Any, number: int) -> None:
    found = errand("workflow_dispatch", inputs={"pull-request": given})
    assert (found.kind, found.number) == ("review" if number else "settle-all", number)


def test_checks_that_are_asked_for_again() -> None:
    mine = {"name": "architrave", "pull_requests": [{"number": 7}]}
    assert errand("check_run", action="rerequested", check_run=mine).number == 7
    other = mine | {"name": "lint"}
    assert errand("check_run", action="rerequested", check_run=other).kind == "nothing"
    alone = mine | {"pull_requests": []}
    assert errand("check_suite", action="rerequested", check_suite=alone).kind == "nothing"


def test_the_installation_is_kept() -> None:
    assert errand("pull_request", action="opened", installation={"id": 5}, **PULL).installation == 5
