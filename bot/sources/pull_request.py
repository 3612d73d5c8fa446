"""A pull request to a `Change`: its commits are fetched as objects into a folder of ours."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.conversation import PullRequest
from bot.domain import Change
from bot.errors import ArchitraveError
from bot.outside.git import Repository
from bot.outside.git_fetch import Mirror
from bot.outside.git_history import commit_ids, read_commits

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+")
# A longer history is fetched whole.
_MOST_COMMITS = 250


class Place(NamedTuple):
    """Where objects come from and where they go."""

    server_url: str
    token: str
    folder: str
    environ: Mapping[str, str]


def fetch(pull: PullRequest, merge_base: str, place: Place) -> Repository:
    """A repository that holds head, merge base and tip of base. Raises `GitFailed`.

    What is fetched does not grow with the history: a pull request without merges needs its own
    commits only.
    """
    wanted = (pull.head, merge_base, pull.base_tip)
    repository = fetch_commits(pull.repository, wanted, pull.commits + 1, place)
    try:
        if repository.shallow and _has_merges(repository, merge_base, pull.head):
            repository.close()
            repository = fetch_commits(pull.repository, wanted, None, place)
    except BaseException:
        repository.close()
        raise
    return repository


def fetch_commits(name: str, commits: Sequence[str], depth: int | None, place: Place) -> Repository:
    """A repository that holds these commits of *name* (`OWNER/NAME`), with *depth* generations of
    their history, None for all. Raises `GitFailed`."""
    for commit in commits:
        if not _COMMIT.fullmatch(commit):
            raise ArchitraveError(f"GitHub names a commit that is none: {commit[:60]!r}", "")
    if not _NAME.fullmatch(name):
        raise ArchitraveError(f"{name!r} is not OWNER/NAME", "")
    digest = hashlib.sha256(f"{place.server_url}/{name}".encode()).hexdigest()[:24]
    folder = os.path.join(place.folder, f"{digest}.git")
    mirror = Mirror(folder, f"{place.server_url}/{name}.git", place.token, place.environ)
    mirror.prepare()
    mirror.fetch(commits, depth if depth is not None and depth <= _MOST_COMMITS else None)
    return Repository(folder, place.environ)


def _has_merges(repository: Repository, base: str, head: str) -> bool:
    commits = read_commits(repository, commit_ids(repository, base, head, _MOST_COMMITS + 1))
    return any(len(commit.parents) > 1 for commit in commits)


def read(pull: PullRequest, merge_base: str, repository: Repository) -> Change:
    """What the pull request changes, judged by the rules at the tip of its base."""
    return Change(
        title=f"{pull.repository}#{pull.number} {pull.title}",
        base=merge_base,
        head=pull.head,
        trusted=pull.base_tip,
        files=tuple(repository.compare(merge_base, pull.head)),
        tip=pull.head,
        stated=f"{pull.title}\n\n{pull.body}".strip(),
    )
