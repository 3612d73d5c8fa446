"""Whether a model is asked at all: flags, policy and key, and what that means for the exit code."""

import subprocess
import sys
from pathlib import Path

import judge_reviewers as reviewers
import pytest
from conftest import Command, Repo
from judge_reviewers import BAD, GOOD, RULE, house, serving

ROOT = Path(__file__).parent.parent
NOTE = "Not judged by a model: 1 rule of architecture. Set ANTHROPIC_API_KEY"


def test_the_sdk_is_not_imported_where_no_model_is_asked(repo: Repo) -> None:
    repo.commit(house())
    repo.write({"shop.py": BAD})
    code = (
        "import sys; from bot import cli; code = cli.main(sys.argv[1:]);"
        " assert 'anthropic' not in sys.modules; sys.exit(code)"
    )
    for arguments in ([], ["--no-llm"]):
        ran = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=repo.path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(repo.path.parent), "PYTHONPATH": str(ROOT)}
            | ({"ANTHROPIC_API_KEY": "x"} if arguments else {}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ("Not judged by a model: 1 rule " in ran.stdout) == (not arguments)


def test_without_a_key_one_line_says_so(repo: Repo, review: Command) -> None:
    repo.commit(house())
    repo.write({"shop.py": BAD})
    ran = review(repo)
    assert (ran.code, ran.out.count("Not judged by a model")) == (0, 1)
    assert NOTE in ran.out
    assert review.json(repo).review["change"]["notes"][0].startswith(NOTE)
    assert review.json(repo, "--no-llm").review["change"]["notes"] == []


@pytest.mark.parametrize("flag", ["--llm", "--dry-run-llm"])
def test_insisting_without_a_key_is_a_mistake(repo: Repo, review: Command, flag: str) -> None:
    repo.commit(house())
    repo.write({"shop.py": BAD})
    ran = review(repo, flag)
    assert (ran.code, ran.out) == (2, "")
    assert "no model is set" in ran.err
    assert "ANTHROPIC_API_KEY" in ran.err


# Policy, whether a key is set, flags; exit code and whether the model was asked.
CASES = [
    ("auto", True, [], 1, True),
    ("auto", True, ["--no-llm"], 0, False),
    ("auto", False, [], 0, False),
    ("auto", False, ["--no-llm"], 0, False),
    ("auto", True, ["--llm"], 1, True),
    ("required", True, [], 1, True),
    ("required", True, ["--no-llm"], 3, False),
    ("required", False, [], 3, False),
    ("required", False, ["--no-llm"], 3, False),
    ("off", True, [], 0, False),
    ("off", True, ["--no-llm"], 0, False),
    ("off", False, [], 0, False),
    ("off", True, ["--llm"], 1, True),
]


@pytest.mark.parametrize("case", CASES)
def test_policy_key_and_flags_decide(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, bool, list[str], int, bool],
) -> None:
    policy, key, flags, code, asks = case
    repo.commit(house(f"judge = '{policy}'\n"))
    repo.write({"shop.py": BAD})
    with serving(monkeypatch) as server:
        if not key:
            monkeypatch.delenv("ANTHROPIC_API_KEY")
        ran = review.json(repo, *flags)
        assert bool(server.requests) == asks
    assert ran.code == code
    reason = ran.status("shop.py").get("judge", "")
    assert reason.startswith("failed: the policy requires a model's judgement") == (code == 3)


def test_a_key_of_blanks_is_none(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(house())
    repo.write({"shop.py": BAD})
    monkeypatch.setenv("ANTHROPIC_API_KEY", "  ")
    assert NOTE in review(repo).out


def test_what_would_be_sent_is_shown_and_nothing_is(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(house(**{"big.py": GOOD}))
    repo.write({"shop.py": BAD, "big.py": BAD, ".env": "TOKEN=hunter2hunter2\n"})
    with serving(monkeypatch) as server:
        ran = review(repo, "--dry-run-llm")
        assert server.requests == server.counted == []
    assert ran.code == 0
    for needle in (
        "Model: claude-sonnet-5-5",
        "Estimate: 1 conversation, about",
        "US dollars",
        "2 pairs of file and rule in 2 files; known: 0",
        "tools: find_definition",
        "Nothing is flawed",
        "+2|    return flawed(order)",
        "- shop.py: all rules below",
        f"Rules: {RULE}",
        f"Not judged: .env {RULE}: it is binary, too large or may hold secrets",
    ):
        assert needle in ran.out
    assert "hunter2" not in ran.out


def test_the_estimate_names_what_the_budget_has_no_room_for(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(house("[budget]\ntokens = 10\n"))
    repo.write({"shop.py": BAD})
    with serving(monkeypatch) as server:
        ran = review(repo, "--dry-run-llm")
        assert server.requests == []
    assert f"Not judged: shop.py {RULE}: the budget of 10 tokens a review is spent" in ran.out


def test_without_a_rule_for_the_change_there_is_nothing_to_ask(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house()
    base[reviewers.RULE_FILE] = reviewers.rule(front='paths: ["*.go"]')
    repo.commit(base)
    repo.write({"shop.py": BAD})
    with serving(monkeypatch) as server:
        assert "Nothing to ask" in review(repo, "--dry-run-llm").out
        assert review(repo, "--llm").code == 0
        assert server.requests == []
