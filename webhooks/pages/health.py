"""How the service does, as far as a person may see it: what waits, what failed, what it cost."""

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, func, select

from webhooks import jobs
from webhooks.pages.sight import Sight
from webhooks.tables import DELIVERIES, HAS_NO_JOB, REVIEWS

if TYPE_CHECKING:
    from dbos import DBOSClient

_DAY = 86_400
_MOST = 1_000
_FEW = 20
_NAMES = {jobs.REVIEWS: "Reviews", jobs.QUICK: "Answers and commands"}
_RUNS = {"ENQUEUED": "waiting", "DELAYED": "put off", "PENDING": "running"}


class Queue(NamedTuple):
    """Jobs of a queue that are not done; *age* is that of the oldest in seconds."""

    name: str
    waiting: int
    running: int
    age: float | None


class Failure(NamedTuple):
    """A job that came to nothing."""

    kind: str
    repository: str
    number: int
    says: str
    at: float


def _visible(row: Any, sight: Sight) -> dict[str, Any] | None:
    """What a job was given, where it is about a repository that may be seen."""
    given = row.input["args"][0] if row.input and row.input.get("args") else None
    if not isinstance(given, dict):
        return None
    repository = str(given.get("repository", "")).lower()
    is_of_it = given.get("installation") in sight.installations and sight.has(repository)
    return given if sight.repositories is None or is_of_it else None


def queues(client: "DBOSClient", sight: Sight) -> tuple[list[Queue], bool]:
    """What is not done, queue by queue; and whether there is more than was counted."""
    rows = client.list_workflows(status=[*_RUNS], limit=_MOST, load_output=False)
    now, counts, oldest = time.time(), Counter[tuple[str, str]](), dict[str, float]()
    for row in rows:
        name = row.queue_name or ""
        if name in _NAMES and _visible(row, sight) is not None:
            state = "running" if row.status == "PENDING" else "waiting"
            counts[name, state] += 1
            oldest[name] = max(oldest.get(name, 0.0), now - (row.created_at or 0) / 1000)
    found = [
        Queue(says, counts[name, "waiting"], counts[name, "running"], oldest.get(name))
        for name, says in _NAMES.items()
    ]
    return found, len(rows) == _MOST


def inbox(connection: Connection, sight: Sight) -> Queue:
    """Deliveries that have led to no job yet."""
    query = select(func.count(), func.min(DELIVERIES.c.at)).where(HAS_NO_JOB, sight.of(DELIVERIES))
    count, since = connection.execute(query).one()
    return Queue("Deliveries", count, 0, max(0.0, time.time() - since) if count else None)


def failures(client: "DBOSClient", sight: Sight) -> list[Failure]:
    """Of the newest jobs those that came to nothing, newest first."""
    found = []
    for row in client.list_workflows(
        name=[jobs.REVIEWS, jobs.QUICK], sort_desc=True, limit=_MOST // 5
    ):
        given = _visible(row, sight)
        output = row.output if isinstance(row.output, dict) else {}
        is_failed = row.status in jobs.FAILED or not output.get("ok", True)
        if given is None or not is_failed or output.get("again_in") is not None:
            continue
        says = str(output.get("says") or "its process ended, again and again")
        job = jobs.of_row(given)
        at = (row.updated_at or row.created_at or 0) / 1000
        found.append(Failure(job.kind, job.repository, job.number, says, at))
    return found[:_FEW]


class Spent(NamedTuple):
    """What reviews took in so many days; *usd* leaves out what has no known price."""

    days: int
    reviews: int
    seconds: float
    tokens: int
    usd: float


def spent(connection: Connection, sight: Sight) -> list[Spent]:
    """What reviews took, over a day, a week and thirty days."""
    columns = REVIEWS.c.seconds, REVIEWS.c.tokens, REVIEWS.c.usd
    found = []
    for days in (1, 7, 30):
        since = time.time() - days * _DAY
        query = select(func.count(), *(func.sum(each) for each in columns))
        row = connection.execute(query.where(sight.of(REVIEWS), REVIEWS.c.at >= since)).one()
        found.append(Spent(days, row[0], row[1] or 0.0, row[2] or 0, row[3] or 0.0))
    return found


def deliveries(connection: Connection, sight: Sight) -> list[Any]:
    """The last deliveries that led to work."""
    query = select(DELIVERIES).where(sight.of(DELIVERIES)).order_by(DELIVERIES.c.at.desc())
    return [*connection.execute(query.limit(_FEW)).mappings()]
