"""The steps of jobs, as plain functions: rows in, rows out, and each may be done again."""

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from webhooks import desk, figures, jobs, ledger, results
from webhooks.bench import Bench
from webhooks.desk import Desk, Outcome
from webhooks.jobs import QUICK, REVIEWS, Job
from webhooks.verdicts import Verdicts
from webhooks.watch import Watch, turn

if TYPE_CHECKING:
    from bot.offices import Gate

_log = logging.getLogger("architrave")
# What was found cannot be read: by a release of another shape, or sealed by a secret that is gone.
UNREADABLE = "unreadable"
# Of what GitHub hears in an hour only the reserve is left.
SCARCE = "scarce"
QUEUES = {"review": REVIEWS, "settle": QUICK}
Row = dict[str, Any]


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
    """Do a job that is no review, and note in the ledger what came of it."""
    job, started = jobs.of_row(row), time.monotonic()
    if (paused := _paused(bench, job)) is not None:
        return paused
    if job.kind == "record":
        return _noted(bench, job, _attest(bench, job), started)
    outcome, gate = desk.do(job, _desk(bench, job))
    return _noted(bench, job, _kept(bench, job, outcome, gate, identity), started)


def look(bench: Bench, row: Row, identity: str) -> Row:
    """Look at a pull request: what is paid for. What was found goes to the next step, sealed, since
    not all of it is published; where nothing is to be published, the review is over."""
    job, started = jobs.of_row(row), time.monotonic()
    if (paused := _paused(bench, job)) is not None:
        return paused
    if (pause := bench.scarce.get(job.installation, 0.0) - time.time()) > 0:
        return Outcome(False, "what GitHub still hears is kept for answers", pause, SCARCE).row()
    outcome, done = desk.tried(job, lambda: _look(bench, job, identity, started))
    return _noted(bench, job, outcome, started) if done is None else done


def _look(bench: Bench, job: Job, identity: str, started: float) -> Row:
    if not turn(bench, identity):
        waits = desk.again(job, "an older review does not end", "turn")
        return _noted(bench, job, waits, started)
    try:
        learned = ledger.learned(bench.ledger, job.repository)
    except SQLAlchemyError as error:
        waits = desk.again(job, f"the ledger: {type(error).__name__}", "store")
        return _noted(bench, job, waits, started)
    given = _desk(bench, job)._replace(stop=Watch(bench, identity), learned=learned)
    outcome, found = desk.look(job, given)
    if found is None or found.examined is None:
        gate = found and found.gate
        return _noted(bench, job, _kept(bench, job, outcome, gate, identity), started)
    sealed = bench.seal.close(results.row(found.examined))
    return outcome.row() | {"examined": sealed, "check": found.check}


def publish(bench: Bench, row: Row, identity: str, looked: Row) -> Row:
    """Say what a look has found, and note it in the ledger."""
    job, started = jobs.of_row(row), time.monotonic()
    if (paused := _paused(bench, job)) is not None:
        return paused
    examined = results.of_row(bench.seal.open(looked["examined"]))
    if examined is None:
        return Outcome(False, "found by another release", failure=UNREADABLE).row()
    outcome, gate = desk.publish(job, _desk(bench, job), examined, looked["check"])
    return _noted(bench, job, _kept(bench, job, outcome, gate, identity), started)


def _paused(bench: Bench, job: Job) -> Row | None:
    pause = bench.pauses.get(job.installation, 0.0) - time.time()
    return Outcome(False, "GitHub asked to wait", pause, "limit").row() if pause > 0 else None


def _desk(bench: Bench, job: Job) -> Desk:
    # On one machine the cache has them already.
    own = bench.settings.is_embedded
    verdicts = None if own else Verdicts(bench.ledger, bench.seal, job)

    def scarce(until: float) -> None:
        bench.scarce[job.installation] = until

    return Desk(bench.environ, bench.settings.folder, verdicts, scarce=scarce)


def _kept(bench: Bench, job: Job, outcome: Outcome, gate: "Gate | None", identity: str) -> Outcome:
    """The outcome, once the ledger has it."""
    if gate is None:
        return outcome
    try:
        ledger.settled(bench.ledger, job, gate, identity)
    except SQLAlchemyError as error:
        # Done again: what was posted is found by its marks.
        return desk.again(job, f"the ledger: {type(error).__name__}", "store")
    return outcome


def _attest(bench: Bench, job: Job) -> Outcome:
    """Keep what is known of a merged pull request, signed where there is a key to sign with."""
    from bot import attestations, envelopes

    given, bundle = bench.settings, ""
    try:
        reviews = ledger.reviews_of(bench.ledger, job)
        outcome, found = desk.attest(job, _desk(bench, job), reviews)
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
    from bot.outside.github_calls import GitHubFailed

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
    until = time.time() + outcome["again_in"] if outcome["failure"] in ("limit", SCARCE) else 0.0
    return job._replace(attempt=job.attempt + 1, until=until).row()
