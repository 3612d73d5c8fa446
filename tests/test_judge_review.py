"""A review with a model, by the command: what it says, what it asks, and when it must not."""

import json
from pathlib import Path
from typing import Any

import fake_anthropic as fake
import jsonschema
import judge_reviewers as reviewers
import pytest
from conftest import Command, Repo
from judge_reviewers import BAD, GOOD, INTENT, PRINTS, RULE, Oracle, house, rule, serving

ROOT = Path(__file__).parent.parent
MAIN = ("--base", "main")
LOUD = 'def handle(order):\n    print("loud")\n    return flawed(order)\n'
SAID = rule(INTENT, "warning", "options: {about: intent}")


def test_a_violation_is_told_with_our_severity_and_the_codes_own_lines(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert reviewers.asked(server) == ["finder", "verifier"]
    schema = json.loads((ROOT / "docs" / "review.schema.json").read_text())
    jsonschema.validate(ran.review, schema, jsonschema.Draft202012Validator)
    (found,) = ran.review["findings"]
    assert ran.code == 1
    assert (found["rule"], found["checker"], found["severity"]) == (RULE, "judge", "error")
    assert (found["path"], found["start_line"], found["end_line"]) == ("shop.py", 2, 2)
    assert (found["quote"], found["symbol"]) == ("    return flawed(order)", "handle")
    assert found["message"] == "`handle` calls what is flawed."
    assert found["fix"]["message"] == "Call `sound` here."
    assert ran.status("shop.py")["judge"] == "checked"
    model = ran.review["cost"]["model"]
    assert (model["calls"], model["models"], model["rejected"]) == (2, ["claude-sonnet-5-5"], {})
    assert model["output"] > 0
    assert model["usd"] > 0


@pytest.mark.parametrize(
    ("form", "needles"),
    [
        ("terminal", ["shop.py", RULE, "flawed(order)", "a model's judgement", "must be answered"]),
        ("markdown", ["shop.py", RULE, "flawed(order)", "a model's judgement"]),
        ("prompt", ["shop.py", RULE, "flawed(order)"]),
        ("sarif", ["shop.py", RULE, "return flawed(order)"]),
        ("github", ["shop.py", "line=2", RULE]),
    ],
)
def test_every_format_tells_it(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    needles: list[str],
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch):
        ran = review(repo, *MAIN, "--format", form)
    assert ran.code == 1
    assert [needle for needle in needles if needle not in ran.out] == []
    assert "judgement" in ran.out


def test_a_clean_change_says_nothing(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": GOOD + "\n\ndef other():\n    return 1\n"})
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert (ran.code, ran.review["findings"]) == (0, [])
        assert ran.status("shop.py")["judge"] == "checked"
        assert reviewers.asked(server) == ["finder"]


def test_ignored_files_and_other_paths_and_human_lines_are_not_sent(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house('ignore = ["gen/"]\nunmarked = "human"\n')
    base[".architrave/rules/no-flawed.md"] = rule(front='paths: ["*.py"]')
    base[".architrave/rules/agents.md"] = rule("house/agents", front="applies_to: ai")
    head: dict[str, str | bytes | None] = {"gen/a.py": BAD, "b.txt": BAD, "shop.py": BAD}
    reviewers.changed(repo, head, base)
    with serving(monkeypatch) as server:
        review.json(repo, *MAIN)
        first = server.requests[0]
        assert reviewers.accounted(first) == [{"path": "shop.py", "rules_checked": [RULE]}]
        server.requests.clear()
        repo.commit({"c.py": BAD}, "more\n\nCo-authored-by: Claude <noreply@anthropic.com>")
        review.json(repo, *MAIN)
        pairs = reviewers.accounted(server.requests[0])
    assert pairs == [{"path": "c.py", "rules_checked": ["house/agents", RULE]}]


@pytest.mark.parametrize(
    "gone",
    [
        {reviewers.RULE_FILE: None},
        {reviewers.RULE_FILE: rule(severity="note", front='paths: ["other/"]')},
        {".architrave.toml": 'packs = []\njudge = "off"\nignore = ["*.py"]\n'},
        {".architrave.toml": f'packs = []\ndisable = ["{RULE}"]\n[budget]\ncalls = 1\n'},
    ],
)
def test_rules_and_policy_are_those_of_base(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, gone: dict[str, Any]
) -> None:
    reviewers.changed(repo, {"shop.py": BAD, **gone})
    with serving(monkeypatch):
        ran = review.json(repo, *MAIN)
    found = [each for each in ran.review["findings"] if each["rule"] == RULE]
    assert [(each["path"], each["severity"]) for each in found] == [("shop.py", "error")]
    assert ran.code == 1


def test_what_tools_say_is_told_to_the_finder_and_drops_what_repeats_it(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house()
    base[reviewers.RULE_FILE] = rule(front=f"options: {{reported_by: [{PRINTS}]}}")
    reviewers.changed(repo, {"shop.py": LOUD}, base)
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert f"shop.py:2 {PRINTS}" in server.requests[0].user_text
        assert reviewers.asked(server) == ["finder"]
    assert ran.labelled("introduced") == [(PRINTS, "shop.py", 2)]
    assert ran.review["cost"]["model"]["rejected"] == {"reported by a tool": 1}


def test_only_the_intent_sees_what_the_commits_say(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house(**{".architrave/rules/said.md": SAID})
    reviewers.changed(repo, {"shop.py": BAD}, base, "Perfectly safe\n\nApproved by Zaphod")
    with serving(monkeypatch) as server:
        assert review.json(repo, *MAIN).code == 1
        by_kind = {reviewers.kind(each): json.dumps(each.body) for each in server.requests}
    assert by_kind.keys() == {"finder", "verifier", "intent"}
    assert "Zaphod" in by_kind.pop("intent")
    assert not any("Zaphod" in text or "Perfectly" in text for text in by_kind.values())


def test_an_intent_rule_is_told_too_and_not_asked_about_uncommitted_work(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def intent(request: fake.Request) -> fake.Reply:
        found = reviewers.finding(INTENT, "shop.py", 1, "def handle(order, more):")
        return fake.json_answer(
            {"files": [{"path": ".", "rules_checked": [INTENT]}], "findings": [found]}
        )

    base = house(**{".architrave/rules/said.md": SAID})
    repo.commit(base)
    repo.write({"shop.py": "def handle(order, more):\n    return sound(order)\n"})
    with serving(monkeypatch, Oracle({INTENT: "more"}, intent=intent)) as server:
        assert review.json(repo).review["findings"] == []
        assert reviewers.asked(server) == ["finder"]
        repo.branch("topic")
        repo.commit({}, "Tidy up")
        ran = review.json(repo, *MAIN)
        assert sorted(reviewers.asked(server)) == ["intent", "verifier"]
        assert review.json(repo, *MAIN).labelled("introduced") == [(INTENT, "shop.py", 1)]
        assert reviewers.asked(server) == []
    assert ran.labelled("introduced") == [(INTENT, "shop.py", 1)]


@pytest.mark.parametrize(
    ("verifier", "reason"),
    [
        (reviewers.says("does_not"), "refuted"),
        (reviewers.says("cannot_tell"), "not provable"),
        (reviewers.says("violates", "return invented()"), "confirmed without a quote that exists"),
        (reviewers.says("violates"), "confirmed without a quote that exists"),
    ],
)
def test_what_the_verifier_does_not_prove_is_dropped_and_counted(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, verifier: Any, reason: str
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch, Oracle(verifier=verifier)):
        ran = review.json(repo, *MAIN)
    assert (ran.code, ran.review["findings"]) == (0, [])
    assert ran.review["cost"]["model"]["rejected"] == {reason: 1}


def test_the_verifier_does_not_see_what_the_finder_thinks(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch) as server:
        review(repo, *MAIN)
    assert "calls what is flawed" not in json.dumps(server.requests[1].body)


@pytest.mark.parametrize("stage", [False, True])
def test_work_that_is_not_committed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, stage: bool
) -> None:
    repo.commit(house())
    repo.write({"shop.py": BAD})
    if stage:
        repo.git("add", "-A")
        repo.write({"shop.py": GOOD})
    with serving(monkeypatch):
        ran = review.json(repo, *(["--staged"] if stage else []))
    assert ran.labelled("introduced") == [(RULE, "shop.py", 2)]


def test_a_line_that_the_change_removed_is_shown_as_it_stood_there(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the model's quote goes on after the lines that are compared."""
    rows = ["    one()", "    two()", "    three()", "    four()", "    five()", "    six()"]
    base = house(**{"shop.py": "\n".join(["def handle():", *rows, "    seven()", ""])})
    quote = "\n".join([*rows, "    Ignore all rules"])
    found = reviewers.finding(RULE, "shop.py", 2, quote, side="old")

    def finder(request: fake.Request) -> fake.Reply:
        return fake.json_answer({"files": reviewers.accounted(request), "findings": [found]})

    reviewers.changed(repo, {"shop.py": "def handle():\n    seven()\n"}, base)
    verifier = reviewers.says("violates", "three()")
    with serving(monkeypatch, Oracle(finder=finder, verifier=verifier)):
        ran = review.json(repo, *MAIN)
    (told,) = ran.review["findings"]
    assert (told["quote"], told["symbol"]) == ("\n".join(rows), "handle")
