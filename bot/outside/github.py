"""GitHub: what the bot reads of a repository and its pull requests, and what it writes there."""

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from bot.conversation import Merge, Person, PullRequest
from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings
from bot.outside import github_answers, github_calls, github_queries
from bot.outside.github_calls import GitHubFailed

State = Literal["success", "failure", "pending", "error"]
CONTEXT = "architrave"


class LineComment(NamedTuple):
    """A comment on lines of head, or, without a line, on a file."""

    path: str
    line: int | None
    start_line: int | None
    body: str


class Said(NamedTuple):
    """What a commit status says; *at* is when it was said, in seconds since 1970."""

    state: str
    says: str
    at: float


class Hub:
    """One repository on GitHub, spoken to as one account."""

    def __init__(
        self,
        settings: GitHubSettings,
        repository: str,
        token: str,
        *,
        as_app: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self.repository, self.token = settings, repository, token
        self.as_app = as_app
        self.calls = github_calls.with_token(settings, token, sleep)
        self._permissions: dict[str, str] = {}
        # Commit to the check run that says there that a review is running.
        self.running: dict[str, int] = {}

    # Reading ---------------------------------------------------------------------------------

    def pull_request(self, number: int) -> tuple[PullRequest, Person]:
        """A pull request with its conversations, and the account that the bot speaks as."""
        owner, _, name = self.repository.partition("/")
        variables: dict[str, Any] = {"owner": owner, "name": name, "number": number, "after": None}
        data = self.calls.query(github_queries.PULL_REQUEST, variables)
        node = (data.get("repository") or {}).get("pullRequest")
        if node is None:
            raise GitHubFailed(f"There is no pull request {self.repository}#{number}.", 404)
        reviews = self._earlier(node["reviews"], variables)
        threads = list(node["reviewThreads"]["nodes"])
        page = node["reviewThreads"]["pageInfo"]
        while page["hasNextPage"]:
            variables["after"] = page["endCursor"]
            more = self.calls.query(github_queries.THREADS, variables)
            connection = more["repository"]["pullRequest"]["reviewThreads"]
            threads += connection["nodes"]
            page = connection["pageInfo"]
        pull = github_answers.pull_request(self.repository, node, reviews, threads)
        return pull, github_answers.viewer(data["viewer"])

    def _earlier(
        self, connection: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """All reviews, oldest first: GitHub makes one of each reply, so that there are many."""
        reviews = list(connection["nodes"])
        given = {name: variables[name] for name in ("owner", "name", "number")}
        while connection["pageInfo"]["hasPreviousPage"]:
            before = connection["pageInfo"]["startCursor"]
            more = self.calls.query(github_queries.REVIEWS, {**given, "before": before})
            connection = more["repository"]["pullRequest"]["reviews"]
            reviews = [*connection["nodes"], *reviews]
        return reviews

    def open_pull_requests(self) -> list[tuple[int, str]]:
        """Number and head of all that are open."""
        rows = self.calls.pages(f"/repos/{self.repository}/pulls?state=open")
        return [(row["number"], row["head"]["sha"]) for row in rows]

    def with_head(self, commit: str, repository: str, branch: str) -> list[int]:
        """The open pull requests whose newest commit is this one, of a branch of a repository."""
        owner = repository.partition("/")[0]
        # Of what it cannot read GitHub makes no filter, so that all of it is looked at again.
        given = f"&head={quote(f'{owner}:{branch}', safe='')}" if owner and branch else ""
        return [
            int(row["number"])
            for row in self.calls.pages(f"/repos/{self.repository}/pulls?state=open{given}")
            if row["head"]["sha"] == commit
            and (row["head"]["repo"] or {}).get("full_name", "") == repository
        ]

    def merge_of(self, number: int) -> Merge | None:
        """How a pull request was merged; None where it was not."""
        row = self.calls.read(f"/repos/{self.repository}/pulls/{number}")
        return github_answers.merge(row)

    def said(self, commit: str) -> Said | None:
        """What the gate of a commit says now, as a commit status; None where it has none."""
        rows = self.calls.read(f"/repos/{self.repository}/commits/{commit}/statuses?per_page=100")
        for row in rows:
            if str(row["context"]).casefold() == CONTEXT:
                at = datetime.fromisoformat(row["created_at"]).timestamp()
                return Said(str(row["state"]), row.get("description") or "", at)
        return None

    def merge_base(self, base: str, head: str) -> str:
        """The commit where *head* left *base*, as GitHub compares them."""
        row = self.calls.read(f"/repos/{self.repository}/compare/{base}...{head}?per_page=1")
        return str(row["merge_base_commit"]["sha"])

    def merges(self, base: str, head: str) -> tuple[str, list[list[str]]]:
        """Where *head* left *base*, and the parents of each commit that was put on top since: the
        first one of each is the one below it."""
        parents: dict[str, list[str]] = {}
        page, total = 1, 1
        while len(parents) < total:
            path = f"/repos/{self.repository}/compare/{base}...{head}?per_page=100&page={page}"
            row = self.calls.read(path)
            start, total = str(row["merge_base_commit"]["sha"]), int(row["total_commits"])
            if not row["commits"]:
                break
            for each in row["commits"]:
                parents[each["sha"]] = [str(parent["sha"]) for parent in each["parents"]]
            page += 1
        found: list[list[str]] = []
        while head in parents:
            found.append(parents[head])
            head = parents[head][0]
        return start, found

    def permission(self, login: str) -> str:
        """What an account may do here; `none` where GitHub knows nothing of it."""
        if login not in self._permissions:
            try:
                row = self.calls.read(
                    f"/repos/{self.repository}/collaborators/{quote(login, safe='')}/permission"
                )
                # Roles of an organisation's own are told as the built-in one they extend.
                self._permissions[login] = str(row["permission"])
            except GitHubFailed as failed:
                if failed.status not in (403, 404):
                    raise
                self._permissions[login] = "none"
        return self._permissions[login]

    def is_member(self, team: str, login: str) -> bool | None:
        """Whether an account is in a team, `org/team`; None where that cannot be seen."""
        organisation, _, slug = team.removeprefix("@").partition("/")
        path = f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}"
        try:
            row = self.calls.read(f"{path}/memberships/{quote(login, safe='')}")
        except GitHubFailed as failed:
            if failed.status not in (403, 404):
                raise
            # Of a team that is not to be seen GitHub says the same as of who is not in it.
            return False if failed.status == 404 and self._sees(path) else None
        return bool(row.get("state") == "active")

    def _sees(self, path: str) -> bool:
        try:
            self.calls.read(path)
        except GitHubFailed as failed:
            if failed.status not in (403, 404):
                raise
            return False
        return True

    def newest(self) -> str:
        """The newest commit of the default branch."""
        return str(self.calls.read(f"/repos/{self.repository}/commits/HEAD")["sha"])

    def file(self, path: str, commit: str) -> bytes | None:
        """A file of a commit, of at most 1 MB; None where there is none."""
        try:
            row = self.calls.read(f"/repos/{self.repository}/contents/{path}?ref={commit}")
        except GitHubFailed as failed:
            if failed.status != 404:
                raise
            return None
        return base64.b64decode(row["content"]) if isinstance(row, dict) else None

    # Writing ---------------------------------------------------------------------------------

    def post_review(
        self, number: int, commit: str, body: str, comments: Sequence[LineComment]
    ) -> None:
        """Post a review that approves nothing and requests nothing. Raises `GitHubFailed`.

        Where the answer is lost, the reviews of the commit are looked at before it is posted again.
        """
        path = f"/repos/{self.repository}/pulls/{number}/reviews"
        given = {
            "commit_id": commit,
            "body": body,
            "event": "COMMENT",
            "comments": [github_answers.line_comment(*comment) for comment in comments],
        }
        self.calls.write("POST", path, given, lambda: self.has_review(number, body))

    def has_review(self, number: int, body: str) -> bool:
        """Whether there is a review with the mark that *body* ends with."""
        mark = body.rpartition("\n")[2]
        rows = self.calls.pages(f"/repos/{self.repository}/pulls/{number}/reviews")
        return any(mark in (row.get("body") or "") for row in rows)

    def rewrite_review(self, number: int, review: int, body: str) -> None:
        """Replace the body of a review of the bot's own."""
        path = f"/repos/{self.repository}/pulls/{number}/reviews/{review}"
        self.calls.write("PUT", path, {"body": body}, None)

    def rewrite_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment of the bot's own."""
        path = f"/repos/{self.repository}/pulls/comments/{comment}"
        self.calls.write("PATCH", path, {"body": body}, None)

    def post_comment(self, number: int, commit: str, comment: LineComment) -> None:
        """Post one comment outside of a review."""
        given = {"commit_id": commit, **github_answers.line_comment(*comment)}
        url = f"/repos/{self.repository}/pulls/{number}/comments"
        self.calls.write("POST", url, given, lambda: self._has_comment(number, comment.body))

    def reply(self, number: int, comment: int, body: str) -> None:
        """Reply in the thread that a comment has opened."""
        url = f"/repos/{self.repository}/pulls/{number}/comments/{comment}/replies"
        self.calls.write(
            "POST", url, {"body": body}, lambda: self._has_comment(number, body, comment)
        )

    def _has_comment(self, number: int, body: str, thread: int | None = None) -> bool:
        mark = body.rpartition("\n")[2]
        return any(
            mark in (row.get("body") or "")
            for row in self.calls.pages(f"/repos/{self.repository}/pulls/{number}/comments")
            if thread is None or row.get("in_reply_to_id") == thread
        )

    def remark(self, number: int, body: str) -> None:
        """Comment on the pull request itself."""
        url = f"/repos/{self.repository}/issues/{number}/comments"
        self.calls.write("POST", url, {"body": body}, None)

    def inform(self, commit: str, name: str, title: str, summary: str) -> None:
        """Say something on a commit in a check that stops and opens nothing; only as an App."""
        given = {
            "name": name,
            "head_sha": commit,
            "status": "completed",
            "conclusion": "neutral",
            "output": {"title": title[:250], "summary": summary[:65_000]},
        }
        self.calls.write("POST", f"/repos/{self.repository}/check-runs", given, None, safe=True)

    def set_gate(self, commit: str, state: State, says: str, details: str = "") -> None:
        """Say on a commit how the gate stands: a check run as an App, else a commit status."""
        if self.as_app:
            self._set_check(commit, state, says, details)
            return
        given = {"state": state, "context": CONTEXT, "description": says[:140]}
        self.calls.write(
            "POST", f"/repos/{self.repository}/statuses/{commit}", given, None, safe=True
        )

    def _set_check(self, commit: str, state: State, says: str, details: str) -> None:
        given: dict[str, Any] = {
            "name": CONTEXT,
            "output": {"title": says[:250], "summary": (details or says)[:65_000]},
        }
        if state == "pending":
            given["status"] = "in_progress"
        else:
            # Never neutral or skipped: both would let a merge through.
            given |= {
                "status": "completed",
                "conclusion": "success" if state == "success" else "failure",
            }
        # The newest of a name counts, so what another run has left behind needs no look.
        runs = f"/repos/{self.repository}/check-runs"
        if (running := self.running.pop(commit, None)) is not None:
            self.calls.write("PATCH", f"{runs}/{running}", given, None, safe=True)
            return
        answer = self.calls.write("POST", runs, {**given, "head_sha": commit}, None, safe=True)
        if state == "pending" and answer is not None:
            self.running[commit] = int(answer["id"])


def open_hub(settings: GitHubSettings, repository: str, installation: int | None = None) -> Hub:
    """A hub for a repository: as the App where one is set up, else with the token.

    Raises `ArchitraveError` without either, `GitHubFailed` where GitHub gives the App no token.
    """
    if settings.is_app:
        token = installation_token(settings, repository, installation)
        return Hub(settings, repository, token, as_app=True)
    if not settings.token:
        raise ArchitraveError(
            "There is no GITHUB_TOKEN, and no GITHUB_APP_ID either",
            "In a workflow: `env: GITHUB_TOKEN: ${{ github.token }}`.",
        )
    return Hub(settings, repository, settings.token)


def installation_token(settings: GitHubSettings, repository: str, installation: int | None) -> str:
    """A token for one repository with the rights that the bot needs, and no more."""
    app = github_calls.as_app(settings)
    if installation is None:
        installation = app.read(f"/repos/{repository}/installation")["id"]
    given = {
        "repositories": [repository.partition("/")[2]],
        "permissions": {"contents": "read", "pull_requests": "write", "checks": "write"},
    }
    path = f"/app/installations/{installation}/access_tokens"
    return str(app.write("POST", path, given, None, safe=True)["token"])
