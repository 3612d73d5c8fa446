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
from bot.publishers.markdown import escape
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
    answers that count, of *head*."""

    state: State
    says: str
    waiting: int = 0
    review: Review | None = None
    is_told: bool = True
    answered: tuple[Answer, ...] = ()
    head: str = ""


def review(number: int, office: Office) -> Gate:
    """Review the newest commit of a pull request and say on it what was found.

    Raises `GitHubFailed`, `GitFailed` and `ArchitraveError`; the gate is never left green by them.
    """
    pull, bot = office.hub.pull_request(number)
    if pull.state == "closed":
        return Gate("pending", "The pull request is closed; nothing was reviewed.")
    try:
        office.hub.set_gate(pull.head, "pending", "The review is running.")
    except GitHubFailed as failed:
        if failed.status not in (403, 404):
            raise
        return _look(pull, bot, office)
    try:
        found, spots = _find(pull, bot, office)
        return _publish(pull, found, spots, office)
    except BaseException as error:
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
        read = lambda body: markers.read_told(body, office.secret)  # noqa: E731
        threads = reconcile.known(pull.threads, bot, read)
        dismissed = frozenset(
            answer.fingerprint
            for answer in answers.weigh(threads, _bench(pull, bot, office, Policy(), {}))[0]
            if answer.kind == "false positive"
        )
        around = pipeline.Surroundings(
            office.settings, repository, office.cache, judge=office.asked, dismissed=dismissed
        )
        found = pipeline.review(change, around)
        return found, placement.place(_told(found), _shown(change, repository))


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
        length = len((data or b"").split(b"\n"))
        of_file = hunks.get((file.old_path, file.path), ())
        found[path] = placement.shown(path, of_file, length)
        if not file.old_blob and data:
            last = length - data.endswith(b"\n")
            found[path] = placement.Shown(path, ((1, max(1, last)),))
    return found


def _publish(pull: PullRequest, found: Review, spots: list[Spot], office: Office) -> Gate:
    now, bot = office.hub.pull_request(pull.number)
    if now.head != pull.head or now.state == "closed":
        return Gate("pending", "The pull request has moved on; its newest commit is reviewed next.")
    threads = reconcile.known(now.threads, bot, lambda body: markers.read_told(body, office.secret))
    policy = found.policy
    plan = reconcile.reconcile(spots, threads, policy.comment_cap)
    record = records.of_review(pull.head, found)
    bench = _bench(now, bot, office, policy, {e.fingerprint: e.owner for e in record.blocking})
    answered, refused = answers.weigh(threads, bench)
    waiting = _waiting(record, answered)
    extras = comments.Extras(plan.beyond, len(answered), len(waiting))
    body = comments.brief(found, extras, markers.record(records.row(record), office.secret))
    _post(now, bot, found, plan, body, office)
    _speak(now, bot, plan.gone, refused, office)
    gate = _gate(record, waiting, answered, _override(now, bot, office, record))
    office.hub.set_gate(pull.head, gate.state, gate.says, comments.brief(found, extras, ""))
    return gate._replace(review=found, answered=tuple(answered), head=pull.head)


def _post(
    pull: PullRequest, bot: Person, found: Review, plan: Plan, body: str, office: Office
) -> None:
    """One review for a commit: a second one of the same commit replaces its text."""
    own = [
        each
        for each in pull.reviews
        if each.commit == pull.head
        and reconcile.is_same(each.author, bot)
        and markers.read_record(each.body, office.secret) is not None
    ]
    lines = [spot for spot in plan.post if spot.line is not None]
    aside = [spot for spot in plan.post if spot.line is None]
    if own:
        if own[-1].body != body:
            office.hub.rewrite_review(pull.number, own[-1], body)
        aside = [*lines, *aside]
    else:
        office.hub.post_review(
            pull.number,
            pull.head,
            body,
            [
                LineComment(spot.path, spot.line, spot.start_line, _comment(spot, found, office))
                for spot in lines
                if spot.line is not None
            ],
        )
    for spot in aside:
        text = _comment(spot, found, office)
        office.hub.post_comment(pull.number, pull.head, spot.path, spot.line, text)


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
    office.hub.reply(pull.number, remarks[0].id, body)


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
        office.hub.remark(number, escape(text))
        return
    office.hub.remark(number, comments.explained(rule))


def settle(number: int, office: Office) -> Gate:
    """Weigh what people have answered and set the gate; nothing is reviewed."""
    pull, bot = office.hub.pull_request(number)
    gate = weigh(pull, bot, office)
    if pull.state == "open":
        office.hub.set_gate(pull.head, gate.state, gate.says)
    return gate


def weigh(pull: PullRequest, bot: Person, office: Office) -> Gate:
    """How the gate of a pull request stands by its record and its conversations."""
    record = records.latest(pull, bot, office.secret)
    if record is None or record.head != pull.head:
        return Gate("pending", "The newest commit is not reviewed yet.")
    threads = reconcile.known(
        pull.threads, bot, lambda body: markers.read_told(body, office.secret)
    )
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    bench = _bench(pull, bot, office, record.policy, owners)
    answered, refused = answers.weigh(threads, bench)
    blocking = {entry.fingerprint for entry in record.blocking}
    mattering = [each for each in refused if each.known.told.fingerprint in blocking]
    _speak(pull, bot, (), mattering, office)
    gate = _gate(record, _waiting(record, answered), answered, _override(pull, bot, office, record))
    return gate._replace(answered=tuple(answered), head=record.head)


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
    since = max((each.at for each in pull.reviews if each.commit == record.head), default="")
    for remark in reversed(pull.remarks):
        text = remark.body.strip()
        if not text.startswith("/architrave override") or remark.edited or remark.at < since:
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
