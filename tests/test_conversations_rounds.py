"""Conversations that a schedule goes on with: what stopped, what nobody heard of, what ran beside."""

from bot_on_github import EVAL, Ran, Shop, reviews, shop

from bot import markers, records
from bot.domain import Policy

__all__ = ["shop"]
ONE = {"app/api.py": EVAL}
WAITS = ("failure", "1 finding waits for a human")
BOB = ("success", "Answered by bob")
REVIEWS, STATUSES = r"/pulls/1/reviews$", r"/statuses/"


def round_(shop: Shop) -> Ran:
    return shop.bot.job("schedule", {"schedule": "*/15 * * * *"})


def test_a_review_that_came_to_nothing_is_made_up_for(shop: Shop) -> None:
    # Half an hour ago GitHub would not hear the bot for longer than a job lasts.
    shop.hub.advance(-1800)
    shop.hub.exhaust("POST", REVIEWS, reset=shop.hub.now() + 2800)
    pull = shop.hub.open(shop.repo, ONE)
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert "GitHub asks to wait " in ran.out
    assert shop.gate(pull) == ("pending", "The review is running.")
    shop.hub.advance(2900)
    assert round_(shop).code == 0
    assert shop.gate(pull) == WAITS


def test_a_review_that_is_running_is_left_alone(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, ONE)
    shop.hub.when("GET", r"/compare/", lambda: round_(shop) and None)
    shop.bot.hears("pull_request")
    assert shop.gate(pull) == WAITS
    assert len(reviews(pull)) == 1
    # Nor does a round begin with what nobody has asked for yet.
    other = shop.hub.open(shop.repo, {"NEWS.md": "Open.\n"}, branch="other")
    round_(shop)
    assert other.reviews == []


def test_whom_github_lets_wait_for_minutes_says_so(shop: Shop) -> None:
    shop.hub.exhaust("POST", REVIEWS, reset=shop.hub.now() + 200)
    pull = shop.hub.open(shop.repo, ONE)
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert "GitHub asks to wait" in ran.out
    assert shop.gate(pull) == ("error", "Not reviewed: GitHub asked to wait; review it again")


def test_a_round_says_nothing_twice(shop: Shop) -> None:
    pull = shop.opened(ONE)
    shop.hub.resolve(pull.threads[0], by="bob")
    for _ in range(3):
        round_(shop)
    assert shop.gate(pull) == BOB
    # Running, waits, answered: GitHub takes a thousand of a commit, and rounds are many.
    assert len(shop.repo.statuses) == 3


def test_what_a_round_says_does_not_stand_over_what_came_meanwhile(shop: Shop) -> None:
    pull = shop.opened(ONE)
    shop.hub.resolve(pull.threads[0], by="bob")

    def meanwhile() -> None:
        shop.hub.unresolve(pull.threads[0], by="carol")
        shop.bot.settle(pull)

    # Between a round's look and its word: another run reads more, and says it first.
    shop.hub.when("POST", STATUSES, meanwhile)
    round_(shop)
    said = [each.state for each in shop.repo.statuses]
    assert said == ["pending", "failure", "failure", "success", "failure"]
    assert shop.gate(pull) == WAITS


def test_a_secret_tells_the_bot_from_other_workflows(shop: Shop) -> None:
    shop.bot.environ["GITHUB_WEBHOOK_SECRET"] = "kept in the repository"
    pull = shop.opened(ONE)
    # Whatever runs in a workflow of the repository writes as the same account.
    nothing = records.row(records.Record(pull.head_sha, 0, (), Policy()))
    for secret in ("", "guessed"):
        forged = f"Fine.\n{markers.record(nothing, secret)}"
        shop.hub.review(pull, "github-actions[bot]", body=forged)
        shop.bot.settle(pull)
        assert shop.gate(pull) == WAITS
    ran = shop.bot.hears("pull_request")
    assert "::add-mask::kept in the repository" in ran.out
    assert shop.gate(pull) == WAITS
