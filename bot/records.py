"""What a review leaves behind in its own text: what must be answered, for which code, under which policy.

Settling reads it, so that nothing has to be found anew to weigh an answer.
"""

from typing import Any, NamedTuple

from bot import markers, reconcile, wording
from bot.conversation import Person, Posted, PullRequest
from bot.domain import Policy, Review, Rule

_MOST_RECORDED = 500


class Entry(NamedTuple):
    """A finding in a record: its name, the code it is about, and who owns its rule."""

    fingerprint: str
    code: str
    owner: str


class Record(NamedTuple):
    """What a review found that must be answered, and under which policy. *trusted* is the commit
    whose rules it went by; "" in records of old. *over* are the findings that it has no room for."""

    head: str
    missed: int
    blocking: tuple[Entry, ...]
    policy: Policy
    trusted: str = ""
    over: int = 0


def latest(pull: PullRequest, bot: Person, secret: str) -> Record | None:
    """The record of the newest review that the bot has posted, of whichever commit."""
    for each in reversed(pull.reviews):
        record = _read(each, bot, secret)
        if record is not None:
            return record
    return None


def posted(pull: PullRequest, bot: Person, secret: str) -> Posted | None:
    """The review of the head; an older commit may have become it again."""
    return next(
        (
            each
            for each in reversed(pull.reviews)
            if each.commit == pull.head and _read(each, bot, secret) is not None
        ),
        None,
    )


def of_head(pull: PullRequest, bot: Person, secret: str) -> Record | None:
    """The record of the review of the head."""
    own = posted(pull, bot, secret)
    return _read(own, bot, secret) if own is not None else None


def _read(posted: Posted, bot: Person, secret: str) -> Record | None:
    if not reconcile.is_same(posted.author, bot) or not reconcile.is_own(posted):
        return None
    value = markers.read_record(posted.body, secret)
    try:
        head, missed, blocking, policy, *more = value
        # What was said about another commit says nothing about this one.
        if head != posted.commit:
            return None
        entries = tuple(Entry(*(str(part) for part in row)) for row in blocking)
        trusted = more[0] if more and isinstance(more[0], str) else ""
        over = int(more[1]) if len(more) > 1 else 0
        return Record(head, int(missed), entries, _policy(policy), trusted, over)
    except (TypeError, ValueError):
        return None


def _policy(value: Any) -> Policy:
    answer, author, owners, agents = value
    return Policy(
        answer="reason" if answer == "reason" else "resolve",
        author_may_answer=bool(author),
        owners_only=bool(owners),
        agents={str(name): () for name in agents},
    )


def of_review(head: str, found: Review) -> Record:
    """The record of a review of the commit *head*."""
    missed = len({entry.path for entry in wording.missing(found.coverage)})
    blocking = [
        Entry(each.fingerprint, each.version, _owner(found.rules.get(each.rule)))
        for each in sorted(found.blocking, key=lambda each: (each.path, each.start_line, each.rule))
    ]
    # Never fewer than there are: beyond what a record holds the gate stays closed.
    over = max(0, len(blocking) - _MOST_RECORDED)
    held = tuple(blocking[:_MOST_RECORDED])
    return Record(head, missed, held, found.policy, found.change.trusted, over)


def _owner(rule: Rule | None) -> str:
    return rule.owner if rule is not None else ""


def row(record: Record) -> list[Any]:
    """For a mark; `latest` reads it."""
    policy = record.policy
    accounts = sorted({*policy.agents, *(n for names in policy.agents.values() for n in names)})
    held = [policy.answer, policy.author_may_answer, policy.owners_only, accounts]
    entries = [list(entry) for entry in record.blocking]
    return [record.head, record.missed, entries, held, record.trusted, record.over]
