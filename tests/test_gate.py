"""Findings and coverage to a verdict: every label, severity, policy and standing there is."""

from typing import get_args

import pytest

from bot import gate
from bot.domain import Coverage, Finding, Label, Severity, Standing

NEW = {"introduced", "worsened"}


def finding(severity: Severity = "error", label: Label = "introduced") -> Finding:
    return Finding("r", "ruff", severity, "a.py", 1, 1, "m", label=label)


def every() -> list[Finding]:
    return [finding(each, label) for each in get_args(Severity) for label in get_args(Label)]


@pytest.mark.parametrize(
    ("fail_on", "severe"),
    [
        ("error", {"error"}),
        ("warning", {"error", "warning"}),
        ("note", {"error", "warning", "note"}),
        ("never", set()),
    ],
)
def test_what_is_new_and_severe_enough_waits_for_a_human_and_nothing_else(
    fail_on: str, severe: set[str]
) -> None:
    expected = {each for each in every() if each.label in NEW and each.severity in severe}
    assert gate.blocking(every(), fail_on) == expected
    assert len(expected) == 2 * len(severe)


def test_nothing_waits_where_nothing_was_found() -> None:
    assert gate.blocking([], "note") == frozenset()


def entry(standing: Standing) -> Coverage:
    return Coverage("a.py", "ruff", standing)


@pytest.mark.parametrize("standing", get_args(Standing))
@pytest.mark.parametrize("blocked", [[], [finding()]])
def test_what_was_not_reviewed_outweighs_what_was_found(
    standing: Standing, blocked: list[Finding]
) -> None:
    verdict = gate.decide(blocked, [entry("checked"), entry(standing), entry("checked")])
    if standing in ("skipped", "failed"):
        assert verdict == "incomplete"
    else:
        assert verdict == ("blocked" if blocked else "passed")


def test_without_anything_to_look_at_the_verdict_is_of_what_was_found() -> None:
    assert gate.decide([], []) == "passed"
    assert gate.decide({finding()}, []) == "blocked"
