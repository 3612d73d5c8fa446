"""Who is signed in. A browser holds a random cookie and nothing else; the rest is in the ledger.

Of the cookie only a hash is kept. GitHub's token is encrypted with a key made of the cookie and the
App's client secret: neither the database nor the environment alone gives it away.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select, update

from webhooks.pages import person
from webhooks.pages.person import Account, GitHubAway, NotSignedIn
from webhooks.pages.sight import Sight
from webhooks.service_settings import ServiceSettings
from webhooks.tables import SESSIONS

# Seconds: how long a session lasts, and how old what GitHub has said of repositories may be; for as
# long as GitHub is away, no older than *_STALE*.
LIFE = 8 * 3600
_FRESH, _STALE = 300, 900
_LONGEST_COOKIE = 100


class Session(NamedTuple):
    """What somebody who is signed in may see; *cookie* stays with their browser."""

    cookie: str
    sight: Sight


def open_session(engine: Engine, settings: ServiceSettings, account: Account) -> str:
    """Sign somebody in; the new session's cookie. Raises `NotSignedIn` and `GitHubAway`."""
    seen = person.repositories(settings, account.token)
    cookie, now = secrets.token_urlsafe(32), time.time()
    row = {
        "id": _name(cookie),
        "login": account.login,
        "account": account.id,
        "token": _locked(settings, cookie, account.token),
        "repositories": json.dumps(seen),
        "looked": now,
        "ends": now + LIFE,
    }
    with engine.begin() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.ends < now))
        connection.execute(insert(SESSIONS).values(**row))
    return cookie


def find(engine: Engine, settings: ServiceSettings, cookie: str) -> Session | None:
    """The session of a cookie; None where there is none. Raises `GitHubAway`."""
    if not cookie or len(cookie) > _LONGEST_COOKIE:
        return None
    now = time.time()
    query = select(SESSIONS).where(SESSIONS.c.id == _name(cookie), SESSIONS.c.ends > now)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    seen = json.loads(row["repositories"])
    if now - row["looked"] > _FRESH:
        token = _unlocked(settings, cookie, row["token"])
        try:
            seen = person.repositories(settings, token)
        except NotSignedIn:
            close(engine, cookie)
            return None
        except GitHubAway:
            if now - row["looked"] > _STALE:
                raise
        else:
            values = {"repositories": json.dumps(seen), "looked": now}
            with engine.begin() as connection:
                connection.execute(
                    update(SESSIONS).where(SESSIONS.c.id == row["id"]).values(**values)
                )
    names = frozenset(name for each in seen.values() for name in each)
    return Session(
        cookie, Sight(row["login"], names, frozenset(int(each) for each in seen), csrf(cookie))
    )


def close(engine: Engine, cookie: str) -> None:
    """Sign out."""
    with engine.begin() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.id == _name(cookie)))


def csrf(cookie: str) -> str:
    """What a form of ours carries, and nobody knows who does not know the cookie."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def _name(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


def key(settings: ServiceSettings, purpose: str, salt: str = "") -> bytes:
    """A key for Fernet, made of the client secret."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    made = HKDF(SHA256(), 32, salt.encode() or None, f"architrave {purpose}".encode())
    return base64.urlsafe_b64encode(made.derive(settings.client_secret.encode()))


def _locked(settings: ServiceSettings, cookie: str, token: str) -> str:
    from cryptography.fernet import Fernet

    return Fernet(key(settings, "token", cookie)).encrypt(token.encode()).decode()


def _unlocked(settings: ServiceSettings, cookie: str, text: str) -> str:
    """The token; "" where the client secret is another one by now, so that GitHub refuses it."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(key(settings, "token", cookie)).decrypt(text.encode()).decode()
    except InvalidToken:
        return ""
