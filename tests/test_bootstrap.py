"""What installs the Action's packages: the fastest that the runner has, by hashes, beside the workspace."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.outside import bootstrap

LOCKED = ["--quiet", "--require-hashes", "--no-deps", "-r", str(bootstrap._LOCKED)]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command, cwd: commands.append(command) or 0)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return commands


def installed(folder: Path) -> str:
    python = folder / "bin" / "python"
    assert bootstrap._install(folder, python) == 0
    assert python.exists()
    return str(python)


def test_uv_where_it_is(ran: list[list[str]], tmp_path: Path) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.touch(0o755)
    python = installed(tmp_path / "made")
    assert ran == [[str(uv), "pip", "install", "--python", python, *LOCKED]]


def test_the_runners_pip_where_there_is_no_uv(ran: list[list[str]], tmp_path: Path) -> None:
    python = installed(tmp_path / "made")
    ((*command, one, two, three, four, five),) = ran
    assert [one, two, three, four, five] == LOCKED
    assert command[:6] == [sys.executable, "-I", "-m", "pip", "--python", python]
    assert not (tmp_path / "made" / "bin" / "pip").exists()


@pytest.mark.parametrize("version", ["22.2.9", "9.0", None])
def test_a_pip_of_its_own_where_the_runners_is_old_or_missing(
    ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    metadata = bootstrap.importlib.metadata

    def told(name: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", told)
    made: list[bool] = []
    builder = bootstrap.venv.EnvBuilder

    def noted(**given: bool) -> object:
        made.append(given["with_pip"])
        # Setting one up takes seconds.
        return builder(**{**given, "with_pip": False})

    monkeypatch.setattr(bootstrap.venv, "EnvBuilder", noted)
    python = installed(tmp_path / "made")
    assert made == [True]
    assert ran[0][:4] == [python, "-I", "-m", "pip"]
    assert ran[0][-5:] == LOCKED


def test_it_lies_outside_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    assert bootstrap._folder().parent == tmp_path


def test_it_needs_nothing_but_the_standard_library() -> None:
    source = Path(bootstrap.__file__)
    # Whatever Python the runner has starts it, isolated.
    code = f"import runpy; runpy.run_path({str(source)!r}, run_name='seen')"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
