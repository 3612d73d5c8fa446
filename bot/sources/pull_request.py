"""A pull request to a `Change`: its commits are fetched as objects into a folder of ours."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bot.conversation import PullRequest
from bot.domain import Change
from bot.errors import ArchitraveError, unstoppable
from bot.outside.git import Repository
from bot.outside.git_fetch import Mirror
from bot.outside.git_history import commit_ids, read_commits

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+")
# A longer history is fetched whole.
_MOST_COMMITS = 250


class Place(NamedTuple):
    """Where objects come from and where they go; *stop* raises `Stopped` when nobody waits for them."""

    server_url: str
    token: str
    folder: str
    environ: Mapping[str, str]
    stop: Callable[[], None] = unstoppable


def fetch(pull: PullRequest, merge_base: str, place: Place) -> Repository:
    """A repository that holds head, merge base and tip of base. Raises `GitFailed`.

    What is fetched does not grow with the history: a pull request without merges needs its own
    commits only.
    """
    for commit in (pull.head, merge_base, pull.base_tip):
        if not _COMMIT.fullmatch(commit):
            raise ArchitraveError(f"GitHub names a commit that is none: {commit[:60]!r}", "")
    if not _NAME.fullmatch(pull.repository):
        raise ArchitraveError(f"{pull.repository!r} is not OWNER/NAME", "")
    folder = os.path.join(place.folder, mirror_name(place.server_url, pull.repository))
    url = f"{place.server_url}/{pull.repository}.git"
    mirror = Mirror(folder, url, place.token, place.environ, place.stop)
    mirror.prepare()
    wanted = (pull.head, merge_base, pull.base_tip)
    mirror.fetch(wanted, pull.commits + 1 if pull.commits < _MOST_COMMITS else None)
    repository = Repository(folder, place.environ)
    try:
        if repository.shallow and _has_merges(repository, merge_base, pull.head):
            repository.close()
            mirror.fetch(wanted, None)
            repository = Repository(folder, place.environ)
    except BaseException:
        repository.close()
        raise
    return repository


def mirror_name(server_url: str, repository: str) -> str:
    """The folder in which the objects of a repository are kept, however its name is capitalised."""
    address = f"{server_url}/{repository.lower()}"
    return f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.git"


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
