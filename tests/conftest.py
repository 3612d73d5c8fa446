"""Real repositories in temporary folders, and the command as a person runs it."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import postgres_server
import pytest

from bot import cli, settings
from bot.domain import Policy
from bot.outside import worker


class Repo:
    """A Git repository that a test builds file by file and commit by commit."""

    def __init__(self, path: Path, *, bare: bool = False) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *(["--bare"] if bare else []))

    def git(self, *arguments: str | bytes, stdin: bytes | None = None) -> str:
        finished = subprocess.run(
            ["git", *arguments], cwd=self.path, input=stdin, capture_output=True, check=False
        )
        assert finished.returncode == 0, finished.stderr.decode(errors="replace")
        return finished.stdout.decode(errors="surrogateescape").strip()

    def write(self, files: dict[str, str | bytes | None]) -> None:
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes | None], message: str = "work") -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("checkout", "-q", "-b", name)


class Ran(NamedTuple):
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def review(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    def labelled(self, *labels: str) -> list[tuple[str, str, int]]:
        """Rule, path and line of the findings with these labels."""
        return [
            (found["rule"], found["path"], found["start_line"])
            for found in self.review["findings"]
            if found["label"] in labels
        ]

    def status(self, path: str) -> dict[str, str]:
        """Checker to `status: reason` for one path."""
        return {
            entry["checker"]: f"{entry['status']}: {entry['reason']}".removesuffix(": ")
            for entry in self.review["coverage"]
            if entry["path"] == path
        }


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: no configuration, no cache, a fixed identity and time."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT", "XDG_", "ANTHROPIC_", "ARCHITRAVE_")) or name in (
            "NO_COLOR",
            "FORCE_COLOR",
        ):
            monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Maren",
        "GIT_AUTHOR_EMAIL": "maren@example.org",
        "GIT_COMMITTER_NAME": "Maren",
        "GIT_COMMITTER_EMAIL": "maren@example.org",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }.items():
        monkeypatch.setenv(name, value)
    (folder / ".gitconfig").write_text('[protocol "file"]\n\tallow = always\n')
    return folder


@pytest.fixture
def tools_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a policy, only what single tools find: for tests of how findings are told apart."""
    packs = ("python", "security", "complexity")
    monkeypatch.setattr(settings, "Policy", functools.partial(Policy, packs=packs))


# Of all that a worker may not touch, the folder of the measurements is left open to it.
_MEASURED = """
import os
os.environ["COVERAGE_PROCESS_CONFIG"] = {configuration!r}
import coverage
measured = coverage.process_startup()
from bot.outside import confinement
kept, allow = os.path.dirname(measured.config.data_file), confinement._allow
def open_kept(call, rules, path, rights):
    version = call(confinement._CREATE, None, 0, 1)
    every = (1 << confinement._RIGHTS.get(version, confinement._MOST_RIGHTS)) - 1
    allow(call, rules, path, every if path == kept else rights)
confinement._allow = open_kept
confinement._SYSTEM += (kept,)
"""


@pytest.fixture
def workers_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is taken in the workers too, which run isolated; it makes each of them slower."""
    if configuration := os.environ.get("COVERAGE_PROCESS_CONFIG"):
        start, _, rest = worker._BOOTSTRAP.partition("; from ")
        measured = _MEASURED.format(configuration=configuration)
        program = f"{start}\nexec({measured!r}, {{{{}}}})\nfrom {rest}"
        monkeypatch.setattr(worker, "_BOOTSTRAP", program)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a Postgres, the same for all tests of a process."""
    if not postgres_server.program("initdb"):
        pytest.skip("no Postgres is installed")
    with postgres_server.postgres() as url:
        yield url


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """The address of a new database on it."""
    with postgres_server.database(postgres) as url:
        yield url


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


class Command:
    """`review-local` in this process, standing in a folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, folder: Path | Repo, *arguments: str) -> Ran:
        self._monkeypatch.chdir(folder.path if isinstance(folder, Repo) else folder)
        self._capsys.readouterr()
        try:
            code = cli.main(arguments)
        except SystemExit as error:  # argparse: --help, --version, unknown flags
            code = int(error.code or 0)
        sys.stdout.flush()
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Ran(code, out, err)

    def json(self, folder: Path | Repo, *arguments: str) -> Ran:
        return self(folder, *arguments, "--format", "json")


@pytest.fixture
def review(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)
