"""A pull request from an event to its gate: review it, or settle what people have answered since.

The record of a review, hidden in its body, says what waits for a person; settling reads it and the
conversations, weighs the answers, and sets the gate. It runs no checker and reads no code.
"""

from typing import NamedTuple

from bot import (
    answers,
    comments,
    examination,
    foreign,
    markers,
    offices,
    postings,
    reconcile,
    records,
    rulebook,
    standards,
    standing,
)
from bot import settings as known_settings
from bot.checkers import KINDS
from bot.conversation import Person, PullRequest
from bot.examination import Examined
from bot.offices import Gate, Office
from bot.outside.github_calls import GitHubFailed
from bot.postings import Words

CLOSED = Gate("pending", "The pull request is closed; nothing was reviewed.", is_closed=True)


class Begun(NamedTuple):
    """A pull request whose review has begun. *is_told* is false where the token may not write."""

    pull: PullRequest
    bot: Person
    is_told: bool = True


def review(number: int, office: Office) -> Gate:
    """Review the newest commit of a pull request and say on it what was found.

    Raises `GitHubFailed`, `GitFailed` and `ArchitraveError`; the gate is never left green by them.
    """
    begun = begin(number, office)
    if begun is None:
        return CLOSED
    examined = examine(begun, office)
    return publish(number, examined, office) if begun.is_told else seen(examined)


def begin(number: int, office: Office) -> Begun | None:
    """Say on a pull request that its review is running; None where it is closed."""
    pull, bot = office.hub.pull_request(number)
    if pull.state == "closed":
        return None
    try:
        office.hub.set_gate(pull.head, "pending", "The review is running.")
    except GitHubFailed as failed:
        if failed.status not in (403, 404) or failed.retry_after is not None:
            raise
        return Begun(pull, bot, is_told=False)
    return Begun(pull, bot)


def examine(begun: Begun, office: Office) -> Examined:
    """Look at what a review has begun with. Raises as `review` does, and `Stopped`."""
    if not begun.is_told:
        return examination.examine(begun.pull, begun.bot, office)
    with offices.closed_on_failure(begun.pull.head, office):
        return examination.examine(begun.pull, begun.bot, office)


def seen(examined: Examined) -> Gate:
    """How the gate would stand, for a token that may only read: what is found is told elsewhere."""
    found = examined.review
    record = records.of_review(found.change.head, found)
    gate = standing.gate_of(record, list(record.blocking), [], "")
    return gate._replace(review=found, is_told=False)


def publish(number: int, examined: Examined, office: Office) -> Gate:
    """Say on a pull request what was found at its head, and set its gate. Raises `GitHubFailed`.

    It may be said again: what is there already is found by its marks.
    """
    with offices.closed_on_failure(examined.review.change.head, office):
        return _publish(number, examined, office)


def _publish(number: int, examined: Examined, office: Office) -> Gate:
    found = examined.review
    head = found.change.head
    now, bot = office.hub.pull_request(number)
    if now.head != head or now.state == "closed":
        says = "The pull request has moved on; its newest commit is reviewed next."
        if now.state == "closed":
            says = "The pull request was closed meanwhile; nothing was published."
        # "Running" would stand there for good.
        office.hub.set_gate(head, "error", says)
        return Gate("pending", says, is_closed=now.state == "closed")
    threads = offices.known(now, bot, office)
    record = records.of_review(head, found)
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    bench = offices.bench(now, bot, office, found.policy, owners)
    answered, refused = answers.weigh(threads, bench)
    unanswered = frozenset(each.known.thread.id for each in refused)
    plan = reconcile.reconcile(
        examined.spots, threads, found.policy.comment_cap, unanswered, found.blocking
    )
    waiting = standing.waiting_of(record, answered)
    beyond = {(spot.finding.fingerprint, spot.finding.version) for spot in plan.beyond}
    untold = sum(entry[:2] in beyond for entry in waiting)
    extras = comments.Extras(plan.beyond, len(answered), len(waiting))
    mark = markers.record(records.row(record), office.secret)
    postings.post(now, bot, Words(found, extras, mark), plan, office)
    # What was not looked at is not gone.
    gone = plan.gone if not record.missed else ()
    postings.speak(now, bot, gone, standing.mattering(refused, record), office)
    opened = standing.override(now, bot, office, record)
    gate = standing.gate_of(record, waiting, answered, opened, untold)
    gate = standing.shared(gate, now, bot, office)
    office.hub.set_gate(head, gate.state, gate.says, comments.brief(found, extras, ""))
    return gate._replace(
        review=found, answered=tuple(answered), head=head, threads=offices.places(threads)
    )


def explain(number: int, name: str, office: Office) -> None:
    """Say on a pull request what a rule is for: one of the built-in ones."""
    rules = {rule.id: rule for rule in rulebook.parse(standards.built_in_texts(), KINDS)}
    rule = rules.get(name)
    if rule is None:
        text = f"There is no built-in rule `{name[:80]}`{known_settings.nearest(name[:80], rules)}"
        office.hub.remark(number, foreign.markdown(text))
        return
    office.hub.remark(number, comments.explained(rule))


def settle(number: int, office: Office) -> Gate:
    """Weigh what people have answered and set the gate; nothing is reviewed.

    Without a review of the newest commit nothing is said: it may be running, and has said so itself.
    """
    pull, bot = office.hub.pull_request(number)
    gate = standing.weigh(pull, bot, office)
    if pull.state == "open" and gate.state != "pending":
        gate = standing.shared(gate, pull, bot, office)
        office.hub.set_gate(pull.head, gate.state, gate.says)
    return gate
