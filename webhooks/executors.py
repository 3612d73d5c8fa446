"""Which worker a process is: a name that one live process has, and the jobs of those that died.

The engine takes up what an executor had begun when one of that name starts, and gives nothing to
another. So names are slots that locks keep, and whoever lives looks after the slots of the dead.
"""

import contextlib
import logging
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from bot.errors import ArchitraveError
from bot.outside import locks
from webhooks import chores, jobs, logs
from webhooks.bench import Bench
from webhooks.service_settings import ServiceSettings

if TYPE_CHECKING:
    import psycopg


_log = logging.getLogger("architrave")
_EMBEDDED = "embedded"
_SLOTS, _CLASS = 256, 727_202
# As long as a predecessor may take to drain; longer than a database takes to start again.
_WAIT_SECONDS = 30.0
GRACE_SECONDS = 15.0
_ORPHAN_SECONDS = 60.0
_EVERY = 2.0


class Executor:
    """A name, held until the process ends."""

    def __init__(self, executor: str) -> None:
        self.executor = executor

    def watch(self, stop: threading.Event) -> None:
        """See to it that the name stays ours."""

    def dead(self, executors: set[str]) -> list[str]:
        """Those that no live process has had for a while."""
        return []


class Alone(Executor):
    """The one worker of an embedded store."""

    def __init__(self, lock: IO[bytes]) -> None:
        super().__init__(_EMBEDDED)
        self._lock = lock


class Slot(Executor):
    """One of many workers on a Postgres, whose lock a connection of its own holds."""

    def __init__(self, url: str, grace: float = GRACE_SECONDS) -> None:
        self._url, self._grace = url, grace
        self._connection = _connect(url)
        self._number = next((n for n in range(_SLOTS) if _lock(self._connection, n)), -1)
        if self._number < 0:
            raise ArchitraveError(f"There are {_SLOTS} workers already", "Stop some of them.")
        self._others = _connect(url)
        self._free: dict[int, float] = {}
        super().__init__(f"worker-{self._number}")

    def watch(self, stop: threading.Event) -> None:
        """A database that starts again frees every lock; whoever is not quick enough has lost."""
        import psycopg

        while not stop.wait(1.0):
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                self._again(stop)

    def _again(self, stop: threading.Event) -> None:
        import psycopg

        while not stop.wait(0.2):
            with contextlib.suppress(psycopg.Error, OSError):
                self._connection = _connect(self._url)
                if not _lock(self._connection, self._number):
                    _log.error("the name %s belongs to another worker now", self.executor)
                    os._exit(70)
                return

    def dead(self, executors: set[str]) -> list[str]:
        """Those whose lock we have held for the time of grace; it is let go when asked again."""
        import psycopg

        try:
            return self._dead(executors)
        except psycopg.Error:
            self._free.clear()
            with contextlib.suppress(psycopg.Error, OSError):
                self._others.close()
                self._others = _connect(self._url)
            return []

    def _dead(self, executors: set[str]) -> list[str]:
        numbers = {
            int(text)
            for name in executors - {self.executor}
            if (text := name.removeprefix("worker-")).isdecimal()
        }
        for number in [*self._free]:
            if number not in numbers:
                self._others.execute("SELECT pg_advisory_unlock(%s, %s)", (_CLASS, number))
                del self._free[number]
        for number in numbers - {*self._free}:
            if _lock(self._others, number):
                self._free[number] = time.monotonic()
        ripe = time.monotonic() - self._grace
        return [f"worker-{number}" for number, since in self._free.items() if since <= ripe]


def _connect(url: str) -> "psycopg.Connection[Any]":
    import psycopg

    connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    # A machine that is gone lets go after half a minute.
    for name, seconds in (("idle", 10), ("interval", 5), ("count", 4)):
        connection.execute(f"SET tcp_keepalives_{name} = {seconds}")
    return connection


def _lock(connection: "psycopg.Connection[Any]", number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_CLASS, number)).fetchone()
    return bool(row and row[0])


def take(settings: ServiceSettings) -> Executor:
    """A name for this process. Raises `ArchitraveError` where there is none."""
    if settings.database_url:
        return Slot(settings.database_url)
    lock = locks.take(os.path.join(settings.folder, "worker.lock"), _WAIT_SECONDS)
    if lock is None:
        raise ArchitraveError(
            f"Another worker has the data folder: {settings.folder}",
            "The embedded store has one worker; for more, set DATABASE_URL to a Postgres.",
        )
    return Alone(lock)


def sweep(bench: Bench, own: Executor, stop: threading.Event) -> None:
    """Look after jobs that nobody does any more, and after what is to be done now and then."""
    while not stop.wait(_EVERY):
        try:
            chores.put(bench)
            orphans(bench, own)
        except Exception:  # noqa: BLE001 - the store is away; it is looked at again soon
            _log.warning("the store cannot be looked after", exc_info=True)


def orphans(bench: Bench, own: Executor) -> int:
    """Give back to its queue what a dead worker had begun, and what got lost on the way to us."""
    rows = bench.client.list_workflows(status=jobs.RUNS, load_input=False, load_output=False)
    dead = own.dead({row.executor_id for row in rows if row.executor_id})
    before = datetime.now(UTC) - timedelta(seconds=_ORPHAN_SECONDS)
    lost = [
        row
        for row in rows
        if row.executor_id in dead
        or (
            row.executor_id == own.executor
            and row.workflow_id not in bench.running
            and (row.dequeued_at or 0) / 1000 < before.timestamp()
        )
    ]
    for row in lost:
        executor = str(row.executor_id)
        # As the engine's own recovery does it: only if it is still that executor's.
        bench.client._sys_db.reenqueue_for_recovery(row.workflow_id, [executor], jobs.QUICK)
        with logs.about(job=row.workflow_id):
            _log.warning("taken up again: %s of %s", row.workflow_id, executor)
    return len(lost)
