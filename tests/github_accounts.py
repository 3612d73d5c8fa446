"""Who can sign in at the fake GitHub: people, bots, Apps, and the tokens of all of them."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class User:
    """A person (`User`), an App's `Bot`, an `Organization`, or a `Mannequin`."""

    login: str
    id: int
    type: str = "User"

    @property
    def node_id(self) -> str:
        prefix = {"Bot": "BOT", "Organization": "O", "Mannequin": "M"}.get(self.type, "U")
        return f"{prefix}_kgDO{self.id:08}"

    @property
    def plain_login(self) -> str:
        """The login as GraphQL writes it: a bot has no suffix there."""
        return self.login.removesuffix("[bot]")


@dataclass(eq=False)
class App:
    """A GitHub App; `key` is the number pair that checks its JSON web tokens."""

    id: int
    slug: str
    owner: User
    bot: User
    key: tuple[int, int]
    permissions: dict[str, str]
    events: list[str]
    secret: str
    # What people sign in with: the client's name, its secret, and where it may send them.
    client_id: str = ""
    client_secret: str = ""
    callbacks: tuple[str, ...] = ()
    # What GET /app/hook/config tells; the secret only as stars.
    hook: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Installation:
    """An App on an account; `repos` None means all repositories of the account."""

    id: int
    app: App
    account: User
    permissions: dict[str, str]
    repos: list[str] | None = None
    suspended: bool = False


@dataclass(eq=False)
class Token:
    """A secret that stands for an actor; `kind` is installation, actions, personal or user: a person
    who has signed in by an App, which is then `client`."""

    value: str
    kind: str
    actor: User
    permissions: dict[str, str]
    installation: Installation | None = None
    repos: list[str] | None = None
    expires: float | None = None
    client: App | None = None

    @property
    def app(self) -> App | None:
        return self.installation.app if self.installation else None

    def covers(self, full_name: str) -> bool:
        """Whether an installation's token was made for a repository."""
        assert self.installation
        mine = self.installation.account.login == full_name.partition("/")[0]
        chosen = self.installation.repos
        return (
            mine
            and (chosen is None or full_name in chosen)
            and (self.repos is None or full_name in self.repos)
        )
