"""Figures for Prometheus: what this process has answered, what waits, and what the ledger says."""

import bisect
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from webhooks import figures

if TYPE_CHECKING:
    from sqlalchemy import Engine

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# A made-up event name may not make a series of its own.
_EVENTS = frozenset(
    {
        "check_run",
        "check_suite",
        "installation",
        "installation_repositories",
        "issue_comment",
        "merge_group",
        "ping",
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_review_thread",
        "repository",
    }
)
_COUNTED = """
SELECT queue_name, status, COUNT(*), MIN(created_at) FROM {table}
WHERE status IN ('ENQUEUED', 'DELAYED', 'PENDING') GROUP BY queue_name, status
"""
# Steps of the jobs of the last quarter of an hour.
_STEPS = """
SELECT o.function_name, COUNT(*), SUM(o.completed_at_epoch_ms - o.started_at_epoch_ms),
MAX(o.completed_at_epoch_ms - o.started_at_epoch_ms)
FROM {steps} o JOIN {table} w ON w.workflow_uuid = o.workflow_uuid
WHERE w.created_at > {since} AND o.completed_at_epoch_ms IS NOT NULL GROUP BY o.function_name
"""
_RECENT = 900
_FINDINGS = """
SELECT rule, label, COUNT(*) FROM ledger_findings GROUP BY rule, label
"""
_REVIEWS = """
SELECT verdict, COUNT(*), SUM(seconds), SUM(tokens), SUM(usd), SUM(calls) FROM ledger_reviews
GROUP BY verdict
"""
_DELIVERIES = "SELECT COUNT(*), MIN(at) FROM ledger_deliveries WHERE job <> ''"
_GATES = "SELECT state, COUNT(*), SUM(waiting) FROM ledger_gates GROUP BY state"


