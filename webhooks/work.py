"""What jobs do, as durable workflows: every step's result is kept, and a finished one not redone.

Workflows branch on what steps return, never on exceptions: those change their class on the way
through the store. The order of steps is part of what is stored; change it behind `DBOS.patch`.
"""

import functools
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from webhooks import chores, desk, jobs, ledger
from webhooks.desk import Outcome
from webhooks.jobs import INTAKE, QUICK, REVIEWS, Job

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

    from webhooks.service_settings import ServiceSettings

_log = logging.getLogger("architrave")
_QUEUES = {"review": REVIEWS, "settle": QUICK}
Row = dict[str, Any]


class Bench(NamedTuple):
    """What jobs are done with. *pauses* says until when GitHub will not hear an installation,
    *running* holds the identities of what runs in this process."""

    settings: "ServiceSettings"
    client: "DBOSClient"
    ledger: "Engine"
    pauses: dict[int, float]
    running: set[str]

    @property
    def environ(self) -> Mapping[str, str]:
        return self.settings.environ


def record(bench: Bench, row: Row) -> None:
    """Note a delivery, or forget whom it tells to be gone."""
    job = jobs.of_row(row)
    if job.kind == "forget":
        ledger.forget(bench.ledger, job.installation, job.repository)
    else:
        ledger.delivered(bench.ledger, job)


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
    jobs.put(bench.client, _QUEUES.get(job.kind, QUICK) if not job.by else QUICK, identity, job, delay)


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
        ledger.settled(bench.ledger, job, gate, identity)
    return _noted(bench, job, outcome, started)


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


def register(bench: Bench) -> None:
    """Make the workflows known to the engine. Before it is launched."""
    from dbos import DBOS

    step = DBOS.step
    patient = {"retries_allowed": True, "max_attempts": 6, "interval_seconds": 0.5}
    record_, choose_, put_, settles_ = (
        step(name=name, **patient)(act)  # type: ignore[arg-type]
        for name, act in (
            ("record", lambda row: record(bench, row)),
            ("choose", lambda row: choose(bench, row)),
            ("put", lambda identity, row, delay: put(bench, identity, row, delay)),
            ("settles", lambda row: settles(bench, row)),
        )
    )
    do_ = step(name="do")(lambda row, identity: do(bench, row, identity))
    admit_ = step(name="admit")(lambda row: admit(bench, row))
    again_ = step(name="again")(again)
    chore_ = step(name="chore")(lambda kind: chores.do(bench, kind))

    def place(row: Row, delay: float) -> str:
        identity, is_new = choose_(row)
        if is_new:
            put_(identity, row, delay)
        return str(identity)

    def placed(row: Row) -> str:
        return place(row, bench.settings.patience if row["kind"] == "review" else 0.0)

    def followed(row: Row, outcome: Row) -> Row:
        """What a job that came to nothing leaves: its outcome, and what is to be tried next."""
        if outcome["ok"] or outcome["again_in"] is None:
            return outcome
        return outcome | {"next": place(again_(row, outcome), outcome["again_in"])}

    def known(act: Callable[[Row], Row]) -> Callable[[Row], Row]:
        @functools.wraps(act)
        def run(row: Row) -> Row:
            identity = str(DBOS.workflow_id)
            bench.running.add(identity)
            try:
                return act(row)
            finally:
                bench.running.discard(identity)

        return run

    @DBOS.workflow(name=INTAKE, max_recovery_attempts=20)
    @known
    def intake(row: Row) -> Row:
        record_(row)
        if row["kind"] == "forget":
            return {"ok": True}
        if row["kind"] in _QUEUES and row["number"] and not row["by"]:
            return {"ok": True, "next": placed(row)}
        identity = f"quick:{row['delivery']}"
        put_(identity, row, 0.0)
        return {"ok": True, "next": identity}

    @DBOS.workflow(name=REVIEWS, max_recovery_attempts=5)
    @known
    def review(row: Row) -> Row:
        before = settles_(row)
        outcome = do_(row, str(DBOS.workflow_id))
        if outcome["ok"] and settles_(row) != before:
            # Somebody has answered while it ran; which of the two told last is not known.
            do_(row | {"kind": "settle"}, str(DBOS.workflow_id))
        return followed(row, outcome)

    @DBOS.workflow(name=QUICK, max_recovery_attempts=5)
    @known
    def quick(row: Row) -> Row:
        if row["kind"] in chores.KINDS:
            return chore_(row["kind"])
        is_placed = row["kind"] in _QUEUES and (row["by"] or not row["number"])
        if row["by"] or not row["number"]:
            admitted = admit_(row)
            if not admitted["ok"] or not admitted["numbers"]:
                return retried(row, admitted)
            if is_placed:
                meant = [row | {"by": "", "number": each} for each in admitted["numbers"]]
                return {"ok": True, "next": [placed(each) for each in meant][-1]}
        outcome = do_(row, str(DBOS.workflow_id))
        return followed(row, outcome) if row["kind"] == "settle" else retried(row, outcome)

    def retried(row: Row, outcome: Row) -> Row:
        if outcome["ok"] or outcome["again_in"] is None:
            return outcome
        identity, later = f"quick:{row['delivery']}:{row['attempt'] + 1}", again_(row, outcome)
        put_(identity, later, outcome["again_in"])
        return outcome | {"next": identity}
