"""Conversations about findings: who answers, how, and whether that opens the gate."""

from pathlib import Path

import pytest
from bot_on_github import BASE, EVAL, Shop, about, opening, said, shop
from github_model import Pull, Thread
from github_reviews import Spot

from bot import markers, records
from bot.domain import Policy

__all__ = ["shop"]
WAITS = ("failure", "1 finding waits for a human")
BOT = "github-actions[bot]"
ONE = {"app/api.py": EVAL}
SAFE = {"app/api.py": "def handler(request):\n    return 2\n"}


def policy(*lines: str) -> dict[str, str]:
    return {**BASE, ".architrave.toml": "\n".join(lines) + "\n"}


def asked(shop: Shop, **more: str) -> tuple[Pull, Thread]:
    """A pull request of alice's with one finding, and its thread."""
    pull = shop.opened(ONE, **more)
    assert shop.gate(pull) == WAITS
    return pull, pull.threads[0]


def settled(shop: Shop, pull: Pull) -> tuple[str, str]:
    shop.bot.settle(pull)
    return shop.gate(pull)


def test_a_human_resolves(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by="bob")
    assert settled(shop, pull) == ("success", "Answered by bob")
    assert said(thread) == []


def test_a_bot_resolves(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by="helper[bot]")
    assert settled(shop, pull) == WAITS
    (reply,) = said(thread)
    assert reply.startswith(f"{BOT}: This stays open: ")


def test_the_bot_itself_never_answers(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by=BOT)
    shop.hub.reply(thread, BOT, "accept: I say so myself")
    assert settled(shop, pull) == WAITS


def test_a_stranger_resolves_and_is_told_once(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by="eve")
    assert settled(shop, pull) == WAITS
    assert settled(shop, pull) == WAITS
    assert said(thread) == [f"{BOT}: This stays open: eve may not write to this repository."]
    # Whoever may answer opens it and closes it again.
    shop.hub.unresolve(thread, by="bob")
    shop.hub.resolve(thread, by="bob")
    assert settled(shop, pull) == ("success", "Answered by bob")


def test_it_is_unresolved_again(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by="bob")
    assert settled(shop, pull)[0] == "success"
    shop.hub.unresolve(thread, by="carol")
    assert settled(shop, pull) == WAITS


