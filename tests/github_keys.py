"""The key of the fake Apps, and RS256 without a library: a test must be able to run without one."""

import base64
import hashlib
import json
import time
from typing import Any

EXPONENT = 65537
PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
PRIMES = (
    int(
        "f4b69aadc4d4fed0efda1bcf9cd9f255dd5a2c8e2f03872dcf7a4ca474a225ed04936267752eef4d"
        "4b97645b2c7601db3be9925498364dd8b256e0f17df7878cec991f7793b4d102558f3b039c890427"
        "376468a01f982d74f9e4ee0151e2c51ae4f77761e50811dea8b024b59748c0f302a979e2c878c7c0"
        "d0c0f76d2263ffef",
        16,
    ),
    int(
        "bf13a422c44230ada6bea350465740d6f2104a6334203f3fe5fa23d3270951c06484eb936d77a8a1"
        "0df6ceff6c805b2e9f13b42abc181d7998785577fccad75578ffc6a184abf11f33e73b2772ea0dfc"
        "b50685d9bd07b42c1f7230d39822dd36de4952c9b704fd9d22365c477e1e06a0dd976f072c376c4f"
        "98070ca9dbf61a1d",
        16,
    ),
    int(
        "f3614ba777dbf9a9784182434ca9afd65035ec6099914a09fed8304f8632f907bedca690ac5ae4c2"
        "0bd8b1d8efb96ad4342b9b8aa895dcfdccca1f23560a5818dde45421b881546e4217431125c0be11"
        "a1a925e45d3bb851c93c99035a1630e858ccd21c73fcac272593bb41b9d227b2f028079585c6d381"
        "25f55e01d0fd45c1",
        16,
    ),
)


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(which: int = 0) -> tuple[int, int]:
    """Modulus and exponent of one of the keys."""
    return PRIMES[which] * PRIMES[which + 1], EXPONENT


def private_key(which: int = 0) -> str:
    """The key as GitHub hands it out: PKCS#1 in PEM."""
    p, q = PRIMES[which], PRIMES[which + 1]
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    body = b"".join(_tagged(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers)
    text = base64.encodebytes(_tagged(0x30, body)).decode().replace("\n", "")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    name = "RSA PRIVATE KEY"
    return "\n".join([f"-----BEGIN {name}-----", *lines, f"-----END {name}-----", ""])


def sign(app_id: int, *, which: int = 0, issued: float | None = None, life: int = 540) -> str:
    """A JSON web token of an App; `issued` is in seconds since 1970."""
    begun = int(time.time() - 60 if issued is None else issued)
    claims = {"iat": begun, "exp": begun + life, "iss": str(app_id)}
    text = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims))
    modulus, _ = public_key(which)
    p, q = PRIMES[which], PRIMES[which + 1]
    number = pow(_padded(text, modulus), pow(EXPONENT, -1, (p - 1) * (q - 1)), modulus)
    return f"{text}.{encode(number.to_bytes(256, 'big'))}"


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims, unchecked; None when it is no RS256 token."""
    try:
        head, body, _ = token.split(".")
        claims = json.loads(decode(body))
        return claims if json.loads(decode(head))["alg"] == "RS256" else None
    except (ValueError, KeyError, TypeError):
        return None


def verifies(token: str, key: tuple[int, int]) -> bool:
    text, _, signature = token.rpartition(".")
    return pow(int.from_bytes(decode(signature), "big"), key[1], key[0]) == _padded(text, key[0])


def _padded(text: str, modulus: int) -> int:
    digest = PREFIX + hashlib.sha256(text.encode()).digest()
    size = (modulus.bit_length() + 7) // 8
    padding = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00"
    return int.from_bytes(padding + digest, "big")


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content
