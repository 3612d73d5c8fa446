"""Conversations in which people give the bot commands."""

import pytest
from bot_on_github import BAD, EVAL, Shop, reviews, shop
from github_model import Pull

__all__ = ["shop"]
TWO = ("failure", "2 findings wait for a human")
WAITS = ("failure", "1 finding waits for a human")
ONE = {"app/api.py": EVAL}


def commanded(shop: Shop, pull: Pull, by: str, text: str) -> str:
    shop.hub.say(pull, by, text)
    ran = shop.bot.hears("issue_comment", "created")
    assert ran.code == 0
    return ran.out


def test_a_stranger_gives_commands(shop: Shop) -> None:
    pull = shop.opened()
    before = len(shop.hub.writes())
    for command in ("review", "settle", "explain security/code-execution", "override: I need it"):
        assert "commands are for people who may write" in commanded(
            shop, pull, "eve", f"/architrave {command}"
        )
    assert len(shop.hub.writes()) == before
    assert shop.gate(pull) == TWO


def test_a_writer_asks_for_a_review(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    commanded(shop, pull, "bob", "Now, please.\n/architrave review\n")
    assert shop.gate(pull) == TWO
    assert len(reviews(pull)) == 1


def test_a_writer_settles(shop: Shop) -> None:
    pull = shop.opened(ONE)
    shop.hub.resolve(pull.threads[0], by="bob")
    commanded(shop, pull, "bob", "/architrave settle")
    assert shop.gate(pull) == ("success", "Answered by bob")


def test_a_writer_asks_what_a_rule_is_for(shop: Shop) -> None:
    pull = shop.opened(ONE)
    commanded(shop, pull, "bob", "/architrave explain security/code-execution")
    assert "**Text is run as code**" in pull.comments[-1].body
    commanded(shop, pull, "bob", "/architrave explain @root/<img src=x>")
    assert pull.comments[-1].body == "There is no built-in rule `@root/<img src=x>`"
    assert shop.gate(pull) == WAITS


def test_an_administrator_opens_the_gate(shop: Shop) -> None:
    pull = shop.opened(ONE)
    commanded(shop, pull, "root", "/architrave override")
    assert shop.gate(pull) == WAITS
    commanded(shop, pull, "root", "/architrave override: the shop is on fire")
    opened = ("success", "Opened by root, an administrator.")
    assert shop.gate(pull) == opened
    # It holds for this commit, whatever is said after it, and for no other.
    shop.hub.review(pull, "bob", body="Hm.")
    shop.hub.reply(pull.threads[0], "bob", "Is it?")
    shop.bot.settle(pull)
    assert shop.gate(pull) == opened
    shop.hub.advance(60)
    shop.pushed(pull, {"README.md": "# The shop\n"})
    assert shop.gate(pull) == WAITS


@pytest.mark.parametrize("by", ["bob", "carol", "eve", "helper[bot]"])
def test_nobody_else_opens_the_gate(shop: Shop, by: str) -> None:
    pull = shop.opened(ONE)
    commanded(shop, pull, by, "/architrave override: I am in a hurry")
    shop.bot.settle(pull)
    assert shop.gate(pull) == WAITS


def test_a_command_that_was_edited_is_none(shop: Shop) -> None:
    pull = shop.opened(ONE)
    comment = shop.hub.say(pull, "root", "Good morning")
    shop.hub.advance(5)
    shop.hub.edit_comment(comment, "/architrave override: I was here", by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == WAITS
