"""Who is signed in. Sessions are in Redis; the cookie holds their key."""

import json
import logging
import secrets
from datetime import timedelta

log = logging.getLogger(__name__)
LIFETIME = timedelta(hours=8)


class Sessions:
    def __init__(self, redis):
        self._redis = redis

    def start(self, user_id: int) -> str:
        key = secrets.token_urlsafe(32)
        self._redis.setex(f"session:{key}", LIFETIME, json.dumps({"user": user_id}))
        log.info("session %s started for %s", key, user_id)
        return key

    def user(self, key: str) -> int | None:
        raw = self._redis.get(f"session:{key}")
        return json.loads(raw)["user"] if raw else None

    def end(self, key: str) -> None:
        self._redis.delete(f"session:{key}")
