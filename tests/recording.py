"""Keys and records for tests."""

from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot import attestations, envelopes
from bot.attestations import Attested, Decision, Patch


class Pair(NamedTuple):
    """A key pair as PEM files hold it."""

    private: bytes
    public: bytes

    def bundle(self, *several: Attested) -> str:
        signer = envelopes.signer(self.private, "the key")
        return "".join(envelopes.sign(attestations.statements(each), signer) for each in several)


def pair() -> Pair:
    key = Ed25519PrivateKey.generate()
    return Pair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


KIM = "kim+12"
ANSWERED = Decision("f1", "security/code-execution", "app/api.py", "accepted", KIM, "it is known")


def attested(**given: Any) -> Attested:
    """A record of a pull request with one commit, in which KIM has answered the only finding."""
    ids = {"head": "a" * 40, "tree": "b" * 40, "base": "c" * 40, "base_tree": "d" * 40}
    more = {"patch": "e" * 40, "merged": "1" * 40, "merged_tree": "2" * 40, "merged_by": "lea+9"}
    row = {
        "pull": "https://github.com/acme/shop/pull/7",
        "at": "2026-08-01T10:05:00Z",
        **ids,
        **more,
    }
    row["commits"] = (Patch("a" * 40, "e" * 40),)
    return Attested(
        **{**row, "decisions": (ANSWERED,), "ai_lines": 3, "agents": ("Codex",), **given}
    )
