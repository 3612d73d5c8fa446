"""What a review may use: each bound, what goes first, and that whatever went is named."""

import re
from pathlib import Path
from typing import Any

import fake_anthropic as fake
import judge_reviewers as reviewers
import pytest
from conftest import Command, Ran, Repo
from fake_anthropic import Reply, Request
from judge_reviewers import BAD, GOOD, PRINTS, RULE, Oracle, asked, house, rule, serving
from test_judge_failures import LOUD, MAIN, not_judged

HELD = (RULE, "shop.py", 2)
LINES = "".join(f"# line {at} of what is only there to be long\n" for at in range(400))


def budget(**bounds: float) -> str:
    """A policy's table; the names are as in Python."""
    rows = [f"{name.replace('_', '-')} = {value}" for name, value in bounds.items()]
    return "\n".join(["[budget]", *rows, ""])


def set_budget(repo: Repo, **bounds: float) -> None:
    """Another budget at base, for the same change."""
    repo.git("checkout", "-q", "main")
    repo.commit({".architrave.toml": reviewers.POLICY + budget(**bounds)})
    repo.git("checkout", "-q", "topic")
    repo.git("rebase", "-q", "main")


def tokens(ran: Ran) -> int:
    """The estimate of a preview."""
    found = re.search(r"about ([\d,]+) tokens", ran.out)
    assert found is not None
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"tokens": 100}, "the budget of 100 tokens a review is spent"),
        ({"usd": 0.0001}, "the budget of 0.0001 US dollars a review is spent"),
        ({"seconds": 0.0001}, "the budget of 0.0001 seconds a review is spent"),
        ({"calls": 0.5}, "the budget of 0.5 calls a review is spent"),
        ({"tokens_per_day": 100}, "the budget of 100 tokens a day is spent"),
        ({"usd_per_day": 0.0001}, "the budget of 0.0001 US dollars a day is spent"),
    ],
)
def test_a_bound_that_has_no_room_at_all(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    bounds: dict[str, float],
    said: str,
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(**bounds)))
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert server.requests == []
    assert f"{said} ({RULE})" in not_judged(ran)


def test_nought_is_no_bound(repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("tokens", "usd", "seconds", "calls", "tokens_per_day", "usd_per_day")
    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(**dict.fromkeys(names, 0))))
    with serving(monkeypatch):
        assert HELD in review.json(repo, *MAIN).labelled("introduced")


def test_a_bound_between_finding_and_verifying(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD, "b.py": GOOD}, house(budget(calls=1)))
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["finder"]
        said = "a suspicion was not verified: the budget of 1 calls a review is spent"
        assert said in not_judged(ran)
        assert HELD not in ran.labelled("introduced")
        assert ran.status("b.py")["judge"] == "checked"


def test_a_reader_without_end_is_stopped(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finder(request: Request) -> Reply:
        return fake.tool_calls([("search", {"pattern": f"x{len(request.turns)}"})])

    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(calls=3)))
    with serving(monkeypatch, Oracle(finder=finder)) as server:
        assert "the budget of 3 calls" in not_judged(review.json(repo, *MAIN))
        assert asked(server) == ["finder"] * 3
        set_budget(repo, calls=60)
        assert "it gave no answer in 16 turns" in not_judged(review.json(repo, *MAIN))
        assert asked(server) == ["finder"] * 16


