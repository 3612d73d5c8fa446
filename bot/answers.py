"""Who has answered a finding, and whether that counts: only a proven human's answer opens the gate."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from bot.conversation import MAY_WRITE, Person
from bot.domain import Policy
from bot.provenance import identities
from bot.reconcile import Known, is_own, is_same

# `accept: <reason>` or `false-positive: <reason>` at the start of a line.
_REASON = re.compile(
    r"^[ \t]*(accept|false-positive)[ \t]*:\s*(\S.*)$", re.IGNORECASE | re.MULTILINE
)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_CODE_OR_QUOTE = re.compile(r" {4}| {0,3}\t|\s*>")
# Nobody reads five findings and the code they are about in half a minute.
_BULK, _BULK_SECONDS = 5, 30.0
Kind = Literal["resolved", "accepted", "false positive"]


class Answer(NamedTuple):
    """A finding that a person has answered: for which code, how, who, in which words, and when
    (ISO 8601 in UTC): of a resolved conversation GitHub tells no time, so it is "" there."""

    fingerprint: str
    code: str
    kind: Kind
    by: Person
    reason: str = ""
    at: str = ""


class Open(NamedTuple):
    """A thread that is not answered. *refused* says why somebody's answer does not count."""

    known: Known
    refused: str = ""


class Bench(NamedTuple):
    """Who may answer: what is known of accounts, and what the policy asks for."""

    policy: Policy
    author: Person
    bot: Person
    permission: Callable[[str], str]
    # Owners of rules: login or team to whether an account is in it; None where that cannot be seen.
    owns: Callable[[str, str], bool | None]
    owners: Callable[[str], Sequence[str]]
    agents: Collection[str] = ()


def weigh(threads: Iterable[Known], bench: Bench) -> tuple[list[Answer], list[Open]]:
    """The answers that count, and the threads that still wait."""
    answers: list[Answer] = []
    waiting: list[Open] = []
    for known in threads:
        outcome = _weigh(known, bench)
        if isinstance(outcome, Answer):
            answers.append(outcome)
        else:
            waiting.append(outcome)
    return answers, waiting


def _weigh(known: Known, bench: Bench) -> Answer | Open:
    refused = ""
    for remark in reversed(known.thread.remarks[1:]):
        found = _REASON.search(_unquoted(remark.body))
        if found is None or is_same(remark.author, bench.bot):
            continue
        problem = _objection(remark.author, known, bench)
        if not problem and not is_own(remark):
            problem = f"somebody else has edited what {remark.author.login} wrote"
        if not problem:
            kind: Kind = "accepted" if found[1].casefold() == "accept" else "false positive"
            words = found[2].strip()[:500]
            return Answer(*known.told, kind, remark.author, words, remark.at)
        refused = refused or problem
    if known.thread.is_resolved:
        problem = _objection(known.thread.resolved_by, known, bench)
        if not problem and bench.policy.answer == "reason":
            problem = "the policy asks for a reason: reply `accept: ...` or `false-positive: ...`"
        if not problem:
            return Answer(*known.told, "resolved", known.thread.resolved_by)
        refused = refused or problem
    return Open(known, refused)


class Bulk(NamedTuple):
    """Reasons that one account gave faster than anybody reads: how many, within how many seconds."""

    by: str
    many: int
    seconds: int


def in_bulk(answered: Iterable[Answer]) -> list[Bulk]:
    """Who has given many reasons at once, by login. They count all the same: a person may have made
    up their mind before; whoever reads the gate should know."""
    moments: dict[str, list[float]] = {}
    for each in answered:
        if each.at:
            at = datetime.fromisoformat(each.at).timestamp()
            moments.setdefault(each.by.login, []).append(at)
    found = []
    for login, times in sorted(moments.items()):
        times.sort()
        runs = [
            [at for at in times[start:] if at - first <= _BULK_SECONDS]
            for start, first in enumerate(times)
        ]
        most = max(runs, key=len)
        if len(most) >= _BULK:
            found.append(Bulk(login, len(most), round(most[-1] - most[0])))
    return found


def _unquoted(body: str) -> str:
    """A reply without what it quotes, hides or shows as code: the bot's own hints are no answer."""
    lines, fence = [], ""
    for line in _HIDDEN.sub("", body).splitlines():
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        elif not _CODE_OR_QUOTE.match(line):
            lines.append(line)
    return "\n".join(lines)


def is_agent(person: Person, house: Collection[str]) -> bool:
    """Whether an account is known as an agent's, though GitHub may call it a user's: to the policy,
    by its login, or to our own table."""
    if person.login.casefold() in {each.casefold() for each in house}:
        return True
    mail = f"{person.id}+{person.login}@users.noreply.github.com"
    return identities.agent_of(person.login, mail) is not None


def _objection(person: Person, known: Known, bench: Bench) -> str:
    """Why this account's answer does not count; "" if it does."""
    if not person.login:
        return "who resolved it cannot be seen, so nobody answers for it"
    if person.kind != "User" or is_same(person, bench.bot):
        return f"{person.login} is not a person"
    if is_agent(person, bench.agents):
        return f"{person.login} is known as an agent"
    if bench.permission(person.login) not in MAY_WRITE:
        return f"{person.login} may not write to this repository"
    if is_same(person, bench.author) and not bench.policy.author_may_answer:
        return f"{person.login} wrote the pull request, and the policy wants somebody else"
    owners = bench.owners(known.told.fingerprint)
    if not bench.policy.owners_only or not owners:
        return ""
    standing = {owner: bench.owns(owner, person.login) for owner in owners}
    if any(standing.values()):
        return ""
    if unseen := [owner for owner, owns in standing.items() if owns is None]:
        return (
            f"who is in {' or '.join(unseen)} cannot be seen with the rights of the bot;"
            " its owner has to be a login"
        )
    return f"{person.login} does not own the rule; {' or '.join(owners)} must answer"
