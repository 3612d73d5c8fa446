"""Requests to GitHub as one account, each made until it is answered. The only module that imports
`github`.

Reads are tried again; a write never is without a look whether it was done after all, since GitHub
answers 502 after it has created a review (docs/github.md).
"""

import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings
from bot.outside import github_answers

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import Requester

TRIES = 4
# Whoever must wait longer comes again.
_LONGEST_PAUSE = 60.0
_SECONDS = 30
_T = TypeVar("_T")


class GitHubFailed(Exception):
    """GitHub could not be asked or refused. The message is for a person; *status* is 0 without one,
    and then there are no *headers*."""

    def __init__(
        self,
        message: str,
        status: int = 0,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after, self.headers = status, retry_after, headers or {}


class Allowance(NamedTuple):
    """What is left of the calls of an hour, of how many, until when: seconds since 1970."""

    left: int
    limit: int
    until: float


class Calls:
    """Requests as one account: with a token, as the App itself, or as nobody."""

    def __init__(
        self,
        settings: GitHubSettings,
        auth: Callable[[], "Auth | None"],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        # Whoever has other work meanwhile waits less, and comes again.
        self.longest_pause = _LONGEST_PAUSE
        # How long the last word on a commit may be put off, where GitHub asks for that.
        self.last_pause = 0.0
        # As GitHub said last, by resource: core and graphql.
        self.allowances: dict[str, Allowance] = {}
        self._auth, self._sleep = auth, sleep
        self._requester: Requester | None = None

    def query(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a GraphQL query. Raises `GitHubFailed`, as all of these do."""
        return self._try(lambda: self._query(query, variables))

    def _query(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        given = {"query": query, "variables": variables}
        answer = self.once("POST", self.settings.graphql_url, given)
        if errors := answer.get("errors"):
            raise GitHubFailed(*github_answers.graphql_failure(errors))
        return dict(answer["data"])

    def read(self, path: str) -> Any:
        """What is at a path."""
        return self._try(lambda: self.once("GET", path, None))

    def read_page(self, path: str) -> tuple[str, Any]:
        """The links to other pages, and what `read` gives."""
        headers, answer = self._try(lambda: self.request("GET", path, None))
        return str(headers.get("link", "")), answer

    def pages(self, path: str, name: str = "") -> Iterator[dict[str, Any]]:
        """The rows of a list, fetched as they are asked for; *name* is the key that holds them."""
        mark = "&" if "?" in path else "?"
        page = 1
        while True:
            found = self.read(f"{path}{mark}per_page=100&page={page}")
            rows = found[name] if name else found
            yield from rows
            if len(rows) < 100:
                return
            page += 1

    def _try(self, ask: Callable[[], _T]) -> _T:
        for tried in range(1, TRIES + 1):
            try:
                return ask()
            except GitHubFailed as failed:
                if not _may_pass(failed) or tried == TRIES:
                    raise
                self._rest(failed, tried)
        raise AssertionError

    def write(
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
                return self.once(verb, path, given)
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

    def rest(self, seconds: float) -> bool:
        """Wait as GitHub asks, before the last word on a commit; False where that takes too long."""
        if seconds > self.last_pause:
            return False
        self._sleep(seconds)
        return True

    def once(self, verb: str, path: str, given: Any) -> Any:
        """One request, and no second one."""
        return self.request(verb, path, given)[1]

    def request(self, verb: str, path: str, given: Any) -> tuple[Mapping[str, str], Any]:
        """One request: headers and body of the answer. PyGithub's own retries are off, they repeat
        writes."""
        import github
        import requests

        requester = self._open()
        try:
            headers, answer = requester.requestJsonAndCheck(verb, path, input=given)
        except github.GithubException as error:
            said = github_answers.said(error.status, error.data)
            wait = github_answers.pause(error.status, error.headers, said, time.time())
            raise GitHubFailed(said, error.status, wait, error.headers) from error
        except (requests.RequestException, OSError, http.client.HTTPException, ValueError) as error:
            raise GitHubFailed(f"GitHub did not answer: {type(error).__name__}") from error
        if (found := _allowance(headers)) is not None:
            self.allowances[headers.get("x-ratelimit-resource", "core")] = found
        return headers, answer

    def _open(self) -> "Requester":
        if self._requester is None:
            import github

            self._requester = github.Github(
                base_url=self.settings.api_url,
                auth=self._auth(),
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


def with_token(
    settings: GitHubSettings, token: str, sleep: Callable[[float], None] = time.sleep
) -> Calls:
    """Calls as the account of a token."""

    def auth() -> "Auth":
        from github.Auth import Token

        return Token(token)

    return Calls(settings, auth, sleep)


def as_app(settings: GitHubSettings) -> Calls:
    """Calls as the App itself, not as one of its installations. Raises `ArchitraveError` where its key
    is none."""
    from github.Auth import AppAuth

    auth = AppAuth(settings.app_id, settings.private_key)
    try:
        auth.token  # noqa: B018 - it signs
    except Exception as error:  # noqa: BLE001 - the library's own, whose words may quote it
        raise ArchitraveError(
            f"The App's private key cannot be used ({type(error).__name__})",
            "GITHUB_APP_PRIVATE_KEY must be the PEM file that GitHub made for the App.",
        ) from None
    return Calls(settings, lambda: auth)


def as_nobody(settings: GitHubSettings) -> Calls:
    """Calls that name no account."""
    return Calls(settings, lambda: None)
