"""How a gate stands: what waits, who has answered, and whether somebody has opened it."""

from typing import NamedTuple

from bot import answers, offices, postings, records, wording
from bot.answers import Answer, Open
from bot.conversation import Person, PullRequest
from bot.offices import Gate, Office
from bot.reconcile import Known
from bot.records import Entry, Record


class Standing(NamedTuple):
    """How a reviewed head stands: its record, the answers that count, the threads that wait, who
    opened the gate in spite of them, and the conversations there are."""

    record: Record
    answered: list[Answer]
    refused: list[Open]
    overridden: str
    known: list[Known]


def weigh(pull: PullRequest, bot: Person, office: Office) -> Gate:
    """How the gate of a pull request stands by its record and its conversations."""
    found = of_head(pull, bot, office)
    if found is None:
        is_closed = pull.state == "closed"
        return Gate("pending", "The newest commit is not reviewed yet.", is_closed=is_closed)
    record, answered = found.record, found.answered
    postings.speak(pull, bot, (), mattering(found.refused, record), office)
    waiting = waiting_of(record, answered)
    untold = len({entry[:2] for entry in waiting} - {each.told for each in found.known})
    gate = gate_of(record, waiting, answered, found.overridden, untold)
    return gate._replace(
        answered=tuple(answered),
        head=record.head,
        threads=offices.places(found.known),
        is_closed=pull.state == "closed",
    )


def of_head(pull: PullRequest, bot: Person, office: Office) -> Standing | None:
    """How a pull request stands, without a word on GitHub; None where its head is not reviewed."""
    record = records.of_head(pull, bot, office.secret)
    if record is None:
        return None
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    bench = offices.bench(pull, bot, office, record.policy, owners)
    known = offices.known(pull, bot, office)
    answered, refused = answers.weigh(known, bench)
    return Standing(record, answered, refused, override(pull, bot, office, record), known)


def shared(gate: Gate, pull: PullRequest, bot: Person, office: Office) -> Gate:
    """The gate of a commit that is the head of several pull requests. GitHub keeps one for all of
    them: whoever opens another one, towards a branch with milder rules, opens none by that."""
    if gate.state != "success":
        return gate
    for number in pull.beside:
        other, _ = office.hub.pull_request(number)
        if other.head != pull.head or other.state != "open":
            continue
        found = weigh(other, bot, office)
        if found.state != "success":
            return gate._replace(
                state=found.state, says=f"#{number}, of the same commit: {found.says}"
            )
    return gate


def mattering(refused: list[Open], record: Record) -> list[Open]:
    """Of the threads that are not answered those about something that must be."""
    blocking = {entry.fingerprint for entry in record.blocking}
    return [each for each in refused if each.known.told.fingerprint in blocking]


def waiting_of(record: Record, answered: list[Answer]) -> list[Entry]:
    """What nobody has answered. An answer holds for the code it was given for."""
    names = {(answer.fingerprint, answer.code) for answer in answered}
    return [entry for entry in record.blocking if (entry.fingerprint, entry.code) not in names]


def gate_of(
    record: Record,
    waiting: list[Entry],
    answered: list[Answer],
    overridden: str,
    untold: int = 0,
) -> Gate:
    """The gate by what a review found and who has answered; of what waits, *untold* have no
    conversation yet."""
    count = len(waiting)
    if overridden:
        return Gate("success", f"Opened by {overridden}, an administrator.", count)
    waits = f"{wording.plural(count, 'finding')} {'waits' if count == 1 else 'wait'} for a human"
    if untold:
        waits += (
            "; the next get a comment by /architrave review"
            if untold == count
            else (f", {untold} of them once others are answered")
        )
    if record.over:
        # Beyond what a record holds nobody can answer: the gate stays closed.
        total = wording.plural(len(record.blocking) + record.over, "finding")
        return Gate("error", f"{total} must be answered: too many for one pull request", count)
    if record.missed:
        also = f"; {waits}" if count else ""
        says = f"Not fully reviewed: {wording.plural(record.missed, 'file')}{also}"
        return Gate("error", says, count, untold=untold)
    if count:
        return Gate("failure", waits, count, untold=untold)
    if record.blocking:
        people = sorted({answer.by.login for answer in answered})
        says = f"Answered by {', '.join(people)}" if people else "Answered"
        return Gate("success", "; ".join((says, *_hasty(answered))))
    return Gate("success", "Nothing has to be answered")


def _hasty(answered: list[Answer]) -> list[str]:
    return [
        f"in bulk by {each.by}: {each.many} within {each.seconds} s"
        for each in answers.in_bulk(answered)
    ]


def override(pull: PullRequest, bot: Person, office: Office, record: Record) -> str:
    """Who has opened the gate by `/architrave override: reason` since the review; "" if nobody."""
    own = records.posted(pull, bot, office.secret)
    if own is None:
        # Whatever was said before was said about another commit.
        return ""
    for remark in reversed(pull.remarks):
        text = remark.body.strip()
        if not text.startswith("/architrave override") or remark.edited or remark.at < own.at:
            continue
        reason = text.removeprefix("/architrave override").strip(" :\n")
        by = remark.author
        if reason and by.kind == "User" and office.hub.permission(by.login) == "admin":
            return by.login
    return ""
