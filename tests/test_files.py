"""Every kind of file a change can hold: reviewed, or said not to be."""

import os
from pathlib import Path

import pytest
from conftest import Command, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
SHELL = "security/shell-injection"
ALL_CHECKED = {"ruff": "checked", "bandit": "checked", "radon": "checked"}


def grown(text: str) -> str:
    return text + "\n\ndef go(x):\n    return eval(x)\n"


def test_a_pure_rename_introduces_nothing(repo: Repo, review: Command) -> None:
    repo.commit({"old.py": BAD})
    repo.git("mv", "old.py", "new.py")
    ran = review.json(repo)
    assert ran.labelled("introduced", "worsened", "moved", "fixed") == []
    assert ran.review["change"]["files"][0]["old_path"] == "old.py"
    assert ran.status("new.py") == ALL_CHECKED


def test_a_rename_with_edits_is_charged_with_the_edits_only(repo: Repo, review: Command) -> None:
    repo.commit({"old.py": BAD * 3})
    repo.git("mv", "old.py", "new.py")
    repo.write({"new.py": grown(BAD * 3)})
    assert review.json(repo).labelled("introduced") == [("security/code-execution", "new.py", 19)]


def test_a_deleted_file_takes_its_findings_along(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    repo.write({"a.py": None})
    ran = review.json(repo)
    assert ran.labelled("fixed") == [(SHELL, "a.py", 5)]
    assert ran.status("a.py")["ruff"] == "not applicable: deleted"
    assert ran.code == 0


def test_a_change_of_mode_introduces_nothing(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    (repo.path / "a.py").chmod(0o755)
    ran = review.json(repo)
    assert ran.labelled("introduced") == []
    assert ran.status("a.py") == ALL_CHECKED


def test_a_binary_file_is_no_business_of_ours(repo: Repo, review: Command) -> None:
    repo.commit({"logo.png": b"\x89PNG\0\0"})
    repo.write({"logo.png": b"\x89PNG\0\1"})
    ran = review.json(repo)
    assert ran.status("logo.png")["ruff"] == "not applicable: no rule for such a file"
    assert ran.code == 0


def test_a_script_without_ending_is_known_by_its_first_line(repo: Repo, review: Command) -> None:
    repo.write({"tool": "#!/usr/bin/env python3\n" + BAD, "shell": "#!/bin/sh\necho\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [(SHELL, "tool", 6)]
    assert ran.status("shell")["ruff"] == "not applicable: no rule for such a file"


def test_a_link_within_the_tree_is_named_and_not_followed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    (repo.path / "b.py").symlink_to("a.py")
    ran = review.json(repo)
    assert ran.labelled("introduced") == []
    assert ran.status("b.py")["ruff"] == "not applicable: a symbolic link to a.py"


@pytest.mark.parametrize("target", ["../secret.py", "/etc/passwd"])
def test_a_link_out_of_the_tree_is_not_read_and_keeps_the_gate_closed(
    repo: Repo, tmp_path: Path, review: Command, target: str
) -> None:
    (tmp_path / "secret.py").write_text(BAD)
    repo.commit({"a.py": "x = 1\n"})
    (repo.path / "link.py").symlink_to(target)
    ran = review.json(repo)
    assert ran.code == 3
    assert "out of the repository, not followed" in ran.status("link.py")["bandit"]
    assert ran.review["findings"] == []


def test_a_link_to_a_folder_hides_no_files(repo: Repo, tmp_path: Path, review: Command) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.py").write_text(BAD)
    repo.commit({"a.py": "x = 1\n"})
    (repo.path / "linked").symlink_to(tmp_path / "outside")
    ran = review.json(repo)
    assert [entry["path"] for entry in ran.review["change"]["files"]] == ["linked"]


def test_a_file_that_becomes_a_link_is_not_read_through(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD, "b.py": BAD})
    (repo.path / "b.py").unlink()
    (repo.path / "b.py").symlink_to("a.py")
    ran = review.json(repo)
    assert ran.status("b.py")["ruff"] == "not applicable: a symbolic link to a.py"


def test_a_submodule_is_said_not_to_be_reviewed(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    other = Repo(tmp_path / "other")
    other.commit({"x.py": BAD})
    repo.commit({"a.py": "x = 1\n"})
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "lib"
    )
    ran = review.json(repo)
    assert ran.code == 3
    assert "a submodule" in ran.status("lib")["ruff"]


def test_a_repository_inside_is_not_taken_for_code(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    Repo(repo.path / "nested").commit({"x.py": BAD})
    ran = review.json(repo)
    assert "a Git repository of its own" in ran.status("nested/")["ruff"]
    assert "no part of this change: nested/" in ran.review["change"]["notes"][0]
    assert ran.code == 0


def test_an_lfs_pointer_is_said_not_to_be_reviewed(repo: Repo, review: Command) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    repo.write({"model.py": pointer, "model.bin": pointer})
    ran = review.json(repo)
    assert "Git LFS pointer" in ran.status("model.py")["radon"]
    assert ran.status("model.bin")["radon"] == "not applicable: no rule for such a file"
    assert ran.code == 3


@pytest.mark.parametrize("attributes", ["*.py -diff\n", "*.py binary\n", "*.py diff=evil\n"])
def test_attributes_cannot_hide_a_file(repo: Repo, review: Command, attributes: str) -> None:
    repo.commit({"a.py": BAD, ".gitattributes": attributes})
    repo.write({"a.py": grown(BAD)})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("security/code-execution", "a.py", 9)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CRLF", BAD.replace("\n", "\r\n").encode()),
        ("lone CR", BAD.replace("\n", "\r").encode()),
        ("BOM", b"\xef\xbb\xbf" + BAD.encode()),
        ("no final newline", BAD.rstrip().encode()),
    ],
)
def test_line_endings_and_marks_do_not_move_a_finding(
    repo: Repo, review: Command, name: str, text: bytes
) -> None:
    repo.write({"a.py": text})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [(SHELL, "a.py", 5)]
    assert ran.review["findings"][0]["quote"] == "    subprocess.run(x, shell=True)"


def test_a_change_of_line_endings_introduces_nothing(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    repo.write({"a.py": BAD.replace("\n", "\r\n")})
    assert review.json(repo).labelled("introduced", "moved", "fixed") == []


def test_latin_1_is_read_by_whoever_can(repo: Repo, review: Command) -> None:
    repo.write({"a.py": b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + BAD.encode()})
    ran = review.json(repo)
    assert ran.status("a.py")["bandit"] == "checked"
    assert ran.status("a.py")["radon"] == "checked"
    assert "valid UTF-8" in ran.status("a.py")["ruff"]
    assert ran.labelled("introduced") == [(SHELL, "a.py", 7)]
    assert ran.code == 3


@pytest.mark.parametrize("text", [b"x = '\xe9'\n", b"x = 1\0\n", b"\xff\xfe\x00"])
def test_bytes_that_are_no_python_are_failures(repo: Repo, review: Command, text: bytes) -> None:
    repo.write({"a.py": text, "b.py": BAD})
    ran = review.json(repo)
    assert ran.code == 3
    assert all(status.startswith("failed") for status in ran.status("a.py").values())
    assert ran.status("b.py") == ALL_CHECKED


def test_an_empty_file_is_checked(repo: Repo, review: Command) -> None:
    repo.write({"a.py": "", "b.py": "\n\n"})
    ran = review.json(repo)
    assert ran.status("a.py") == ALL_CHECKED
    assert ran.code == 0


def test_a_generated_file_of_5_mb_is_said_not_to_be_reviewed(repo: Repo, review: Command) -> None:
    row = "    (1, 'abcdefghijklmnopqrstuvwxyz', 2.0),\n"
    repo.write({"table.py": "ROWS = [\n" + row * (5_000_000 // len(row)) + "]\n", "b.py": BAD})
    ran = review.json(repo)
    assert ran.status("table.py")["ruff"] == "skipped: larger than 1 MiB"
    assert ran.status("b.py") == ALL_CHECKED
    assert ran.code == 3


def test_a_file_too_large_to_copy_is_said_not_to_be_reviewed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"huge.py": b"#" * (11 << 20), "huge.bin": b"0" * (11 << 20)})
    ran = review.json(repo)
    assert ran.status("huge.py")["ruff"] == "skipped: larger than 10 MiB"
    assert ran.status("huge.bin")["ruff"] == "not applicable: larger than 10 MiB"
    assert ran.code == 3


@pytest.mark.parametrize(
    "name",
    [
        "with space.py",
        "new\nline.py",
        'quo"te.py',
        "apos'trophe.py",
        "ünïcödé-日本.py",
        "-rf.py",
        "--config=x.py",
        "@args.py",
        "back\\slash.py",
        "tab\there.py",
        "star*.py",
        "[set].py",
        "esc\x1b[31mred.py",
        "bidi\u202eyp.txt.py",
        "dir with space/-x/a.py",
    ],
)
def test_any_name_is_reviewed_and_shown_safely(repo: Repo, review: Command, name: str) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({name: BAD})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [(SHELL, name, 5)]
    assert ran.status(name) == ALL_CHECKED
    shown = review(repo)
    assert shown.code == 1
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out


def test_a_name_that_is_not_utf_8_is_reviewed_by_whoever_can(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    path = os.fsencode(repo.path) + b"/caf\xe9.py"
    with open(path, "wb") as file:
        file.write(BAD.encode())
    ran = review.json(repo)
    assert ran.labelled("introduced") == [(SHELL, "caf\\xe9.py", 5)]
    assert "not UTF-8" in ran.status("caf\\xe9.py")["ruff"]
    assert ran.code == 3
    assert "caf\\xe9.py" in review(repo).out


def test_stubs_are_read_by_ruff_alone(repo: Repo, review: Command) -> None:
    repo.write({"a.pyi": "def f(x: Undefined) -> int: ...\n"})
    ran = review.json(repo)
    assert ran.status("a.pyi") == {
        "ruff": "checked",
        "bandit": "not applicable: no rule for such a file",
        "radon": "not applicable: no rule for such a file",
    }
    assert ran.labelled("introduced") == [("python/undefined-name", "a.pyi", 1)]


def test_a_fifo_in_the_working_tree_does_not_stop_the_review(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    os.mkfifo(repo.path / "pipe.py")
    repo.write({"b.py": BAD})
    assert review.json(repo).labelled("introduced") == [(SHELL, "b.py", 5)]


def test_paths_that_git_would_not_check_out_are_not_put_on_disk(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    blob = repo.git("hash-object", "-w", "--stdin", stdin=BAD.encode())
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tevil.py\n".encode())
    # `git mktree` lets ".." pass; so may a fetch from a server that does not check.
    outer = repo.git("mktree", stdin=f"040000 tree {inner}\t..\n".encode())
    commit = repo.git("commit-tree", "-p", "HEAD", "-m", "evil", outer)
    ran = review.json(repo, f"HEAD..{commit}")
    assert ran.code == 3
    assert "not one Git would check out" in ran.status("../evil.py")["bandit"]
    assert not (repo.path.parent / "evil.py").exists()
