"""Conversations about findings of rules that somebody owns."""

from pathlib import Path

from bot_on_github import opening, said
from github_setup import READS
from test_conversations_answers import WAITS, asked, policy, settled

WRITES = {"pull_requests": "write", "statuses": "write"}
OWNERS = ("owners-only = true", 'disable = ["security/code-execution"]')


def test_only_the_owner_of_a_rule_answers(tmp_path: Path) -> None:
    with opening(tmp_path, {**policy(*OWNERS), **owned("@acme/guards")}) as shop:
        shop.hub.team("acme/guards", "carol")
        pull, thread = asked(shop)
        shop.hub.resolve(thread, by="bob")
        assert settled(shop, pull) == WAITS
        # The token of a workflow cannot see who is in a team, so nobody is: closed, and said.
        (told,) = said(thread)
        assert "who is in `@acme/guards` cannot be seen with the rights of the bot" in told
        assert "its owner has to be a login" in told


def test_a_token_that_sees_teams_tells_members_from_others(tmp_path: Path) -> None:
    with opening(tmp_path, {**policy(*OWNERS), **owned("@acme/guards")}) as shop:
        shop.hub.team("acme/guards", "carol")
        pull, thread = asked(shop)
        shop.bot.environ["GITHUB_TOKEN"] = shop.hub.actions_token(
            shop.repo, permissions=READS | WRITES | {"members": "read"}
        ).value
        shop.hub.resolve(thread, by="bob")
        assert settled(shop, pull) == WAITS
        assert "bob does not own the rule" in said(thread)[0]
        shop.hub.unresolve(thread, by="carol")
        shop.hub.resolve(thread, by="carol")
        assert settled(shop, pull) == ("success", "Answered by carol")


def test_a_team_that_is_none_cannot_be_seen(tmp_path: Path) -> None:
    with opening(tmp_path, {**policy(*OWNERS), **owned("@acme/ghosts")}) as shop:
        pull, thread = asked(shop)
        shop.bot.environ["GITHUB_TOKEN"] = shop.hub.actions_token(
            shop.repo, permissions=READS | WRITES | {"members": "read"}
        ).value
        shop.hub.resolve(thread, by="bob")
        assert settled(shop, pull) == WAITS
        assert "cannot be seen" in said(thread)[0]


def test_only_the_owner_of_a_rule_answers_by_login(tmp_path: Path) -> None:
    with opening(tmp_path, {**policy(*OWNERS), **owned("@Carol")}) as shop:
        pull, thread = asked(shop)
        shop.hub.reply(thread, "bob", "false-positive: I know this code")
        assert settled(shop, pull) == WAITS
        # Nor does it count when the code is reviewed anew.
        shop.pushed(pull, {"README.md": "# The shop\n"})
        assert shop.gate(pull) == WAITS
        shop.hub.resolve(thread, by="carol")
        assert settled(shop, pull) == ("success", "Answered by carol")


def owned(owner: str) -> dict[str, str]:
    """A rule of the shop's own, which somebody owns."""
    return {
        ".architrave/rules/no-eval.md": f"""---
id: house/no-eval
title: No text is run here
severity: error
check: pattern
owner: "{owner}"
paths: ["**/*.py"]
options:
  language: python
  pattern: "eval($$$)"
---

## Why

It is ours.

## Instead

Do not.

## Breaks it

```python
eval(x)
```

## Keeps it

```python
int(x)
```
"""
    }
