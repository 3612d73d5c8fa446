"""A pull request from an event to its gate: review it, or settle what people have answered since.

The record of a review, hidden in its body, says what waits for a person; settling reads it and the
conversations, weighs the answers, and sets the gate. It runs no checker and reads no code.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import closing
from typing import NamedTuple

from bot import (
    answers,
    comments,
    foreign,
    judged,
    markers,
    pipeline,
    placement,
    reconcile,
    records,
    rulebook,
    standards,
    wording,
)
from bot import settings as known_settings
from bot.answers import Answer, Bench, Open
from bot.checkers import KINDS
from bot.conversation import MAY_WRITE, Person, PullRequest, Told
from bot.domain import REGULAR_MODES, Change, Finding, Policy, Review
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.outside.github import GitHubFailed, Hub, LineComment, State
from bot.placement import Spot
from bot.reconcile import Known, Plan
from bot.records import Entry, Record
from bot.settings import Settings
from bot.sources import pull_request as source


class Office(NamedTuple):
    """What an errand needs: GitHub, the cache, the model if there is one, and a secret for marks."""

    hub: Hub
    settings: Settings
    cache: Cache
    asked: judged.Asked
    secret: str = ""


class Gate(NamedTuple):
    """How the gate stands and what it says. *review* is None where nothing was reviewed; *is_told*
    is false where the token may not write, so that GitHub knows nothing of it. *answered* are the
    answers that count, of *head*; *threads* the first comments of conversations, by finding."""

    state: State
    says: str
    waiting: int = 0
    review: Review | None = None
    is_told: bool = True
    answered: tuple[Answer, ...] = ()
    head: str = ""
    threads: Mapping[str, int] = {}
    is_closed: bool = False


def review(number: int, office: Office) -> Gate:
    """Review the newest commit of a pull request and say on it what was found.

    Raises `GitHubFailed`, `GitFailed` and `ArchitraveError`; the gate is never left green by them.
    """
    pull, bot = office.hub.pull_request(number)
    if pull.state == "closed":
        return Gate("pending", "The pull request is closed; nothing was reviewed.", is_closed=True)
    try:
        office.hub.set_gate(pull.head, "pending", "The review is running.")
    except GitHubFailed as failed:
        if failed.status not in (403, 404) or failed.retry_after is not None:
            raise
        return _look(pull, bot, office)
    try:
        found, spots = _find(pull, bot, office)
        return _publish(pull, found, spots, office)
    except BaseException as error:
        # Whom GitHub has told to wait says nothing more; "running" keeps the gate closed too.
        if not isinstance(error, GitHubFailed) or error.retry_after is None:
            with contextlib.suppress(GitHubFailed):
                office.hub.set_gate(pull.head, "error", f"Not reviewed: {_reason(error)}")
        raise


def _look(pull: PullRequest, bot: Person, office: Office) -> Gate:
    """Review with a token that may only read: what is found is told elsewhere."""
    found, _ = _find(pull, bot, office)
    record = records.of_review(pull.head, found)
    gate = _gate(record, list(record.blocking), [], "")
    return gate._replace(review=found, is_told=False)


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return wording.visible(text)


def _find(pull: PullRequest, bot: Person, office: Office) -> tuple[Review, list[Spot]]:
    base = office.hub.merge_base(pull.base_tip, pull.head)
    folder = office.settings.cache_folder or tempfile.gettempdir()
    place = source.Place(
        office.hub.settings.server_url,
        office.hub.token,
        os.path.join(folder, "repositories"),
        office.settings.environ,
    )
    with closing(source.fetch(pull, base, place)) as repository:
        change = source.read(pull, base, repository)
        around = pipeline.Surroundings(
            office.settings,
            repository,
            office.cache,
            judge=office.asked,
            dismissed=_dismissed(pull, bot, office),
        )
        found = pipeline.review(change, around)
        return found, placement.place(_told(found), _shown(change, repository))


def _dismissed(pull: PullRequest, bot: Person, office: Office) -> frozenset[str]:
    """What people have answered as false, weighed as the last review was: under the same policy."""
    record = records.latest(pull, bot, office.secret)
    if record is None:
        return frozenset()
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    threads = [
        known
        for known in _known(pull, bot, office)
        # Whose rule it is cannot be seen of what the last review did not find.
        if not record.policy.owners_only or known.told.fingerprint in owners
    ]
    answered, _ = answers.weigh(threads, _bench(pull, bot, office, record.policy, owners))
    return frozenset(each.fingerprint for each in answered if each.kind == "false positive")


def _known(pull: PullRequest, bot: Person, office: Office) -> list[Known]:
    return reconcile.known(pull.threads, bot, lambda body: markers.read_told(body, office.secret))


def _told(review: Review) -> list[Finding]:
    """What gets a comment: what the change brought about, but for mild hints of tools."""
    return [
        finding
        for finding in review.findings
        if finding in review.blocking
        or (finding.label in ("introduced", "worsened") and finding.severity != "note")
    ]


def _shown(change: Change, repository: Repository) -> dict[str, placement.Shown]:
    files = [file for file in change.files if file.new_mode in REGULAR_MODES or not file.new_blob]
    hunks = repository.hunks(change.base, change.head, files)
    texts = repository.read([file.new_blob for file in files if file.new_blob])
    found = {}
    for file in files:
        path = file.path or file.old_path
        entry = texts.get(file.new_blob)
        data = entry.data if entry is not None else None
        length = _line_count(data or b"")
        if not file.old_blob:
            found[path] = placement.whole(path, length)
        else:
            of_file = hunks.get((file.old_path, file.path), ())
            found[path] = placement.shown(path, of_file, length)
    return found


def _line_count(data: bytes) -> int:
    """How many lines Git counts: what follows the last line feed is one only if there is something."""
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def _publish(pull: PullRequest, found: Review, spots: list[Spot], office: Office) -> Gate:
    now, bot = office.hub.pull_request(pull.number)
    if now.head != pull.head or now.state == "closed":
        return Gate("pending", "The pull request has moved on; its newest commit is reviewed next.")
    threads = _known(now, bot, office)
    record = records.of_review(pull.head, found)
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    bench = _bench(now, bot, office, found.policy, owners)
    answered, refused = answers.weigh(threads, bench)
    unanswered = frozenset(each.known.thread.id for each in refused)
    plan = reconcile.reconcile(spots, threads, found.policy.comment_cap, unanswered)
    waiting = _waiting(record, answered)
    extras = comments.Extras(plan.beyond, len(answered), len(waiting))
    mark = markers.record(records.row(record), office.secret)
    _post(now, bot, Words(found, extras, mark), plan, office)
    # What was not looked at is not gone.
    gone = plan.gone if not record.missed else ()
    _speak(now, bot, gone, _mattering(refused, record), office)
    gate = _gate(record, waiting, answered, _override(now, bot, office, record))
    office.hub.set_gate(pull.head, gate.state, gate.says, comments.brief(found, extras, ""))
    return gate._replace(
        review=found, answered=tuple(answered), head=pull.head, threads=_places(threads)
    )


def _places(threads: list[Known]) -> dict[str, int]:
    return {each.told.fingerprint: each.thread.remarks[0].id for each in threads}


class Words(NamedTuple):
    """What a review says besides its comments, and the mark that it ends with."""

    found: Review
    extras: comments.Extras
    mark: str

    def brief(self, refused: tuple[Spot, ...] = ()) -> str:
        """The body of the review; *refused* are spots that GitHub takes no comment on."""
        extras = self.extras._replace(beyond=(*refused, *self.extras.beyond))
        return comments.brief(self.found, extras, self.mark)


def _post(pull: PullRequest, bot: Person, words: Words, plan: Plan, office: Office) -> None:
    """One review for a commit: a second one of the same commit replaces its text."""
    for known, spot in plan.changed:
        text = _comment(spot, words.found, office)
        office.hub.rewrite_comment(known.thread.remarks[0].id, text)
    own = records.posted(pull, bot, office.secret)
    alone = plan.post if own is not None else _post_review(pull, words, plan, office)
    refused = tuple(spot for spot in alone if not _post_alone(pull, spot, words, office))
    body = words.brief(refused)
    if own is not None and own.body != body:
        office.hub.rewrite_review(pull.number, own.id, body)
    elif own is None and refused:
        now, _ = office.hub.pull_request(pull.number)
        if (mine := records.posted(now, bot, office.secret)) is not None:
            office.hub.rewrite_review(pull.number, mine.id, body)


def _post_review(pull: PullRequest, words: Words, plan: Plan, office: Office) -> tuple[Spot, ...]:
    """Post the review with its comments on lines; returns the spots that are still to be posted.

    GitHub takes all comments of a review or, where one has no place in its diff, none and does not
    say which: then the review comes first, and each comment by itself.
    """
    lines = [
        LineComment(spot.path, spot.line, spot.start_line, _comment(spot, words.found, office))
        for spot in plan.post
        if spot.line is not None
    ]
    body = words.brief()
    try:
        office.hub.post_review(pull.number, pull.head, body, lines)
    except GitHubFailed as failed:
        if failed.status != 422 or not lines:
            raise
        # It is reported that a review without its comments has been there after a 422.
        if not office.hub.has_review(pull.number, body):
            office.hub.post_review(pull.number, pull.head, body, [])
        return plan.post
    return tuple(spot for spot in plan.post if spot.line is None)


def _post_alone(pull: PullRequest, spot: Spot, words: Words, office: Office) -> bool:
    """Post one comment: on its lines, else on its file; whether GitHub has taken it."""
    aside = (
        spot.aside or f"This is about line {spot.finding.start_line}; the diff does not show it."
    )
    on_file = spot._replace(line=None, start_line=None, aside=aside)
    for each in (spot, on_file) if spot.line is not None else (spot,):
        place = LineComment(
            each.path, each.line, each.start_line, _comment(each, words.found, office)
        )
        try:
            if each.path:
                office.hub.post_comment(pull.number, pull.head, place)
                return True
        except GitHubFailed as failed:
            if failed.status != 422:
                raise
    return False


def _comment(spot: Spot, found: Review, office: Office) -> str:
    told = Told(spot.finding.fingerprint, reconcile.code_of(spot.finding))
    return comments.comment(spot, found, markers.told(told, office.secret))


def _speak(
    pull: PullRequest,
    bot: Person,
    gone: tuple[Known, ...],
    refused: list[Open],
    office: Office,
) -> None:
    """Reply, once each: to threads whose finding is gone, to answers that do not count."""
    for known in gone:
        if not known.thread.is_resolved:
            mark = markers.note("gone", known.told.fingerprint, office.secret)
            _reply_once(pull, bot, known, comments.gone(mark), mark, office)
    for each in refused:
        if each.refused and each.known not in gone:
            who = each.known.thread.resolved_by.login or each.refused
            mark = markers.note("refused", f"{each.known.told.fingerprint} {who}", office.secret)
            _reply_once(pull, bot, each.known, comments.refusal(each.refused, mark), mark, office)


def _reply_once(
    pull: PullRequest, bot: Person, known: Known, body: str, mark: str, office: Office
) -> None:
    remarks, note = known.thread.remarks, markers.read_note(mark, office.secret)
    if any(
        markers.read_note(each.body, office.secret) == note and reconcile.is_same(each.author, bot)
        for each in remarks
    ):
        return
    try:
        office.hub.reply(pull.number, remarks[0].id, body)
    except GitHubFailed as failed:
        # A comment that is gone or a conversation that is locked must not keep the gate from moving.
        if failed.status not in (403, 404, 410, 422) or failed.retry_after is not None:
            raise


def queue(number: int, commit: str, office: Office) -> Gate:
    """Say on the commit of a merge queue how the gate of its pull request stands."""
    pull, bot = office.hub.pull_request(number)
    gate = weigh(pull, bot, office)
    office.hub.set_gate(commit, gate.state, gate.says)
    return gate


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
    gate = weigh(pull, bot, office)
    if pull.state == "open" and gate.state != "pending":
        office.hub.set_gate(pull.head, gate.state, gate.says)
    return gate


def weigh(pull: PullRequest, bot: Person, office: Office) -> Gate:
    """How the gate of a pull request stands by its record and its conversations."""
    record = records.of_head(pull, bot, office.secret)
    if record is None:
        is_closed = pull.state == "closed"
        return Gate("pending", "The newest commit is not reviewed yet.", is_closed=is_closed)
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    bench = _bench(pull, bot, office, record.policy, owners)
    threads = _known(pull, bot, office)
    answered, refused = answers.weigh(threads, bench)
    _speak(pull, bot, (), _mattering(refused, record), office)
    gate = _gate(record, _waiting(record, answered), answered, _override(pull, bot, office, record))
    return gate._replace(
        answered=tuple(answered),
        head=record.head,
        threads=_places(threads),
        is_closed=pull.state == "closed",
    )


def _mattering(refused: list[Open], record: Record) -> list[Open]:
    """Of the threads that are not answered those about something that must be."""
    blocking = {entry.fingerprint for entry in record.blocking}
    return [each for each in refused if each.known.told.fingerprint in blocking]


def _waiting(record: Record, answered: list[Answer]) -> list[Entry]:
    """What nobody has answered. An answer holds for the code it was given for."""
    names = {(answer.fingerprint, answer.code) for answer in answered}
    return [entry for entry in record.blocking if (entry.fingerprint, entry.code) not in names]


def _gate(record: Record, waiting: list[Entry], answered: list[Answer], overridden: str) -> Gate:
    if overridden:
        return Gate("success", f"Opened by {overridden}, an administrator.", len(waiting))
    count = len(waiting)
    waits = f"{wording.plural(count, 'finding')} {'waits' if count == 1 else 'wait'} for a human"
    if record.missed:
        also = f"; {waits}" if count else ""
        return Gate(
            "error", f"Not fully reviewed: {wording.plural(record.missed, 'file')}{also}", count
        )
    if count:
        return Gate("failure", waits, count)
    if record.blocking:
        people = sorted({answer.by.login for answer in answered})
        return Gate("success", f"Answered by {', '.join(people)}" if people else "Answered")
    return Gate("success", "Nothing has to be answered")


def _override(pull: PullRequest, bot: Person, office: Office, record: Record) -> str:
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


def _bench(
    pull: PullRequest,
    bot: Person,
    office: Office,
    policy: Policy,
    owners: Mapping[str, str],
) -> Bench:
    def owns(owner: str, login: str) -> bool:
        if "/" in owner:
            return office.hub.is_member(owner, login)
        return owner.removeprefix("@").casefold() == login.casefold()

    agents = {*policy.agents, *(name for names in policy.agents.values() for name in names)}
    return Bench(
        policy,
        pull.author,
        bot,
        office.hub.permission,
        owns,
        lambda fingerprint: [owner] if (owner := owners.get(fingerprint, "")) else [],
        frozenset(agents),
    )


def may_command(login: str, office: Office) -> bool:
    """Whether an account may give the bot commands."""
    return bool(login) and office.hub.permission(login) in MAY_WRITE


def secret_of(environ: Mapping[str, str]) -> str:
    """A secret that lasts, for signing marks, where the service has one (or more, while one is
    replaced); else ""."""
    return environ.get("GITHUB_WEBHOOK_SECRET", "").strip()


def office(hub: Hub, given: Settings, cache: Cache, asked: judged.Asked) -> Office:
    """The office of one repository."""
    return Office(hub, given, cache, asked, secret_of(given.environ))
