"""The steps of jobs, as plain functions: rows in, rows out, and each may be done again."""

import contextlib
import logging
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from webhooks import desk, figures, jobs, ledger, renames
from webhooks.bench import Bench
from webhooks.desk import Outcome
from webhooks.jobs import QUICK, REVIEWS, Job

_log = logging.getLogger("architrave")
QUEUES = {"review": REVIEWS, "settle": QUICK}
Row = dict[str, Any]


def record(bench: Bench, row: Row) -> None:
    """Note a delivery; forget whom it tells to be gone, and know by its new name what has one."""
    job = jobs.of_row(row)
    if job.kind == "forget":
        for repository in job.argument.split() or [""]:
            ledger.forget(bench.ledger, job.installation, repository)
    elif job.kind == "rename":
        renames.rename(bench.ledger, job.argument, job.repository, job.installation)
    else:
        ledger.delivered(bench.ledger, job)


def enter(bench: Bench, row: Row) -> list[Any]:
    """Note a delivery and choose its job."""
    record(bench, row)
    return choose(bench, row)


def choose(bench: Bench, row: Row) -> list[Any]:
    """Identity of the job that will see what there is now, and whether it is still to be put."""
    job = jobs.of_row(row)
    place = jobs.place(bench.client, job.kind, job)
    if not place.is_new and job.kind == "review" and job.attempt == 1:
        jobs.hasten(bench.client, place.identity, bench.settings.patience)
    return [*place]


def put(bench: Bench, identity: str, row: Row, delay: float) -> None:
    """Put a job in its queue; again does no harm."""
    job = jobs.of_row(row)
    jobs.put(
        bench.client, QUEUES.get(job.kind, QUICK) if not job.by else QUICK, identity, job, delay
    )


def settles(bench: Bench, row: Row) -> int:
    """How many settle jobs a pull request has had."""
    return jobs.latest(jobs.of_pull(bench.client, "settle", jobs.of_row(row)))


def do(bench: Bench, row: Row, identity: str) -> Row:
    """Do a job and note in the ledger what came of it."""
    job = jobs.of_row(row)
    if (pause := bench.pauses.get(job.installation, 0.0) - time.time()) > 0:
        return Outcome(False, "GitHub asked to wait", pause, "limit").row()
    started = time.monotonic()
    outcome, gate = desk.do(job, bench.environ, bench.settings.folder)
    if gate is not None:
        try:
            ledger.settled(bench.ledger, job, gate, identity)
        except SQLAlchemyError as error:
            # Done again as a whole: what was posted is found by its marks.
            outcome = desk.again(job, f"the ledger: {type(error).__name__}", "store")
    return _noted(bench, job, outcome, started)


def _noted(bench: Bench, job: Job, outcome: Outcome, started: float) -> Row:
    if outcome.failure == "limit" and outcome.again_in:
        bench.pauses[job.installation] = time.time() + outcome.again_in
    if outcome.failure:
        _counted(bench, outcome.failure)
    _log.log(
        logging.INFO if outcome.ok else logging.WARNING,
        "%s %s: %s",
        job.kind,
        job.pull,
        outcome.says,
        extra={
            "delivery": job.delivery,
            "attempt": job.attempt,
            "failure": outcome.failure,
            "seconds": round(time.monotonic() - started, 3),
        },
    )
    return outcome.row()


def _counted(bench: Bench, failure: str) -> None:
    with contextlib.suppress(SQLAlchemyError):
        # A figure less is no reason to fail.
        figures.count(bench.ledger, figures.FAILURES, failure)


def admit(bench: Bench, row: Row) -> Row:
    """Whether whoever gave a command may, and which pull requests it is about."""
    from bot.outside.github import GitHubFailed

    job = jobs.of_row(row)
    try:
        if not desk.may(job, bench.environ):
            return {"ok": True, "says": "not permitted", "numbers": []}
        numbers = [job.number] if job.number else desk.numbers(job, bench.environ)
    except GitHubFailed as failed:
        outcome = desk.of_github(failed, job)
        return _noted(bench, job, outcome, time.monotonic()) | {"numbers": []}
    return {"ok": True, "says": "", "numbers": numbers}


def again(row: Row, outcome: Row) -> Row:
    """A job's next attempt."""
    job = jobs.of_row(row)
    # Only whom GitHub itself tells to wait has to.
    until = time.time() + outcome["again_in"] if outcome["failure"] == "limit" else 0.0
    return job._replace(attempt=job.attempt + 1, until=until).row()
