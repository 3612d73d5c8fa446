"""Answers and tool calls that make no sense: no crash, and nothing of them is told."""

import json
from typing import Any

import fake_anthropic as fake
import judge_reviewers as reviewers
import pytest
from conftest import Command, Repo
from fake_anthropic import Reply, Request
from judge_reviewers import BAD, RULE, Oracle, serving
from test_judge_failures import LOUD, MAIN, not_judged

HELD = (RULE, "shop.py", 2)


def strange() -> list[dict[str, Any]]:
    """Changes to a finding that make it strange."""
    supports = ("a\0b", "\ud800", "", "..", "shop.py/..", "/", "-rf", "x" * 5000)
    return [
        {"path": "\0"},
        {"path": "shop.py\n"},
        {"path": ""},
        {"rule": ""},
        {"quote": "\ud800 lone"},
        {"quote": "x" * 100_000},
        {"quote": "\n" * 1000},
        {"quote": "|||"},
        {"quote": "+1|\n+2|\n"},
        *(
            {"supporting": [{"path": each, "ref": "base", "quote": "def handle"}]}
            for each in supports
        ),
    ]


def test_strange_findings_are_dropped(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finder(request: Request) -> Reply:
        (honest,) = oracle.found(request)
        found = [honest | each for each in strange()]
        # As text, since half a surrogate pair cannot be sent as UTF-8.
        return fake.text(json.dumps({"files": reviewers.accounted(request), "findings": found}))

    oracle = Oracle()
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch, Oracle(finder=finder)):
        ran = review.json(repo, *MAIN)
    assert (ran.code, ran.review["findings"]) == (0, [])
    assert sum(ran.review["cost"]["model"]["rejected"].values()) == len(strange())


@pytest.mark.parametrize("form", ["terminal", "markdown", "github", "sarif", "json", "prompt"])
def test_half_a_character_can_be_told(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def finder(request: Request) -> Reply:
        (honest,) = oracle.found(request)
        lie = {"claim": "Bad \ud800.", "instead": "\udfff\0", "line": 10**30}
        return fake.text(
            json.dumps({"files": reviewers.accounted(request), "findings": [honest | lie]})
        )

    oracle = Oracle()
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch, Oracle(finder=finder)):
        for _ in range(2):
            ran = review(repo, *MAIN, "--format", form)
            assert (ran.code, "Bad " in ran.out) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        '{"files": ' * 5000,
        "1" * 10_000,
        '{"files": [], "findings": NaN}',
        '{"files": [{"path": ["a"], "rules_checked": [{}]}], "findings": []}',
        '{"files": {}, "findings": []}',
        '{"files": [], "findings": [[]]}',
        '{"files": [{"path": "shop.py", "rules_checked": "all"}], "findings": []}',
        "null",
        '"{}"',
        "\\",
    ],
)
def test_answers_without_sense(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, lambda request: fake.text(text)) as server:
        assert "cannot be read" in not_judged(review.json(repo, *MAIN))
        assert len(server.requests) == 2


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("rm", {"path": "shop.py"}),
    ("read_file", {}),
    ("read_file", {"path": 5}),
    ("read_file", {"path": ["shop.py"]}),
    ("read_file", {"path": "../../etc/passwd"}),
    ("read_file", {"path": "/etc/passwd"}),
    ("read_file", {"path": "shop.py\0"}),
    ("read_file", {"path": "shop.py", "start": "a", "end": -1}),
    ("read_file", {"path": "shop.py", "start": 10**30, "end": 10**31}),
    ("read_file", {"path": "shop.py", "start": -5, "end": 0.5, "ref": "main"}),
    ("read_file", {"path": ".git/config"}),
    ("search", {"pattern": None}),
    ("search", {"pattern": ""}),
    ("search", {"pattern": "(("}),
    ("search", {"pattern": "(a+)+$"}),
    ("search", {"pattern": "-f/etc/passwd"}),
    ("search", {"pattern": "--open-files-in-pager=id", "literal": "yes", "glob": 7}),
    ("search", {"pattern": "x\0y\nz", "literal": True}),
    ("search", {"pattern": "handle", "glob": "../../*"}),
    ("search", {"pattern": "x" * 10_000}),
    ("find_definition", {"name": ".*"}),
    ("find_definition", {"name": "\0"}),
    ("find_references", {"name": ""}),
    ("find_references", {"name": "--help"}),
    ("list_dir", {"path": "nowhere/../.."}),
    ("outline", {"path": "nowhere"}),
    ("import_edges", {"path": "README"}),
    ("import_edges", {"path": None}),
]


def test_tool_calls_without_sense_are_answered_in_words(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts: a conversation may use no more than twelve tools."""
    reviewers.changed(repo, {"shop.py": BAD})
    results = []
    for start in range(0, len(CALLS), 10):
        part = CALLS[start : start + 10]
        oracle = Oracle()

        def finder(
            request: Request,
            part: list[tuple[str, dict[str, Any]]] = part,
            oracle: Oracle = oracle,
        ) -> Reply:
            return oracle.finder(request) if len(request.turns) > 1 else fake.tool_calls(part)

        with serving(monkeypatch, Oracle(finder=finder)) as server:
            ran = review.json(repo, *MAIN, "--no-cache")
            results += server.requests[1].last_tool_results
        assert ran.labelled("introduced") == [HELD]
    assert [each.name for each in results] == [name for name, _ in CALLS]
    assert all(each.text.strip() for each in results)
    assert not any("root:" in each.text or "[core]" in each.text for each in results)
