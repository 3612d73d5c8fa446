"""GitHub: what the bot reads of it and writes to it. The only module that imports `github`.

Reads are tried again; a write never is without a look whether it was done after all, since GitHub
answers 502 after it has created a review (docs/github.md).
"""

import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bot.conversation import Person, Posted, PullRequest
from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings
from bot.outside import github_answers, github_queries

if TYPE_CHECKING:
    from github.Requester import Requester

TRIES = 4
# GitHub asks for at least a minute where it names no time; whoever must wait longer comes again.
_LONGEST_PAUSE = 60.0
_SECONDS = 30
State = Literal["success", "failure", "pending", "error"]
CONTEXT = "architrave"


class GitHubFailed(Exception):
    """GitHub could not be asked or refused. The message is for a person; *status* is 0 without one."""

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class LineComment(NamedTuple):
    """A comment of a review, on lines of head."""

    path: str
    line: int
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

    # Reading ---------------------------------------------------------------------------------

    def pull_request(self, number: int) -> tuple[PullRequest, Person]:
        """A pull request with its conversations, and the account that the bot speaks as."""
        owner, _, name = self.repository.partition("/")
        variables: dict[str, Any] = {"owner": owner, "name": name, "number": number, "after": None}
        data = self._query(github_queries.PULL_REQUEST, variables)
        node = (data.get("repository") or {}).get("pullRequest")
        if node is None:
            raise GitHubFailed(f"There is no pull request {self.repository}#{number}.", 404)
        threads = list(node["reviewThreads"]["nodes"])
        page = node["reviewThreads"]["pageInfo"]
        while page["hasNextPage"]:
            variables["after"] = page["endCursor"]
            more = self._query(github_queries.THREADS, variables)
            connection = more["repository"]["pullRequest"]["reviewThreads"]
            threads += connection["nodes"]
            page = connection["pageInfo"]
        pull = github_answers.pull_request(self.repository, node, threads)
        return pull, github_answers.viewer(data["viewer"])

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

    def merge_base(self, base: str, head: str) -> str:
        """The commit where *head* left *base*, as GitHub compares them."""
        row = self._read(f"/repos/{self.repository}/compare/{base}...{head}?per_page=1")
        return str(row["merge_base_commit"]["sha"])

    def permission(self, login: str) -> str:
        """What an account may do here; `none` where GitHub knows nothing of it."""
        if login not in self._permissions:
            try:
                row = self._read(f"/repos/{self.repository}/collaborators/{login}/permission")
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
            row = self._read(f"/orgs/{organisation}/teams/{slug}/memberships/{login}")
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
        mark = body.rpartition("\n")[2]
        path = f"/repos/{self.repository}/pulls/{number}/reviews"
        given = {
            "commit_id": commit,
            "body": body,
            "event": "COMMENT",
            "comments": [github_answers.line_comment(*comment) for comment in comments],
        }
        self._write("POST", path, given, lambda: self._has_review(number, mark))

    def _has_review(self, number: int, mark: str) -> bool:
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

    def rewrite_review(self, number: int, review: Posted, body: str) -> None:
        """Replace the body of a review of the bot's own."""
        path = f"/repos/{self.repository}/pulls/{number}/reviews/{review.id}"
        self._write("PUT", path, {"body": body}, None)

    def post_comment(
        self, number: int, commit: str, path: str, line: int | None, body: str
    ) -> None:
        """Post one comment, on a line or, without one, on the file."""
        place: dict[str, Any] = (
            {"subject_type": "file"} if line is None else {"line": line, "side": "RIGHT"}
        )
        given = {"commit_id": commit, "path": path, "body": body, **place}
        url = f"/repos/{self.repository}/pulls/{number}/comments"
        self._write("POST", url, given, lambda: self._has_comment(number, body))

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
        rows = self._read(
            f"/repos/{self.repository}/commits/{commit}/check-runs?check_name={CONTEXT}&filter=latest"
        )
        own = [
            row
            for row in rows.get("check_runs", ())
            if str(row.get("app", {}).get("id")) == self.settings.app_id
        ]
        if own and (own[0]["status"] != "completed" or state != "pending"):
            url = f"/repos/{self.repository}/check-runs/{own[0]['id']}"
            self._write("PATCH", url, given, None, safe=True)
        else:
            given["head_sha"] = commit
            self._write("POST", f"/repos/{self.repository}/check-runs", given, None, safe=True)

    # Asking ----------------------------------------------------------------------------------

    def _query(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._try(
            "POST", self.settings.graphql_url, {"query": query, "variables": variables}
        )
        if errors := answer.get("errors"):
            kinds = {str(error.get("type", "")) for error in errors}
            status = 404 if "NOT_FOUND" in kinds else 403 if "FORBIDDEN" in kinds else 400
            raise GitHubFailed(f"GitHub: {errors[0].get('message', 'the query failed')}", status)
        return dict(answer["data"])

    def _read(self, path: str) -> Any:
        return self._try("GET", path, None)

    def _try(self, verb: str, path: str, given: Any) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                return self._once(verb, path, given)
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
    ) -> None:
        """Write once. *is_done* looks whether an unanswered write was carried out; *safe* are writes
        that may happen twice."""
        for tried in range(1, TRIES + 1):
            try:
                self._once(verb, path, given)
            except GitHubFailed as failed:
                if not _may_pass(failed) or tried == TRIES:
                    if is_done is not None and _is_unsure(failed) and is_done():
                        return
                    raise
                self._rest(failed, tried)
                if is_done is not None and _is_unsure(failed) and is_done():
                    return
                if is_done is None and not safe and _is_unsure(failed) and verb == "POST":
                    raise
            else:
                return

    def _rest(self, failed: GitHubFailed, tried: int) -> None:
        pause = failed.retry_after if failed.retry_after is not None else 0.5 * 2 ** (tried - 1)
        if pause > self.longest_pause:
            raise failed
        self._sleep(pause)

    def _once(self, verb: str, path: str, given: Any) -> Any:
        """One request. Raises `GitHubFailed`; PyGithub's own retries are off, they repeat writes."""
        import github
        import requests

        requester = self._open()
        try:
            _, answer = requester.requestJsonAndCheck(verb, path, input=given)
        except github.GithubException as error:
            wait = github_answers.pause(error.headers, time.time())
            is_limit = error.status == 429 or (error.status == 403 and wait is not None)
            said = github_answers.said(error.status, error.data)
            raise GitHubFailed(said, error.status, wait if is_limit else None) from error
        except (requests.RequestException, OSError, http.client.HTTPException, ValueError) as error:
            raise GitHubFailed(f"GitHub did not answer: {type(error).__name__}") from error
        return answer

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
    answer = app._try("POST", f"/app/installations/{installation}/access_tokens", given)
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
