"""Conversations in which GitHub, the model or the people get in between: nothing is lost or said twice."""

import pytest
from bot_on_github import BAD, EVAL, Shop, reviews, said, shop, told
from github_model import Pull

from bot.outside import git_fetch

__all__ = ["shop"]
TWO = ("failure", "2 findings wait for a human")
REVIEWS, COMMENTS, STATUSES = r"/pulls/1/reviews$", r"/pulls/1/comments$", r"/statuses/"


def complete(pull: Pull) -> bool:
    """Whether there is one review of the head, and each of two findings is told once."""
    return len(reviews(pull, pull.head_sha)) == 1 and len(told(pull)) == len(set(told(pull))) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_after_the_review_was_created(shop: Shop, status: int) -> None:
    shop.hub.fail("POST", REVIEWS, status, done=True)
    pull = shop.opened()
    assert complete(pull)
    assert len(pull.reviews) == 1
    assert shop.gate(pull) == TWO


def test_an_error_before_the_review_was_created(shop: Shop) -> None:
    shop.hub.fail("POST", REVIEWS, 502, times=2)
    pull = shop.opened()
    assert complete(pull)
    assert shop.gate(pull) == TWO


def test_an_answer_that_is_lost_and_a_look_that_is_behind(shop: Shop) -> None:
    shop.hub.drop("POST", REVIEWS, done=True)
    shop.hub.stale("GET", REVIEWS)
    pull = shop.opened()
    assert complete(pull)


def test_a_comment_by_itself_is_lost_after_it_was_created(shop: Shop) -> None:
    pull = shop.opened({"app/api.py": EVAL})
    shop.hub.delete_comment(pull.threads[0].comments[0])
    shop.hub.fail("POST", COMMENTS, 502, done=True)
    shop.bot.review(pull)
    assert len(told(pull)) == 1


def test_a_reply_is_lost_after_it_was_created(shop: Shop) -> None:
    pull = shop.opened()
    shop.hub.resolve(pull.threads[0], by="eve")
    shop.hub.drop("POST", r"/replies$", done=True)
    shop.bot.settle(pull)
    assert len(said(pull.threads[0])) == 1


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("seconds", [20, None])
@pytest.mark.parametrize("path", [STATUSES, REVIEWS, r"/api/graphql"])
def test_the_bot_is_too_fast(shop: Shop, status: int, seconds: int | None, path: str) -> None:
    shop.hub.secondary("POST", path, status=status, retry_after=seconds, times=2)
    pull = shop.opened()
    assert complete(pull)
    assert shop.gate(pull) == TWO


def test_the_hour_is_used_up(shop: Shop) -> None:
    shop.hub.exhaust("POST", REVIEWS, reset=shop.hub.now() + 1800)
    pull = shop.hub.open(shop.repo, BAD)
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert "the gate stays closed" in ran.out
    assert shop.gate(pull)[0] == "pending"
    shop.bot.hears("pull_request")
    assert complete(pull)
    assert shop.gate(pull) == TWO


