"""The service as people run it: a process of its own, spoken to over sockets, killed at will."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fake_github import FakeGitHub
from github_deliveries import sign

SECRET = "a-secret-of-tests"
ROOT = Path(__file__).resolve().parent.parent
# How coverage is told of in processes; while it is, they are asked to end, so that they tell.
_MEASURED = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


class Answered(NamedTuple):
    """An HTTP answer, and how long it took."""

    status: int
    text: str
    headers: dict[str, str]
    seconds: float


class Service:
    """`review-service` with an environment of its own; `start` again after `kill`."""

    def __init__(self, folder: Path, hub: FakeGitHub | None = None, **environ: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log = folder, folder / "log.txt"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.url = ""
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "ARCHITRAVE_DATA_DIR": str(folder / "data"),
            "ARCHITRAVE_PATIENCE": "0",
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_TOKEN": "none",
            "PORT": "0",
            **{name: os.environ[name] for name in _MEASURED if name in os.environ},
        }
        if hub is not None:
            self.environ |= {
                "GITHUB_API_URL": hub.api_url,
                "GITHUB_GRAPHQL_URL": hub.graphql_url,
                "GITHUB_SERVER_URL": hub.url,
            }
        self.environ |= environ
        self.environ = {name: text for name, text in self.environ.items() if text}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it, in a process group of its own."""
        skip = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "webhooks.service", *arguments],
                env=self.environ, cwd=self.folder, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        wanted = r"worker \S+ is ready" if arguments == ("worker",) else r"listening on (\S+)"
        found = self.wait(lambda: self._said(wanted, skip, process))
        if arguments != ("worker",):
            self.url = f"http://{found[1]}"
        return process

    def _said(self, wanted: str, skip: int, process: Any) -> "re.Match[str] | None":
        text = self.log.read_bytes()[skip:].decode()
        assert process.poll() is None, f"it ended with {process.returncode}: {text}"
        return re.search(wanted + '"', text)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]

    def kill(self) -> None:
        """kill -9, all of it."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def end(self) -> None:
        """However it stands, it runs no more."""
        if any(name in self.environ for name in _MEASURED):
            for process in self.processes:
                process.terminate()
            for process in self.processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(30)
        self.kill()

    def stop(self) -> list[int]:
        """SIGTERM, as platforms do; the exit codes."""
        for process in self.processes:
            process.terminate()
        codes = [process.wait(30) for process in self.processes]
        self.processes.clear()
        return codes

    def wait(self, ready: Callable[[], Any], seconds: float = 60) -> Any:
        """What *ready* gives as soon as it gives anything."""
        ends = time.monotonic() + seconds
        while not (found := ready()):
            text = self.log.read_text()[-3000:] if self.log.exists() else ""
            assert time.monotonic() < ends, f"it did not happen in {seconds} s: {text}"
            time.sleep(0.05)
        return found

    def get(self, path: str) -> Answered:
        return ask(self.url + path)

    def deliver(
        self, name: str, payload: Any, *, guid: str | None = None, secret: str = SECRET,
        **headers: str | None,
    ) -> Answered:  # fmt: skip
        """A delivery; headers that are None are left out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        given = {
            "Content-Type": "application/json",
            "X-GitHub-Event": name,
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(secret, body),
        } | {key.replace("_", "-"): value for key, value in headers.items()}
        kept = {key: value for key, value in given.items() if value is not None}
        return ask(f"{self.url}/webhooks/github", body, kept)

    def figures(self) -> dict[str, float]:
        """The metrics, by name with labels."""
        rows = [row for row in self.get("/metrics").text.splitlines() if row[:1] != "#"]
        return {name: float(value) for name, _, value in (row.rpartition(" ") for row in rows)}

    def is_idle(self) -> bool:
        """Whether no job waits or runs."""
        found = self.figures()
        unfinished = ("architrave_jobs", "architrave_deliveries_waiting")
        return not any(count for name, count in found.items() if name.startswith(unfinished))


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answered:
    request = urllib.request.Request(url, body, headers or {})
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text, status, given = answer.read().decode(), answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        text, status, given = error.read().decode(), error.code, dict(error.headers)
        error.close()
    return Answered(status, text, given, time.monotonic() - started)


@contextlib.contextmanager
def serving(service: Service, *arguments: str) -> Iterator[Service]:
    try:
        service.start(*arguments)
        yield service
    finally:
        service.end()
