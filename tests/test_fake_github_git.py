"""The fake GitHub serves real Git: what a bot fetches, and what it cannot do."""

import os
import subprocess
from pathlib import Path

import pytest
from github_client import World, basic, world
from github_setup import READS

__all__ = ["world"]


def git(folder: Path, *arguments: str, header: str | None = None) -> tuple[int, str]:
    """Runs Git with a header that is in no process list."""
    settings = {} if header is None else {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: {header}",
    }  # fmt: skip
    ran = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, (ran.stdout + ran.stderr).strip()


def test_a_pull_request_is_fetched_without_blobs(world: World, tmp_path: Path) -> None:
    url, header = f"{world.hub.url}/acme/shop.git", basic(world.token.value)
    code, out = git(
        tmp_path, "clone", "-q", "--bare", "--filter=blob:none", url, "c", header=header
    )
    assert code == 0, out
    clone = tmp_path / "c"
    refs = ["refs/pull/1/head:refs/pull/1/head", "refs/pull/1/merge:refs/pull/1/merge"]
    code, out = git(clone, "fetch", "-q", "--filter=blob:none", "origin", *refs, header=header)
    assert code == 0, out
    assert git(clone, "rev-parse", "refs/pull/1/head")[1] == world.pull.head_sha
    assert git(clone, "rev-parse", "refs/pull/1/merge")[1] == world.pull.merge_sha
    listed = git(clone, "rev-list", "--objects", "--missing=print", "--all")[1]
    missing = [line[1:] for line in listed.split("\n") if line.startswith("?")]
    assert len(missing) >= 4
    before = len(world.hub.requests)
    wanted = ["-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "origin", "--no-tags"]
    code, out = git(clone, *wanted, "--filter=blob:none", *missing, header=header)
    assert code == 0, out
    assert len(world.hub.requests) - before <= 4 and world.hub.calls() == []
    assert git(clone, "show", "refs/pull/1/head:new.py")[1].startswith("one = 1")
    assert world.hub.problems == [] and world.hub.writes() == []


def test_shallow_and_by_any_sha(world: World, tmp_path: Path) -> None:
    old = world.pull.head_sha
    world.hub.force_push(world.pull, {"q.py": "1\n"})
    git(tmp_path, "init", "-q", "--bare", "c")
    url, header = f"{world.hub.url}/acme/shop.git", f"Bearer {world.token.value}"
    code, out = git(tmp_path / "c", "fetch", "-q", "--depth=1", url, old, header=header)
    assert code == 0, out
    assert git(tmp_path / "c", "rev-list", "--count", old)[1] == "1"


@pytest.mark.parametrize("header", [None, "Basic eDp3cm9uZw==", "Bearer wrong"])
def test_no_entry_without_a_token(world: World, tmp_path: Path, header: str | None) -> None:
    url = f"{world.hub.url}/acme/shop.git"
    assert git(tmp_path, "ls-remote", url, header=header)[0] != 0
    world.repo.private = False
    assert (git(tmp_path, "ls-remote", url, header=header)[0] == 0) == (header is None)


def test_a_token_without_contents_and_one_for_elsewhere(world: World, tmp_path: Path) -> None:
    url = f"{world.hub.url}/acme/shop.git"
    installation = world.hub.state.installations[0]
    for given in ({"permissions": {"pull_requests": "write"}}, {"repos": []}):
        token = world.hub.installation_token(installation, **given)  # type: ignore[arg-type]
        assert git(tmp_path, "ls-remote", url, header=basic(token.value))[0] != 0
    token = world.hub.actions_token(world.repo, permissions=READS)
    assert "refs/pull/1/head" in git(tmp_path, "ls-remote", url, header=basic(token.value))[1]


def test_a_push_is_a_problem(world: World, tmp_path: Path) -> None:
    url, header = f"{world.hub.url}/acme/shop.git", basic(world.token.value)
    git(tmp_path, "clone", "-q", url, "c", header=header)
    code, out = git(tmp_path / "c", "push", "-q", "origin", "HEAD:refs/heads/x", header=header)
    assert code != 0 and "403" in out and "a bot fetches" in world.hub.problems[0]


def test_a_fetch_can_fail(world: World, tmp_path: Path) -> None:
    url, header = f"{world.hub.url}/acme/shop.git", basic(world.token.value)
    world.hub.fail("GET", r"\.git/info/refs", 503)
    # Git tries once more when a connection that it keeps open ends.
    world.hub.drop("POST", r"\.git/git-upload-pack", times=2)
    for _ in range(2):
        assert git(tmp_path, "clone", "-q", url, "c", header=header)[0] != 0
    assert git(tmp_path, "clone", "-q", url, "c", header=header)[0] == 0
