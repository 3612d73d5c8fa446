"""Deliveries become jobs: the worker's side of the inbox.

Each becomes a job of its pull request, or joins the one that waits. What is cut short is done again:
a job is put before its delivery counts as placed, and one that is put twice is one.
"""

import contextlib
import itertools
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select, update

from webhooks import figures, jobs, logs, renames, retention, work
from webhooks.bench import Bench
from webhooks.jobs import QUICK, Job
from webhooks.tables import DELIVERIES, HAS_NO_JOB

_log = logging.getLogger("architrave")
_AT_ONCE = 100
# Seconds after which what could not be placed is tried again; whatever came meanwhile goes first.
_PAUSE = 5.0
# They change what other deliveries are about, and what is noted of those.
_LIFECYCLE = ("forget", "rename")
_LOCK = 727_203
Values = dict[str, Any]


def watch(bench: Bench, stop: threading.Event, every: float) -> None:
    """Place what comes until *stop* is set; a look each *every* seconds."""
    pause = every
    while not stop.wait(pause):
        try:
            pause = 0.0 if take(bench) else every
        except Exception:  # noqa: BLE001 - the store is away; it is asked again soon
            _log.warning("deliveries cannot be taken in", exc_info=True)
            pause = _PAUSE


def take(bench: Bench) -> bool:
    """Place the oldest deliveries that wait, in the order they came; whether there may be more."""
    with _turn(bench.ledger) as is_ours:
        return is_ours and _take(bench)


@contextlib.contextmanager
def _turn(engine: Engine) -> Iterator[bool]:
    """Whether nobody else is at it: of workers on a Postgres one is at a time."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.begin() as connection:
        # Of a worker that is frozen the database lets go after a minute.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")
        asked = connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({_LOCK})")
        yield bool(asked.scalar())


def _take(bench: Bench) -> bool:
    waiting = select(DELIVERIES).where(HAS_NO_JOB, DELIVERIES.c.due <= time.time())
    with bench.ledger.connect() as connection:
        rows = [*connection.execute(waiting.order_by(DELIVERIES.c.at).limit(_AT_ONCE))]
    if not rows:
        return False
    ahead = [*itertools.takewhile(lambda row: row.kind not in _LIFECYCLE, rows)]
    placed: dict[str, str] = {}
    _note(bench.ledger, {row.id: _placed(bench, row, placed) for row in ahead})
    if len(ahead) == len(rows):
        return len(rows) == _AT_ONCE
    first = rows[len(ahead)]
    _note(bench.ledger, {first.id: _placed(bench, first, {})})
    return True


def _note(engine: Engine, rows: dict[str, Values]) -> None:
    with engine.begin() as connection:
        for identity, values in rows.items():
            one = update(DELIVERIES).where(DELIVERIES.c.id == identity)
            connection.execute(one.values(**values))


def _placed(bench: Bench, row: Any, placed: dict[str, str]) -> Values:
    """What is to be noted of a delivery. *placed* holds the jobs of this round by what they are
    about: they begin after all of it has come."""
    with logs.about(delivery=row.id):
        try:
            identity = _place(bench, jobs.of_row(json.loads(row.job)), placed)
        except Exception:  # noqa: BLE001 - whatever it is, others go on
            _log.exception("a delivery could not become a job; it is tried again")
            figures.count(bench.ledger, figures.FAILURES, "intake")
            return {"due": time.time() + _PAUSE}
    return {"job": "", "led_to": identity}


def _place(bench: Bench, job: Job, placed: dict[str, str]) -> str:
    """The identity of a delivery's job; "" where all is done."""
    if job.kind == "forget":
        for repository in job.argument.split() or [""]:
            jobs.call_off(bench.client, job.installation, repository)
            retention.forget(bench.ledger, job.installation, repository)
        return ""
    if job.kind == "rename":
        renames.rename(bench.ledger, job.argument, job.repository, job.installation)
    if job.kind not in work.QUEUES or not job.number or job.by:
        identity = f"quick:{job.delivery}"
        jobs.put(bench.client, QUICK, identity, job)
        return identity
    about = f"{job.kind} {job.pull} {job.installation}"
    if about not in placed:
        row = job.row()
        identity, is_new = work.choose(bench, row)
        if is_new:
            work.put(bench, identity, row, bench.settings.patience if job.kind == "review" else 0.0)
        placed[about] = identity
    return placed[about]
