"""Who wrote a change: asked of Git once, and kept for the same commits, notes and house."""

from collections.abc import Sequence
from typing import Any

from bot import __version__
from bot.domain import Attribution, Authorship, Change, Commit, Credit, Evidence, Policy, Stretch
from bot.outside.cache import Cache
from bot.outside.git import Repository

_NOTES = "refs/notes/ai"


def read(
    change: Change, repository: Repository, policy: Policy, declared: str, cache: Cache
) -> Authorship:
    """Who wrote *change*; *declared* is what the person at hand says of what is not committed.

    Raises `GitFailed` when Git's answer breaks off.
    """
    house = sorted((name, tuple(keys)) for name, keys in policy.agents.items())
    notes = repository.commit(_NOTES) or ""
    ends = (change.base, change.head, change.tip)
    asked = [change.branch, declared, repr(house), *policy.traces]
    key = "|".join(["authorship", __version__, *ends, notes, *asked])
    kept = cache.get([key]).get(key)
    if kept is not None:
        return _authorship(kept)
    # Its tables and patterns take 15 ms to import, a third of a warm review.
    from bot import attribution

    found = attribution.of_change(change, repository, policy, declared)
    cache.put({key: found})
    return found


def _authorship(row: Sequence[Any]) -> Authorship:
    """What was kept, as JSON gives it back: tuples are lists there."""
    credited, files, uncounted, loose = row
    return Authorship(
        tuple(_credit(*each) for each in credited),
        {path: tuple(_stretch(each) for each in several) for path, several in files.items()},
        tuple(uncounted),
        loose,
    )


def _credit(commit: Sequence[Any], attribution: Sequence[Any]) -> Credit:
    identity, parents, *rest = commit
    writer, agents, confidence, evidence = attribution
    signs = tuple(Evidence(*each) for each in evidence)
    return Credit(
        Commit(identity, tuple(parents), *rest),
        Attribution(writer, tuple(agents), confidence, signs),
    )


def _stretch(row: Sequence[Any]) -> Stretch:
    stretch = Stretch(*row)
    return stretch._replace(agents=tuple(stretch.agents))
