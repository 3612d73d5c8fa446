"""The author of the change is the attacker: nothing runs, nothing leaves, nothing is softened."""

import os
import re
import stat
from pathlib import Path

import pytest
from conftest import Command, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
SHELL = ("security/shell-injection", "a.py", 5)
EVAL = ("security/code-execution", "b.py", 2)


@pytest.fixture
def trap(tmp_path: Path) -> tuple[str, Path]:
    """A program that leaves a mark when anything runs it, and the mark."""
    mark = tmp_path / "executed"
    program = tmp_path / "trap.sh"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {mark}\ncat\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program), mark


MODES = [[], ["--staged"], ["--committed"], ["HEAD^..HEAD"], ["--rules", "worktree"]]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: " ".join(mode) or "default")
def test_programs_named_in_a_foreign_configuration_never_run(
    repo: Repo, review: Command, trap: tuple[str, Path], mode: list[str]
) -> None:
    program, mark = trap
    attributes = "*.py diff=evil filter=evil merge=evil\n*.txt filter=lfs\n"
    repo.commit({"a.py": "x = 1\n", ".gitattributes": attributes, "t.txt": "a\n"})
    repo.commit({"a.py": "x = 2\n"})
    for key, value in {
        "diff.evil.textconv": program,
        "diff.evil.command": program,
        "diff.external": program,
        "core.fsmonitor": program,
        "core.pager": program,
        "core.sshCommand": program,
        "core.alternateRefsCommand": program,
        "core.editor": program,
        "filter.evil.clean": program,
        "filter.evil.smudge": program,
        "filter.evil.process": program,
        "filter.evil.required": "true",
        "filter.lfs.clean": program,
        "filter.odd=name.clean": program,
        "credential.helper": f"!{program}",
        "gpg.program": program,
        "pager.log": program,
        "uploadpack.packObjectsHook": program,
    }.items():
        repo.git("config", key, value)
    hooks = repo.path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction",
                 "fsmonitor-watchman", "query-watchman", "pre-auto-gc"):  # fmt: skip
        (hooks / name).write_bytes(Path(program).read_bytes())
        (hooks / name).chmod(0o755)
    repo.git("config", "core.hooksPath", str(hooks))
    mark.unlink(missing_ok=True)
    # The same size within the same second: Git has to read the content to tell.
    repo.write({"a.py": "x = 3\n", "t.txt": "b\n", "new.py": BAD})
    ran = review(repo, *mode)
    assert ran.code in (0, 1)
    assert not mark.exists(), mark.read_text()


def test_a_missing_object_of_a_partial_clone_starts_no_transport(
    repo: Repo, tmp_path: Path, review: Command, trap: tuple[str, Path]
) -> None:
    program, mark = trap
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": BAD})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = Repo(tmp_path / "clone")
    clone.git("remote", "add", "origin", f"file://{repo.path}")
    clone.git("fetch", "-q", "--filter=blob:none", "origin", "main")
    clone.git("update-ref", "refs/heads/main", "FETCH_HEAD")
    clone.git("config", "remote.origin.url", f"ext::{program} %S")
    clone.git("config", "remote.origin.uploadpack", program)
    clone.git("config", "protocol.ext.allow", "always")
    ran = review(clone, "main^..main")
    assert ran.code == 3
    assert "missing" in ran.out or "Nothing was reviewed" in ran.err
    assert not mark.exists()


def test_replaced_objects_are_not_believed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": BAD})
    good, bad = (repo.git("rev-parse", f"{name}:a.py") for name in ("HEAD^", "HEAD"))
    repo.git("replace", bad, good)
    assert review.json(repo, "HEAD^..HEAD").labelled("introduced") == [SHELL]


def test_code_under_review_is_never_imported(
    repo: Repo, review: Command, trap: tuple[str, Path]
) -> None:
    _, mark = trap
    boom = f"import os\nos.system('touch {mark}')\n"
    names = ("bot", "bandit", "radon", "ast", "json", "sitecustomize", "usercustomize", "conftest")
    repo.write({f"{name}.py": boom for name in names})
    repo.write({f"{name}/__init__.py": boom for name in ("yaml", "rich", "git", "tomli_w")})
    assert review(repo, "--no-cache").code in (0, 1)
    assert not mark.exists()


SOFTENERS = {
    "ruff.toml": "exclude = ['*']\nlint.ignore = ['ALL']\n",
    ".ruff.toml": "lint.ignore = ['ALL']\n",
    "pyproject.toml": "[tool.ruff.lint]\nignore = ['ALL']\n[tool.architrave]\nignore = ['**']\n",
    ".architrave.toml": "ignore = ['**']\nfail-on = 'never'\n",
    ".bandit": "[bandit]\nskips: B602,B307\n",
    "setup.cfg": "[radon]\nexclude = *\n",
    "radon.cfg": "[radon]\noutput_file = stolen\n",
    ".pre-commit-config.yaml": "repos: []\n",
}


