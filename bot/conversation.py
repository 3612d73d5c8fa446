"""The nouns of a conversation on a pull request: people, threads, and what the bot has said."""

from typing import Literal, NamedTuple

# What an account may do in a repository, as GitHub names it.
Permission = Literal["admin", "maintain", "write", "triage", "read", "none"]
MAY_WRITE: frozenset[str] = frozenset({"admin", "maintain", "write"})


class Person(NamedTuple):
    """An account. *kind* is GitHub's type of it: User, Bot, Mannequin, Organization or "" if gone."""

    login: str
    kind: str = "User"
    id: int = 0


NOBODY = Person("", "")


class Remark(NamedTuple):
    """One comment in a thread, or on the pull request itself. *at* is ISO 8601 in UTC. Whoever may
    write may edit what others have said: *editor* is who did so last, if it was *edited* at all."""

    author: Person
    body: str
    at: str
    id: int = 0
    edited: bool = False
    editor: Person = NOBODY


class Thread(NamedTuple):
    """A conversation on the code; *remarks* are in order, the first one opened it."""

    id: str
    is_resolved: bool
    resolved_by: Person
    remarks: tuple[Remark, ...]


class Told(NamedTuple):
    """A finding that the bot has told: its name, and a hash of the code it was told about."""

    fingerprint: str
    code: str


class Posted(NamedTuple):
    """A review that the bot has posted. *body* holds its record."""

    id: int
    commit: str
    body: str
    author: Person
    at: str
    edited: bool = False
    editor: Person = NOBODY


class Merge(NamedTuple):
    """How a pull request was merged: the commit that its base got, by whom, and when (ISO 8601)."""

    commit: str
    by: Person
    at: str


class PullRequest(NamedTuple):
    """What is known of a pull request. *base_tip* and *head* are commit ids; *beside* are the numbers
    of other open ones that have the same head."""

    repository: str
    number: int
    title: str
    body: str
    author: Person
    base_tip: str
    head: str
    state: Literal["open", "closed"]
    commits: int = 1
    beside: tuple[int, ...] = ()
    reviews: tuple[Posted, ...] = ()
    threads: tuple[Thread, ...] = ()
    remarks: tuple[Remark, ...] = ()
