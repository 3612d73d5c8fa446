"""How long a start takes with many finished jobs: `python benchmarks/full_store.py [JOBS]`.

Lets the service do one review, copies its rows in the embedded store as often as asked, and starts the
service again. Prints the seconds until deliveries are taken, until the worker is ready, and until the
gate of a new pull request has followed, the size of the store before and after the old jobs are
forgotten, and how long that took.
"""

import contextlib
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from service_world import BASE, HEAD, World, world

_DAY_MS = 86_400_000


def _copy(path: Path, count: int) -> None:
    """Each copy is of a pull request of its own, ended in the last four weeks."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (source,) = connection.execute(
            "SELECT workflow_uuid FROM workflow_status WHERE name='reviews' LIMIT 1"
        ).fetchone()
        for table, key in (
            ("workflow_status", "workflow_uuid"),
            ("operation_outputs", "workflow_uuid"),
        ):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            given = {name: name for name in columns}
            given[key] = "'review:acme/shop#' || (1000 + n) || ':000001'"
            if table == "workflow_status":
                for name in ("created_at", "updated_at", "completed_at"):
                    given[name] = f"{name} - (n * 28 * {_DAY_MS} / {count})"
            connection.execute(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
                f" INSERT INTO {table} ({', '.join(given)})"
                f" SELECT {', '.join(given.values())} FROM c, {table} WHERE {key} = ?",
                (count, source),
            )
        connection.execute("DELETE FROM workflow_status WHERE workflow_uuid LIKE 'tidy:%'")
        connection.execute("DELETE FROM operation_outputs WHERE workflow_uuid LIKE 'tidy:%'")
        connection.commit()


def _count(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM workflow_status").fetchone()[0])


def _said(at: World, text: str, since: float) -> Any:
    at.service.wait(lambda: text in at.service.log.read_text(), 120)
    return time.monotonic() - since


def main() -> None:
    """Run it and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as at:
        path = at.service.folder / "data" / "jobs.sqlite3"
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        at.tell()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        at.service.wait(lambda: at.jobs("tidy:"))
        at.settle()
        at.service.stop()
        _copy(path, count)
        full = path.stat().st_size >> 20
        at.service.log.unlink()
        began = time.monotonic()
        at.service.start()
        taken = time.monotonic() - began
        ready = _said(at, "is ready", began)
        fresh = at.hub.open(at.repo, {**BASE, "app/more.py": "A = 1\n"}, branch="more")
        opened = time.monotonic()
        at.tell()
        at.service.wait(lambda: at.hub.gate(fresh) == "success", 120)
        reviewed = time.monotonic() - opened
        at.service.wait(lambda: "SUCCESS" in dict(at.jobs("tidy:")).values(), 600)
        tidied = time.monotonic() - began
        left = _count(path)
    print(f"{count} finished jobs, {full} MB: deliveries taken after {taken:.1f} s, ", end="")
    print(
        f"worker ready after {ready:.1f} s, a new pull request reviewed in {reviewed:.1f} s; ",
        end="",
    )
    print(f"{left} jobs left {tidied:.0f} s after the start")


if __name__ == "__main__":
    main()