def test_the_author_resolves(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.resolve(thread, by="alice")
    assert settled(shop, pull) == ("success", "Answered by alice")


def test_the_author_resolves_where_somebody_else_has_to(tmp_path: Path) -> None:
    with opening(tmp_path, policy("author-may-answer = false")) as shop:
        pull, thread = asked(shop)
        shop.hub.resolve(thread, by="alice")
        assert settled(shop, pull) == WAITS
        assert said(thread) == [
            f"{BOT}: This stays open: alice wrote the pull request, and the policy wants somebody else."
        ]
        shop.hub.reply(thread, "carol", "accept: we have looked at it together")
        assert settled(shop, pull) == ("success", "Answered by carol")


def test_an_author_from_outside_resolves(shop: Shop) -> None:
    pull, thread = asked(shop, author="mallory")
    shop.hub.resolve(thread, by="mallory")
    assert settled(shop, pull) == WAITS


def test_an_agent_with_an_account_of_a_person_resolves(tmp_path: Path) -> None:
    with opening(tmp_path, policy("[agents]", 'smith = ["bob"]', "carol = []")) as shop:
        pull, thread = asked(shop)
        for agent in ("bob", "carol"):
            shop.hub.resolve(thread, by=agent)
            # By the review and by what it has left behind alike.
            assert settled(shop, pull) == WAITS
            shop.bot.review(pull)
            assert shop.gate(pull) == WAITS
            assert said(thread)[-1] == f"{BOT}: This stays open: {agent} is known as an agent."


def test_a_reason_is_asked_for(tmp_path: Path) -> None:
    with opening(tmp_path, policy('answer = "reason"')) as shop:
        pull, thread = asked(shop)
        shop.hub.resolve(thread, by="bob")
        assert settled(shop, pull) == WAITS
        assert "the policy asks for a reason" in said(thread)[0]
        shop.hub.reply(thread, "bob", "accept: only numbers get here")
        assert settled(shop, pull) == ("success", "Answered by bob")


@pytest.mark.parametrize(
    "text",
    [
        "accept: only numbers get here",
        "Accept : only numbers get here",
        "false-positive: this eval is ours",
        "We talked about it.\n\nfalse-positive: this eval is ours",
        "> **Text is run as code**\n\naccept: only numbers get here",
    ],
)
def test_a_reason_is_given(shop: Shop, text: str) -> None:
    pull, thread = asked(shop)
    shop.hub.reply(thread, "bob", text)
    # A reply is an event that a workflow hears.
    assert shop.bot.hears("pull_request_review_comment", "created").code == 0
    assert shop.gate(pull) == ("success", "Answered by bob")


@pytest.mark.parametrize(
    "text",
    [
        "accept",
        "accept:",
        "I cannot accept: it is dangerous",
        "> accept: why",
        "```\naccept: why\n```",
        "~~~text\n```\naccept: why\n~~~",
        "Reply with\n\n    accept: why",
        "`accept: why`",
        "<!--\naccept: why\n-->",
        "acceptable: yes",
    ],
)
def test_no_reason_is_given(shop: Shop, text: str) -> None:
    pull, thread = asked(shop)
    shop.hub.reply(thread, "bob", text)
    assert settled(shop, pull) == WAITS
    assert len(said(thread)) == 1


def test_a_stranger_gives_a_reason(shop: Shop) -> None:
    pull, thread = asked(shop)
    shop.hub.reply(thread, "eve", "false-positive: trust me")
    assert settled(shop, pull) == WAITS
    assert settled(shop, pull) == WAITS
    assert said(thread)[1:] == [f"{BOT}: This stays open: eve may not write to this repository."]


def test_many_replies_do_not_bury_the_review(shop: Shop) -> None:
    pull, thread = asked(shop)
    for number in range(120):
        shop.hub.reply(thread, "bob", f"Let me think, {number}")
    assert settled(shop, pull) == WAITS
    shop.bot.review(pull)
    assert len([each for each in pull.reviews if "architrave:review" in each.body]) == 1
    # Nor the last word.
    shop.hub.reply(thread, "bob", "accept: I have thought")
    assert settled(shop, pull) == ("success", "Answered by bob")


def test_many_conversations_do_not_hide_the_one(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, ONE)
    for number in range(120):
        shop.hub.comment_on(pull, "eve", Spot("app/api.py", 1), f"And this? {number}")
    shop.bot.hears("pull_request", "opened")
    assert settled(shop, pull) == WAITS
    shop.hub.resolve(pull.threads[-1], by="bob")
    assert settled(shop, pull) == ("success", "Answered by bob")


def test_a_person_copies_the_marks_of_the_bot(shop: Shop) -> None:
    pull, thread = asked(shop)
    passed = shop.hub.open(shop.repo, SAFE, author="eve", branch="safe")
    shop.bot.hears("pull_request", "opened")
    forged = passed.reviews[0].body
    shop.hub.review(pull, "eve", body=forged)
    assert settled(shop, pull) == WAITS
    mark = thread.comments[0].body.splitlines()[-1]
    shop.hub.comment_on(pull, "eve", Spot(thread.path, thread.line), f"Mine.\n{mark}")
    shop.hub.resolve(about(pull, "Mine."), by="bob")
    assert settled(shop, pull) == WAITS


def test_an_answer_is_its_authors_own_words(shop: Shop) -> None:
    pull, thread = asked(shop)
    remark = shop.hub.reply(thread, "bob", "Let me see.")
    # Whoever may write may edit what others have said; a program with such rights too.
    shop.hub.edit_comment(remark, "accept: it is fine", by="alice")
    assert settled(shop, pull) == WAITS
    assert said(thread)[-1].endswith("This stays open: somebody else has edited what bob wrote.")
    shop.hub.edit_comment(remark, "accept: only numbers get here", by="bob")
    assert settled(shop, pull) == ("success", "Answered by bob")
    shop.hub.edit_comment(remark, "I do not accept it after all.", by="bob")
    assert settled(shop, pull) == WAITS


def test_an_answer_that_is_deleted_is_none(shop: Shop) -> None:
    pull, thread = asked(shop)
    remark = shop.hub.reply(thread, "bob", "accept: only numbers get here")
    assert settled(shop, pull) == ("success", "Answered by bob")
    shop.hub.delete_comment(remark)
    assert shop.bot.hears("pull_request_review_comment", "deleted").code == 0
    assert shop.gate(pull) == WAITS


def test_an_agent_gives_a_reason(tmp_path: Path) -> None:
    with opening(tmp_path, policy("[agents]", 'smith = ["bob"]')) as shop:
        pull, thread = asked(shop)
        shop.hub.reply(thread, "bob", "accept: I have checked it")
        shop.hub.reply(thread, "helper[bot]", "accept: so have I")
        assert settled(shop, pull) == WAITS
        assert [each.split(": ", 2)[-1] for each in said(thread)[2:]] == ["helper is not a person."]


def test_a_comment_of_the_bot_that_somebody_edits_is_no_longer_its_own(shop: Shop) -> None:
    pull = shop.opened()
    one, other = pull.threads
    shop.hub.resolve(one, by="bob")
    # The mark of the one that waits, put where bob has answered.
    shop.hub.edit_comment(one.comments[0], other.comments[0].body, by="alice")
    assert settled(shop, pull)[1].startswith("2 findings wait for a human")
    shop.bot.review(pull)
    # What is nobody's is told anew.
    assert len(pull.threads) == 3
    assert shop.gate(pull) == ("failure", "2 findings wait for a human")


def test_a_review_of_the_bot_that_somebody_edits_is_no_longer_its_own(shop: Shop) -> None:
    pull, _ = asked(shop)
    nothing = records.row(records.Record(pull.head_sha, 0, (), Policy()))
    shop.hub.edit_review(pull.reviews[0], f"Fine.\n{markers.record(nothing, '')}", by="alice")
    assert settled(shop, pull) == WAITS
    shop.bot.hears("pull_request", "opened")
    assert shop.gate(pull) == WAITS


def test_answers_given_in_bulk_are_called_so(shop: Shop) -> None:
    code = "".join(f"def f{n}(x):\n    return eval(x + '{n}')\n\n\n" for n in range(6))
    pull = shop.opened({"app/many.py": code})
    for thread in pull.threads[:2]:
        shop.hub.reply(thread, "carol", "accept: read with care")
        shop.hub.advance(120)
    for thread in pull.threads[2:]:
        shop.hub.reply(thread, "bob", "accept: fine")
    # Four are no crowd, and what carol did took its time.
    assert settled(shop, pull) == ("success", "Answered by bob, carol")
    shop.hub.advance(9)
    for thread in pull.threads[:2]:
        shop.hub.reply(thread, "bob", "accept: fine")
    says = "Answered by bob; in bulk by bob: 6 within 9 s"
    assert settled(shop, pull) == ("success", says)
    shop.bot.review(pull)
    assert shop.gate(pull) == ("success", says)
