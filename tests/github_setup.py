"""Building what the fake GitHub knows: people, repositories, Apps, tokens, pull requests."""

import secrets
from pathlib import Path
from typing import Any

import github_keys as keys
from github_accounts import App, Installation, Token, User
from github_git import Store, Tree
from github_model import Pull, Repository, State
from github_shapes import Shapes

READS = {"contents": "read", "metadata": "read"}
REVIEWS = READS | {"pull_requests": "write", "checks": "write", "statuses": "write"}


class Setup:
    """The part of the hub with which a test makes its world."""

    folder: Path
    state: State
    shapes: Shapes

    def now(self) -> float: ...

    def user(self, login: str, kind: str = "User") -> User:
        """The account of that name; made when there is none."""
        if login not in self.state.users:
            self.state.users[login] = User(login, self.state.number(), kind)
        return self.state.users[login]

    def repo(self, name: str = "acme/shop", tree: Tree | None = None, *, private: bool = True,
             collaborators: dict[str, str] | None = None, fork_of: str | None = None,
             ) -> Repository:  # fmt: skip
        """A repository with one commit on main; `collaborators` maps logins to permissions."""
        owner = self.user(name.partition("/")[0], "Organization")
        source = self.state.repos[fork_of] if fork_of else None
        store = Store(self.folder / f"{name}.git", source and source.store)
        repo = Repository(self.state.number(), name, owner, store, private, fork_of=fork_of)
        for login, level in (collaborators or {}).items():
            repo.collaborators[self.user(login).login] = level
        first = source and source.store.resolve(source.default_branch)
        first = first or store.commit(tree or {"README.md": "# Shop\n"}, message="first")
        store.point("refs/heads/main", first)
        self.state.repos[name] = repo
        return repo

    def app(self, slug: str = "architrave", *, permissions: dict[str, str] | None = None,
            events: list[str] | None = None, secret: str = "webhook-secret",
            key: int = 0) -> App:  # fmt: skip
        """A GitHub App; its private key is `hub.private_key(app)`."""
        bot = self.user(f"{slug}[bot]", "Bot")
        granted = REVIEWS if permissions is None else permissions
        listened = ["pull_request", "pull_request_review_thread"] if events is None else events
        number, owner = self.state.number(), self.user("vendor", "Organization")
        app = App(number, slug, owner, bot, keys.public_key(key), dict(granted), listened, secret)
        self.state.apps.append(app)
        return app

    def private_key(self, app: App) -> str:
        """The App's private key in PEM, which is the same for all Apps made without `key`."""
        return keys.private_key(next(n for n in (0, 1) if keys.public_key(n) == app.key))

    def install(self, app: App, account: str = "acme", *, repos: list[str] | None = None,
                permissions: dict[str, str] | None = None) -> Installation:  # fmt: skip
        """The App on an account: on all of its repositories, or on those named."""
        granted = dict(app.permissions if permissions is None else permissions)
        owner = self.user(account, "Organization")
        installation = Installation(self.state.number(), app, owner, granted, repos)
        self.state.installations.append(installation)
        return installation

    def installation_token(self, installation: Installation, *, repos: list[str] | None = None,
                           permissions: dict[str, str] | None = None,
                           life: float = 3600) -> Token:  # fmt: skip
        """A token as `POST access_tokens` makes it: no longer forty characters."""
        value = f"ghs_{installation.app.id}_{secrets.token_urlsafe(60)}"
        granted = dict(installation.permissions if permissions is None else permissions)
        actor, ends = installation.app.bot, self.now() + life
        token = Token(value, "installation", actor, granted, installation, repos, ends)
        self.state.tokens[value] = token
        return token

    def actions_token(self, repo: Repository, *, permissions: dict[str, str] | None = None,
                      life: float = 86400) -> Token:  # fmt: skip
        """What a workflow has as GITHUB_TOKEN; for a fork give READS as permissions."""
        app = next((a for a in self.state.apps if a.slug == "github-actions"), None)
        app = app or self.app("github-actions", events=[], key=1)
        mine = [i for i in self.state.installations if i.app.slug == app.slug]
        on = next((i for i in mine if i.account.login == repo.owner.login), None)
        on = on or self.install(app, repo.owner.login)
        token = self.installation_token(
            on, repos=[repo.full_name], permissions=REVIEWS if permissions is None else permissions,
            life=life,
        )  # fmt: skip
        token.kind = "actions"
        return token

    def personal_token(self, login: str) -> Token:
        """A token of a person, or of a machine that has a person's account."""
        value = f"ghp_{secrets.token_hex(18)}"
        self.state.tokens[value] = token = Token(value, "personal", self.user(login), {})
        return token

    def team(self, slug: str, *logins: str) -> None:
        """A team, written `organization/slug`."""
        self.state.teams[slug] = [self.user(login).login for login in logins]

    def rule(self, repo: Repository, kind: str, **parameters: Any) -> None:
        """An active rule for all branches of a repository, as rulesets have them."""
        rule = {"type": kind, "ruleset_source_type": "Repository", "ruleset_id": 1}
        rule["ruleset_source"] = repo.full_name
        repo.rules.append(rule | ({"parameters": parameters} if parameters else {}))

    def commit(self, repo: Repository, tree: Tree, *, on: str | None = None,
               message: str = "work", **more: Any) -> str:  # fmt: skip
        """A commit on top of another one (default: of the default branch); no branch moves."""
        parent = on or repo.store.resolve(repo.default_branch)
        return repo.store.commit(tree, [parent] if parent else [], message, **more)

    def branch(self, repo: Repository, name: str, sha: str) -> None:
        """Points a branch at a commit."""
        repo.store.point(f"refs/heads/{name}", sha)

    def fresh_pull(self, repo: Repository, sha: str, *, author: str, base: str, branch: str,
                   title: str, body: str | None, head_repo: str, draft: bool) -> Pull:  # fmt: skip
        """The record of a new pull request."""
        tip, now = repo.store.resolve(base), self.now()
        assert tip, f"no branch {base}"
        number = max(repo.pulls, default=0) + 1
        pull = Pull(
            self.state.number(), number, title, body, self.user(author), base, tip, branch, sha,
            head_repo, now, now, draft, heads=[sha],
        )  # fmt: skip
        pull.author_association = self.shapes.association(repo, pull.author)
        repo.pulls[number] = pull
        return pull
