"""Findings and coverage to a verdict."""

from collections.abc import Collection, Iterable

from bot.domain import BLOCKING_LABELS, SEVERITIES, Coverage, Finding, Verdict


def blocking(findings: Iterable[Finding], fail_on: str) -> frozenset[Finding]:
    """The findings that wait for a human: introduced or worsened, and severe enough."""
    if fail_on == "never":
        return frozenset()
    severe = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return frozenset(
        finding
        for finding in findings
        if finding.label in BLOCKING_LABELS and finding.severity in severe
    )


def decide(blocked: Collection[Finding], coverage: Iterable[Coverage]) -> Verdict:
    """The verdict. What was not reviewed outweighs what was found: the list is not final."""
    if any(entry.standing in ("skipped", "failed") for entry in coverage):
        return "incomplete"
    return "blocked" if blocked else "passed"
