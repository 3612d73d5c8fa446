"""GitHub as somebody sees it who signs in: who they are, and what of the App's they may read."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot import __version__
from bot.github_settings import github_settings
from webhooks.jobs import is_repository
from webhooks.service_settings import ServiceSettings

CALLBACK = "/sign-in/callback"
_SECONDS = 10
_PER_PAGE, _MOST_PAGES = 100, 50
# Of the web side's eight threads; the others go on taking deliveries while GitHub is slow.
_AT_ONCE, _PATIENCE = threading.BoundedSemaphore(3), 2
_HEADERS = {"Accept": "application/vnd.github+json", "User-Agent": f"architrave/{__version__}"}


class GitHubAway(Exception):
    """GitHub does not answer, or not as it should; the message says what."""


class NotSignedIn(Exception):
    """GitHub does not know the person, or no longer."""


class Account(NamedTuple):
    """A person, and the token that speaks for them."""

    login: str
    id: int
    token: str


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """A turn to ask GitHub. Raises `GitHubAway` where too many are asking."""
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise GitHubAway("too many ask at once")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _session(settings: ServiceSettings, token: str = "") -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        settings.client_id,
        settings.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
        redirect_uri=settings.url + CALLBACK,
        code_challenge_method="S256",
        token={"access_token": token, "token_type": "bearer"} if token else None,
        default_timeout=_SECONDS,
    )


def authorize_url(settings: ServiceSettings, state: str, verifier: str) -> str:
    """Where the browser goes to ask GitHub who somebody is."""
    url = f"{github_settings(settings.environ).server_url}/login/oauth/authorize"
    made, _ = _session(settings).create_authorization_url(url, state, verifier)
    return str(made)


def arrive(settings: ServiceSettings, code: str, verifier: str) -> Account:
    """Who has come back with *code*. Raises `NotSignedIn` and `GitHubAway`."""
    from authlib.integrations.base_client import OAuthError
    from requests import RequestException

    url = f"{github_settings(settings.environ).server_url}/login/oauth/access_token"
    with _turn(), _session(settings) as session:
        try:
            token = session.fetch_token(url, code=code, code_verifier=verifier)["access_token"]
        except (OAuthError, KeyError, TypeError) as error:
            raise NotSignedIn(f"GitHub refused the code: {error}") from error
        except (RequestException, ValueError) as error:
            raise GitHubAway(type(error).__name__) from error
    who = _get(settings, str(token), "/user", {})
    login, number = who.get("login"), who.get("id")
    if not isinstance(login, str) or not isinstance(number, int):
        raise GitHubAway("GitHub does not say who somebody is")
    return Account(login[:100], number, str(token))


def repositories(settings: ServiceSettings, token: str) -> dict[int, list[str]]:
    """What a person may read of what the App is installed on: installations to names in small
    letters. Raises `NotSignedIn` and `GitHubAway`."""
    found = {}
    for each in _pages(settings, token, "/user/installations", "installations"):
        number = each.get("id")
        if not isinstance(number, int) or each.get("suspended_at"):
            continue
        path = f"/user/installations/{number}/repositories"
        names = (row.get("full_name") for row in _pages(settings, token, path, "repositories"))
        found[number] = [
            name.lower() for name in names if isinstance(name, str) and is_repository(name)
        ]
    return found


def _pages(
    settings: ServiceSettings, token: str, path: str, key: str
) -> Iterator[Mapping[str, Any]]:
    for page in range(1, _MOST_PAGES + 1):
        rows = _get(settings, token, path, {"per_page": _PER_PAGE, "page": page}).get(key)
        if not isinstance(rows, list):
            raise GitHubAway(f"GitHub answers {path} without {key}")
        yield from (row for row in rows if isinstance(row, dict))
        if len(rows) < _PER_PAGE:
            return


def _get(
    settings: ServiceSettings, token: str, path: str, query: Mapping[str, int]
) -> Mapping[str, Any]:
    from requests import RequestException

    url = github_settings(settings.environ).api_url + path
    with _turn(), _session(settings, token) as session:
        try:
            answer = session.get(url, params=query, headers=_HEADERS, allow_redirects=False)
            found = json.loads(answer.content or b"null")
        except (RequestException, ValueError) as error:
            raise GitHubAway(type(error).__name__) from error
    is_limit = "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"
    if answer.status_code in (403, 404) and not is_limit and path != "/user":
        # An organisation that does not let this token in, an installation that has just gone.
        return {"installations": [], "repositories": []}
    if answer.status_code == 401:
        raise NotSignedIn("GitHub no longer knows the token")
    if answer.status_code != 200 or not isinstance(found, dict):
        raise GitHubAway(f"GitHub answers {path} with {answer.status_code}")
    return found
