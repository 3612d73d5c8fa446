"""Architrave reviews itself: all of it since its first commit, by its own rules and policy."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Command

ROOT = Path(__file__).parent.parent
MADE_UP = "made up for a test, in pieces, so that no other program takes it for one"
# What a person has answered, and why; each as often as it is named. Whatever else must be answered, or
# was not checked, fails this test.
ANSWERED = {
    ("oversight/weakened-workflow", ".github/workflows/architrave.yml"): (
        "it checks out the base branch only, and runs nothing of a pull request"
    ),
    ("security/committed-secret", "tests/injection.py"): MADE_UP,
    ("security/committed-secret", "tests/test_entrances.py"): MADE_UP,
    ("security/committed-secret", "tests/test_injection_claims.py"): MADE_UP,
    ("security/committed-secret", "tests/test_injection_files.py"): MADE_UP,
    ("security/committed-secret", "tests/test_redaction.py"): MADE_UP,
}


def git(*arguments: str, folder: Path) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file as it is now: what is held to first, then all else in a change of its own."""
    folder = tmp_path_factory.mktemp("own") / "architrave"
    # What is no part of it is named in its own .gitignore, too; the rest of this is only for speed.
    left = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "node_modules")
    shutil.copytree(ROOT, folder, ignore=left)
    person = ("-c", "user.name=M", "-c", "user.email=m@example.org")
    git("init", "-q", "-b", "main", folder=folder)
    for added in ([".architrave", ".architrave.toml", "pyproject.toml"], ["-A"]):
        git("add", *added, folder=folder)
        git(*person, "commit", "-q", "-m", "all", folder=folder)
    return folder


def test_the_own_code_passes_its_own_review(copied: Path, review: Command) -> None:
    ran = review.json(copied, "HEAD^..HEAD", "--no-llm")
    found = [each for each in ran.review["findings"] if each["blocking"]]
    waiting = {(each["rule"], each["path"]) for each in found}
    assert waiting == {*ANSWERED}, [
        f"{each['path']}:{each['start_line']} {each['rule']}: {each['message']}" for each in found
    ]
    missed = [e for e in ran.review["coverage"] if e["status"] in ("skipped", "failed")]
    assert [e for e in missed if not e["path"].startswith("benchmarks/judge/")] == []


def test_the_rules_of_the_house_are_in_order_and_their_examples_run(
    copied: Path, review: Command
) -> None:
    checked = review(copied, "rules", "check")
    assert (checked.code, "6 contracts for import-linter" in checked.out) == (0, True)
    tested = review(copied, "rules", "test")
    assert (tested.code, tested.out.splitlines()[-1]) == (0, "2 of 2 rules passed.")
