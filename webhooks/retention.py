"""What the ledger forgets: of repositories that are gone at once, of all others what is too old."""

import time

from sqlalchemy import Connection, Engine, delete, insert, select, update

from webhooks.tables import (
    ANSWERS,
    CASES,
    DELIVERIES,
    GATES,
    GONE,
    LINES,
    OUTCOMES,
    RECORDS,
    REVIEWS,
    RULES,
    SESSIONS,
    VERDICTS,
)

_DAY = 86_400
# GitHub delivers again what is younger than three.
_KEEP_DELIVERIES_DAYS = 14


def forget(engine: Engine, installation: int, repository: str = "") -> None:
    """Remove everything of an installation that is gone, or of one repository in it."""
    with engine.begin() as connection:
        repositories = {repository.lower()} if repository else set()
        if not repository:
            for table in (DELIVERIES, REVIEWS, GATES, RECORDS, VERDICTS):
                rows = select(table.c.repository).where(table.c.installation == installation)
                repositories |= {row.repository for row in connection.execute(rows)}
            # Deliveries about an installation alone, and those that were forgotten.
            repositories.discard("")
        for name in repositories:
            for table in (
                REVIEWS, GATES, ANSWERS, RECORDS, OUTCOMES, VERDICTS, CASES, RULES, LINES
            ):  # fmt: skip
                connection.execute(delete(table).where(table.c.repository == name))
            # That they came is kept, so that none counts as new; what waits still is to be done.
            gone = DELIVERIES.c.repository == name, DELIVERIES.c.job == ""
            blank = {"repository": "", "number": 0, "led_to": ""}
            connection.execute(update(DELIVERIES).where(*gone).values(**blank))
            note_gone(connection, name)


def gone(engine: Engine, since: float) -> list[tuple[str, float]]:
    """Repositories that were forgotten after a moment, and when."""
    rows = select(GONE.c.repository, GONE.c.at).where(GONE.c.at > since)
    with engine.connect() as connection:
        return [(row.repository, row.at) for row in connection.execute(rows)]


def note_gone(connection: Connection, repository: str) -> None:
    """Let every worker know that nothing of a repository is to be kept under that name."""
    connection.execute(delete(GONE).where(GONE.c.repository == repository))
    connection.execute(insert(GONE).values(repository=repository, at=time.time()))


def forget_old(engine: Engine, days: int) -> None:
    """Remove what is older than that; what is known of merged pull requests is for good."""
    now = time.time()
    before, delivered = now - days * _DAY, now - min(days, _KEEP_DELIVERIES_DAYS) * _DAY
    with engine.begin() as connection:
        for table in (REVIEWS, ANSWERS, GATES, GONE, VERDICTS, RULES, LINES):
            connection.execute(delete(table).where(table.c.at < before))
        done = DELIVERIES.c.at < delivered, DELIVERIES.c.job == ""
        connection.execute(delete(DELIVERIES).where(*done))
        connection.execute(delete(CASES).where(CASES.c.changed < before))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.ends < now))