def test_first_goes_reading_then_notes_then_the_largest_files(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house(budget(tokens=0))
    base[".architrave/rules/hint.md"] = rule("house/hint", "note")
    # Large by what they change; rules that only note are about files of their own.
    base[".architrave/rules/hint.md"] = rule("house/hint", "note", 'paths: ["hints/"]')
    base[reviewers.RULE_FILE] = rule(front='paths: ["*.py", "!hints/"]')
    head: dict[str, Any] = {
        "shop.py": LOUD,
        "large.py": BAD + LINES,
        "larger.py": BAD + LINES * 2,
        "hints/a.py": BAD + LINES,
    }
    reviewers.changed(repo, head, base)
    with serving(monkeypatch) as server:
        whole = tokens(review(repo, *MAIN, "--dry-run-llm"))

        set_budget(repo, tokens=whole - 1)
        ran = review(repo, *MAIN, "--dry-run-llm")
        assert "Without reading besides the change" in ran.out
        assert "Not judged" not in ran.out
        unread = tokens(ran)
        assert unread < whole

        set_budget(repo, tokens=unread - 1)
        ran = review(repo, *MAIN, "--dry-run-llm")
        said = f"the budget of {unread - 1:,} tokens a review is spent"
        assert re.findall(r"^Not judged: .*$", ran.out, re.MULTILINE) == [
            f"Not judged: hints/a.py house/hint: {said}"
        ]
        unnoted = tokens(ran)

        set_budget(repo, tokens=unnoted - 1)
        ran = review.json(repo, *MAIN)
        assert server.requests[0].tools == []
        assert {each["path"] for each in reviewers.accounted(server.requests[0])} == {
            "large.py",
            "shop.py",
        }
    said = f"the budget of {unnoted - 1:,} tokens a review is spent"
    assert f"{said} ({RULE})" in not_judged(ran, "larger.py")
    assert f"{said} (house/hint)" in not_judged(ran, "hints/a.py")
    assert ran.status("large.py")["judge"] == ran.status("shop.py")["judge"] == "checked"
    assert HELD in ran.labelled("introduced")


def test_without_a_note_to_drop_reading_goes_before_files(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch) as server:
        whole = tokens(review(repo, *MAIN, "--dry-run-llm"))
        set_budget(repo, tokens=whole - 1)
        ran = review.json(repo, *MAIN, "--fail-on", "never")
        assert server.requests[0].tools == []
    # Judged all the same, with less to go by.
    assert ran.status("shop.py")["judge"] == "checked"


def test_what_was_judged_with_less_is_judged_again_when_there_is_room(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch) as server:
        whole = tokens(review(repo, *MAIN, "--dry-run-llm"))
        set_budget(repo, tokens=whole - 1)
        for _ in range(2):
            assert HELD in review.json(repo, *MAIN).labelled("introduced")
        assert [request.tools for request in server.requests if request.tools] == []
        assert asked(server) == ["finder", "verifier"]
        set_budget(repo, tokens=whole)
        for _ in range(2):
            assert HELD in review.json(repo, *MAIN).labelled("introduced")
        assert server.requests[0].tools != []
        assert asked(server) == ["finder"]


def test_the_intent_is_in_the_estimate(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD}, message="Say what is done")
    with serving(monkeypatch) as server:
        code = review(repo, *MAIN, "--dry-run-llm")
        repo.git("checkout", "-q", "main")
        intent = rule(reviewers.INTENT, "note", "options: {about: intent}")
        repo.commit({".architrave/rules/said.md": intent})
        repo.git("checkout", "-q", "topic")
        repo.git("rebase", "-q", "main")
        both = review(repo, *MAIN, "--dry-run-llm")
        assert tokens(both) > tokens(code) + 1_500
        assert "Estimate: 2 conversations" in both.out
        assert "=== conversation 2 ===" in both.out
        assert "Say what is done" not in code.out
        assert "Say what is done" in both.out
        set_budget(repo, calls=1)
        assert "the budget of 1 calls a review is spent" in not_judged(review.json(repo, *MAIN))
        assert asked(server) == ["intent"]


def test_verifying_is_priced_as_its_own_model(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    monkeypatch.setenv("ARCHITRAVE_VERIFY_MODEL", "llama-4")
    with serving(monkeypatch):
        assert "price unknown" in review(repo, *MAIN, "--dry-run-llm").out


def test_a_day_has_its_bound_without_kept_answers_too(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(tokens_per_day=20_000)))
    with serving(monkeypatch) as server:
        used = -1
        while used < len(server.requests) < 20:
            used = len(server.requests)
            ran = review.json(repo, *MAIN, "--no-cache")
        assert 0 < used == len(server.requests) < 20
    assert "tokens a day is spent" in not_judged(ran)