@pytest.mark.parametrize("name", SOFTENERS)
def test_a_change_cannot_bring_the_settings_that_pardon_it(
    repo: Repo, review: Command, name: str
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("topic")
    repo.commit({name: SOFTENERS[name], "a.py": BAD, "b.py": "def go(x):\n    return eval(x)\n"})
    repo.commit({"c.py": "print(undefined)\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [SHELL, EVAL, *ran.labelled("introduced")[2:]]
    assert ("python/undefined-name", "c.py", 1) in ran.labelled("introduced")
    assert ran.code == 1
    assert not (repo.path / "stolen").exists()


def test_a_change_that_edits_the_policy_is_told_whose_policy_judges(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({".architrave.toml": "disable = ['security/shell-injection']\n", "a.py": BAD})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [SHELL]
    assert "--rules worktree" in " ".join(ran.review["change"]["notes"])
    assert review.json(repo, "--rules", "worktree").labelled("introduced") == []


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: S602", "# nosec", "# nosec B602"])
def test_a_comment_does_not_silence_the_review(repo: Repo, review: Command, comment: str) -> None:
    repo.write({"a.py": f"# ruff: noqa\n{BAD.rstrip()}  {comment}\nx = undefined  # noqa\n"})
    found = {rule for rule, _, _ in review.json(repo).labelled("introduced")}
    assert {"security/shell-injection", "python/undefined-name"} <= found


def test_settings_that_leave_the_tree_are_not_read(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    (tmp_path / "secret.toml").write_text("token = 'hunter2'\nthis is not TOML")
    targets = ("../secret.toml", str(tmp_path / "secret.toml"), "$HOME/x.toml", "~/x.toml")
    for number, target in enumerate(targets):
        repo.commit({"ruff.toml": f"extend = '{target}'\ncache-dir = '{tmp_path}/c'\nfix = true\n"})
        repo.write({f"a{number}.py": "import os\n"})
        ran = review.json(repo)
        assert ran.labelled("introduced") == [("python/unused-import", f"a{number}.py", 1)]
        assert "hunter2" not in ran.out + ran.err
        assert (repo.path / f"a{number}.py").read_text() == "import os\n"
    assert not (tmp_path / "c").exists()


DEEP = "x = " + "-" * 200_000 + "1\n"
HOSTILE = {
    "a chain of signs that overflows Ruff's stack": DEEP,
    "brackets nested too deep": "x = " + "(" * 3_000 + ")" * 3_000 + "\n",
    "a very long expression": "x = " + " + ".join(["1"] * 60_000) + "\n",
    "a comprehension nested too deep": "x = " + "[" * 150 + "1" + " for a in b]" * 150 + "\n",
    "a string that never ends": 'x = """\n' * 1_001,
    "an odd encoding": "# -*- coding: nonsense -*-\nx = 1\n",
    "an unexpected encoding": "# -*- coding: utf-7 -*-\nx = 1\n",
    "only NUL bytes": "\0" * 1000,
    "a tab in the wrong place": "if True:\n        x = 1\n\ty = 2\n",
    "an unknown escape": "x = '\\N{no such name}'\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_costs_itself_and_no_other(repo: Repo, review: Command, text: str) -> None:
    repo.write({"evil.py": text, "a.py": BAD, "b.py": "def go(x):\n    return eval(x)\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced")[:2] == [SHELL, EVAL]
    assert set(ran.status("a.py").values()) == {"checked"}
    statuses = ran.status("evil.py").values()
    assert ran.code == (
        3 if any(each.startswith(("failed", "skipped")) for each in statuses) else 1
    )


def test_what_is_too_deep_for_every_tool_is_incomplete(repo: Repo, review: Command) -> None:
    repo.write({"evil.py": DEEP, "a.py": "x = 1\n"})
    ran = review.json(repo)
    assert ran.code == 3
    # SIGABRT, or SIGSEGV where Ruff may not look at its own stack.
    assert "killed by SIG" in ran.status("evil.py")["ruff"]
    assert "deeply nested" in ran.status("evil.py")["bandit"]
    assert ran.status("a.py") == {"ruff": "checked", "bandit": "checked", "radon": "checked"}


def test_control_characters_of_code_never_reach_the_terminal(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202egnp\u2066\x9b31m\u200b\x08\x7f\ufeff\U000e0041"
    repo.write({"a.py": f"def f(x):\n    return eval(x)  # {evil}\n"})
    for style in ("terminal", "markdown", "prompt", "github", "sarif", "json"):
        for colour in ("", "1"):
            monkeypatch.setenv("FORCE_COLOR", colour)
            ran = review(repo, "--format", style)
            text = re.sub(r"\x1b\[[0-9;]*m", "", ran.out) if colour else ran.out
            assert [each for each in text if not each.isprintable() and each != "\n"] == [], style


def test_a_file_cannot_write_workflow_commands_or_markup(repo: Repo, review: Command) -> None:
    name = "x\n::error::owned.py"
    repo.write({name: "def f(x):\n    return eval(x)  # ``` <img src=x> @everyone\n"})
    commands = review(repo, "--format", "github").out.splitlines()
    assert [line for line in commands if line.startswith("::error::owned")] == []
    assert all(line.startswith("::") for line in commands)
    markdown = review(repo, "--format", "markdown").out
    assert "````python" in markdown
    assert "\n::error" not in markdown


def test_secrets_of_the_environment_do_not_reach_the_tools(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "bin" / "ruff"
    spy.parent.mkdir()
    # What it knows it tells in the only way that it has.
    spy.write_text("#!/bin/sh\necho knows $(env | cut -d= -f1) >&2\nexit 2\n")
    spy.chmod(0o755)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    monkeypatch.setenv("RUFF_CONFIG", "/etc/evil.toml")
    monkeypatch.setattr("bot.outside.installed.ruff", lambda: str(spy))
    repo.write({"a.py": "x = 1\n"})
    told = review.json(repo, "--no-cache").status("a.py")["ruff"]
    assert "knows" in told and "PATH" in told
    assert "ANTHROPIC" not in told and "RUFF_CONFIG" not in told


def test_no_temporary_folder_is_left_behind(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    repo.write({"a.py": BAD, "evil.py": DEEP})
    review(repo, "--no-cache")
    review(repo, "--staged")
    review(repo, "nosuch")
    assert os.listdir(scratch) == []
