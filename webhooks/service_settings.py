"""Environment to `ServiceSettings`: where the service listens, what it keeps and where."""

import os
import sys
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings, github_settings
from webhooks import signature

# Names of this machine that no other machine can take.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# GitHub sends nothing larger.
MOST_BYTES = 25 << 20


class ServiceSettings(NamedTuple):
    """*database_url* "" is the embedded store in *folder*."""

    environ: Mapping[str, str]
    secrets: tuple[str, ...]
    host: str
    port: int
    folder: str
    database_url: str
    # Reviews of one worker at a time, and seconds that a review waits for more pushes.
    at_once: int = 2
    # Of one installation, on all workers together.
    share: int = 2
    patience: float = 2.0
    keep_days: int = 90
    # PEM of the key that records of merged pull requests are signed with; none: none are made.
    signing_key: bytes = b""
    # Where people reach the pages, and the App's client, with which they sign in; "" without pages.
    url: str = ""
    client_id: str = ""
    client_secret: str = ""

    def __repr__(self) -> str:
        return f"ServiceSettings(host={self.host!r}, port={self.port}, folder={self.folder!r})"

    @property
    def is_embedded(self) -> bool:
        return not self.database_url


def service_settings(environ: Mapping[str, str]) -> ServiceSettings:
    """Settings from the environment. Raises `ArchitraveError` where the service could not work."""
    secrets = signature.secrets(environ.get("GITHUB_WEBHOOK_SECRET", ""))
    hub = credentials(environ)
    url, client_id, client_secret = _sign_in(environ, is_app=hub.is_app)
    return place(environ)._replace(
        secrets=secrets, url=url, client_id=client_id, client_secret=client_secret
    )


def credentials(environ: Mapping[str, str]) -> GitHubSettings:
    """As whom the service speaks to GitHub. Raises `ArchitraveError` where as nobody."""
    hub = github_settings(environ)
    if not hub.is_app and not hub.token:
        raise ArchitraveError(
            "There are no credentials for GitHub: no GITHUB_APP_ID and no GITHUB_TOKEN",
            "Set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE, or let `review-service setup` make an App.",
        )
    return hub


def place(environ: Mapping[str, str]) -> ServiceSettings:
    """Settings without who is believed: where the service listens and what it keeps."""
    url = environ.get("DATABASE_URL", "").strip()
    if url and not url.startswith(("postgres://", "postgresql://")):
        raise ArchitraveError(
            "DATABASE_URL must begin with postgresql://",
            "Leave it out for the embedded store in ARCHITRAVE_DATA_DIR.",
        )
    at_once = _number(environ, "ARCHITRAVE_REVIEWS_AT_ONCE", 2, 1, 64)
    return ServiceSettings(
        environ,
        (),
        environ.get("HOST", "").strip() or "127.0.0.1",
        _number(environ, "PORT", 8000, 0, 65_535),
        _folder(environ),
        url.replace("postgres://", "postgresql://", 1),
        at_once,
        _number(environ, "ARCHITRAVE_REVIEWS_PER_INSTALLATION", at_once, 1, 4096),
        float(_number(environ, "ARCHITRAVE_PATIENCE", 2, 0, 600)),
        _number(environ, "ARCHITRAVE_KEEP_DAYS", 90, 8, 36_500),
        _signing_key(environ),
    )


def _sign_in(environ: Mapping[str, str], *, is_app: bool) -> tuple[str, str, str]:
    """Address of the pages, client and secret: all of them or none."""
    names = ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "ARCHITRAVE_URL")
    client_id, secret, url = (environ.get(name, "").strip() for name in names)
    if not any((client_id, secret, url)):
        return "", "", ""
    if not all((client_id, secret, url)):
        missing = [name for name in names if not environ.get(name, "").strip()]
        raise ArchitraveError(
            f"To sign in needs {', '.join(names)}; missing: {', '.join(missing)}",
            "Leave all of them out for a service without pages; docs/pages.md says how to get them.",
        )
    if not is_app:
        raise ArchitraveError(
            "GITHUB_CLIENT_ID is set, but no GITHUB_APP_ID: whoever signs in sees what the App is on",
            "Set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE, or leave GITHUB_CLIENT_ID out.",
        )
    parts = urllib.parse.urlsplit(url)
    is_local = parts.hostname in LOOPBACK
    if not parts.hostname or parts.scheme not in (("http", "https") if is_local else ("https",)):
        raise ArchitraveError(
            f"ARCHITRAVE_URL must begin with https://, not {url[:80]!r}",
            "It is where people reach the pages: https://review.example.org.",
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ArchitraveError(f"ARCHITRAVE_URL must be a host alone, not {url[:80]!r}")
    return f"{parts.scheme}://{parts.netloc}", client_id, secret


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not least <= int(text[:9]) <= most:
        raise ArchitraveError(f"{name} must be a number from {least} to {most}, not {text[:40]!r}")
    return int(text)


def _signing_key(environ: Mapping[str, str]) -> bytes:
    from bot import envelopes

    path = environ.get("ARCHITRAVE_SIGNING_KEY_FILE", "").strip()
    if not path:
        return b""
    try:
        with open(path, "rb") as file:
            data = file.read(envelopes.MOST_KEY_BYTES)
    except OSError as error:
        raise ArchitraveError(
            f"ARCHITRAVE_SIGNING_KEY_FILE cannot be read: {path}: {error.strerror}",
            "It is a file that holds an Ed25519 key in PEM; docs/audit.md says how to make one.",
        ) from error
    envelopes.signer(data, "ARCHITRAVE_SIGNING_KEY_FILE")
    return data


def _folder(environ: Mapping[str, str]) -> str:
    """Where the platform keeps the data of a user's programs."""
    if given := environ.get("ARCHITRAVE_DATA_DIR", "").strip():
        return os.path.abspath(given)
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    if environ.get("XDG_DATA_HOME"):
        parent = environ["XDG_DATA_HOME"]
    elif environ.get("LOCALAPPDATA"):
        parent = environ["LOCALAPPDATA"]
    elif sys.platform == "darwin":
        parent = os.path.join(home, "Library", "Application Support")
    else:
        parent = os.path.join(home, ".local", "share")
    if not home and not os.path.isabs(parent):
        raise ArchitraveError("There is no folder to keep data in", "Set ARCHITRAVE_DATA_DIR.")
    return os.path.join(parent, "architrave")
