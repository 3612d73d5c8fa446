"""The pages over a ledger in a folder, asked without a socket; what jobs there are is made up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Request
from html_reading import Tags, words
from ledger_world import Notes, engine
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from webhooks.pages import views
from webhooks.pages.paper import Paper
from webhooks.pages.sight import EVERYTHING, Sight


class Job(NamedTuple):
    """A row as the queue has it."""

    queue_name: str
    status: str
    input: Any
    output: Any = None
    created_at: int = 1
    updated_at: int = 1


class Queue:
    """Jobs that nobody does."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def add(self, queue: str, status: str, output: Any = None, **given: Any) -> None:
        job = {"kind": "review", "number": 1, "installation": 5} | given
        self.jobs.append(Job(queue, status, {"args": [job]}, output))

    def list_workflows(
        self, status: Sequence[str] | None = None, name: Sequence[str] | None = None, **_: Any
    ) -> list[Job]:
        return [
            job
            for job in self.jobs
            if (status is None or job.status in status) and (name is None or job.queue_name in name)
        ]


class Open:
    """A door that everybody passes, with a sight of the test's choice."""

    sight = EVERYTHING

    def look(self, asked: Request) -> Sight | Response:
        return self.sight

    def add(self, pages: Blueprint) -> None:
        """It has no addresses of its own."""


class Pages:
    """An application with pages, and what they show."""

    def __init__(self, folder: Path, on: Engine | None = None) -> None:
        self.engine, self.queue, self.door = on or engine(folder), Queue(), Open()
        self.note = Notes(self.engine)
        paper = Paper("https://github.example")
        app = Flask("architrave", static_folder=None)
        client: Any = self.queue
        app.register_blueprint(views.blueprint(views.Desk(self.engine, client, paper, self.door)))
        self.client = app.test_client()

    def get(self, path: str, status: int = 200) -> str:
        """A page; its elements are closed, and nothing in it runs or styles itself."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        if answer.mimetype == "text/html":
            given = Tags(answer.text).given
            assert not [name for name, _ in given if name == "style" or name[:2] == "on"]
            assert "<style" not in answer.text
            assert "<script" not in answer.text
        return answer.text

    def read(self, path: str, status: int = 200) -> str:
        return words(self.get(path, status))
