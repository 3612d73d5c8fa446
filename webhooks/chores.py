"""What is to be done now and then, once for all workers: deliveries that were missed, old records."""

import contextlib
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from webhooks import digest, figures, jobs, ledger, retention
from webhooks.bench import Bench
from webhooks.jobs import Job

if TYPE_CHECKING:
    from bot.outside.github import Hub

_log = logging.getLogger("architrave")
# Seconds between two of a kind.
EVERY = {"missed": 300, "given-up": 300, "budget": 300, "tidy": 86_400, "digest": 86_400}
KINDS = frozenset({*EVERY, "catch-up", "rename"})
# A gap in the runs of `missed` after which open pull requests are listed.
_DOWNTIME = 900
_MOST_TRIES = 5
_DAY = 86_400
# GitHub redelivers for three days; what is known is kept far longer.
_KEEP_JOBS_DAYS = 14
_PORTION = 500
# Of the last bucket that was put, by kind; only spares the store.
_put: dict[str, int] = {}
# Jobs that were given up and told to be.
_told: set[str] = set()


def put(bench: Bench) -> None:
    """Put what is due. Every worker does; the identity makes it once."""
    now = time.time()
    for kind, seconds in EVERY.items():
        bucket = int(now // seconds)
        if _put.get(kind) == bucket:
            continue
        if kind == "missed" and _was_away(bench, now):
            jobs.put(bench.client, jobs.QUICK, f"catch-up:{bucket}", Job("catch-up"))
        jobs.put(bench.client, jobs.QUICK, f"{kind}:{bucket}", Job(kind))
        _put[kind] = bucket


def _was_away(bench: Bench, now: float) -> bool:
    rows = bench.client.list_workflows(
        workflow_id_prefix="missed:", sort_desc=True, limit=1, load_input=False, load_output=False
    )
    return bool(rows) and now - (rows[0].created_at or 0) / 1000 > _DOWNTIME


def do(bench: Bench, row: dict[str, Any]) -> dict[str, Any]:
    """Do one. It is due again soon, so that a failure is only told."""
    job = jobs.of_row(row)
    kind = job.kind
    acts = {
        "missed": redeliver,
        "given-up": give_up,
        "budget": look_at_budgets,
        "tidy": tidy,
        "digest": digest.tell,
        "catch-up": catch_up,
    }
    try:
        count = renamed(bench, job) if kind == "rename" else acts[kind](bench)
    except Exception as error:  # noqa: BLE001 - told, and due again soon
        _log.warning("%s: %s: %s", kind, type(error).__name__, error)
        with contextlib.suppress(SQLAlchemyError):
            figures.count(bench.ledger, figures.FAILURES, kind)
        return {"ok": False, "says": f"{type(error).__name__}", "again_in": None, "failure": kind}
    return {"ok": True, "says": str(count), "again_in": None, "failure": ""}


def redeliver(bench: Bench) -> int:
    """Ask GitHub for deliveries that nobody took, and to deliver them again."""
    from bot.github_settings import github_settings
    from bot.outside.github_app import App

    settings = github_settings(bench.environ)
    if not settings.is_app:
        return 0
    app, tries, newest = App(settings), {}, {}  # type: ignore[var-annotated]
    for delivery in app.failed_deliveries():
        tries[delivery.guid] = tries.get(delivery.guid, 0) + 1
        newest.setdefault(delivery.guid, delivery.id)
    taken = ledger.taken(bench.ledger, newest)
    wanted = [guid for guid in newest if guid not in taken and tries[guid] <= _MOST_TRIES]
    for guid in wanted:
        app.redeliver(newest[guid])
    return len(wanted)


def catch_up(bench: Bench) -> int:
    """After downtime: review open pull requests whose head was not reviewed, settle the others."""
    from bot.github_settings import github_settings
    from bot.outside import github_app

    settings = github_settings(bench.environ)
    known = ledger.repositories(bench.ledger)
    return sum(_catch_up(bench, *each) for each in github_app.hubs(settings, known))


def renamed(bench: Bench, job: Job) -> int:
    """A repository has another name: what waited under the old one is done under the new one."""
    from webhooks import desk

    return _catch_up(bench, desk.hub_of(job, bench.environ), job.installation)


def _catch_up(bench: Bench, hub: "Hub", installation: int) -> int:
    count, reviewed = 0, ledger.reviewed_heads(bench.ledger, hub.repository)
    for number, head in hub.open_pull_requests():
        kind = "settle" if (number, head) in reviewed else "review"
        job = Job(kind, hub.repository, number, installation=installation)
        place = jobs.place(bench.client, kind, job)
        if place.is_new:
            queue = jobs.REVIEWS if kind == "review" else jobs.QUICK
            jobs.put(bench.client, queue, place.identity, job)
            count += 1
    return count


def look_at_budgets(bench: Bench) -> int:
    """Note how many calls GitHub still takes of each installation; asking for that is free."""
    from bot.github_settings import github_settings
    from bot.outside import github_app
    from bot.outside.github_calls import GitHubFailed

    settings, count = github_settings(bench.environ), 0
    for installation in ledger.installations(bench.ledger, time.time() - _DAY):
        # One that is suspended has none.
        with contextlib.suppress(GitHubFailed):
            for resource, left in github_app.remaining(settings, installation).items():
                figures.put(bench.ledger, figures.REMAINING, f"{resource} {installation}", left)
                count += 1
    return count


def give_up(bench: Bench) -> int:
    """Say on pull requests that their review was given up; nobody else could: it ended its process."""
    since = datetime.fromtimestamp(time.time() - _DAY, UTC).isoformat()
    rows = bench.client.list_workflows(
        status=[*jobs.FAILED], name=jobs.REVIEWS, start_time=since, load_output=False
    )
    for row in rows:
        if row.workflow_id not in _told and row.input is not None:
            _say_so(bench, row.workflow_id, jobs.of_row(row.input["args"][0]))
            _told.add(row.workflow_id)
    return len(rows)


def _say_so(bench: Bench, identity: str, job: Job) -> None:
    from bot.outside.github_calls import GitHubFailed
    from webhooks import desk

    newest = max(jobs.of_pull(bench.client, "review", job), default=None)
    if newest is None or newest.identity != identity:
        return
    try:
        hub = desk.hub_of(job, bench.environ)
        pull, _ = hub.pull_request(job.number)
        if pull.state == "open":
            hub.set_gate(pull.head, "error", "Not reviewed: the review was given up.")
    except GitHubFailed as failed:
        # Uninstalled or deleted; where it may pass, it is said when it is due again.
        if failed.status not in (401, 403, 404, 410, 422) or failed.retry_after is not None:
            raise


def tidy(bench: Bench) -> int:
    """Forget what is too old: jobs that are done, and records as long as they are to be kept."""
    retention.forget_old(bench.ledger, bench.settings.keep_days)
    figures.forget_old(bench.ledger, time.time() - _DAY)
    before = (datetime.now(UTC) - timedelta(days=_KEEP_JOBS_DAYS)).isoformat()
    count = 0
    while True:
        rows = bench.client.list_workflows(
            completed_before=before, limit=_PORTION, load_input=False, load_output=False
        )
        if not rows:
            return count
        bench.client.delete_workflows([row.workflow_id for row in rows])
        count += len(rows)
