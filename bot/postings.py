"""What the bot writes on a pull request, each thing once: a review, comments, replies."""

from typing import NamedTuple

from bot import comments, markers, reconcile, records
from bot.answers import Open
from bot.conversation import Person, PullRequest, Told
from bot.domain import Review
from bot.offices import Office
from bot.outside.github import LineComment
from bot.outside.github_calls import GitHubFailed
from bot.placement import Spot
from bot.reconcile import Known, Plan


class Words(NamedTuple):
    """What a review says besides its comments, and the mark that it ends with."""

    found: Review
    extras: comments.Extras
    mark: str

    def brief(self, refused: tuple[Spot, ...] = ()) -> str:
        """The body of the review; *refused* are spots that GitHub takes no comment on."""
        extras = self.extras._replace(beyond=(*refused, *self.extras.beyond))
        return comments.brief(self.found, extras, self.mark)


def post(pull: PullRequest, bot: Person, words: Words, plan: Plan, office: Office) -> None:
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
    """Post one comment: on its lines, else on its file, else on another one, since what has none cannot
    be answered; whether GitHub has taken it."""
    aside = (
        spot.aside or f"This is about line {spot.finding.start_line}; the diff does not show it."
    )
    on_file = spot._replace(line=None, start_line=None, aside=aside)
    places = (spot, on_file) if spot.line is not None else (spot,)
    paths = [file.path or file.old_path for file in words.found.change.files]
    if other := next((path for path in paths if path != spot.path), ""):
        aside = f"This is about {spot.finding.path}, line {spot.finding.start_line}; GitHub shows no place there."
        places = (*places, on_file._replace(path=other, aside=aside))
    for each in places:
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
    told = Told(spot.finding.fingerprint, spot.finding.version)
    return comments.comment(spot, found, markers.told(told, office.secret))


def speak(
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
