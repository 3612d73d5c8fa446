"""Who asks: App tokens, installation tokens, tokens of persons, for REST and for Git."""

import base64
import binascii
import time

from github_accounts import App, Token
from github_api import Refused, not_found
from github_http import Request
from github_keys import claims_of, verifies
from github_model import Repository, State


def credential(request: Request) -> str | None:
    """The secret in the Authorization header: Bearer, token, or the password of Basic."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if not value:
        return None
    if scheme.lower() != "basic":
        return value.strip() if scheme.lower() in ("bearer", "token") else ""
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user


def token_of(state: State, secret: str | None, now: float) -> Token | None:
    """The token; None for nobody; refuses a wrong, expired or suspended one."""
    if secret is None:
        return None
    token = state.tokens.get(secret)
    if token is None or (token.expires is not None and token.expires <= now):
        raise Refused(401, "Bad credentials")
    if token.installation and token.installation.suspended:
        raise Refused(403, "This installation has been suspended")
    return token


def app_of(state: State, secret: str | None, now: float, skew: float = 0.0) -> App:
    """The App whose JSON web token this is; its time is checked as GitHub checks it. With *skew*
    GitHub's clock is that far ahead of the client's."""
    claims = claims_of(secret or "")
    if claims is None:
        raise Refused(401, "A JSON web token could not be decoded")
    if any(type(claims.get(name)) is not int for name in ("iat", "exp")):
        raise Refused(401, "Missing 'issued at' claim ('iat') or 'expiration time' claim ('exp')")
    app = next((app for app in state.apps if str(app.id) == str(claims.get("iss"))), None)
    if app is None:
        raise Refused(404, "Integration not found")
    if not verifies(secret or "", app.key):
        raise Refused(401, "A JSON web token could not be decoded")
    if skew:
        claims = {**claims, **{name: claims[name] - skew for name in ("iat", "exp")}}
    now = min(now, time.time()) if claims["iat"] > now else now
    if claims["iat"] > now + 60:
        message = "must be an Integer representing the time that the assertion was issued"
        raise Refused(401, f"'Issued at' claim ('iat') {message}")
    if claims["exp"] <= min(now, time.time()):
        message = "must be a numeric value representing the future time at which it expires"
        raise Refused(401, f"'Expiration time' claim ('exp') {message}")
    if claims["exp"] > max(now, time.time()) + 600:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def reaches(token: Token | None, repo: Repository) -> bool:
    """Whether a token can see a repository at all."""
    if not repo.private:
        return True
    if token is None:
        return False
    if token.installation is None:
        return repo.allows(token.actor, "read")
    return token.covers(repo.full_name)


def visible(state: State, token: Token | None, full_name: str) -> Repository:
    """The repository of that name; what is out of reach is not there."""
    wanted = full_name.lower()
    repo = next((r for name, r in state.repos.items() if name.lower() == wanted), None)
    if repo is None or not reaches(token, repo):
        raise not_found()
    return repo
