"""Hidden marks in what the bot writes, by which it knows its own words again.

A mark counts only in a comment of the bot's own account; where there is a secret that lasts, it is
signed too, since others may write as the same account (every workflow is `github-actions[bot]`).
While a secret is replaced there are several, with commas between: the first signs, all are believed.
"""

import base64
import hashlib
import hmac
import json
import re
import zlib
from typing import Any

from bot.conversation import Told

_MARK = re.compile(r"<!-- architrave:([a-z]+) ([A-Za-z0-9_\-=]+)(?: ([0-9a-f]{32}))? -->")
# Far above any record; a larger one is not ours.
_MOST_BYTES = 1 << 20


def secrets_in(text: str) -> tuple[str, ...]:
    """The secrets in a text that has commas between them."""
    return tuple(part for each in text.split(",") if (part := each.strip()))


def told(finding: Told, secret: str) -> str:
    """The mark of a comment about one finding."""
    return _mark("finding", [finding.fingerprint, finding.code], secret)


def read_told(body: str, secret: str) -> Told | None:
    """The finding that a comment is about, if it is marked so."""
    value = _read("finding", body, secret)
    if isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value):
        return Told(value[0], value[1])
    return None


def record(value: Any, secret: str) -> str:
    """The mark of a review: what it found, so that answers can be weighed without finding it anew."""
    return _mark("review", value, secret)


def read_record(body: str, secret: str) -> Any:
    """What `record` wrote; None where there is nothing or it is not ours."""
    return _read("review", body, secret)


def note(kind: str, text: str, secret: str) -> str:
    """The mark of a reply, by which it is known to have been given already."""
    return _mark("note", [kind, text], secret)


def read_note(body: str, secret: str) -> Any:
    """What `note` wrote; None where there is nothing or it is not ours."""
    return _read("note", body, secret)


def _mark(kind: str, value: Any, secret: str) -> str:
    packed = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode()
    signing = secrets_in(secret)
    signature = f" {_signature(kind, text, signing[0])}" if signing else ""
    return f"<!-- architrave:{kind} {text}{signature} -->"


def _read(kind: str, body: str, secret: str) -> Any:
    """What the last mark says: ours comes at the end, after all that may be quoted from others."""
    found = None
    for each in _MARK.finditer(body):
        found = each
    if found is None or found[1] != kind:
        return None
    if secrets_in(secret) and not _is_signed(kind, found[2], found[3] or "", secret):
        return None
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.urlsafe_b64decode(found[2]), _MOST_BYTES)
        return json.loads(data)
    except (ValueError, zlib.error, RecursionError):
        return None


def _is_signed(kind: str, text: str, signature: str, secret: str) -> bool:
    return any(
        hmac.compare_digest(signature, _signature(kind, text, each)) for each in secrets_in(secret)
    )


def _signature(kind: str, text: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]
