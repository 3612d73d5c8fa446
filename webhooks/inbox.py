"""Where deliveries go: one insert each, by the delivery's own name, so that none counts twice."""

from typing import TYPE_CHECKING, Literal, Protocol

from bot.errors import ArchitraveError
from webhooks import jobs
from webhooks.jobs import Job

if TYPE_CHECKING:
    from dbos import DBOSClient

Taken = Literal["queued", "known"]
_MOST_LINKS = 50


class Inbox(Protocol):
    """What the web side needs of the store."""

    def put(self, job: Job) -> Taken:
        """Keep a job. Raises whatever the store raises when it cannot."""

    def check(self) -> None:
        """Raise if nothing could be kept."""


class Durable:
    """Deliveries as jobs in the store."""

    def __init__(self, client: "DBOSClient") -> None:
        self._client = client

    def put(self, job: Job) -> Taken:
        """A delivery that comes again is done again only where it came to nothing."""
        from dbos import error as failures

        identity, repeat = f"gh:{job.delivery}", 0
        while True:
            try:
                jobs.put(self._client, jobs.INTAKE, identity, job, new=True)
            except failures.DBOSWorkflowIDInUseError:
                if not self._came_to_nothing(identity):
                    return "known"
                repeat += 1
                identity = f"gh:{job.delivery}:{repeat}"
            else:
                return "queued"

    def _came_to_nothing(self, identity: str) -> bool:
        """Whether a delivery, or the job that it led to, has failed for good."""
        for _ in range(_MOST_LINKS):
            found = self._client.list_workflows(workflow_ids=[identity], load_input=False)
            if not found:
                return False
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
        rows = [
            row
            for name in (f"gh:{delivery}", f"quick:{delivery}")
            for row in self._client.list_workflows(
                workflow_id_prefix=name, load_input=False, load_output=False
            )
            # Another delivery's name may begin with this one's.
            if row.workflow_id == name or row.workflow_id.startswith(f"{name}:")
        ]
        if any(row.status in (*jobs.WAITS, jobs.RUNS) for row in rows):
            raise ArchitraveError(
                f"Delivery {delivery} waits, or is being done", "Look again in a minute."
            )
        self._client.delete_workflows([row.workflow_id for row in rows])
        return bool(rows)

    def check(self) -> None:
        self._client.list_queues()
