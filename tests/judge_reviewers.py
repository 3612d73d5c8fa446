"""Reviewers for the fake of the Messages API, and a repository with a rule for them.

The oracle holds lines against a text and answers completely, so that what a review says is known
beforehand; a liar changes what it found.
"""

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import fake_anthropic as fake
import pytest
from conftest import Repo
from fake_anthropic import FakeAnthropic, Reply, Request

from bot.outside import llm

RULE = "house/no-flawed"
PRINTS = "house/no-prints"
INTENT = "house/said"
RULE_FILE = ".architrave/rules/no-flawed.md"
_TEXT = """---
id: {id}
title: {title}
severity: {severity}
{front}---

## Why

What is flawed breaks.

## Instead

Call `sound`.
"""
POLICY = 'packs = []\nfail-on = "error"\n'
BAD = "def handle(order):\n    return flawed(order)\n"
GOOD = "def handle(order):\n    return sound(order)\n"

Finding = dict[str, Any]
Answering = Callable[[Request], Reply]


def rule(name: str = RULE, severity: str = "error", front: str = "") -> str:
    """A rule file; without a `check` in *front* it is for the model."""
    title = "Nothing is flawed" if name == RULE else f"On {name}"
    return _TEXT.format(id=name, title=title, severity=severity, front=front and f"{front}\n")


def house(policy: str = "", **files: str) -> dict[str, str | bytes | None]:
    """The files of a repository with one rule for the model and one for Ruff."""
    prints = rule(PRINTS, "warning", "check: ruff\noptions: {codes: [T201]}")
    own = {".architrave.toml": POLICY + policy, RULE_FILE: rule()}
    return {**own, ".architrave/rules/no-prints.md": prints, "shop.py": GOOD, **files}


def changed(
    repo: Repo,
    head: Mapping[str, str | bytes | None],
    base: Mapping[str, str | bytes | None] | None = None,
    message: str = "work",
) -> None:
    """A branch `topic` with *head* on a `main` with *base*."""
    repo.commit(house() if base is None else dict(base))
    repo.branch("topic")
    repo.commit(dict(head), message)


def kind(request: Request) -> str:
    """Which of the three conversations a request belongs to."""
    if "Your task is to check suspected" in request.user_text:
        return "verifier"
    return "intent" if "You compare what" in request.system_text else "finder"


class Oracle:
    """Says that a line added with *flaws*' text breaks its rule. Each part may be replaced."""

    def __init__(
        self,
        flaws: Mapping[str, str] | None = None,
        *,
        finder: Answering | None = None,
        verifier: Answering | None = None,
        intent: Answering | None = None,
        lie: Callable[[Finding], Finding] = lambda finding: finding,
    ) -> None:
        self.flaws = {RULE: "flawed("} if flaws is None else flaws
        self._parts = {"finder": finder, "verifier": verifier, "intent": intent}
        self._lie = lie

    def __call__(self, request: Request) -> Reply:
        which = kind(request)
        part = self._parts[which]
        return part(request) if part else getattr(self, which)(request)

    def finder(self, request: Request) -> Reply:
        found = [self._lie(each) for each in self.found(request)]
        return fake.json_answer({"files": accounted(request), "findings": found})

    def found(self, request: Request) -> list[Finding]:
        """The findings of an honest answer."""
        asked = {
            (each["path"], name) for each in accounted(request) for name in each["rules_checked"]
        }
        return [
            finding(name, path, line, text)
            for path, line, text in added(request)
            for name, flaw in self.flaws.items()
            if flaw in text and (path, name) in asked
        ]

    def verifier(self, request: Request) -> Reply:
        answers = []
        parts = re.split(r"^# Suspicion (\d+): rule (\S+)$", request.user_text, flags=re.MULTILINE)
        for number, name, shown in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            rows = re.findall(r"^[+\- ]\d+\|(.*)$", shown, re.MULTILINE)
            quotes = [row for row in rows if self.flaws.get(name, "\0") in row]
            answers.append(verdict(int(number), "violates" if quotes else "does_not", *quotes[:1]))
        return fake.json_answer({"answers": answers})

    def intent(self, request: Request) -> Reply:
        names = re.findall(r"^Rules: (.*)$", request.user_text, re.MULTILINE)[-1].split(", ")
        return fake.json_answer({"files": [{"path": ".", "rules_checked": names}], "findings": []})


def finding(name: str, path: str, line: int, text: str, **other: Any) -> Finding:
    """A finding as the model writes it."""
    return {
        "rule": name,
        "path": path,
        "side": "new",
        "line": line,
        "quote": text,
        "supporting": [],
        "exception_considered": "none",
        "claim": "`handle` calls what is flawed.",
        "instead": "Call `sound` here.",
        "kind": "introduced",
        **other,
    }


def verdict(number: int, said: str, quote: str = "") -> dict[str, Any]:
    """One answer of a verifier."""
    return {"number": number, "verdict": said, "decisive_quote": quote, "reason": "It says so."}


def says(said: str, quote: str = "") -> Answering:
    """A verifier that says the same of every suspicion."""

    def verifier(request: Request) -> Reply:
        count = len(re.findall(r"^# Suspicion ", request.user_text, re.MULTILINE))
        return fake.json_answer({"answers": [verdict(at + 1, said, quote) for at in range(count)]})

    return verifier


def accounted(request: Request) -> list[dict[str, Any]]:
    """Every pair of file and rule that a finder is asked about."""
    every = re.findall(r"^Rules: (.*)$", request.user_text, re.MULTILINE)[-1].split(", ")
    rows = re.findall(r"^- '?(.*?)'?: (.*)$", request.user_text, re.MULTILINE)
    return [
        {"path": path, "rules_checked": every if names.startswith("all ") else names.split(", ")}
        for path, names in rows
    ]


def added(request: Request) -> list[tuple[str, int, str]]:
    """Path, line and text of every line that the change added."""
    blocks = re.findall(
        r'^<(data-\w+) file="(.*?)".*?>\n(.*?)\n</\1>$', request.user_text, re.DOTALL | re.MULTILINE
    )
    return [
        (path, int(number), text)
        for _, path, rows in blocks
        for number, text in re.findall(r"^\+(\d+)\|(.*)$", rows, re.MULTILINE)
    ]


@contextlib.contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, reviewer: Answering | None = None, **options: Any
) -> Iterator[FakeAnthropic]:
    """The fake as the model that is set up; tries follow each other without a pause."""
    with FakeAnthropic(reviewer or Oracle(), **options) as server, monkeypatch.context() as patch:
        patch.setenv("ANTHROPIC_API_KEY", "test-key")
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setattr(llm, "Model", functools.partial(llm.Model, draw=lambda: 0.0))
        yield server
    assert server.problems == []


def asked(server: FakeAnthropic) -> list[str]:
    """The conversations of the requests so far, in order, which are then forgotten."""
    kinds = [kind(request) for request in server.requests]
    server.requests.clear()
    return kinds
