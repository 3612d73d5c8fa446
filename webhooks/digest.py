"""What waits in a repository for a person, told once a day where its policy asks for that.

It is a check of its own, `architrave digest`, on the newest commit of the default branch: the bot holds no
right to open issues or to write mail, and wants none. It says nothing anew that GitHub did not show before.
"""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webhooks import cases, desk
from webhooks.bench import Bench
from webhooks.jobs import Job
from webhooks.tables import CASES, RULES

if TYPE_CHECKING:
    from bot.outside.github import Hub

_log = logging.getLogger("architrave")
NAME = "architrave digest"
_MOST = 100
_DAY = 86_400


def tell(bench: Bench) -> int:
    """Tell it in each repository whose policy says `digest = true`; in how many that was."""
    from bot.outside.github_calls import GitHubFailed

    count = 0
    for repository, installation in _waiting(bench):
        job = Job("digest", repository, installation=installation)
        try:
            hub = desk.hub_of(job, bench.environ)
            count += hub.as_app and _tell(bench, hub, installation)
        except GitHubFailed as failed:
            # One that is suspended or gone keeps nobody else waiting.
            _log.warning("digest of %s: %s", repository, failed)
    return count


def _waiting(bench: Bench) -> list[tuple[str, int]]:
    query = select(CASES.c.repository, CASES.c.installation).where(CASES.c.state == cases.WAITING)
    with bench.ledger.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(query.distinct())]


def _tell(bench: Bench, hub: "Hub", installation: int) -> bool:
    commit = hub.newest()
    if not _is_wanted(hub, commit):
        return False
    query = (
        select(CASES, RULES.c.title, RULES.c.owner)
        .outerjoin(RULES, cases.of_rule())
        .where(
            CASES.c.state == cases.WAITING,
            CASES.c.repository == hub.repository,
            CASES.c.installation == installation,
        )
        .order_by(CASES.c.raised, CASES.c.id)
    )
    with bench.ledger.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if rows:
        hub.inform(commit, NAME, _title(rows), _summary(rows, hub))
    return bool(rows)


def _is_wanted(hub: "Hub", commit: str) -> bool:
    from bot import settings
    from bot.errors import ArchitraveError

    try:
        own, project = (
            hub.file(each, commit) for each in (settings.POLICY_FILE, settings.PROJECT_FILE)
        )
        return settings.read_policy(own, project).digest
    except ArchitraveError:
        # Each review says what is wrong with it.
        return False


def _title(rows: Sequence[dict[str, Any]]) -> str:
    from bot import wording

    waits = "waits" if len(rows) == 1 else "wait"
    days = wording.plural(_days(rows[0]), "day")
    return f"{wording.plural(len(rows), 'finding')} {waits} for a human, the first for {days}"


def _summary(rows: Sequence[dict[str, Any]], hub: "Hub") -> str:
    from bot import foreign

    lines = ["| pull request | finding | place | who answers | days |", "|---|---|---|---|---|"]
    for row in rows[:_MOST]:
        number = row["number"]
        link = f"[#{number}]({hub.settings.server_url}/{hub.repository}/pull/{number})"
        found = foreign.markdown(row["title"] or row["rule"])
        place = foreign.code_span(f"{row['path']}:{row['line']}".replace("|", "\\|"))
        owner = foreign.name(row["owner"]) if row["owner"] else "anybody who may write"
        lines.append(f"| {link} | {found} | {place} | {owner} | {_days(row)} |")
    if len(rows) > _MOST:
        lines.append(f"\nAnd {len(rows) - _MOST} more.")
    return "\n".join(lines)


def _days(row: dict[str, Any]) -> int:
    return int((time.time() - row["raised"]) // _DAY)
