"""Durable jobs: their names, their queues and how they are put there. Does none of them.

A job is started by its number for a pull request: `review:OWNER/NAME#12:000003`. Whoever wants one
and sees that one waits has nothing to do, since a job reads what GitHub has when it starts; else the
next number is put there, and two who do so at once put the same one there. So at most one waits.
"""

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.events import Errand

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

REVIEWS, QUICK = "reviews", "quick"
WAITS = ("ENQUEUED", "DELAYED")
RUNS = "PENDING"
CANCELLED = "CANCELLED"
FAILED = ("ERROR", CANCELLED, "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,80}")
# As many of a pull request's jobs as are looked at; the newest come first.
_LOOKED_AT = 50
# On either side of a job. A next one is put there only when the last one runs or is done.
_NEIGHBOURS = 5
# Pushes put a review off no longer than this many times what one push does.
_MOST_PATIENCE = 8


class Job(NamedTuple):
    """What a job is given, all of it checked. *attempt* counts from 1."""

    kind: str
    repository: str = ""
    number: int = 0
    by: str = ""
    argument: str = ""
    commit: str = ""
    installation: int = 0
    delivery: str = ""
    event: str = ""
    attempt: int = 1
    # Seconds since 1970 before which GitHub will not hear us.
    until: float = 0.0

    @property
    def pull(self) -> str:
        return f"{self.repository.lower()}#{self.number}"

    @property
    def account(self) -> str:
        """Whose it is; with a token, the owner of the repository."""
        return str(self.installation or self.repository.partition("/")[0].lower())

    def row(self) -> dict[str, Any]:
        return self._asdict()


def of_row(row: Mapping[str, Any]) -> Job:
    """A job as it was stored; what an older or newer release stored beside is left out."""
    return Job(**{name: row[name] for name in Job._fields if name in row})


def of_errand(errand: Errand, delivery: str, event: str) -> Job | None:
    """A job for an errand; None where it names what GitHub could not have sent."""
    if not is_repository(errand.repository) or not 0 <= errand.number < 1 << 31:
        return None
    if errand.commit and not _COMMIT.fullmatch(errand.commit):
        return None
    if errand.by and not _LOGIN.fullmatch(errand.by):
        return None
    argument = "".join(each for each in errand.argument if each.isprintable())[:200]
    if not errand.number and not errand.commit:
        return None
    installation = errand.installation or 0
    if not 0 <= installation < 1 << 53:
        return None
    return Job(
        kind=errand.kind,
        repository=errand.repository,
        number=errand.number,
        by=errand.by,
        argument=argument.encode(errors="replace").decode(),
        commit=errand.commit,
        installation=installation,
        delivery=delivery,
        event=event[:60],
    )


def is_repository(name: str) -> bool:
    return bool(_REPOSITORY.fullmatch(name))


def is_delivery(name: str) -> bool:
    return bool(_DELIVERY.fullmatch(name))


def queues(client: "DBOSClient", at_once: int, share: int, polling: float = 0.25) -> None:
    """Set the queues up. A partition of reviews is an account, which gets no more than its share;
    the engine takes them in a random order, so that each gets one. A partition of the quick ones is
    a pull request, of which one runs; of its reviews each waits for its turn (`webhooks.watch`)."""
    client.register_queue(
        QUICK, partition_concurrency=1, worker_concurrency=4, polling_interval_sec=polling
    )
    client.register_queue(
        REVIEWS,
        partition_concurrency=share,
        worker_concurrency=at_once,
        polling_interval_sec=polling,
    )


def put(
    client: "DBOSClient",
    queue: str,
    identity: str,
    job: Job,
    delay: float = 0.0,
) -> None:
    """Put a job in a queue; nothing where its identity is known already. The only place that does: a
    queue or a name that nobody works on would keep it for ever."""
    options: EnqueueOptions = {
        "workflow_name": queue,
        "queue_name": queue,
        "workflow_id": identity,
        "workflow_id_reuse_policy": "return-existing",
        "queue_partition_key": job.account if queue == REVIEWS else job.pull,
    }
    if delay > 0:
        options["delay_seconds"] = delay
    client.enqueue(options, job.row())