def test_a_day_that_cannot_be_kept_is_said(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(tokens_per_day=900_000)))
    (home / "cache").write_text("no folder")
    with serving(monkeypatch):
        ran = review.json(repo, *MAIN)
        assert any("budget of a day" in note for note in ran.review["change"]["notes"])
        set_budget(repo, tokens=900_000)
        assert "budget of a day" not in review.json(repo, *MAIN).out


def test_more_than_one_question_holds(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD, "huge.py": LINES * 10})
    with serving(monkeypatch):
        ran = review.json(repo, *MAIN)
    assert "more of it changed than one question to a model holds" in not_judged(ran, "huge.py")
    assert ran.status("shop.py")["judge"] == "checked"


@pytest.mark.parametrize(
    ("bounds", "unit"),
    [({"tokens_per_day": 20_000}, "tokens"), ({"usd_per_day": 0.05}, "US dollars")],
)
def test_a_day_has_a_bound_for_all_reviews(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    bounds: dict[str, float],
    unit: str,
) -> None:
    reviewers.changed(repo, {"shop.py": BAD}, house(budget(**bounds)))
    with serving(monkeypatch) as server:
        assert review.json(repo, *MAIN).code == 1
        used = 0
        for number in range(20):
            text = LOUD + f"\n\ndef more_{number}():\n    return {number}\n"
            repo.commit({"shop.py": text})
            used = len(server.requests)
            ran = review.json(repo, *MAIN, "--fail-on", "never")
            if ran.code == 3:
                break
        assert number > 0
        assert len(server.requests) - used <= 1
    assert f"{unit} a day is spent" in not_judged(ran)
    # What is known costs nothing, and what stands is told.
    assert HELD in ran.labelled("introduced")


@pytest.mark.parametrize(
    ("model", "per_input", "per_output"),
    [
        ("claude-sonnet-5-5", 2, 10),
        ("claude-opus-5-5", 4, 20),
        ("claude-haiku-5-5", 0.1, 0.5),
        ("eu.anthropic.claude-sonnet-5-5-v1:0", 2, 10),
    ],
)
def test_the_price_is_that_of_the_model(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    per_input: float,
    per_output: float,
) -> None:
    monkeypatch.setenv("ARCHITRAVE_MODEL", model)
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch, drops={"cache"}):
        cost = review.json(repo, *MAIN).review["cost"]["model"]
    assert (cost["cache_read"], cost["cache_write"]) == (0, 0)
    price = (per_input * cost["input"] + per_output * cost["output"]) / 1e6
    assert cost["usd"] == pytest.approx(price, abs=1e-6)


def test_a_model_whose_price_is_not_known_has_none(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound in money cannot hold it, the others do."""
    reviewers.changed(repo, {"shop.py": LOUD}, house(budget(usd=0.0001)))
    monkeypatch.setenv("ARCHITRAVE_MODEL", "llama-4")
    with serving(monkeypatch):
        assert "price unknown" in review(repo, *MAIN, "--dry-run-llm").out
        ran = review.json(repo, *MAIN, "--no-cache")
        shown = review(repo, *MAIN, "--no-cache")
        monkeypatch.setenv("ARCHITRAVE_VERIFY_MODEL", "claude-sonnet-5-5")
        mixed = review.json(repo, *MAIN)
    assert ran.labelled("introduced") == [HELD, (PRINTS, "shop.py", 6)]
    assert ran.review["cost"]["model"]["usd"] is None
    assert "llama-4: 2 calls" in shown.out
    assert "US dollars" not in shown.out
    assert "the budget of 0.0001 US dollars a review is spent" in not_judged(mixed)
    assert mixed.review["cost"]["model"]["usd"] is None
