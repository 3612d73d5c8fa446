"""A pull request looked at: what was found, and where on it that can be shown. Nothing is written."""

import os
import tempfile
from contextlib import closing
from typing import NamedTuple

from bot import answers, offices, pipeline, placement, records
from bot.conversation import Person, PullRequest
from bot.domain import REGULAR_MODES, Change, Finding, Review
from bot.offices import Office
from bot.outside.git import Repository
from bot.placement import Spot
from bot.sources import pull_request as source


class Examined(NamedTuple):
    """A review, and the spots of what gets a comment."""

    review: Review
    spots: tuple[Spot, ...]


def examine(pull: PullRequest, bot: Person, office: Office) -> Examined:
    """Fetch a pull request and review it.

    Raises `GitHubFailed`, `GitFailed` and `ArchitraveError`, and `Stopped` when the office does.
    """
    base = office.hub.merge_base(pull.base_tip, pull.head)
    folder = office.settings.cache_folder or tempfile.gettempdir()
    place = source.Place(
        office.hub.settings.server_url,
        office.hub.token,
        os.path.join(folder, "repositories"),
        office.settings.environ,
        office.stop,
    )
    with closing(source.fetch(pull, base, place)) as repository:
        change = source.read(pull, base, repository)
        around = pipeline.Surroundings(
            office.settings,
            repository,
            office.cache,
            judge=office.asked._replace(stop=office.stop),
            dismissed=_dismissed(pull, bot, office) | office.learned.dismissed,
            tallies=office.learned.tallies,
            stop=office.stop,
        )
        found = pipeline.review(change, around)
        return Examined(found, tuple(placement.place(_told(found), _shown(change, repository))))


def _dismissed(pull: PullRequest, bot: Person, office: Office) -> frozenset[str]:
    """What people have answered as false, weighed as the last review was: under the same policy."""
    record = records.latest(pull, bot, office.secret)
    if record is None:
        return frozenset()
    owners = {entry.fingerprint: entry.owner for entry in record.blocking}
    threads = [
        known
        for known in offices.known(pull, bot, office)
        # Whose rule it is cannot be seen of what the last review did not find.
        if not record.policy.owners_only or known.told.fingerprint in owners
    ]
    answered, _ = answers.weigh(threads, offices.bench(pull, bot, office, record.policy, owners))
    return frozenset(each.fingerprint for each in answered if each.kind == "false positive")


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
