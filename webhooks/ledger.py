"""What was reviewed, found, answered and paid: the record that outlives a review.

Everything is written so that it may be written again: a job that was cut short is done anew.
"""

import os
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from webhooks import cases
from webhooks.jobs import Job
from webhooks.tables import (
    ANSWERS,
    COVERAGE,
    DELIVERIES,
    FINDINGS,
    GATES,
    OUTCOMES,
    RECORDS,
    REVIEWS,
)

if TYPE_CHECKING:
    from bot.domain import Review
    from bot.merges import Merged, Reviewed
    from bot.offices import Gate
    from bot.precision import Learned


def migrate(engine: Engine) -> None:
    """Bring the tables to their newest shape. The caller sees to it that only one does."""
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        # Two machines that start at once: the second waits. SQLite would also end the transaction
        # with each change of a table, and who dies in between leave half of them.
        is_embedded = engine.dialect.name == "sqlite"
        wait = "BEGIN IMMEDIATE" if is_embedded else "SELECT pg_advisory_xact_lock(727201)"
        connection.exec_driver_sql(wait)
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


def is_migrated(engine: Engine) -> bool:
    """Whether the tables have their newest shape."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(_config()).get_heads()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "ledger_version"})
        return {*context.get_current_heads()} == {*newest}


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    here = os.path.dirname(os.path.abspath(__file__))
    config.set_main_option("script_location", os.path.join(here, "migrations").replace("%", "%%"))
    return config


def taken(engine: Engine, deliveries: Collection[str]) -> set[str]:
    """Those deliveries that are known."""
    rows = select(DELIVERIES.c.id).where(DELIVERIES.c.id.in_(deliveries))
    with engine.connect() as connection:
        return {row.id for row in connection.execute(rows)}


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


def reviews_of(engine: Engine, job: Job) -> "dict[str, Reviewed]":
    """The newest review of each head of a pull request."""
    from bot.merges import Reviewed

    key = {"repository": job.repository.lower(), "number": job.number}
    found: dict[str, Reviewed] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(REVIEWS).filter_by(**key).order_by(REVIEWS.c.id)):
            told = select(FINDINGS).where(FINDINGS.c.review == row.id)
            findings = {
                each.fingerprint: (each.rule, each.path) for each in connection.execute(told)
            }
            found[row.head] = Reviewed(row.base, findings)
    return found


def merged(engine: Engine, job: Job, found: "Merged", bundle: str) -> None:
    """A merged pull request, in place of what was known of it: its record, "" without a key, and what
    became of its findings."""
    key = {"repository": job.repository.lower(), "number": job.number}
    row = key | {
        "installation": job.installation,
        "head": found.attested.head,
        "merged": found.attested.merged,
        "bundle": bundle,
        "at": time.time(),
    }
    outcomes = [
        key
        | {
            "rule": each.rule,
            "fingerprint": each.fingerprint,
            "how": each.how,
            "login": each.by,
            "account": each.account,
            "is_author": each.is_author,
            "code": each.code,
        }
        for each in found.outcomes
    ]
    with engine.begin() as connection:
        _replace(connection, RECORDS, key, row)
        connection.execute(delete(OUTCOMES).filter_by(**key))
        if outcomes:
            connection.execute(insert(OUTCOMES), outcomes)


def learned(engine: Engine, repository: str) -> "Learned":
    """What answers in a repository's merged pull requests have taught."""
    from bot import precision

    rows = select(OUTCOMES).filter_by(repository=repository.lower())
    with engine.connect() as connection:
        return precision.learned(
            (
                row.number,
                precision.Outcome(
                    row.rule,
                    row.fingerprint,
                    row.how,
                    row.login,
                    row.account,
                    row.is_author,
                    row.code,
                ),
            )
            for row in connection.execute(rows)
        )


def records(engine: Engine, repository: str) -> list[str]:
    """The bundles of a repository's merged pull requests, oldest first."""
    rows = select(RECORDS.c.bundle).filter_by(repository=repository.lower())
    rows = rows.where(RECORDS.c.bundle != "")
    with engine.connect() as connection:
        return [row.bundle for row in connection.execute(rows.order_by(RECORDS.c.number))]


def reviewed_heads(engine: Engine, repository: str) -> set[tuple[int, str]]:
    """Number and head of what was reviewed in a repository."""
    rows = select(REVIEWS.c.number, REVIEWS.c.head).where(
        REVIEWS.c.repository == repository.lower()
    )
    with engine.connect() as connection:
        return {(row.number, row.head) for row in connection.execute(rows)}


def installations(engine: Engine, since: float) -> list[int]:
    """Those that something was done for after a moment."""
    rows = select(GATES.c.installation).where(GATES.c.at > since).distinct()
    with engine.connect() as connection:
        return sorted(row.installation for row in connection.execute(rows))


def repositories(engine: Engine) -> list[str]:
    """Those that anything is known of."""
    rows = select(GATES.c.repository).distinct().order_by(GATES.c.repository)
    with engine.connect() as connection:
        return [row.repository for row in connection.execute(rows)]


def _replace(connection: Connection, table: Any, key: dict[str, Any], row: dict[str, Any]) -> None:
    if not connection.execute(update(table).filter_by(**key).values(**row)).rowcount:
        connection.execute(insert(table).values(**row))
