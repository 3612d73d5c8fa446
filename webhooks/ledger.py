"""What was reviewed, found, answered and paid: the record that outlives a review.

Everything is written so that it may be written again: a job that was cut short is done anew.
"""

import os
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from webhooks import cases
from webhooks.jobs import Job
from webhooks.tables import (
    ANSWERS,
    CASES,
    COVERAGE,
    DELIVERIES,
    FINDINGS,
    GATES,
    LINES,
    REVIEWS,
    RULES,
    SESSIONS,
)

if TYPE_CHECKING:
    from bot.domain import Review
    from bot.offices import Gate

_DAY = 86_400


def migrate(engine: Engine) -> None:
    """Bring the tables to their newest shape. The caller sees to it that only one does."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    here = os.path.dirname(os.path.abspath(__file__))
    config.set_main_option("script_location", os.path.join(here, "migrations").replace("%", "%%"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two machines that start at once: the second waits.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727201)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def delivered(engine: Engine, job: Job) -> None:
    """A delivery that led to work."""
    row = {
        "id": job.delivery,
        "event": job.event,
        "kind": job.kind,
        "repository": job.repository.lower(),
        "number": job.number,
        "installation": job.installation,
        "at": time.time(),
    }
    with engine.begin() as connection:
        _replace(connection, DELIVERIES, {"id": job.delivery}, row)


def settled(engine: Engine, job: Job, gate: "Gate", identity: str) -> None:
    """How a gate stands after a job: with the review, if it was one, and the answers."""
    key = {"repository": job.repository.lower(), "number": job.number}
    now = time.time()
    row = key | {
        "installation": job.installation,
        "head": gate.head,
        "state": "closed" if gate.is_closed else gate.state,
        "says": gate.says,
        "waiting": 0 if gate.is_closed else gate.waiting,
        "at": now,
    }
    with engine.begin() as connection:
        if gate.head:
            _replace(connection, GATES, key, row)
        elif gate.is_closed:
            over = {"state": "closed", "waiting": 0, "at": now}
            connection.execute(update(GATES).filter_by(**key).values(**over))
        for answer in gate.answered:
            known = key | {
                "fingerprint": answer.fingerprint,
                "code": answer.code,
                "how": answer.kind,
                "login": answer.by.login,
            }
            more = {"account": answer.by.id, "reason": answer.reason, "head": gate.head, "at": now}
            if not connection.execute(select(ANSWERS.c.id).filter_by(**known)).first():
                connection.execute(insert(ANSWERS).values(**known, **more))
        if gate.review is not None:
            _reviewed(connection, key | {"installation": job.installation}, gate, identity)
        cases.note(connection, key | {"installation": job.installation}, gate)


def _reviewed(connection: Connection, key: dict[str, Any], gate: "Gate", identity: str) -> None:
    review = gate.review
    assert review is not None
    connection.execute(delete(REVIEWS).where(REVIEWS.c.job == identity))
    row = key | {"job": identity, "state": gate.state, "says": gate.says, "at": time.time()}
    made = connection.execute(insert(REVIEWS).values(**row, **_figures(review)))
    number = made.inserted_primary_key[0] if made.inserted_primary_key else None
    if findings := _findings(review, number):
        connection.execute(insert(FINDINGS), findings)
    missed = [
        {
            "review": number,
            "path": each.path,
            "checker": each.checker,
            "standing": each.standing,
            "reason": each.reason,
        }
        for each in review.coverage
        if each.standing in ("skipped", "failed")
    ]
    if missed:
        connection.execute(insert(COVERAGE), missed)


def _figures(review: "Review") -> dict[str, Any]:
    from bot import wording

    missed = {each.path for each in review.coverage if each.standing in ("skipped", "failed")}
    checked = {each.path for each in review.coverage if each.standing == "checked"}
    cost = review.cost
    return {
        "base": review.change.base,
        "head": review.change.head,
        "title": review.change.title,
        "brief": "\n".join(wording.brief(review)),
        "verdict": review.verdict,
        "seconds": review.seconds,
        "files_checked": len(checked - missed),
        "files_missed": len(missed),
        "calls": cost.calls,
        "tokens": cost.tokens,
        "usd": cost.usd,
        "models": " ".join(cost.models),
    }


def _findings(review: "Review", number: Any) -> list[dict[str, Any]]:
    """What was told on GitHub; its quotes are published there."""
    from bot.comments import MOST_QUOTED

    return [
        {
            "review": number,
            "fingerprint": each.fingerprint,
            "rule": each.rule,
            "checker": each.checker,
            "path": each.path,
            "line": each.start_line,
            "severity": each.severity,
            "label": each.label,
            "writer": each.authorship,
            "is_blocking": each in review.blocking,
            "quote": "\n".join(each.quote.split("\n")[:MOST_QUOTED]),
        }
        for each in review.findings
        if each in review.blocking or each.label in ("introduced", "worsened")
    ]


def reviewed_heads(engine: Engine, repository: str) -> set[tuple[int, str]]:
    """Number and head of what was reviewed in a repository."""
    rows = select(REVIEWS.c.number, REVIEWS.c.head).where(
        REVIEWS.c.repository == repository.lower()
    )
    with engine.connect() as connection:
        return {(row.number, row.head) for row in connection.execute(rows)}


def repositories(engine: Engine) -> list[str]:
    """Those that anything is known of."""
    rows = select(GATES.c.repository).distinct().order_by(GATES.c.repository)
    with engine.connect() as connection:
        return [row.repository for row in connection.execute(rows)]


def forget(engine: Engine, installation: int, repository: str = "") -> None:
    """Remove everything of an installation that is gone, or of one repository in it."""
    with engine.begin() as connection:
        repositories = {repository.lower()} if repository else set()
        if not repository:
            for table in (DELIVERIES, REVIEWS, GATES):
                rows = select(table.c.repository).where(table.c.installation == installation)
                repositories |= {row.repository for row in connection.execute(rows)}
        for name in repositories:
            for table in (DELIVERIES, REVIEWS, GATES, ANSWERS, CASES, RULES, LINES):
                connection.execute(delete(table).where(table.c.repository == name))


def forget_old(engine: Engine, days: int) -> None:
    """Remove what is older than that."""
    before = time.time() - days * _DAY
    with engine.begin() as connection:
        for table in (DELIVERIES, REVIEWS, ANSWERS, GATES, RULES, LINES):
            connection.execute(delete(table).where(table.c.at < before))
        connection.execute(delete(CASES).where(CASES.c.changed < before))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.ends < time.time()))


def _replace(connection: Connection, table: Any, key: dict[str, Any], row: dict[str, Any]) -> None:
    if not connection.execute(update(table).filter_by(**key).values(**row)).rowcount:
        connection.execute(insert(table).values(**row))
