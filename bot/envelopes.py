"""Statements in signed envelopes (DSSE): made with one key, believed with others.

Envelopes, signatures and key formats are securesystemslib's. A bundle is one envelope a line, as in-toto
has it (spec/v1/bundle.md). Sigstore's keyless signing needs services that a ledger behind a firewall
does not reach; a key in a file is what is here.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bot.errors import ArchitraveError

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import Key, Signer

_TYPE = "application/vnd.in-toto+json"
# The largest public key is a fraction of it; what is larger is another file.
MOST_KEY_BYTES = 16_384
# `sound` is signed by a trusted key, `foreign` by none of them; `broken` is not what a key has signed.
Trust = Literal["sound", "foreign", "broken"]


class Opened(NamedTuple):
    """A line of a bundle: what it holds, believed or not, and whether it is to be."""

    payload: bytes
    trust: Trust


def signer(data: bytes, origin: str) -> "Signer":
    """The Ed25519 key that a PEM file holds. Raises `ArchitraveError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ArchitraveError(f"{origin} holds no private key that can be read", _MAKE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ArchitraveError(f"{origin} holds a key that is not Ed25519", _MAKE)
    return CryptoSigner(key)


_MAKE = "Make one: openssl genpkey -algorithm ed25519 -out key.pem"


def public_key(data: bytes, origin: str) -> "Key":
    """A public key in PEM. Raises `ArchitraveError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        return SSlibKey.from_crypto(load_pem_public_key(data[:MOST_KEY_BYTES]))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ArchitraveError(
            f"{origin} holds no public key in PEM",
            "Take it from the private one: openssl pkey -in key.pem -pubout",
        ) from error


def sign(payloads: Iterable[bytes], with_: "Signer") -> str:
    """A bundle of these statements, a line each."""
    from securesystemslib.dsse import Envelope

    lines = []
    for payload in payloads:
        envelope = Envelope(payload, _TYPE, {})
        envelope.sign(with_)
        lines.append(json.dumps(envelope.to_dict(), separators=(",", ":")) + "\n")
    return "".join(lines)


def opened(bundle: bytes, keys: Sequence["Key"]) -> Iterator[Opened]:
    """Every line of a bundle; one that is no envelope is broken, and empty."""
    for line in bundle.splitlines():
        if line.strip():
            envelope = _envelope(line)
            if envelope is None:
                yield Opened(b"", "broken")
            else:
                yield Opened(envelope.payload, _trust(envelope, keys))


def _envelope(line: bytes) -> "Envelope | None":
    from securesystemslib.dsse import Envelope

    try:
        found: Any = json.loads(line)
        return Envelope.from_dict(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _trust(envelope: "Envelope", keys: Sequence["Key"]) -> Trust:
    from securesystemslib.exceptions import UnverifiedSignatureError

    meant = [key for key in keys if key.keyid in envelope.signatures]
    if not meant:
        return "foreign"
    try:
        envelope.verify(meant, 1)
    except (UnverifiedSignatureError, ValueError):
        return "broken"
    # The type is signed too: another document of the same key is no statement.
    return "sound" if envelope.payload_type == _TYPE else "broken"
