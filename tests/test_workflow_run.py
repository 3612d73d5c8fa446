"""The second of two workflows: nothing that the first one left behind is believed, all is reviewed anew."""

from typing import Any

from bot_on_github import BAD, EVAL, Ran, Shop, payload, reviews, shop
from github_model import Pull, Repository

__all__ = ["shop"]
TWO = ("failure", "2 findings wait for a human")
NOTHING = "Nothing to do: no open pull request has this head."


def forked(shop: Shop, name: str = "mallory", **more: Any) -> Pull:
    """A pull request from a branch of a fork."""
    fork = shop.hub.repo(f"{name}/shop", fork_of="acme/shop", private=False)
    return shop.hub.open(shop.repo, BAD, author=name, fork=fork, **more)


def followed(shop: Shop, pull: Pull, **more: Any) -> Ran:
    """What the second workflow does after the first one ran on the head as it is now."""
    run = {
        "head_sha": pull.head_sha,
        "head_branch": pull.head_ref,
        "head_repository": {"full_name": pull.head_repo},
        "event": "pull_request",
        "pull_requests": [],
        **more,
    }
    return shop.bot.job("workflow_run", payload(shop.repo, action="completed", workflow_run=run))


def test_a_fork_is_reviewed_after_its_own_workflow(shop: Shop) -> None:
    pull = forked(shop)
    ran = followed(shop, pull)
    assert (ran.code, ran.outputs["waiting"]) == (0, "2")
    assert shop.gate(pull) == TWO
    # One call finds it, however many are open, and no artifact is asked for.
    listed = [each for each in shop.hub.calls() if "/pulls?" in each.target]
    assert len(listed) == 1
    assert "head=mallory%3Atopic" in listed[0].target
    assert not [each for each in shop.hub.requests if "/actions/" in each.target]


def test_how_the_first_workflow_ended_says_nothing(shop: Shop) -> None:
    # Its file is of the pull request: it may report whatever it likes.
    pull = forked(shop)
    followed(shop, pull, conclusion="success", name="Architrave", display_title="passed")
    assert shop.gate(pull) == TWO


def test_the_branch_of_a_fork_may_have_any_name(shop: Shop) -> None:
    pull = forked(shop, branch="a&b=c/d#e%66+é")
    followed(shop, pull)
    assert shop.gate(pull) == TWO


def test_a_branch_of_the_repository_itself(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    followed(shop, pull)
    assert shop.gate(pull) == TWO


def test_it_has_moved_on_meanwhile(shop: Shop) -> None:
    pull = forked(shop)
    before = {"head_sha": pull.head_sha}
    shop.hub.push(pull, {"app/run.py": "X = 1\n"})
    ran = followed(shop, pull, **before)
    assert NOTHING in ran.out
    assert (ran.code, ran.outputs["verdict"]) == (0, "none")
    assert shop.bot.gate(before["head_sha"]) == shop.gate(pull) == ("", "")
    followed(shop, pull)
    assert shop.gate(pull) == ("failure", "1 finding waits for a human")


def test_it_moves_on_during_the_review(shop: Shop) -> None:
    pull = forked(shop)
    first = pull.head_sha
    shop.hub.when("GET", r"/compare/", lambda: shop.hub.push(pull, {"README.md": "# Hi\n"}))
    followed(shop, pull)
    assert pull.reviews == []
    assert shop.bot.gate(first)[0] == "error"
    followed(shop, pull)
    assert len(reviews(pull, pull.head_sha)) == 1


def test_a_commit_of_another_repository_is_not_taken_for_it(shop: Shop) -> None:
    pull = forked(shop)
    # Somebody else has pushed the same commit to a fork of theirs, and runs a workflow there.
    ran = followed(shop, pull, head_repository={"full_name": "eve/shop"})
    assert NOTHING in ran.out
    assert shop.gate(pull) == ("", "")


def test_one_commit_in_two_pull_requests(shop: Shop) -> None:
    shop.hub.branch(shop.repo, "release", shop.repo.store.resolve("main") or "")
    one = shop.hub.open(shop.repo, {"app/api.py": EVAL})
    other = shop.hub.open(shop.repo, sha=one.head_sha, base="release")
    followed(shop, one)
    assert [len(reviews(each)) for each in (one, other)] == [1, 1]


def test_a_push_to_the_base_is_no_pull_request(shop: Shop) -> None:
    pull = forked(shop)
    tip = shop.repo.store.resolve("main")
    own: Repository = shop.repo
    here = {"full_name": own.full_name}
    # As after a workflow on `pull_request_target`, whose head is the base.
    ran = followed(shop, pull, head_sha=tip, head_branch="main", head_repository=here)
    assert NOTHING in ran.out
    assert shop.gate(pull) == ("", "")
