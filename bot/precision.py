"""What people's answers say of rules: how often each was right, and which are mostly noise. Pure.

Only merged pull requests count, a pull request once for each rule, and nothing that its author called
a false positive: whoever is judged cannot wear the judge down by answering.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.domain import Policy, Rule

# A rule is noise where as many merged pull requests answer it, as many people call it wrong, and its
# precision is below that with 97.5 % certainty.
LEAST_ANSWERS, LEAST_PEOPLE, PRECISION = 10, 3, 0.5
_Z = 1.96
_RIGHT = frozenset({"fixed", "accepted"})
_WRONG = "false positive"
# What guards the rules themselves is there for a person to look, not to be right.
_GUARDS = "oversight/"


class Outcome(NamedTuple):
    """What became of a finding by the time its pull request was merged.

    *how* is an answer's kind, `fixed` where it was gone, `open` where nobody answered; *by* is who
    answered, "" for nobody, *account* their number, and *is_author* whether the change is theirs.
    """

    rule: str
    fingerprint: str
    how: str
    by: str = ""
    account: int = 0
    is_author: bool = False


class Tally(NamedTuple):
    """Of how many pull requests people said that a rule was right, of how many it was wrong, and how
    many people said the latter."""

    rule: str
    right: int
    wrong: int
    people: int


class Learned(NamedTuple):
    """What answers in merged pull requests have taught about a repository."""

    dismissed: frozenset[str] = frozenset()
    tallies: tuple[Tally, ...] = ()


NOTHING = Learned()


def learned(outcomes: Iterable[tuple[int, Outcome]]) -> Learned:
    """What outcomes teach; each with the number of its pull request."""
    right: dict[str, set[int]] = {}
    wrong: dict[str, set[int]] = {}
    people: dict[str, set[str]] = {}
    dismissed = set()
    for pull, each in outcomes:
        if each.how in _RIGHT:
            right.setdefault(each.rule, set()).add(pull)
        elif each.how == _WRONG and not each.is_author:
            wrong.setdefault(each.rule, set()).add(pull)
            people.setdefault(each.rule, set()).add(str(each.account or each.by))
            dismissed.add(each.fingerprint)
    return Learned(
        frozenset(dismissed),
        tuple(
            Tally(rule, len(right.get(rule, ())), len(wrong.get(rule, ())), len(people.get(rule, ())))
            for rule in sorted({*right, *wrong})
        ),
    )  # fmt: skip


def interval(right: int, wrong: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of right / (right + wrong); (0, 1) of nothing."""
    count = right + wrong
    if not count:
        return 0.0, 1.0
    share, square = right / count, _Z * _Z
    middle = share + square / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    scale = 1 + square / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def is_noisy(tally: Tally) -> bool:
    """Whether enough people have said of enough changes that a rule is wrong more often than right."""
    enough = tally.right + tally.wrong >= LEAST_ANSWERS and tally.people >= LEAST_PEOPLE
    return enough and interval(tally.right, tally.wrong)[1] < PRECISION


def demote(
    rules: Sequence[Rule], policy: Policy, tallies: Iterable[Tally]
) -> tuple[Sequence[Rule], list[Tally]]:
    """The rules with the noisy ones as notes, where the policy wants that, and which those are.

    A rule whose severity the policy states is a person's word, and stays.
    """
    if not policy.demote_noisy:
        return rules, []
    stated = {*policy.severity, *policy.severity_ai}
    milder = {rule.id for rule in rules if rule.severity != "note"} - stated
    noisy = [
        each
        for each in tallies
        if each.rule in milder and not each.rule.startswith(_GUARDS) and is_noisy(each)
    ]
    names = {each.rule for each in noisy}
    return [
        rule._replace(severity="note", severity_is_fixed=True) if rule.id in names else rule
        for rule in rules
    ], noisy


def says(tally: Tally) -> str:
    """Why a rule is a note, and what a person does about it."""
    return (
        f"{tally.rule} is only a note: in {tally.wrong} of {tally.right + tally.wrong} merged pull requests it was"
        f" called a false positive, by {tally.people} people. A severity in the policy brings it back."
    )