def test_github_is_down(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    shop.hub.cut()
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert "Traceback" not in ran.out
    shop.hub.calm()
    assert shop.gate(pull) == ("", "")


def test_git_fails_once(shop: Shop) -> None:
    shop.hub.fail("GET", r"/info/refs", 502)
    pull = shop.opened()
    assert complete(pull)


def test_git_is_down(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_fetch, "_PAUSE", 0.0)
    shop.hub.fail("GET", r"/info/refs", 502, times=9)
    pull = shop.hub.open(shop.repo, BAD)
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert ran.out.count(shop.bot.environ["GITHUB_TOKEN"]) == 1
    assert shop.gate(pull)[0] == "error"
    assert shop.gate(pull)[1].startswith("Not reviewed: git fetch: ")


def test_a_reply_that_is_refused_does_not_hold_the_gate(shop: Shop) -> None:
    pull = shop.opened()
    for thread, by in zip(pull.threads, ("eve", "bob"), strict=True):
        shop.hub.resolve(thread, by)
    shop.hub.fail("POST", r"/replies$", 404)
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("failure", "1 finding waits for a human")


def test_the_model_is_down(shop: Shop) -> None:
    shop.bot.environ |= {"ANTHROPIC_API_KEY": "sk-ant-none", "ANTHROPIC_BASE_URL": shop.hub.url}
    pull = shop.hub.open(shop.repo, BAD)
    ran = shop.bot.hears("pull_request")
    state, says = shop.gate(pull)
    assert (state, ran.outputs["verdict"]) == ("error", "incomplete")
    assert says.startswith("Not fully reviewed: ")
    assert "2 findings wait for a human" in says
    assert ran.code == 3
    # What needs no model is told all the same.
    assert complete(pull)
    # Answers do not open what was not looked at.
    for thread in pull.threads:
        shop.hub.resolve(thread, by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull)[0] == "error"
    shop.hub.problems.clear()  # the fake is no model, and says so


def test_what_was_not_looked_at_is_not_called_gone(shop: Shop) -> None:
    pull = shop.opened()
    shop.bot.environ |= {"ANTHROPIC_API_KEY": "sk-ant-none", "ANTHROPIC_BASE_URL": shop.hub.url}
    shop.pushed(pull, {"app/run.py": "X = 1\n"})
    assert [said(thread) for thread in pull.threads] == [[], []]
    del shop.bot.environ["ANTHROPIC_API_KEY"]
    shop.bot.review(pull)
    assert [len(said(thread)) for thread in pull.threads] == [0, 1]
    shop.hub.problems.clear()  # the fake is no model, and says so


def test_a_rule_is_edited_in_the_same_pull_request(shop: Shop) -> None:
    weaker = {".architrave.toml": 'disable = ["security/code-execution"]\nfail-on = "never"\n'}
    pull = shop.opened({**BAD, **weaker})
    state, says = shop.gate(pull)
    assert state == "failure"
    assert int(says.split()[0]) >= 2
    assert {"app/api.py", "app/run.py"} <= {thread.path for thread in pull.threads}
    # Whoever wrote it cannot loosen who may answer either.
    shop.hub.push(pull, {".architrave.toml": 'author-may-answer = true\nfail-on = "never"\n'})
    shop.bot.hears("pull_request", "synchronize")
    assert shop.gate(pull)[0] == "failure"


def test_it_is_closed_while_it_is_reviewed(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    shop.hub.when("GET", r"/compare/", lambda: shop.hub.close(pull))
    ran = shop.bot.hears("pull_request", "opened")
    assert ran.code == 0
    assert pull.reviews == []
    says = "The pull request was closed meanwhile; nothing was published."
    assert shop.gate(pull) == ("error", says)


def test_it_moves_on_while_it_is_reviewed(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    first = pull.head_sha
    shop.hub.when("GET", r"/compare/", lambda: shop.hub.push(pull, {"app/run.py": "X = 1\n"}))
    shop.bot.hears("pull_request", "opened")
    assert pull.reviews == []
    says = "The pull request has moved on; its newest commit is reviewed next."
    assert shop.bot.gate(first) == ("error", says)
    shop.bot.hears("pull_request", "synchronize")
    assert shop.gate(pull) == ("failure", "1 finding waits for a human")
    assert len(reviews(pull)) == 1


def test_it_moves_on_while_the_review_is_posted(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    shop.hub.when("POST", REVIEWS, lambda: shop.hub.push(pull, {"README.md": "# Hi\n"}))
    shop.bot.hears("pull_request", "opened")
    shop.bot.hears("pull_request", "synchronize")
    assert len(reviews(pull, pull.head_sha)) == 1
    assert len(told(pull)) == 2
    assert shop.gate(pull) == TWO


def test_a_merge_is_nothing_to_the_action(shop: Shop) -> None:
    pull = shop.opened()
    before = len(shop.hub.writes())
    shop.hub.merge(pull, by="bob")
    ran = shop.bot.hears("pull_request", "closed")
    assert (ran.code, "kept by the service" in ran.out) == (0, True)
    assert len(shop.hub.writes()) == before
