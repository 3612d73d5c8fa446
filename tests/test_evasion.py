"""Ways past the checks that were tried by hand once; each must stay closed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Command, Ran, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

EVIL = "import subprocess\n\n\ndef run(x, a=[]):\n    subprocess.run(x, shell=True)\n"
SHELL = "security/shell-injection"


def rules(ran: Ran) -> set[str]:
    return {rule for rule, _, _ in ran.labelled("introduced")}


@pytest.mark.parametrize(
    "text",
    [
        "# coding: unicode_escape\n# x \\ndef f(a=[]):\\n    return undefinedd\nx = 1\n",
        "# coding: raw_unicode_escape\n# x \\u000adef f(a=[]): return undefinedd\nx = 1\n",
        "# -*- coding: utf-7 -*-\n# x +AAo-def f(a=[]): return undefinedd\nx = 1\n",
        "\n# vim: set fileencoding=utf_16 :\nx = 1\n",
    ],
)
def test_an_encoding_that_hides_code_is_not_reviewed_and_said_so(
    repo: Repo, review: Command, text: str
) -> None:
    repo.write({"a.py": text})
    ran = review.json(repo)
    assert ran.code == 3
    assert "not every checker reads" in ran.status("a.py")["ruff"]


@pytest.mark.parametrize("cookie", ["utf-8", "UTF8", "ascii", "latin-1", "iso-8859-15", "cp1252"])
def test_an_encoding_that_all_read_alike_is_reviewed(
    repo: Repo, review: Command, cookie: str
) -> None:
    repo.write({"a.py": f"# -*- coding: {cookie} -*-\n{EVIL}"})
    assert SHELL in rules(review.json(repo))


@pytest.mark.parametrize("target", ["payload.txt", "payload", "none.py", "chain.py", "linked/x.py"])
def test_a_link_that_makes_a_module_of_another_file_is_not_a_pass(
    repo: Repo, review: Command, target: str
) -> None:
    repo.commit({"payload.txt": EVIL, "payload": EVIL, "real/x.py": EVIL})
    (repo.path / "chain.py").symlink_to("payload.txt")
    (repo.path / "linked").symlink_to("real")
    repo.commit({})
    (repo.path / "a.py").symlink_to(target)
    ran = review.json(repo)
    assert ran.code == 3
    assert "not a Python file here" in ran.status("a.py")["bandit"]


def test_answers_are_not_shared_between_settings_of_different_folders(
    tmp_path: Path, review: Command
) -> None:
    text = '[lint.per-file-ignores]\n"t/*" = ["ALL"]\n'
    mild, strict = Repo(tmp_path / "mild"), Repo(tmp_path / "strict")
    mild.commit({"foo/ruff.toml": text})
    strict.commit({"ruff.toml": text})
    for repo in (mild, strict):
        repo.write({"foo/t/e.py": "def f(a=[]):\n    return undefd\n"})
    assert rules(review.json(mild)) == set()
    assert rules(review.json(strict)) == {"python/mutable-default", "python/undefined-name"}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("a.PY", ""),
        ("tool", "#!/usr/bin/env" + " " * 190 + "python3\n"),
        ("tool", "#!/usr/bin/env -S uv run --script\n"),
        ("tool", "#!/usr/bin/pypy3\n"),
        ("tool", "#!/bin/sh\n'''exec' python3 \"$0\" \"$@\"\n'''\n"),
    ],
)
def test_python_is_known_in_disguise(repo: Repo, review: Command, name: str, first: str) -> None:
    repo.write({name: first + EVIL})
    assert SHELL in rules(review.json(repo))


def test_a_script_cannot_leave_the_review_by_another_first_line(
    repo: Repo, review: Command
) -> None:
    repo.commit({"tool": "#!/usr/bin/env python3\nx = 1\n"})
    repo.write({"tool": "#!/usr/bin/env -S my-runner\n" + EVIL})
    assert SHELL in rules(review.json(repo))


def test_an_authors_own_branch_does_not_judge(
    repo: Repo, tmp_path: Path, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Repo(tmp_path / "remote.git", bare=True)
    repo.commit({"a.py": "x = 1\n"})
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.git("push", "-q", "-u", "origin", "main")
    repo.branch("topic")
    softened = repo.commit({".architrave.toml": "ignore = ['*']\n"})
    repo.git("push", "-q", "-u", "origin", "topic")
    head = repo.commit({"b.py": EVIL})
    ran = review.json(repo)
    assert SHELL in rules(ran)
    assert "rules and policy are those of" in ran.review["change"]["notes"][0]
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", softened)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", head)
    assert SHELL in rules(review.json(repo, "--pre-push"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("eval('1 + 1')", "eval(request.args['q'])"),
        ("os.chmod(p, 0o711)", "os.chmod(q, 0o777)"),
        ("subprocess.run('ls -l /tmp', shell=True)", "subprocess.run(request.body, shell=True)"),
    ],
)
def test_an_old_finding_does_not_excuse_another_of_its_kind(
    repo: Repo, review: Command, before: str, after: str
) -> None:
    frame = (
        "import os\nimport subprocess\n\n\ndef f(p, q, request):\n    g(os, subprocess)\n    {}\n"
    )
    frame = "from x import g\n" + frame
    repo.commit({"a.py": frame.format(before)})
    repo.write({"a.py": frame.format(after)})
    ran = review.json(repo)
    assert len(ran.labelled("introduced")) == 1
    assert ran.code == 1


def test_a_finding_that_the_tool_rates_higher_is_not_the_old_one(
    repo: Repo, review: Command
) -> None:
    text = "def f(c, x):\n    y = 'SELECT a FROM b WHERE c = ' + x\n    return y\n"
    repo.commit({"a.py": text})
    edited = text.replace("y = 'SELECT", "y = c.execute('SELECT").replace("+ x", "+ x)")
    repo.write({"a.py": edited})
    assert rules(review.json(repo)) == {"security/sql-injection"}


def test_a_line_of_half_a_megabyte_with_a_finding_everywhere_stays_small(
    repo: Repo, review: Command
) -> None:
    repo.write({"a.py": "x = {" + '"a": 1, ' * 40_000 + "}\n", "b.py": EVIL})
    ran = review.json(repo)
    assert ran.code == 3
    assert "more than 2000 findings" in ran.status("a.py")["ruff"]
    assert ("security/shell-injection", "b.py", 5) in ran.labelled("introduced")
    assert len(ran.out) < 10_000_000


def test_thousands_of_findings_are_compared(repo: Repo, review: Command) -> None:
    """Not timed: the quadratic ways this guards against would take minutes."""
    old = "".join(f"def f{n}(x):\n    return eval(x)\n\n\n" for n in range(1_500))
    repo.commit({"a.py": old, "b.py": old})
    repo.write({"a.py": old.replace("def f", "def g"), "b.py": old.replace("\n\n\n", "\n\n")})
    assert review(repo).code in (0, 1)


def test_a_large_text_is_not_diffed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"data.txt": b"ab\n" * 3_000_000, "a.py": "x = 2\n"})
    assert review(repo).code == 0


def test_a_folder_in_the_place_of_settings_costs_ruff_alone(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"ruff.toml/x.py": "y = eval('1')\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert "cannot be put in place" in ran.status("ruff.toml/x.py")["ruff"]
    assert rules(ran) == {"security/code-execution"}


def test_half_a_surrogate_pair_is_written_as_it_was_meant(repo: Repo, review: Command) -> None:
    repo.write({"a.py": 'password = "\\ud800x"\n'})
    ran = review.json(repo)
    assert "\\ud800x" in ran.review["findings"][0]["message"]


def test_many_long_names_are_given_to_ruff_in_portions(repo: Repo, review: Command) -> None:
    folder = "/".join(["d" * 120] * 5)
    repo.write({f"{folder}/f{n}.py": "x = 1\n" for n in range(600)})
    ran = review.json(repo)
    assert {entry["status"] for entry in ran.review["coverage"]} == {"checked"}


def test_an_output_that_is_a_link_is_not_followed(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    (tmp_path / "precious").write_text("keep")
    (repo.path / "review.json").symlink_to(tmp_path / "precious")
    ran = review(repo, "--format", "json", "--output", "review.json")
    assert ran.code == 2
    assert "is a symbolic link" in ran.err
    assert (tmp_path / "precious").read_text() == "keep"


def test_no_hook_is_written_outside_the_repository(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.git("config", "core.hooksPath", str(tmp_path / "elsewhere"))
    ran = review(repo, "--install-hook")
    assert ran.code == 2
    assert "outside this repository" in ran.err
    assert not (tmp_path / "elsewhere").exists()


def test_a_terminated_review_leaves_nothing_behind(repo: Repo, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    repo.write({f"a{n}.py": EVIL * 400 for n in range(40)})
    code = (
        "import sys, tempfile\n"
        f"tempfile.tempdir = {str(scratch)!r}\n"
        "from bot import cli\n"
        "cli.entry()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not any((folder / "head").is_dir() for folder in scratch.iterdir()):
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"Interrupted.\n")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("ruff.toml", "builtins = 5\n", 1),
        ("ruff.toml", "[lint.isort]\nknown-first-party = 5\n", 1),
        ("pyproject.toml", "tool = 5 # tool.architrave\n", 2),
        ("pyproject.toml", "[tool]\narchitrave = 5 # tool.architrave\n", 2),
        (".architrave.toml", "packs = []\n", 2),
        (".architrave.toml", "[options.'complexity/cyclomatic-complexity']\nmax = nan\n", 2),
    ],
)
def test_odd_configuration_is_never_an_internal_failure(
    repo: Repo, review: Command, name: str, text: str, code: int
) -> None:
    repo.commit({name: text})
    repo.write({"a.py": EVIL})
    ran = review(repo)
    assert ran.code == code
    assert "Internal" not in ran.err


def test_a_broken_house_rule_is_named_when_a_rule_is_to_be_explained(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave/rules/x.md": "no front matter"})
    ran = review(repo, "--explain", "house/x")
    assert ran.code == 2
    assert ".architrave/rules/x.md:1" in ran.err


def test_odd_escapes_under_review_do_not_warn_the_reviewer(repo: Repo) -> None:
    repo.commit({"a.py": "x = eval('1')\n"})
    repo.write({"a.py": "x = eval('2')\ny = '\\d'\nz = 1if x else 2\nw = eval(z)\n"})
    ran = subprocess.run(
        [sys.executable, "-c", "from bot import cli; cli.entry()"],
        cwd=repo.path, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.stderr == b""


def test_one_document_holds_one_review(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = repo.commit({"a.py": "x = 1\n"})
    repo.branch("two")
    two = repo.commit({"b.py": "x = 1\n"})
    zero = "0" * 40
    lines = [f"refs/heads/{n} {sha} refs/heads/{n} {zero}\n" for n, sha in (("1", one), ("2", two))]
    monkeypatch.setattr(sys, "stdin", lines)
    ran = review(repo, "--pre-push", "origin", "url", "--format", "json")
    assert ran.code == 2
    assert "2 branches are pushed at once" in ran.err
