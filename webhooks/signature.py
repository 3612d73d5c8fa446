"""Who sent a delivery: GitHub's signature over its raw bytes. Knows nothing of HTTP or JSON."""

import hashlib
import hmac
from collections.abc import Sequence

from bot.errors import ArchitraveError
from bot.markers import secrets_in

_PREFIX = "sha256="


def secrets(text: str) -> tuple[str, ...]:
    """The secrets in GITHUB_WEBHOOK_SECRET: several, with commas between, while one is replaced.

    Raises `ArchitraveError` where there is none: a service that believes everybody does not start.
    """
    found = secrets_in(text)
    if not found:
        raise ArchitraveError(
            "GITHUB_WEBHOOK_SECRET is not set, so nobody could tell GitHub's deliveries from others'",
            "Set it to the webhook secret of the GitHub App; while it is replaced: `new,old`.",
        )
    return found


def sign(body: bytes, secret: str) -> str:
    """The value of X-Hub-Signature-256 for *body*."""
    return _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_genuine(body: bytes, signature: str, known: Sequence[str]) -> bool:
    """Whether *signature* was made with one of the *known* secrets. Takes as long whichever it is."""
    given = signature.strip().encode(errors="replace")
    results = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in known]
    return any(results)
