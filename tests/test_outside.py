"""The doors: commands under limits, Git's answers when they break off, tools that are elsewhere."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Repo

from bot.errors import ArchitraveError
from bot.outside import commands, git_objects, git_output, installed
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.outside.workspace import Workspace


def test_a_short_command_that_hangs_is_stopped() -> None:
    finished = commands.run(["sleep", "30"], environ={}, seconds=0.2)
    assert finished.trouble == "no answer within 0 s"
    assert finished.complaint == finished.trouble


def test_a_command_tells_its_last_words_or_its_code() -> None:
    spoken = commands.run(["sh", "-c", "echo one >&2; echo two >&2; exit 4"], environ={})
    assert (spoken.code, spoken.complaint) == (4, "two")
    assert commands.run(["sh", "-c", "exit 5"], environ={}).complaint == "exit code 5"


def test_a_program_is_killed_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(sleep 1; touch {mark}) & sleep 30"
    running = commands.Running(
        ["sh", "-c", script], environ={}, cwd=str(tmp_path), stem=str(tmp_path / "out")
    )
    finished = running.wait(0.2)
    assert "no answer" in finished.trouble
    subprocess.run(["sleep", "1.2"], check=True)
    assert not mark.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory from outside")
def test_a_program_that_eats_memory_is_stopped(tmp_path: Path) -> None:
    code = "x = b'x' * (5 << 30)"
    running = commands.Running(
        [sys.executable, "-c", code], environ={}, cwd=str(tmp_path), stem=str(tmp_path / "out")
    )
    assert "MemoryError" in running.wait(30).complaint


def test_feeding_a_program_that_is_gone_is_no_error(tmp_path: Path) -> None:
    running = commands.Running(
        ["true"], environ={}, cwd=str(tmp_path), stem=str(tmp_path / "out"), stdin=True
    )
    running.process.wait()
    running.feed(b"x" * 1_000_000)
    assert running.wait(5).code == 0


def test_a_signal_without_a_name_is_told_by_number() -> None:
    assert commands._signal_name(9) == "SIGKILL"
    assert commands._signal_name(63) == "signal 63"


def test_an_object_too_large_to_hold_is_said_to_be(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_objects, "OBJECT_LIMIT", 1_000)
    repo.commit({"small.py": "x = 1\n", "large.py": "#" * 3_000_000})
    with closing(Repository(str(repo.path), {})) as repository:
        names = ["HEAD:large.py", "HEAD:small.py", "HEAD:none.py", "a\nb", ""]
        found = repository.read(names)
        large, small = found["HEAD:large.py"], found["HEAD:small.py"]
        assert large is not None
        assert (large.size, large.data) == (3_000_000, None)
        assert small is not None
        assert small.data == b"x = 1\n"
        assert [found[name] for name in names[2:]] == [None, None, None]


def test_many_objects_are_read_in_one_go(repo: Repo) -> None:
    repo.commit({f"f{n}.py": f"x = {n}\n" for n in range(1_000)})
    with closing(Repository(str(repo.path), {})) as repository:
        found = repository.read(f"HEAD:f{n}.py" for n in range(1_000))
        assert all(entry is not None for entry in found.values())
        assert len(found) == 1_000


def test_a_reader_that_dies_is_a_failure_and_not_an_empty_answer(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"})
    with closing(Repository(str(repo.path), {})) as repository:
        repository._objects._process.kill()
        repository._objects._process.wait()
        with pytest.raises(GitFailed, match="ended early"):
            repository.read(["HEAD"])


@pytest.mark.parametrize("answer", ["echo abc blob 100", "printf 'abc blob 99999999\\n12'"])
def test_an_answer_that_breaks_off_is_a_failure(repo: Repo, answer: str) -> None:
    with closing(Repository(str(repo.path), {})) as repository:
        repository._objects.close()
        repository._objects._process = commands.open_pipe(
            ["sh", "-c", f"read line; {answer}"], environ={"PATH": "/bin:/usr/bin"}, cwd="/"
        )
        with pytest.raises(GitFailed, match="broke off"):
            repository.read(["HEAD"])


def test_a_folder_of_another_user_is_explained(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ArchitraveError, match="belongs to another user") as caught:
        Repository(str(repo.path), dict(__import__("os").environ))
    assert "safe.directory" in caught.value.hint


def test_a_repository_that_git_cannot_read_is_named(repo: Repo) -> None:
    (repo.path / ".git" / "config").write_text("[core\n")
    with pytest.raises(ArchitraveError, match="Git cannot read the repository"):
        Repository(str(repo.path), {})


def test_a_hunk_is_read_whatever_its_lines_say() -> None:
    patch = (
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,3 @@\n-a\n+diff --git a/y b/y\n"
        b"+@@ -9,9 +9,9 @@\n+c\n\\ No newline at end of file\n"
        b"diff --git a/z b/z\nsimilarity index 100%\n"
    )
    assert [len(hunks) for hunks in git_output._parse_hunks(patch)] == [1, 0]


def test_a_workspace_takes_only_plain_paths_and_never_twice(tmp_path: Path) -> None:
    workspace = Workspace()
    try:
        assert workspace.write("head", "a/b.py", b"1") == ""
        assert workspace.write("head", "a/b.py", b"1") == ""
        assert "differs from another" in workspace.write("head", "a/b.py", b"2")
        for path in ("../x.py", "a/../x.py", "a//b.py", ".git/x.py", "/etc/x.py", "a/./b.py"):
            assert "not one Git would check out" in workspace.write("head", path, b"")
        assert "cannot be stored" in workspace.write("head", "x" * 300 + ".py", b"")
        assert "cannot be stored" in workspace.write("head", "nul\0.py", b"")
    finally:
        workspace.remove()
    assert not Path(workspace.folder).exists()


def test_a_tools_tag_changes_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed.tag.__wrapped__("some_tool") == "missing"
    (tmp_path / "some_tool").mkdir()
    (tmp_path / "some_tool" / "__init__.py").write_text("")
    first = installed.tag.__wrapped__("some_tool")
    (tmp_path / "some_tool" / "__init__.py").write_text("x = 1")
    assert installed.tag.__wrapped__("some_tool") not in (first, "missing")


def test_ruff_is_taken_from_beside_python_or_from_the_search_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Path(installed.ruff.__wrapped__()).parent == Path(sys.executable).parent
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed.ruff.__wrapped__() == "ruff"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ruff").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "ruff").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert installed.ruff.__wrapped__() == str(tmp_path / "bin" / "ruff")
    monkeypatch.setattr(installed, "ruff", lambda: str(tmp_path / "nowhere"))
    assert installed.ruff_tag.__wrapped__() == "missing"


def test_bandit_starts_the_long_way_where_its_list_of_tests_is_elsewhere() -> None:
    code = (
        "from bot.outside import bandit_start\n"
        "bandit_start._entry_points = lambda: None\n"
        "from bot.outside import bandit_worker\n"
        "print(bandit_worker.scan(b'eval(x)', 'a.py', ['B307'])[0][:4])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout == b"['B307', 1, 1, 'MEDIUM']\n"


def test_a_bandit_test_that_raises_fails_its_file() -> None:
    code = (
        "from bot.outside import bandit_worker as w\n"
        "tests = w._test_set(['B307'])\n"
        "def broken(*a): raise KeyError('x')\n"
        "for kind in tests.tests: tests.tests[kind] = [broken]\n"
        "try: w.scan(b'f(x)', 'a.py', ['B307'])\n"
        "except w.InternalError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout == b"Bandit's broken failed at line 1: KeyError('x')\n"


def test_radon_is_asked_anew_where_statements_cannot_be_told_apart() -> None:
    from radon import raw

    from bot.outside import outline_worker

    # A form feed ends a line for str.splitlines, which Radon uses, and for nobody else.
    text = "x = 1\n\x0c\ny = 2\n"
    assert outline_worker.analyze_lines(text.encode()) == raw.analyze(text)
