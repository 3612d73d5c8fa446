"""Review before a push: exactly what is pushed, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import Command, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

ROOT = Path(__file__).parent.parent
BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
GOOD = "x = 1\n"


@pytest.fixture
def pushing(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, review: Command) -> Repo:
    """A repository with a remote and the hook, installed as the console script would."""
    script = tmp_path / "bin dir" / "review-local"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom bot import cli\ncli.entry()\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script)])
    Repo(tmp_path / "remote.git", bare=True)
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.commit({"a.py": GOOD})
    repo.git("push", "-q", "origin", "main")
    ran = review(repo, "--install-hook")
    assert ran.code == 0
    assert "Installed" in ran.err
    return repo


def push(repo: Repo, *arguments: str) -> tuple[bool, str]:
    ran = subprocess.run(
        ["git", "push", *arguments], cwd=repo.path, capture_output=True, check=False
    )
    return ran.returncode == 0, (ran.stdout + ran.stderr).decode()


def test_a_push_with_a_blocking_finding_is_stopped(pushing: Repo) -> None:
    pushing.commit({"a.py": BAD})
    pushed, said = push(pushing, "origin", "main")
    assert not pushed
    assert "security/shell-injection" in said
    assert push(pushing, "--no-verify", "origin", "main")[0]


def test_a_clean_push_goes_through(pushing: Repo) -> None:
    pushing.commit({"b.py": GOOD})
    assert push(pushing, "origin", "main")[0]


def test_only_what_is_pushed_is_reviewed(pushing: Repo) -> None:
    pushing.commit({"b.py": GOOD})
    pushing.write({"c.py": BAD})
    assert push(pushing, "origin", "main")[0]
    pushing.branch("other")
    pushing.commit({"c.py": BAD})
    pushing.git("checkout", "-q", "main")
    pushing.commit({"d.py": GOOD})
    assert push(pushing, "origin", "main")[0]


def test_a_new_branch_is_reviewed_from_where_it_left_the_remote(pushing: Repo) -> None:
    pushing.branch("topic")
    pushing.commit({"b.py": GOOD})
    pushing.commit({"b.py": BAD})
    pushed, said = push(pushing, "origin", "topic")
    assert not pushed
    assert "b.py" in said
    pushing.commit({"b.py": GOOD})
    assert push(pushing, "origin", "topic")[0]


def test_a_deleted_branch_needs_no_review(pushing: Repo) -> None:
    pushing.branch("topic")
    pushing.commit({"b.py": BAD})
    assert push(pushing, "--no-verify", "origin", "topic")[0]
    assert push(pushing, "origin", "--delete", "topic")[0]


def test_several_branches_are_all_reviewed(pushing: Repo) -> None:
    pushing.branch("one")
    pushing.commit({"b.py": GOOD})
    pushing.git("checkout", "-q", "-b", "two", "main")
    pushing.commit({"c.py": BAD})
    pushed, said = push(pushing, "origin", "one", "two")
    assert not pushed
    assert said.count("Architrave") == 2


def test_a_tag_on_known_commits_and_a_tag_of_a_file_need_no_review(pushing: Repo) -> None:
    pushing.git("tag", "v1")
    pushing.git("tag", "blob", "HEAD:a.py")
    assert push(pushing, "origin", "v1", "blob")[0]


def test_a_forced_push_over_unknown_commits_is_reviewed(pushing: Repo, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(tmp_path / "remote.git"), str(other)], check=True)
    clone = Repo.__new__(Repo)
    clone.path = other
    clone.commit({"z.py": GOOD})
    clone.git("push", "-q", "origin", "main")
    pushing.commit({"b.py": BAD})
    pushed, said = push(pushing, "--force", "origin", "main")
    assert not pushed
    assert "b.py" in said


def test_the_first_push_of_a_repository_reviews_everything(
    repo: Repo, tmp_path: Path, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = repo.commit({"a.py": BAD})
    monkeypatch.setattr(sys, "stdin", [f"refs/heads/main {head} refs/heads/main {'0' * 40}\n"])
    ran = review(repo, "--pre-push", "origin", "url")
    assert ran.code == 1
    assert "security/shell-injection" in ran.out


def test_pre_commit_tells_the_range_by_its_environment(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = repo.commit({"a.py": GOOD})
    new = repo.commit({"a.py": BAD})
    repo.commit({"b.py": "x = eval('1')\n"})
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", old)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", new)
    monkeypatch.setenv("PRE_COMMIT_REMOTE_NAME", "origin")
    ran = review(repo, "--pre-push", "--format", "json")
    assert ran.labelled("introduced") == [("security/shell-injection", "a.py", 5)]


def test_another_hook_is_left_alone(repo: Repo, review: Command) -> None:
    hook = repo.path / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 0\n")
    ran = review(repo, "--install-hook")
    assert ran.code == 2
    assert 'review-local --pre-push "$@"' in ran.err
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_the_hook_may_be_installed_again_and_goes_where_git_looks(
    repo: Repo, review: Command
) -> None:
    repo.git("config", "core.hooksPath", "my hooks")
    assert review(repo, "--install-hook").code == 0
    assert review(repo, "--install-hook").code == 0
    assert os.access(repo.path / "my hooks" / "pre-push", os.X_OK)


def test_a_hook_that_cannot_be_written_is_named(repo: Repo, review: Command) -> None:
    (repo.path / "file").write_text("")
    repo.git("config", "core.hooksPath", "file/hooks")
    ran = review(repo, "--install-hook")
    assert ran.code == 2
    assert "cannot be written" in ran.err


def test_the_hook_for_pre_commit_is_well_formed() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "review-local --pre-push"
    assert hook["stages"] == ["pre-push"]
    assert hook["pass_filenames"] is False
    assert hook["always_run"] is True
