"""Findings to whoever wrote the lines they are about, and what a policy makes of that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.domain import (
    BLOCKING_LABELS,
    Attribution,
    Authorship,
    Finding,
    Policy,
    Rule,
    Stretch,
    Writer,
)


class Held(NamedTuple):
    """The findings that a policy holds against the change, and how many it leaves to others."""

    findings: Sequence[Finding]
    outside: int = 0


def credit(findings: Iterable[Finding], authorship: Authorship) -> list[Finding]:
    """The findings with the writer of their lines and the agents among them."""
    return [
        finding._replace(authorship=writer, agents=agents)
        for finding in findings
        for writer, agents in [_of(finding, authorship)]
    ]


def hold(findings: Iterable[Finding], policy: Policy, rules: Mapping[str, Rule]) -> Held:
    """What *policy* holds against a change: by whose lines a finding is about.

    Only what the change brought about is weighed; the rest is told as ever.
    """
    held: list[Finding] = []
    outside = 0
    for finding in findings:
        if finding.label not in BLOCKING_LABELS:
            held.append(finding)
            continue
        writer = taken_for(finding.authorship, policy)
        rule = rules.get(finding.rule)
        if writer == "skip" or (policy.scope == "ai" and writer != "ai"):
            outside += 1
        elif rule is None or rule.applies_to == "all" or writer == "ai":
            severity = policy.severity_ai.get(finding.rule) if writer == "ai" else None
            held.append(finding._replace(severity=severity) if severity else finding)
    return Held(held, outside)


def taken_for(writer: str, policy: Policy) -> str:
    """Whom a policy takes a writer for: lines without a sign are by whomever it says, or `skip`."""
    return policy.unmarked if writer == "unknown" else writer


def _of(finding: Finding, authorship: Authorship) -> tuple[Writer, tuple[str, ...]]:
    added = authorship.files.get(finding.path, ())
    there = [
        each for each in added if each.start <= finding.end_line and finding.start_line <= each.end
    ]
    if there or added:
        # What is about no added line comes of those added elsewhere in the file.
        return _among(there or added)
    return _among([each.attribution for each in authorship.credits])


def _among(several: Sequence[Stretch] | Sequence[Attribution]) -> tuple[Writer, tuple[str, ...]]:
    """One writer for several: an agent if any is one, a person only if all are."""
    writers = {each.writer for each in several}
    agents = tuple(dict.fromkeys(name for each in several for name in each.agents))
    if "ai" in writers:
        return "ai", agents
    return (writers.pop(), ()) if len(writers) == 1 else ("unknown", ())
