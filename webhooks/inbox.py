"""Where deliveries go: one insert each, by the delivery's own name, so that none counts twice."""

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import ArchitraveError
from webhooks import jobs
from webhooks.jobs import Job
from webhooks.tables import DELIVERIES

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

Taken = Literal["queued", "known"]
_MOST_LINKS = 50


class Inbox:
    """Deliveries in the ledger, and by *client* what became of their jobs."""

    def __init__(self, ledger: Engine, client: "DBOSClient") -> None:
        self._ledger, self._client = ledger, client

    def put(self, job: Job) -> Taken:
        """Keep a delivery. One that comes again is done again only where it came to nothing.

        Raises whatever the store raises when it cannot be kept.
        """
        try:
            with self._ledger.begin() as connection:
                connection.execute(insert(DELIVERIES).values(**_row(job)))
        except IntegrityError:
            return self._put_again(job)
        return "queued"

    def _put_again(self, job: Job) -> Taken:
        one = DELIVERIES.c.id == job.delivery
        with self._ledger.connect() as connection:
            found = connection.execute(select(DELIVERIES).where(one)).first()
        if found is None:
            # Forgotten in this moment.
            return self.put(job)
        if found.job or not self._came_to_nothing(found.led_to):
            return "known"
        # One of the same name would be what it came to, once more.
        self._forget_jobs(self._jobs(job.delivery))
        as_found = DELIVERIES.c.job == "", DELIVERIES.c.led_to == found.led_to
        with self._ledger.begin() as connection:
            # Of two that come at once one counts.
            change = update(DELIVERIES).where(one, *as_found).values(**_row(job))
            return "queued" if connection.execute(change).rowcount else "known"

    def _came_to_nothing(self, identity: str) -> bool:
        """Whether the job that a delivery led to, or one that followed it, has failed for good."""
        for _ in range(_MOST_LINKS):
            found = self._client.list_workflows(workflow_ids=[identity], load_input=False)
            if not found:
                # Taken away to be done anew, by somebody who came no further; "" is done.
                return bool(identity)
            if found[0].status in jobs.FAILED:
                return True
            output = found[0].output
            if found[0].status != "SUCCESS" or not isinstance(output, dict):
                return False
            if not output.get("next"):
                return not output.get("ok", True)
            identity = str(output["next"])
        return False

    def forget(self, delivery: str) -> bool:
        """Take away what is known of a delivery, so that it counts as new; whether it was known.

        Raises `ArchitraveError` while it waits or is done.
        """
        rows, one = self._jobs(delivery), DELIVERIES.c.id == delivery
        is_busy = any(row.status in (*jobs.WAITS, jobs.RUNS) for row in rows)
        with self._ledger.begin() as connection:
            known = connection.execute(select(DELIVERIES.c.job).where(one)).first()
            if is_busy or (known and known.job):
                raise ArchitraveError(
                    f"Delivery {delivery} waits, or is being done", "Look again in a minute."
                )
            connection.execute(delete(DELIVERIES).where(one))
        self._forget_jobs(rows)
        return known is not None

    def _jobs(self, delivery: str) -> list["WorkflowStatus"]:
        """Those that are named after a delivery."""
        name = f"quick:{delivery}"
        rows = self._client.list_workflows(
            workflow_id_prefix=name, load_input=False, load_output=False
        )
        # Another delivery's name may begin with this one's.
        return [
            row for row in rows if row.workflow_id == name or row.workflow_id.startswith(f"{name}:")
        ]

    def _forget_jobs(self, rows: list["WorkflowStatus"]) -> None:
        self._client.delete_workflows([row.workflow_id for row in rows])

    def check(self) -> None:
        """Raise if nothing could be kept."""
        with self._ledger.connect() as connection:
            connection.execute(select(DELIVERIES.c.id).limit(1))


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.delivery,
        "event": job.event,
        "kind": job.kind,
        "repository": job.repository.lower(),
        "number": job.number,
        "installation": job.installation,
        "at": time.time(),
        "job": json.dumps(job.row()),
        "led_to": "",
        "due": 0.0,
    }
