"""GitHub: what the bot reads of it and writes to it. The only module that imports `github`.

Reads are tried again; a write never is without a look whether it was done after all, since GitHub
answers 502 after it has created a review (docs/github.md).
"""

import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote

from bot.conversation import Merge, Person, PullRequest
from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings
from bot.outside import github_answers, github_queries

if TYPE_CHECKING:
    from github.Requester import Requester

TRIES = 4
# Whoever must wait longer comes again.
_LONGEST_PAUSE = 60.0
_SECONDS = 30
_T = TypeVar("_T")
State = Literal["success", "failure", "pending", "error"]
CONTEXT = "architrave"


class GitHubFailed(Exception):
    """GitHub could not be asked or refused. The message is for a person; *status* is 0 without one."""

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class Allowance(NamedTuple):
    """What is left of the calls of an hour, of how many, until when: seconds since 1970."""

    left: int
    limit: int
    until: float


class LineComment(NamedTuple):
    """A comment on lines of head, or, without a line, on a file."""

    path: str
    line: int | None
    start_line: int | None
    body: str


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
        # Whoever has other work meanwhile waits less, and comes again.
        self.longest_pause = _LONGEST_PAUSE
        self._sleep = sleep
        self._requester: Requester | None = None
        self._permissions: dict[str, str] = {}
        # Commit to the check run that says there that a review is running.
        self.running: dict[str, int] = {}
        # As GitHub said last, by resource: core and graphql.
        self.allowances: dict[str, Allowance] = {}

    # Reading ---------------------------------------------------------------------------------

    def pull_request(self, number: int) -> tuple[PullRequest, Person]:
        """A pull request with its conversations, and the account that the bot speaks as."""
        owner, _, name = self.repository.partition("/")
        variables: dict[str, Any] = {"owner": owner, "name": name, "number": number, "after": None}
        data = self._query(github_queries.PULL_REQUEST, variables)
        node = (data.get("repository") or {}).get("pullRequest")
        if node is None:
            raise GitHubFailed(f"There is no pull request {self.repository}#{number}.", 404)
        reviews = self._earlier(node["reviews"], variables)
        threads = list(node["reviewThreads"]["nodes"])
        page = node["reviewThreads"]["pageInfo"]
        while page["hasNextPage"]:
            variables["after"] = page["endCursor"]
            more = self._query(github_queries.THREADS, variables)
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
            more = self._query(github_queries.REVIEWS, {**given, "before": before})
            connection = more["repository"]["pullRequest"]["reviews"]
            reviews = [*connection["nodes"], *reviews]
        return reviews

    def open_pull_requests(self) -> list[tuple[int, str]]:
        """Number and head of all that are open."""
        found: list[tuple[int, str]] = []
        page = 1
        while True:
            path = f"/repos/{self.repository}/pulls?state=open&per_page=100&page={page}"
            rows = self._read(path)
            found += [(row["number"], row["head"]["sha"]) for row in rows]
            if len(rows) < 100:
                return found
            page += 1

    def merge_of(self, number: int) -> Merge | None:
        """How a pull request was merged; None where it was not."""
        row = self._read(f"/repos/{self.repository}/pulls/{number}")
        return github_answers.merge(row)

    def merge_base(self, base: str, head: str) -> str:
        """The commit where *head* left *base*, as GitHub compares them."""
        row = self._read(f"/repos/{self.repository}/compare/{base}...{head}?per_page=1")
        return str(row["merge_base_commit"]["sha"])

    def permission(self, login: str) -> str:
        """What an account may do here; `none` where GitHub knows nothing of it."""
        if login not in self._permissions:
            try:
                row = self._read(
                    f"/repos/{self.repository}/collaborators/{quote(login, safe='')}/permission"
                )
                # Roles of an organisation's own are told as the built-in one they extend.
                self._permissions[login] = str(row["permission"])
            except GitHubFailed as failed:
                if failed.status not in (403, 404):
                    raise
                self._permissions[login] = "none"
        return self._permissions[login]

    def is_member(self, team: str, login: str) -> bool:
        """Whether an account is in a team, `org/team`."""
        organisation, _, slug = team.removeprefix("@").partition("/")
        try:
            row = self._read(
                "/".join(
                    ("/orgs", quote(organisation, safe=""), "teams", quote(slug, safe=""),
                     "memberships", quote(login, safe=""))
                )
            )  # fmt: skip
        except GitHubFailed as failed:
            if failed.status in (403, 404):
                return False
            raise
        return bool(row.get("state") == "active")

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
        self._write("POST", path, given, lambda: self.has_review(number, body))

    def has_review(self, number: int, body: str) -> bool:
        """Whether there is a review with the mark that *body* ends with."""
        mark = body.rpartition("\n")[2]
        page = 1
        while True:
            rows = self._read(
                f"/repos/{self.repository}/pulls/{number}/reviews?per_page=100&page={page}"
            )
            if any(mark in (row.get("body") or "") for row in rows):
                return True
            if len(rows) < 100:
                return False
            page += 1

    def rewrite_review(self, number: int, review: int, body: str) -> None:
        """Replace the body of a review of the bot's own."""
        path = f"/repos/{self.repository}/pulls/{number}/reviews/{review}"
        self._write("PUT", path, {"body": body}, None)

    def rewrite_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment of the bot's own."""
        path = f"/repos/{self.repository}/pulls/comments/{comment}"
        self._write("PATCH", path, {"body": body}, None)

    def post_comment(self, number: int, commit: str, comment: LineComment) -> None:
        """Post one comment outside of a review."""
        given = {"commit_id": commit, **github_answers.line_comment(*comment)}
        url = f"/repos/{self.repository}/pulls/{number}/comments"
        self._write("POST", url, given, lambda: self._has_comment(number, comment.body))

    def reply(self, number: int, comment: int, body: str) -> None:
        """Reply in the thread that a comment has opened."""
        url = f"/repos/{self.repository}/pulls/{number}/comments/{comment}/replies"
        self._write("POST", url, {"body": body}, lambda: self._has_comment(number, body, comment))

    def _has_comment(self, number: int, body: str, thread: int | None = None) -> bool:
        mark = body.rpartition("\n")[2]
        page = 1
        while True:
            rows = self._read(
                f"/repos/{self.repository}/pulls/{number}/comments?per_page=100&page={page}"
            )
            for row in rows:
                inside = thread is None or row.get("in_reply_to_id") == thread
                if inside and mark in (row.get("body") or ""):
                    return True
            if len(rows) < 100:
                return False
            page += 1

    def remark(self, number: int, body: str) -> None:
        """Comment on the pull request itself."""
        url = f"/repos/{self.repository}/issues/{number}/comments"
        self._write("POST", url, {"body": body}, None)

    def set_gate(self, commit: str, state: State, says: str, details: str = "") -> None:
        """Say on a commit how the gate stands: a check run as an App, else a commit status."""
        if self.as_app:
            self._set_check(commit, state, says, details)
            return
        given = {"state": state, "context": CONTEXT, "description": says[:140]}
        self._write("POST", f"/repos/{self.repository}/statuses/{commit}", given, None, safe=True)

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
            self._write("PATCH", f"{runs}/{running}", given, None, safe=True)
            return
        answer = self._write("POST", runs, {**given, "head_sha": commit}, None, safe=True)
        if state == "pending" and answer is not None:
            self.running[commit] = int(answer["id"])

    # Asking ----------------------------------------------------------------------------------

    def _query(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return self._try(lambda: self._ask(query, variables))

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        given = {"query": query, "variables": variables}
        answer = self._once("POST", self.settings.graphql_url, given)
        if errors := answer.get("errors"):
            raise GitHubFailed(*github_answers.graphql_failure(errors))
        return dict(answer["data"])

    def _read(self, path: str) -> Any:
        return self._try(lambda: self._once("GET", path, None))

    def _read_page(self, path: str) -> tuple[str, Any]:
        """What `_read` gives, with the links to other pages before it."""
        return self._try(lambda: self._request("GET", path, None))

    def _try(self, ask: Callable[[], _T]) -> _T:
        for tried in range(1, TRIES + 1):
            try:
                return ask()
            except GitHubFailed as failed:
                if not _may_pass(failed) or tried == TRIES:
                    raise
                self._rest(failed, tried)
        raise AssertionError

    def _write(
        self,
        verb: str,
        path: str,
        given: Any,
        is_done: Callable[[], bool] | None,
        safe: bool = False,
    ) -> Any:
        """Write once. *is_done* looks whether an unanswered write was carried out; *safe* are writes
        that may happen twice. Returns the answer, None where it was lost."""
        for tried in range(1, TRIES + 1):
            try:
                return self._once(verb, path, given)
            except GitHubFailed as failed:
                is_last = not _may_pass(failed) or tried == TRIES
                if _is_unsure(failed) and is_done is not None and self._looks(is_done, tried):
                    return None
                if is_last or (_is_unsure(failed) and is_done is None and not safe):
                    raise
                if not (_is_unsure(failed) and is_done is not None):
                    self._rest(failed, tried)
        raise AssertionError

    def _looks(self, is_done: Callable[[], bool], tried: int) -> bool:
        """Look twice, apart: what GitHub shows may be a moment behind what it has taken."""
        self._sleep(0.5 * 2 ** (tried - 1))
        if is_done():
            return True
        self._sleep(2.0)
        return is_done()

    def _rest(self, failed: GitHubFailed, tried: int) -> None:
        pause = failed.retry_after if failed.retry_after is not None else 0.5 * 2 ** (tried - 1)
        if pause > self.longest_pause:
            raise failed
        self._sleep(pause)

    def _once(self, verb: str, path: str, given: Any) -> Any:
        """One request. Raises `GitHubFailed`; PyGithub's own retries are off, they repeat writes."""
        return self._request(verb, path, given)[1]

    def _request(self, verb: str, path: str, given: Any) -> tuple[str, Any]:
        """The answer's `Link` header, and the answer."""
        import github
        import requests

        requester = self._open()
        try:
            headers, answer = requester.requestJsonAndCheck(verb, path, input=given)
        except github.GithubException as error:
            said = github_answers.said(error.status, error.data)
            wait = github_answers.pause(error.status, error.headers, said, time.time())
            raise GitHubFailed(said, error.status, wait) from error
        except (requests.RequestException, OSError, http.client.HTTPException, ValueError) as error:
            raise GitHubFailed(f"GitHub did not answer: {type(error).__name__}") from error
        if (found := _allowance(headers)) is not None:
            self.allowances[headers.get("x-ratelimit-resource", "core")] = found
        return str(headers.get("link", "")), answer

    def _open(self) -> "Requester":
        if self._requester is None:
            import github
            import github.Auth

            self._requester = github.Github(
                base_url=self.settings.api_url,
                auth=github.Auth.Token(self.token),
                timeout=_SECONDS,
                user_agent="architrave",
                retry=0,
                seconds_between_requests=0,
                seconds_between_writes=0,
                lazy=True,
            ).requester
        return self._requester


def _allowance(headers: Mapping[str, Any]) -> Allowance | None:
    try:
        left, limit, until = (headers[f"x-ratelimit-{n}"] for n in ("remaining", "limit", "reset"))
        return Allowance(int(left), int(limit), float(until))
    except (KeyError, ValueError):
        return None


def _may_pass(failed: GitHubFailed) -> bool:
    return failed.status in (0, 408, 429, 500, 502, 503, 504) or failed.retry_after is not None


def _is_unsure(failed: GitHubFailed) -> bool:
    """Whether GitHub may have done what it did not confirm."""
    return failed.status in (0, 408, 500, 502, 503, 504)


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
    app = app_hub(settings, repository)
    if installation is None:
        installation = app._read(f"/repos/{repository}/installation")["id"]
    given = {
        "repositories": [repository.partition("/")[2]],
        "permissions": {"contents": "read", "pull_requests": "write", "checks": "write"},
    }
    path = f"/app/installations/{installation}/access_tokens"
    answer = app._try(lambda: app._once("POST", path, given))
    return str(answer["token"])


def app_hub(settings: GitHubSettings, repository: str) -> Hub:
    """A hub that speaks as the App itself, not as one of its installations."""
    hub = Hub(settings, repository, "")
    hub._requester = _as_jwt(settings)
    return hub


def _as_jwt(settings: GitHubSettings) -> "Requester":
    import github
    import github.Auth

    return github.Github(
        base_url=settings.api_url,
        auth=github.Auth.AppAuth(settings.app_id, settings.private_key),
        timeout=_SECONDS,
        user_agent="architrave",
        retry=0,
        lazy=True,
        seconds_between_writes=0,
        seconds_between_requests=0,
    ).requester
