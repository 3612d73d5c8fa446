"""Which change is reviewed, in every state a repository can be in."""

import os
import time
from pathlib import Path

import pytest
from conftest import Command, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
WORSE = BAD + "\n\ndef go(x):\n    return eval(x)\n"
SHELL = ("security/shell-injection", "a.py", 5)
EVAL = ("security/code-execution", "a.py", 9)


def test_a_branch_is_compared_with_the_default_branch(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    repo.branch("topic")
    repo.commit({"a.py": WORSE})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [EVAL]
    assert ran.code == 1
    assert ran.review["verdict"] == "blocked"


def test_a_branch_is_compared_with_its_upstream_before_the_default_branch(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("release")
    repo.commit({"a.py": BAD})
    repo.branch("topic")
    repo.git("branch", "-q", "--set-upstream-to=release")
    repo.commit({"a.py": WORSE})
    assert review.json(repo).labelled("introduced") == [EVAL]


def test_an_upstream_that_is_gone_falls_back_to_the_default_branch(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": BAD})
    repo.branch("topic")
    repo.git("config", "branch.topic.remote", "origin")
    repo.git("config", "branch.topic.merge", "refs/heads/topic")
    repo.commit({"a.py": WORSE})
    assert review.json(repo).labelled("introduced") == [EVAL]


def test_origins_default_branch_is_used_in_a_clone(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.commit({"a.py": BAD})
    repo.git("clone", "-q", str(repo.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "topic", "--no-track")
    clone.git("branch", "-q", "-D", "main")
    clone.commit({"a.py": WORSE})
    ran = review.json(clone)
    assert ran.labelled("introduced") == [EVAL]
    assert ran.review["change"]["title"] == "working tree since origin/HEAD"


def test_uncommitted_staged_and_untracked_files_count_but_ignored_ones_do_not(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n", "b.py": "y = 1\n", ".gitignore": "c.py\n"})
    repo.write({"a.py": BAD, "b.py": BAD, "c.py": BAD, "new dir/d.py": BAD})
    repo.git("add", "b.py")
    ran = review.json(repo)
    assert {path for _, path, _ in ran.labelled("introduced")} == {"a.py", "b.py", "new dir/d.py"}


def test_nothing_is_written_into_the_repository(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": BAD, "new.py": BAD})
    before = sorted((path, path.stat().st_mtime_ns) for path in repo.path.rglob("*"))
    review(repo)
    assert sorted((path, path.stat().st_mtime_ns) for path in repo.path.rglob("*")) == before


def test_an_edit_within_the_second_of_a_commit_is_seen_later(repo: Repo, review: Command) -> None:
    """The same size, the same time: only the content tells, and Git looks at it only when young."""
    repo.commit({"a.py": "x = abs(1)\n"})
    before = (repo.path / "a.py").stat()
    repo.write({"a.py": "x = eval(1)"})
    os.utime(repo.path / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    time.sleep(1.1)
    assert len(review.json(repo).review["change"]["files"]) == 1


def test_staged_looks_at_the_index_and_not_at_the_files(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": BAD})
    repo.git("add", "a.py")
    repo.write({"a.py": WORSE})
    assert review.json(repo, "--staged").labelled("introduced") == [SHELL]


def test_committed_leaves_the_working_tree_out(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("topic")
    repo.commit({"a.py": BAD})
    repo.write({"a.py": WORSE})
    assert review.json(repo, "--committed").labelled("introduced") == [SHELL]


def test_base_and_head_name_the_ends(repo: Repo, review: Command) -> None:
    first = repo.commit({"a.py": "x = 1\n"})
    second = repo.commit({"a.py": BAD})
    repo.commit({"a.py": WORSE})
    assert review.json(repo, "--base", first, "--head", second).labelled("introduced") == [SHELL]
    assert review.json(repo, "--base", second).labelled("introduced") == [EVAL]


@pytest.mark.parametrize(
    ("range_", "expected"),
    [
        ("main..topic", [EVAL]),
        ("main...topic", [EVAL]),
        ("main..", [EVAL]),
        ("..topic", []),
        ("topic^!", [EVAL]),
        ("topic^-", [EVAL]),
        ("main", [EVAL]),
    ],
)
def test_ranges_are_read_as_git_writes_them(
    repo: Repo, review: Command, range_: str, expected: list[object]
) -> None:
    repo.commit({"a.py": BAD})
    repo.branch("topic")
    repo.commit({"a.py": WORSE})
    assert review.json(repo, range_).labelled("introduced") == expected


def test_what_the_base_branch_did_since_is_not_charged(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": WORSE})
    repo.branch("topic")
    repo.commit({"b.py": "x = 1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": "x = 1\n"})
    for range_ in ("main..topic", "main...topic"):
        assert review.json(repo, range_).labelled("introduced") == []


def test_without_upstream_or_default_branch_only_uncommitted_work_is_reviewed(
    repo: Repo, review: Command
) -> None:
    repo.git("checkout", "-q", "-b", "elsewhere")
    repo.commit({"a.py": BAD})
    repo.write({"a.py": WORSE})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [EVAL]
    assert "No upstream and no default branch" in ran.review["change"]["notes"][0]


def test_a_detached_head_is_compared_with_the_default_branch(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    repo.branch("topic")
    repo.commit({"a.py": WORSE})
    repo.git("checkout", "-q", "--detach")
    assert review.json(repo).labelled("introduced") == [EVAL]


def test_before_the_first_commit_every_file_is_new(repo: Repo, review: Command) -> None:
    repo.write({"a.py": BAD})
    assert review.json(repo).labelled("introduced") == [SHELL]
    repo.git("add", "a.py")
    assert review.json(repo, "--staged").labelled("introduced") == [SHELL]


def test_before_the_first_commit_committed_work_is_an_error(repo: Repo, review: Command) -> None:
    ran = review(repo, "--committed")
    assert ran.code == 2
    assert "no commit yet" in ran.err


def test_the_root_commit_can_be_reviewed(repo: Repo, review: Command) -> None:
    root = repo.commit({"a.py": BAD})
    assert review.json(repo, f"{root}^!").labelled("introduced") == [SHELL]


@pytest.mark.parametrize("range_", ["origin/other..HEAD", "origin/other...HEAD"])
def test_a_shallow_clone_without_a_merge_base_is_an_error_and_never_clean(
    repo: Repo, tmp_path: Path, review: Command, range_: str
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("other")
    repo.commit({"b.py": "y = 1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": BAD})
    clone = Repo(tmp_path / "clone")
    clone.git("remote", "add", "origin", f"file://{repo.path}")
    clone.git("fetch", "-q", "--depth=1", "origin", "main", "other:refs/remotes/origin/other")
    clone.git("checkout", "-q", "-B", "main", "FETCH_HEAD")
    ran = review(clone, range_)
    assert ran.code == 2
    assert "no common ancestor" in ran.err
    assert "--unshallow" in ran.err
    assert ran.out == ""


def test_a_shallow_clone_with_a_merge_base_says_that_it_is_shallow(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": BAD})
    repo.commit({"a.py": WORSE})
    clone = Repo(tmp_path / "clone")
    clone.git("fetch", "-q", "--depth=2", f"file://{repo.path}", "main")
    clone.git("checkout", "-q", "-B", "main", "FETCH_HEAD")
    ran = review.json(clone, "HEAD^..HEAD")
    assert ran.labelled("introduced") == [EVAL]
    assert "shallow" in ran.review["change"]["notes"][0]


def test_unrelated_histories_are_an_error(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.git("checkout", "-q", "--orphan", "island")
    repo.commit({"a.py": BAD})
    ran = review(repo, "main..island")
    assert ran.code == 2
    assert "no common ancestor" in ran.err


def test_of_several_merge_bases_one_is_taken_and_named(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("topic")
    repo.commit({"b.py": "y = 1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"c.py": "z = 1\n"})
    main = repo.git("rev-parse", "main")
    repo.git("merge", "-q", "--no-edit", "topic")
    repo.git("checkout", "-q", "topic")
    repo.git("merge", "-q", "--no-edit", main)
    repo.commit({"a.py": BAD})
    ran = review.json(repo, "main...topic")
    assert ran.labelled("introduced") == [SHELL]
    assert "2 common ancestors" in ran.review["change"]["notes"][0]


def test_a_linked_worktree_is_reviewed_with_its_own_files(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.py").write_text(BAD)
    assert review.json(tmp_path / "linked").labelled("introduced") == [SHELL]
    assert review.json(repo).labelled("introduced") == []


def test_a_bare_repository_is_reviewed_by_range(
    repo: Repo, tmp_path: Path, review: Command
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": BAD})
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    ran = review.json(tmp_path / "bare.git", "HEAD^..HEAD")
    assert ran.labelled("introduced") == [SHELL]
    assert review(tmp_path / "bare.git", "--staged").code == 2
    assert review(tmp_path / "bare.git").code == 0


def test_a_subdirectory_reviews_the_whole_repository(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n", "sub/dir/b.py": "y = 1\n"})
    repo.write({"a.py": BAD, "sub/new.py": BAD})
    ran = review.json(repo.path / "sub" / "dir")
    assert {path for _, path, _ in ran.labelled("introduced")} == {"a.py", "sub/new.py"}


def test_outside_a_repository_the_message_says_what_to_do(tmp_path: Path, review: Command) -> None:
    ran = review(tmp_path)
    assert ran.code == 2
    assert "not in a Git repository" in ran.err
    assert "--demo" in ran.err


@pytest.mark.parametrize("revision", ["nosuch", "HEAD~99", "@{upstream}", "--help", "a b", "x\ny"])
def test_a_revision_that_is_none_is_named(repo: Repo, review: Command, revision: str) -> None:
    repo.commit({"a.py": "x = 1\n"})
    ran = review(repo, f"--base={revision}")
    assert ran.code == 2
    assert "is not a commit here" in ran.err


def test_a_revision_of_a_reflog_is_understood(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    repo.commit({"a.py": WORSE})
    assert review.json(repo, "HEAD@{1}..HEAD").labelled("introduced") == [EVAL]


def test_a_merge_conflict_in_the_index_is_explained(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("topic")
    repo.commit({"a.py": "x = 2\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": "x = 3\n"})
    with pytest.raises(AssertionError):
        repo.git("merge", "-q", "topic")
    ran = review(repo, "--staged")
    assert ran.code == 2
    assert "Finish the merge" in ran.err
    # The working tree itself can be reviewed: its conflict marks do not parse.
    assert review(repo).code == 3


def test_an_unchanged_tree_passes_and_says_so(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD})
    ran = review(repo)
    assert ran.code == 0
    assert "No file differs" in ran.out
    assert "Passed" in ran.out


def test_a_repository_with_sha256_names_is_reviewed(tmp_path: Path, review: Command) -> None:
    repo = Repo(tmp_path / "repo")
    (tmp_path / "modern").mkdir()
    modern = Repo.__new__(Repo)
    modern.path = tmp_path / "modern"
    modern.git("init", "-q", "-b", "main", "--object-format=sha256")
    modern.write({"a.py": BAD})
    assert review.json(modern).labelled("introduced") == [SHELL]
    assert repo.path.exists()
