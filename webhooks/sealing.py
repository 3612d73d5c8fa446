"""Values that the store keeps without being able to read them, nor to put others in their place."""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

_PURPOSE = b"architrave store 1"


class Seal:
    """Seals with a key of the webhook secret; of several the first seals, each opens."""

    def __init__(self, secrets: Sequence[str]) -> None:
        from cryptography.fernet import Fernet, MultiFernet

        self._keys = MultiFernet([Fernet(_key(secret)) for secret in secrets])

    def close(self, value: Any) -> str:
        """A value that JSON can hold, as text that nobody reads without the secret."""
        return self._keys.encrypt(zlib.compress(json.dumps(value).encode())).decode()

    def open(self, text: str) -> Any:
        """The value; None where it was sealed by others or is broken."""
        from cryptography.fernet import InvalidToken

        try:
            return json.loads(zlib.decompress(self._keys.decrypt(text.encode())))
        except (InvalidToken, zlib.error, ValueError):
            return None


def _key(secret: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
