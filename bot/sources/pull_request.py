"""A pull request to a `Change`: its commits are fetched as objects into a folder of ours."""

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.conversation import PullRequest
from bot.domain import Change
from bot.errors import ArchitraveError, unstoppable
from bot.outside.git import Repository
from bot.outside.git_fetch import Mirror
from bot.outside.git_history import commit_ids, read_commits
from bot.outside.git_objects import GitFailed

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+")
_MENDED = "The objects kept from earlier reviews were broken and were fetched anew: {}"
# A longer history is fetched whole.
_MOST_COMMITS = 250


class Place(NamedTuple):
    """Where objects come from and where they go; *stop* raises `Stopped` when nobody waits for them."""

    server_url: str
    token: str
    folder: str
    environ: Mapping[str, str]
    stop: Callable[[], None] = unstoppable


class Fetched(NamedTuple):
    """What holds head, merge base and tip of base. *notes* are for whoever reads the review."""

    repository: Repository
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def fetch(pull: PullRequest, merge_base: str, place: Place) -> Iterator[Fetched]:
    """A pull request's objects, as long as it lasts. Raises `GitFailed`.

    What is fetched does not grow with the history: a pull request without merges needs its own
    commits only.
    """
    wanted = (pull.head, merge_base, pull.base_tip)
    with contextlib.ExitStack() as held:
        found = held.enter_context(fetch_commits(pull.repository, wanted, pull.commits + 1, place))
        repository = found.repository
        if repository.shallow and _has_merges(repository, merge_base, pull.head):
            # Given back first: it may have to be made anew.
            held.close()
            found = held.enter_context(fetch_commits(pull.repository, wanted, None, place))
        yield found


@contextlib.contextmanager
def fetch_commits(
    name: str, commits: Sequence[str], depth: int | None, place: Place
) -> Iterator[Fetched]:
    """These commits of *name* (`OWNER/NAME`), as long as it lasts, with *depth* generations of their
    history, None for all. Raises `GitFailed`."""
    for commit in commits:
        if not _COMMIT.fullmatch(commit):
            raise ArchitraveError(f"GitHub names a commit that is none: {commit[:60]!r}", "")
    if not _NAME.fullmatch(name):
        raise ArchitraveError(f"{name!r} is not OWNER/NAME", "")
    folder = os.path.join(place.folder, mirror_name(place.server_url, name))
    url = f"{place.server_url}/{name}.git"
    mirror = Mirror(folder, url, place.token, place.environ, place.stop)
    generations = depth if depth is not None and depth <= _MOST_COMMITS else None
    with (
        mirror.fetch(commits, generations),
        contextlib.closing(Repository(folder, place.environ)) as repository,
    ):
        try:
            yield Fetched(repository, (_MENDED.format(mirror.mended),) if mirror.mended else ())
        except GitFailed:
            # What cannot be read now is not kept for the next time.
            mirror.suspect()
            raise


def mirror_name(server_url: str, repository: str) -> str:
    """The folder in which the objects of a repository are kept, however its name is capitalised."""
    address = f"{server_url}/{repository.lower()}"
    return f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.git"


def _has_merges(repository: Repository, base: str, head: str) -> bool:
    commits = read_commits(repository, commit_ids(repository, base, head, _MOST_COMMITS + 1))
    return any(len(commit.parents) > 1 for commit in commits)


def read(pull: PullRequest, merge_base: str, fetched: Fetched) -> Change:
    """What the pull request changes, judged by the rules at the tip of its base."""
    return Change(
        title=f"{pull.repository}#{pull.number} {pull.title}",
        base=merge_base,
        head=pull.head,
        trusted=pull.base_tip,
        files=tuple(fetched.repository.compare(merge_base, pull.head)),
        tip=pull.head,
        notes=fetched.notes,
        stated=f"{pull.title}\n\n{pull.body}".strip(),
    )
