"""The command line: flags, exit codes, and what a person is told when something is wrong."""

import functools
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Command, Repo

from bot import __version__, cli, demo

BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
PROGRAM = [sys.executable, "-c", "from bot import cli; cli.entry()"]


def program(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, as the console script starts it."""
    return subprocess.run([*PROGRAM, *arguments], cwd=folder, capture_output=True, check=False)


def test_exit_codes_are_as_agreed(repo: Repo, review: Command, tmp_path: Path) -> None:
    repo.commit({"a.py": "x = 1\n"})
    assert review(repo).code == 0
    repo.write({"a.py": BAD})
    assert review(repo).code == 1
    assert review(repo, "--fail-on", "never").code == 0
    assert review(repo, "nosuch").code == 2
    repo.write({"b.py": "x = = 1\n"})
    assert review(repo).code == 3
    assert review(repo, "--fail-on", "never").code == 3
    assert review(repo, "--nosuch").code == 2


def test_the_installed_command_prints_json_alone_on_standard_output(repo: Repo) -> None:
    repo.write({"a.py": BAD})
    ran = program(repo.path, "--format", "json")
    assert ran.returncode == 1
    assert ran.stderr == b""
    checked = subprocess.run(
        [sys.executable, "-m", "json.tool"], input=ran.stdout, check=True, capture_output=True
    )
    assert json.loads(checked.stdout)["verdict"] == "blocked"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["main..HEAD", "--base", "main"], "REVISION_RANGE and --base contradict"),
        (["main..HEAD", "--staged"], "REVISION_RANGE and --staged contradict"),
        (["--staged", "--committed"], "--staged and --committed contradict"),
        (["--head", "main", "--staged"], "--staged and --head contradict"),
        (["--output", "x.json"], "--output has no --format"),
        (["--format", "json", "--format", "sarif"], "Two formats want standard output"),
        (["--llm"], "--llm: no model is set"),
        (["--format", "yaml"], "invalid choice: 'yaml'"),
        (["--fail-on", "fatal"], "invalid choice: 'fatal'"),
        (["--llm", "--no-llm"], "not allowed with"),
        (["a", "b"], "unrecognized arguments: b"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    repo: Repo, review: Command, arguments: list[str], complaint: str
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    ran = review(repo, *arguments)
    assert ran.code == 2
    assert complaint in ran.err
    assert ran.out == ""


def test_several_formats_go_to_files_and_one_to_the_screen(
    repo: Repo, review: Command, tmp_path: Path
) -> None:
    repo.write({"a.py": BAD})
    one, two = tmp_path / "one.json", tmp_path / "two.sarif"
    ran = review(repo, "--format", "json", "--output", str(one), "--format", "terminal",
                 "--output", str(two), "--format", "sarif")  # fmt: skip
    assert "Blocked" in two.read_text() or "Blocked" in ran.out
    assert json.loads(one.read_text())["verdict"] == "blocked"


def test_an_output_belongs_to_the_format_before_it(
    repo: Repo, review: Command, tmp_path: Path
) -> None:
    repo.write({"a.py": BAD})
    path = tmp_path / "r.json"
    ran = review(repo, "--format", "json", "--output", str(path), "--format", "terminal")
    assert json.loads(path.read_text())["verdict"] == "blocked"
    assert ran.out.endswith("Blocked: 1 finding waits for a human.\n")


def test_an_output_may_stand_before_its_format(repo: Repo, review: Command, tmp_path: Path) -> None:
    repo.write({"a.py": BAD})
    path = tmp_path / "r.json"
    assert review(repo, "--output", str(path), "--format", "json").out == ""
    assert json.loads(path.read_text())["verdict"] == "blocked"


def test_an_output_that_cannot_be_written_is_named(repo: Repo, review: Command) -> None:
    repo.write({"a.py": BAD})
    ran = review(repo, "--format", "json", "--output", "/nonexistent/r.json")
    assert ran.code == 2
    assert "/nonexistent/r.json cannot be written" in ran.err


def test_help_and_version(tmp_path: Path, review: Command) -> None:
    ran = review(tmp_path, "--help")
    assert ran.code == 0
    for flag in ("--base", "--head", "--staged", "--committed", "--format", "--output", "--fail-on",
                 "--no-llm", "--llm", "--rules", "--demo", "--explain", "--verbose", "--version",
                 "--no-cache", "--install-hook"):  # fmt: skip
        assert flag in ran.out
    assert "incomplete: something could not be reviewed" in ran.out
    assert review(tmp_path, "--version").out == f"architrave {__version__}\n"


def test_an_internal_failure_is_no_pass_and_no_traceback(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the\x1b[31m sky fell")

    monkeypatch.setattr("bot.pipeline.review", broken)
    repo.write({"a.py": BAD})
    ran = review(repo)
    assert ran.code == 3
    assert "Internal failure: RuntimeError: the\\x1b[31m sky fell" in ran.err
    with pytest.raises(RuntimeError):
        review(repo, "-v")


def test_git_that_breaks_is_no_pass(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.commit({"a.py": BAD})
    (repo.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    ran = review(repo, "HEAD^..HEAD")
    assert ran.code == 3
    assert "Nothing was reviewed" in ran.err


def test_a_missing_git_is_named(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = review(repo)
    assert ran.code == 2
    assert "git is not installed" in ran.err


def test_an_interrupt_ends_with_130_and_leaves_no_process(repo: Repo, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec sleep 30\n")
    fake.chmod(0o755)
    environ = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        PROGRAM, cwd=repo.path, env=environ, stderr=subprocess.PIPE, start_new_session=True,
        # A shell starts what runs in the background deaf to it.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )  # fmt: skip
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors == b"Interrupted.\n"


def test_a_reader_that_goes_away_is_no_error_message(repo: Repo) -> None:
    """As behind `| head`; raised by hand, since how much a pipe takes differs by machine."""
    repo.write({"a.py": BAD})
    code = (
        "from bot import cli, publishers\n"
        "def gone(name): raise BrokenPipeError\n"
        "publishers.load = gone\n"
        "cli.entry()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.path, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, b"", b"")


def test_on_a_terminal_there_is_colour_and_progress(repo: Repo) -> None:
    repo.write({f"a{n}.py": BAD for n in range(6)})
    leader, follower = pty.openpty()
    process = subprocess.Popen(PROGRAM, cwd=repo.path, stdout=follower, stderr=follower)
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    assert process.wait(timeout=60) == 1
    assert b"Checking 6 versions of files" in seen
    assert b"\x1b[1;31m" in seen


def test_heavy_packages_are_imported_only_where_they_are_needed(repo: Repo) -> None:
    """What keeps the start short: the figures are in docs/architecture.md."""
    heavy = {"git", "rich", "yaml", "tomllib", "tomli_w", "bandit", "radon", "dataclasses",
             "importlib.metadata", "anthropic", "github", "flask", "asyncio", "logging",
             "securesystemslib", "cryptography", "google.protobuf"}  # fmt: skip
    listing = "import sys; from bot import cli\ntry:\n    cli.main(sys.argv[1:])\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": BAD})

    def imported(*arguments: str) -> set[str]:
        command = [sys.executable, "-c", listing, *arguments]
        # Without what measures coverage: it imports half the standard library itself.
        environ = {key: text for key, text in os.environ.items() if "COVERAGE" not in key}
        ran = subprocess.run(command, cwd=repo.path, env=environ, capture_output=True, check=True)
        return set(ran.stderr.decode().split())

    assert imported("--version") & (heavy | {"sqlite3", "subprocess", "json", "hashlib"}) == set()
    imported()
    assert imported("--format", "json") & heavy == set()


# The demonstration ------------------------------------------------------------------------------


def test_the_demo_shows_a_true_review_and_leaves_nothing(
    tmp_path: Path, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = review(tmp_path, "--demo")
    assert ran.code == 0
    for rule in ("modularity/import-cycle", "contracts/public-api", "contracts/broken-caller",
                 "tests/loosened-assertion", "security/shell-injection", "security/sql-injection",
                 "python/silent-except", "python/undefined-name"):  # fmt: skip
        assert rule in ran.out
    assert "python/leftover-print" not in ran.out
    assert demo.FAREWELL in ran.err
    assert os.listdir(tmp_path) == []


def test_the_demo_knows_nothing_of_the_repository_a_hook_runs_it_in(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    before = sorted((repo.path / ".git").rglob("*"))
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo.path / ".git" / "index"))
    ran = review(repo, "--demo")
    assert ran.code == 0
    assert "security/shell-injection" in ran.out
    assert sorted((repo.path / ".git").rglob("*")) == before


def test_the_demo_branch_is_signed_by_an_agent(tmp_path: Path) -> None:
    with demo.shop() as folder:
        log = subprocess.check_output(
            ["git", "log", "--format=%an %(trailers)", "-1"], cwd=folder, text=True
        )
        assert "Co-Authored-By: Claude <noreply@anthropic.com>" in log
        assert subprocess.check_output(["git", "status", "--short"], cwd=folder) == b""
    assert not Path(folder).exists()


# --explain --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("security/shell-injection", "security/shell-injection"),
        ("B602", "security/shell-injection"),
        ("F401", "python/unused-import"),
        ("PLE1205", "python/impossible-statement"),
        ("PLE4703", "python/loop-mistake"),
    ],
)
def test_a_rule_is_explained_by_its_name_or_a_tools_code(
    tmp_path: Path, review: Command, name: str, rule: str
) -> None:
    ran = review(tmp_path, "--explain", name)
    assert ran.code == 0
    assert ran.out.startswith(f"{rule}: ")
    assert "\nWhy\n" in ran.out
    assert "\nInstead\n" in ran.out


def test_a_rule_that_is_none_is_named_with_the_nearest(tmp_path: Path, review: Command) -> None:
    ran = review(tmp_path, "--explain", "security/shell-injektion")
    assert ran.code == 2
    assert "did you mean `security/shell-injection`?" in ran.err


def test_entry_ends_the_process_with_the_code(repo: Repo) -> None:
    assert program(repo.path, "nosuch").returncode == 2
    assert cli.PASSED == 0
