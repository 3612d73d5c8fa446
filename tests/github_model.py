"""What the fake GitHub remembers: plain records, so that an older state can be kept whole."""

from dataclasses import dataclass, field
from typing import Any

from github_accounts import App, Installation, Token, User
from github_git import Store

LEVELS = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(eq=False)
class Comment:
    """A comment in a review thread, or (without a thread) in the conversation."""

    id: int
    user: User
    body: str
    created: float
    updated: float
    review: int | None = None
    thread: "Thread | None" = None
    minimized: str | None = None

    @property
    def node_id(self) -> str:
        return f"{'PRRC' if self.thread else 'IC'}_kwDO{self.id:08}"


@dataclass(eq=False)
class Thread:
    """A review thread; `line` is None once it is outdated, `original` never changes."""

    id: int
    path: str
    commit: str
    original_commit: str
    hunk: str
    side: str = "RIGHT"
    line: int | None = None
    start_line: int | None = None
    start_side: str | None = None
    subject: str = "LINE"
    original: tuple[int | None, int | None] = (None, None)
    resolved_by: User | None = None
    resolved: bool = False
    outdated: bool = False
    comments: list[Comment] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return f"PRRT_kwDO{self.id:08}"


@dataclass(eq=False)
class Review:
    id: int
    user: User
    body: str
    state: str
    commit: str
    submitted: float | None = None

    @property
    def node_id(self) -> str:
        return f"PRR_kwDO{self.id:08}"


@dataclass(eq=False)
class Pull:
    """A pull request; `heads` are all the heads it ever had."""

    id: int
    number: int
    title: str
    body: str | None
    author: User
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    head_repo: str
    created: float
    updated: float
    draft: bool = False
    state: str = "open"
    merged: bool = False
    merged_by: User | None = None
    mergeable: bool | None = True
    merge_sha: str | None = None
    author_association: str = "CONTRIBUTOR"
    heads: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return f"PR_kwDO{self.id:08}"


@dataclass(eq=False)
class Check:
    """A check run; `data` holds what was sent and may be read back."""

    id: int
    app: App
    sha: str
    data: dict[str, Any]
    annotations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return f"CR_kwDO{self.id:08}"


@dataclass(eq=False)
class Status:
    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created: float


@dataclass(eq=False)
class Repository:
    """`collaborators` maps logins to one of LEVELS; `rules` are active branch rules."""

    id: int
    full_name: str
    owner: User
    store: Store
    private: bool = False
    default_branch: str = "main"
    fork_of: str | None = None
    archived: bool = False
    collaborators: dict[str, str] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.full_name.partition("/")[2]

    @property
    def node_id(self) -> str:
        return f"R_kgDO{self.id:08}"

    def level(self, user: User) -> str:
        """The permission of a user; everybody may read what is public."""
        if user.login == self.owner.login:
            return "admin"
        return self.collaborators.get(user.login, "none" if self.private else "read")

    def allows(self, user: User, level: str) -> bool:
        return LEVELS.index(self.level(user)) >= LEVELS.index(level)


@dataclass(eq=False)
class State:
    """Everything that a stale read may show as it was before."""

    users: dict[str, User] = field(default_factory=dict)
    apps: list[App] = field(default_factory=list)
    installations: list[Installation] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    repos: dict[str, Repository] = field(default_factory=dict)
    teams: dict[str, list[str]] = field(default_factory=dict)
    deliveries: list[Any] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)
    shift: float = 0.0
    last: int = 1000

    def number(self) -> int:
        """A new id; nothing else has the same."""
        self.last += 1
        return self.last
