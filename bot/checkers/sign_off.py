"""Agents that certify or review in a commit message: `check: sign_off`.

Only a person can (Developer Certificate of Origin 1.1; kernel documentation,
process/coding-assistants). The finding stands at the first line that the commit added.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import attribution, options
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule
from bot.provenance import commits

NAME = "sign_off"
READS = ""
OPTIONS: options.Table = {}
_MOST = 20


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """It looks at commits, whatever their files."""
    return False


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """A finding for each such line of a message."""
    house = attribution.house_of(comparison.policy)
    told = [
        (each.commit.id, text, agent)
        for each in comparison.authorship.credits
        for text, agent in commits.vouchers(each.commit, house)
    ]
    for commit, text, agent in told[:_MOST]:
        path, line = _place(comparison, commit)
        for rule in rules:
            yield Finding(
                rule=rule.id,
                checker=NAME,
                severity=rule.severity,
                path=path,
                start_line=line,
                end_line=line,
                message=f"Commit {commit[:12]} says `{text}`, but {agent} is no person",
                key=f"{commit}|{text}",
            )


def _place(comparison: Comparison, commit: str) -> tuple[str, int]:
    changed = [file.path for file in comparison.change.files if not comparison.ignores(file.path)]
    for path in changed:
        for each in comparison.authorship.files.get(path, ()):
            if each.commit == commit:
                return path, each.start
    # Its lines are gone again, or nobody was asked whose they are.
    return (changed or [comparison.change.files[0].path])[0], 1