class Place(NamedTuple):
    """Where a job of a pull request goes: to one that waits already, or to a new one."""

    identity: str
    is_new: bool


def place(client: "DBOSClient", kind: str, job: Job) -> Place:
    """The job of a pull request that will see what there is now."""
    rows = of_pull(client, kind, job)
    for row in rows:
        if row.status in WAITS:
            return Place(row.identity, False)
    return Place(f"{_prefix(kind, job)}{latest(rows) + 1:06}", True)


def latest(rows: list["Numbered"]) -> int:
    return max((row.number for row in rows), default=0)


def hasten(client: "DBOSClient", identity: str, patience: float) -> None:
    """Let a review that waits be the review of a push that came now: not long after it, and not
    before the next one has had time to come. One that GitHub has told to wait does so."""
    found = client.list_workflows(workflow_ids=[identity], load_output=False)
    if not found or found[0].status != "DELAYED" or found[0].input is None:
        return
    job, made = of_row(found[0].input["args"][0]), (found[0].created_at or 0) / 1000
    if job.until or (job.attempt == 1 and time.time() - made > _MOST_PATIENCE * patience):
        return
    client.set_workflow_delay(identity, delay_seconds=max(patience, 0.001))


def call_off(client: "DBOSClient", installation: int, repository: str = "") -> None:
    """Cancel what waits or runs for an installation that is gone, or for one repository in it."""
    rows = client.list_workflows(
        status=[*WAITS, RUNS], name=[REVIEWS, QUICK], load_input=True, load_output=False
    )
    found = [(row.workflow_id, of_row(row.input["args"][0])) for row in rows if row.input]
    names = [
        identity
        for identity, job in found
        if job.installation == installation and repository.lower() in ("", job.repository.lower())
    ]
    if names:
        client.cancel_workflows(names)


class Numbered(NamedTuple):
    """A job of a pull request, as it stands."""

    number: int
    identity: str
    status: str


# The newest number that this process has seen, by what names begin with: a search through all jobs
# takes a tenth of a second where there are a hundred thousand.
_seen: dict[str, int] = {}
_MOST_SEEN = 10_000


def of_pull(client: "DBOSClient", kind: str, job: Job) -> list[Numbered]:
    """The newest jobs of a pull request."""
    prefix = _prefix(kind, job)
    seen = _seen.get(prefix)
    rows = around(client, f"{prefix}{seen:06}") if seen else []
    if not rows or seen is None or latest(rows) >= seen + _NEIGHBOURS:
        rows = _search(client, prefix)
    if len(_seen) > _MOST_SEEN:
        _seen.clear()
    _seen[prefix] = latest(rows)
    return rows


def _search(client: "DBOSClient", prefix: str) -> list[Numbered]:
    found = client.list_workflows(
        workflow_id_prefix=prefix,
        sort_desc=True,
        limit=_LOOKED_AT,
        load_input=False,
        load_output=False,
    )
    return [
        Numbered(int(number), row.workflow_id, str(row.status))
        for row in found
        # The store takes `_` in a prefix for any character.
        if row.workflow_id.startswith(prefix)
        and (number := row.workflow_id.removeprefix(prefix)).isdecimal()
    ]


def around(client: "DBOSClient", identity: str) -> list[Numbered]:
    """A job and its neighbours by number; those are found without a look at all there are."""
    prefix, _, digits = identity.rpartition(":")
    numbers = range(max(1, int(digits) - _NEIGHBOURS), int(digits) + _NEIGHBOURS + 1)
    names = {f"{prefix}:{number:06}": number for number in numbers}
    found = client.list_workflows(workflow_ids=[*names], load_input=False, load_output=False)
    return [Numbered(names[row.workflow_id], row.workflow_id, str(row.status)) for row in found]


def _prefix(kind: str, job: Job) -> str:
    return f"{kind}:{job.pull}:"
