"""Conversations about findings for which there is no room, or no place in the diff."""

import re
from pathlib import Path

import pytest
from bot_on_github import BASE, SHELL, Shop, opening, plain, reviews, shop, told
from test_conversations_trouble import TWO, complete

from bot import placement
from bot.domain import Finding

__all__ = ["shop"]
SIXTY = "".join(f"def f{n}(x):\n    return eval(x + '{n}')\n\n\n" for n in range(60))


def test_more_findings_than_a_review_can_hold_keep_the_gate_closed(shop: Shop) -> None:
    many = "".join(f"def f{n}(x):\n    return eval(x + '{n}')\n\n\n" for n in range(510))
    pull = shop.opened({"app/run.py": many})
    says = "510 findings must be answered: too many for one pull request"
    assert shop.gate(pull) == ("error", says)
    for thread in pull.threads:
        shop.hub.resolve(thread, by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("error", says)


def test_sixty_findings(shop: Shop) -> None:
    ways = "".join(f"    if a == {n}:\n        a += {n}\n" for n in range(40))
    mild = f"def choose(a):\n{ways}    return a\n"
    pull = shop.opened({"app/a.py": mild, "app/many.py": SIXTY})
    # The worst first: of the mild one there is no comment yet.
    assert {thread.path for thread in pull.threads} == {"app/many.py"}
    assert len(pull.threads) == 25
    waiting = re.match(r"(\d+) findings wait", shop.gate(pull)[1])
    assert waiting
    assert int(waiting[1]) > 60
    (body,) = reviews(pull)
    assert f"**Without a comment of their own** ({int(waiting[1]) - 25})" in body
    assert "app/a.py" in body
    left = int(waiting[1]) - 25
    assert shop.gate(pull)[1].endswith(f"for a human, {left} of them once others are answered")
    # Once those are answered, however, there is room for others, and nobody has to ask for it.
    for thread in list(pull.threads)[1:]:
        shop.hub.resolve(thread, by="bob")
    shop.hub.reply(pull.threads[0], "bob", "accept: numbers only")
    shop.bot.settle(pull)
    assert shop.gate(pull)[1] == (
        f"{left} findings wait for a human; the next get a comment by /architrave review"
    )
    shop.bot.hears("pull_request_review_comment", "created")
    assert len(pull.threads) == 50
    assert shop.gate(pull)[1].startswith(f"{left} findings wait for a human, {left - 25} of them")
    assert len(reviews(pull)) == 1
    # Of resolved ones only the schedule hears.
    for _ in range(9):
        for thread in pull.threads:
            shop.hub.resolve(thread, by="bob")
        shop.bot.job("schedule", {"schedule": "*/15 * * * *"})
        if shop.gate(pull)[0] == "success":
            break
    assert shop.gate(pull) == ("success", "Answered by bob")
    assert len(told(pull)) == int(waiting[1]) == len(set(told(pull)))


def test_one_line_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    misplaced(monkeypatch, "app/run.py", 900)
    pull = shop.opened()
    assert complete(pull)
    lines = {thread.path: thread.line for thread in pull.threads}
    assert lines == {"app/api.py": 2, "app/run.py": None}
    (on_file,) = [each for each in pull.threads if each.path == "app/run.py"]
    assert "the diff does not show it" in on_file.comments[0].body
    assert "os.system(name)" in on_file.comments[0].body
    assert shop.gate(pull) == TWO


def test_a_file_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    misplaced(monkeypatch, "app/run.py", 900, "app/unknown.py")
    pull = shop.opened()
    # So that it can be answered it gets a comment elsewhere.
    assert [thread.path for thread in pull.threads] == ["app/api.py", "app/api.py"]
    assert "This is about app/run.py, line 5; GitHub shows no place there." in (
        pull.threads[1].comments[0].body
    )
    for thread in pull.threads:
        shop.hub.resolve(thread, by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("success", "Answered by bob")


def test_no_comment_is_taken(shop: Shop) -> None:
    shop.hub.fail("POST", r"/pulls/1/reviews$", 422)
    shop.hub.fail("POST", r"/pulls/1/comments$", 422, times=6)
    pull = shop.opened()
    assert pull.threads == []
    (body,) = reviews(pull, pull.head_sha)
    assert "**Without a comment of their own** (2)" in body
    assert "app/api.py:2" in body
    assert shop.gate(pull) == TWO
    shop.bot.review(pull)
    assert len(reviews(pull, pull.head_sha)) == 1
    assert len(pull.threads) == 2


def misplaced(
    monkeypatch: pytest.MonkeyPatch, path: str, line: int, other: str | None = None
) -> None:
    """The bot believes that a file can be commented on where it cannot."""
    place = placement.place

    def wrongly(findings: list[Finding], files: dict[str, placement.Shown]) -> list[placement.Spot]:
        return [
            spot._replace(line=line, path=other or path) if spot.path == path else spot
            for spot in place(findings, files)
        ]

    monkeypatch.setattr(placement, "place", wrongly)


def test_what_people_write_in_code_and_paths_stays_text(tmp_path: Path) -> None:
    mark = "<!-- architrave:finding eNqLjgUAARUAuQ== -->"
    code = f"def f(x):\n    return eval(x)  # {mark} @root /lgtm\n"
    with opening(tmp_path, BASE) as shop:
        pull = shop.opened({"app/@root #1 <img>.suggestion.py": code, "app/run.py": SHELL})
        bodies = [thread.comments[0].body for thread in pull.threads]
        assert len(set(told(pull))) == len(pull.threads) == 2
        assert all("<img" not in re.sub(r"(?s)`+.*?`+", "", plain(body)) for body in bodies)
