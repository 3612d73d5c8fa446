"""Webhook events on their way: signatures, headers and deliveries."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any


def sign(secret: str, body: bytes) -> str:
    """The X-Hub-Signature-256 of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(eq=False)
class Event:
    """What GitHub would send: `name` is the X-GitHub-Event."""

    name: str
    payload: dict[str, Any]
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __deepcopy__(self, memo: object) -> "Event":
        return self

    @property
    def action(self) -> str | None:
        return self.payload.get("action")

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload).encode()

    def headers(self, secret: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/fake",
            "X-GitHub-Event": self.name,
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Hook-ID": "1",
            "X-Hub-Signature-256": sign(secret, self.body),
        }


@dataclass(eq=False)
class Delivery:
    """One attempt to deliver an event; `code` 0 means that nobody answered in time."""

    id: int
    event: Event
    at: float
    code: int
    redelivery: bool = False
