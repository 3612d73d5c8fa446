"""A repository on the fake GitHub, an App that is installed on it, and the service that it tells."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fake_github import FakeGitHub
from running_service import SECRET, Answered, Service

BASE = {"app/__init__.py": "", "app/api.py": "def handler(request):\n    return 1\n"}
BAD = "def handler(request):\n    return eval(request)\n"
HEAD = {**BASE, "app/api.py": BAD}


class World:
    """What a test needs; `tell` delivers the newest events of the hub."""

    def __init__(
        self, folder: Path, hub: FakeGitHub, tree: Mapping[str, Any] = BASE, **environ: str
    ) -> None:
        self.hub = hub
        people = {"alice": "write", "bob": "write", "eve": "read", "root": "admin"}
        self.repo = hub.repo("acme/shop", dict(tree), collaborators=people)
        self.app = hub.app(secret=SECRET)
        self.installation = hub.install(self.app)
        self.service = Service(
            folder / "service", hub, GITHUB_TOKEN="", GITHUB_APP_ID=str(self.app.id),
            GITHUB_APP_PRIVATE_KEY=hub.private_key(self.app), **environ,
        )  # fmt: skip
        self.told = 0

    def tell(self) -> list[Answered]:
        """Deliver what GitHub has not delivered yet; the bot's own acts among it."""
        events = self.hub.events[self.told :]
        self.told += len(events)
        return [self.service.deliver(e.name, e.payload, guid=e.guid) for e in events]

    def settle(self) -> None:
        """Wait until nothing is left to do."""
        self.service.wait(self.service.is_idle)

    def ledger(self, query: str) -> list[Any]:
        path = self.service.folder / "data" / "ledger.sqlite3"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return connection.execute(query).fetchall()

    def jobs(self, prefix: str = "") -> list[Any]:
        path = self.service.folder / "data" / "jobs.sqlite3"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            query = (
                "SELECT workflow_uuid, status FROM workflow_status WHERE workflow_uuid"
                " LIKE ? || '%' ORDER BY created_at, workflow_uuid"
            )
            return connection.execute(query, [prefix]).fetchall()


@contextlib.contextmanager
def world(folder: Path, tree: Mapping[str, Any] = BASE, **environ: str) -> Iterator[World]:
    with FakeGitHub(folder / "hub") as hub:
        found = World(folder, hub, tree, **environ)
        try:
            yield found
        finally:
            found.service.end()
        assert hub.problems == []
