"""The steps of jobs, as plain functions: rows in, rows out, and each may be done again."""

import logging
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.precision import NOTHING
from webhooks import desk, jobs, ledger
from webhooks.bench import Bench
from webhooks.desk import Outcome
from webhooks.jobs import QUICK, REVIEWS, Job

_log = logging.getLogger("architrave")
QUEUES = {"review": REVIEWS, "settle": QUICK}
Row = dict[str, Any]


def record(bench: Bench, row: Row) -> None:
    """Note a delivery, or forget whom it tells to be gone."""
    job = jobs.of_row(row)
    if job.kind == "forget":
        for repository in job.argument.split() or [""]:
            ledger.forget(bench.ledger, job.installation, repository)
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
    if job.kind == "record":
        return _noted(bench, job, _attest(bench, job), started)
    try:
        is_review = job.kind == "review"
        learned = ledger.learned(bench.ledger, job.repository) if is_review else NOTHING
    except SQLAlchemyError as error:
        return _noted(
            bench, job, desk.again(job, f"the ledger: {type(error).__name__}", "store"), started
        )
    outcome, gate = desk.do(job, bench.environ, bench.settings.folder, learned)
    if gate is not None:
        try:
            ledger.settled(bench.ledger, job, gate, identity)
        except SQLAlchemyError as error:
            # Done again as a whole: what was posted is found by its marks.
            outcome = desk.again(job, f"the ledger: {type(error).__name__}", "store")
    return _noted(bench, job, outcome, started)


def _attest(bench: Bench, job: Job) -> Outcome:
    """Keep what is known of a merged pull request, signed where there is a key to sign with."""
    from bot import attestations, envelopes

    given, bundle = bench.settings, ""
    try:
        reviews = ledger.reviews_of(bench.ledger, job)
        outcome, found = desk.attest(job, bench.environ, given.folder, reviews)
        if found is not None:
            if given.signing_key:
                signer = envelopes.signer(given.signing_key, "ARCHITRAVE_SIGNING_KEY_FILE")
                bundle = envelopes.sign(attestations.statements(found.attested), signer)
            ledger.merged(bench.ledger, job, found, bundle)
    except SQLAlchemyError as error:
        return desk.again(job, f"the ledger: {type(error).__name__}", "store")
    return outcome


def _noted(bench: Bench, job: Job, outcome: Outcome, started: float) -> Row:
    if outcome.failure == "limit" and outcome.again_in:
        bench.pauses[job.installation] = time.time() + outcome.again_in
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