class Metrics:
    """*jobs* and *ledger* are doors to the store; without them only answers are counted."""

    def __init__(self, jobs: "Engine | None" = None, ledger: "Engine | None" = None) -> None:
        self._jobs, self._ledger = jobs, ledger
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def delivered(self, event: str, status: int, seconds: float) -> None:
        """Count an answer to a delivery."""
        with self._lock:
            self._answers[event if event in _EVENTS else "other", status] += 1
            self._buckets[bisect.bisect_left(_BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        lines = [*self._of_answers()]
        is_up = True
        # The ledger first: a delivery that does not wait any more is then seen among the jobs.
        for engine, act in ((self._ledger, _of_ledger), (self._jobs, _of_jobs)):
            if engine is not None:
                try:
                    lines += act(engine)
                except Exception:  # noqa: BLE001 - a store that is away is a figure, too
                    is_up = False
        lines += _series("store_up", "gauge", "Whether the store answers.", [({}, int(is_up))])
        return "\n".join(lines) + "\n"

    def _of_answers(self) -> Iterator[str]:
        with self._lock:
            answers, buckets, seconds = [*self._answers.items()], [*self._buckets], self._seconds
        rows = [({"event": event, "status": status}, n) for (event, status), n in answers]
        yield from _series("deliveries_total", "counter", "Deliveries by answer.", rows)
        name = "architrave_delivery_seconds"
        yield f"# HELP {name} Time to the answer."
        yield f"# TYPE {name} histogram"
        total = 0
        for bound, count in zip((*_BOUNDS, "+Inf"), buckets, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {seconds:.6f}"
        yield f"{name}_count {total}"


def _of_jobs(engine: "Engine") -> list[str]:
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    table = f"{schema}workflow_status"
    now, rows = time.time(), _rows(engine, _COUNTED.format(table=table))
    since, names = int((now - _RECENT) * 1000), f"{schema}operation_outputs"
    steps = _rows(engine, _STEPS.format(table=table, steps=names, since=since))
    states = {"ENQUEUED": "waiting", "DELAYED": "delayed", "PENDING": "running"}
    counts = [({"queue": row[0], "state": states[row[1]]}, row[2]) for row in rows]
    ages = [
        ({"queue": row[0], "state": states[row[1]]}, round(max(0.0, now - row[3] / 1000), 1))
        for row in rows
    ]
    return [
        *_series("jobs", "gauge", "Jobs that are not done.", counts),
        *_series("job_age_seconds", "gauge", "Age of the oldest of them.", ages),
        *_of_steps(steps),
    ]


def _of_steps(rows: list[Any]) -> Iterator[str]:
    def each(place: int, unit: float) -> list[tuple[dict[str, Any], Any]]:
        return [({"step": row[0]}, round(float(row[place] or 0) / unit, 3)) for row in rows]

    says = "of jobs put in the last 15 minutes"
    yield from _series("steps_recent", "gauge", f"Steps done {says}.", each(1, 1))
    yield from _series("steps_recent_seconds", "gauge", f"Seconds they took {says}.", each(2, 1000))
    yield from _series(
        "steps_recent_seconds_max", "gauge", f"The longest of them {says}.", each(3, 1000)
    )


def _of_ledger(engine: "Engine") -> list[str]:
    ((count, since),) = _rows(engine, _DELIVERIES)
    reviews, gates = _rows(engine, _REVIEWS), _rows(engine, _GATES)
    failures = figures.read(engine, figures.FAILURES)
    found = [({"rule": row[0], "label": row[1]}, row[2]) for row in _rows(engine, _FINDINGS)]

    def each(place: int) -> list[tuple[dict[str, Any], Any]]:
        return [({"verdict": row[0]}, row[place] or 0) for row in reviews]

    age = round(max(0.0, time.time() - since), 1) if count else 0
    return [
        *_series(
            "deliveries_waiting", "gauge", "Deliveries that have led to no job yet.", [({}, count)]
        ),
        *_series("delivery_age_seconds", "gauge", "Age of the oldest of them.", [({}, age)]),
        *_series("reviews", "gauge", "Reviews in the ledger.", each(1)),
        *_series("review_seconds", "gauge", "Seconds they took, together.", each(2)),
        *_series("model_tokens", "gauge", "Tokens they took.", each(3)),
        *_series("model_usd", "gauge", "US dollars they cost.", each(4)),
        *_series("model_calls", "gauge", "Calls to the model.", each(5)),
        *_series("findings", "gauge", "Findings in the ledger.", found),
        *_series("gates", "gauge", "Gates by state.", [({"state": g[0]}, g[1]) for g in gates]),
        *_series(
            "waiting", "gauge", "Findings that wait for a human.", [({}, sum(g[2] for g in gates))]
        ),
        *_series(
            "failures_total", "counter", "Attempts and chores that came to nothing, by kind.",
            [({"kind": kind}, int(n)) for kind, n in sorted(failures.items())],
        ),
        *_series(
            "github_remaining", "gauge",
            "Calls that GitHub still takes this hour, of the installation with the fewest left.",
            _least(figures.read(engine, figures.REMAINING, time.time() - _RECENT)),
        ),
    ]  # fmt: skip


def _least(left: Mapping[str, float]) -> list[tuple[dict[str, Any], Any]]:
    found: dict[str, float] = {}
    for label, value in left.items():
        resource = label.partition(" ")[0]
        found[resource] = min(value, found.get(resource, value))
    return [({"resource": resource}, int(value)) for resource, value in sorted(found.items())]


def _rows(engine: "Engine", query: str) -> list[Any]:
    with engine.connect() as connection:
        return [*connection.exec_driver_sql(query)]


def _series(
    name: str, kind: str, says: str, rows: Iterable[tuple[Mapping[str, Any], Any]]
) -> Iterator[str]:
    yield f"# HELP architrave_{name} {says}"
    yield f"# TYPE architrave_{name} {kind}"
    for labels, value in rows:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"architrave_{name}{{{inside}}} {value}" if inside else f"architrave_{name} {value}"


def _escaped(text: Any) -> str:
    return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
