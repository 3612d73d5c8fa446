"""Environment to `GitHubSettings`: where GitHub is, and as whom the bot speaks to it."""

import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from bot.errors import ArchitraveError

_PUBLIC = "https://api.github.com"


class GitHubSettings(NamedTuple):
    """Addresses without a trailing slash, and either a token or an App's number and key (PEM)."""

    api_url: str
    graphql_url: str
    server_url: str
    token: str = ""
    app_id: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return f"GitHubSettings(api_url={self.api_url!r}, app_id={self.app_id!r})"

    @property
    def is_app(self) -> bool:
        return bool(self.app_id)


def github_settings(environ: Mapping[str, str]) -> GitHubSettings:
    """Settings from the environment. Raises `ArchitraveError` where an App is only half described."""
    api_url = _address(environ, "GITHUB_API_URL") or _PUBLIC
    graphql_url = _address(environ, "GITHUB_GRAPHQL_URL") or _graphql(api_url)
    server_url = _address(environ, "GITHUB_SERVER_URL") or "https://github.com"
    app_id, key = environ.get("GITHUB_APP_ID", "").strip(), _private_key(environ)
    if bool(app_id) != bool(key):
        raise ArchitraveError(
            "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong together, and one of them is missing",
            "Set both (or GITHUB_APP_PRIVATE_KEY_FILE), or neither and GITHUB_TOKEN.",
        )
    token = environ.get("GITHUB_TOKEN", "").strip()
    return GitHubSettings(api_url, graphql_url, server_url, token, app_id, key)


def _address(environ: Mapping[str, str], name: str) -> str:
    address = environ.get(name, "").strip().rstrip("/")
    if address and urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ArchitraveError(f"{name} must begin with https://", "Leave it out for github.com.")
    return address


def _graphql(api_url: str) -> str:
    # Enterprise servers: https://HOST/api/v3 beside https://HOST/api/graphql.
    return api_url.removesuffix("/v3") + "/graphql"


def _private_key(environ: Mapping[str, str]) -> str:
    if text := environ.get("GITHUB_APP_PRIVATE_KEY", ""):
        # Many stores of secrets hold one line only, and Docker keeps the quotes of a file's values.
        return text.strip().strip("'\"").replace("\\n", "\n").strip() + "\n"
    path = environ.get("GITHUB_APP_PRIVATE_KEY_FILE", "")
    if not path:
        return ""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ArchitraveError(
            f"GITHUB_APP_PRIVATE_KEY_FILE cannot be read: {path}", "It must be a PEM file."
        ) from error
