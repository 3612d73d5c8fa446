"""Token counts and the prompt cache: exact prefixes, at most four markers, two lifetimes."""

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from anthropic_request import turns

SECONDS = {"5m": 300.0, "1h": 3600.0}
LOOK_BACK = 20


def compact(value: object) -> bytes:
    """JSON without blanks, keys in the order they came: the order is part of a prefix."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _estimate(size: int) -> int:
    return -(-size * 10 // 27)


def tokens(*values: object) -> int:
    """Tokens of JSON values, at 2.7 bytes each."""
    return _estimate(sum(len(compact(value)) for value in values))


class Spot(NamedTuple):
    """The end of a block in render order: the prefix up to there, and the marker on it."""

    key: str
    tokens: int
    ttl: str | None


class Plan(NamedTuple):
    """What a request costs, and the cache entries it makes once its answer begins."""

    usage: dict[str, Any]
    entries: dict[str, str]
    touched: list[str]


def marker(block: dict[str, Any]) -> str | None:
    """The lifetime that a block's cache marker asks for."""
    found = block.get("cache_control")
    nested = block.get("content")
    if not found and block.get("type") == "tool_result" and isinstance(nested, list):
        found = next((part["cache_control"] for part in nested if part.get("cache_control")), None)
    return found.get("ttl") or "5m" if found else None


def bare(value: Any) -> Any:
    """A JSON value without cache markers and nulls, which are no part of what is said."""
    if isinstance(value, dict):
        return {
            name: bare(inner)
            for name, inner in value.items()
            if name != "cache_control" and inner is not None
        }
    return [bare(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def blocks(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block with its section, in render order: tools, system, messages."""
    for tool in body.get("tools") or ():
        yield "tools", tool
    system = body.get("system") or ()
    for block in [{"type": "text", "text": system}] if isinstance(system, str) else system:
        yield "system", block
    for turn in turns(body):
        for block in turn.blocks:
            yield turn.role, block


def spots(body: dict[str, Any]) -> list[Spot]:
    """The prefixes of a request, one for each block.

    A schema is told to the model before all else, and another effort is another prompt: both make
    another prefix of the same blocks.
    """
    found: list[Spot] = []
    before = [body.get("model"), bare(body.get("output_config"))]
    hashed, size = hashlib.sha256(compact(before)), 0
    for section, block in blocks(body):
        said = compact(bare(block))
        hashed.update(compact(section) + said)
        size += len(said)
        found.append(Spot(hashed.hexdigest(), _estimate(size), marker(block)))
    if found and (top := body.get("cache_control")) and not found[-1].ttl:
        found[-1] = found[-1]._replace(ttl=top.get("ttl") or "5m")
    return found


class PromptCache:
    """Prefixes that answers have made readable; time passes only when `now` is set."""

    def __init__(self, minimum: int) -> None:
        self.now = 0.0
        self._minimum = minimum
        self._entries: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def plan(self, body: dict[str, Any]) -> Plan:
        """The token counts of a request against the cache as it is now."""
        found = spots(body)
        with self._lock:
            alive = {key for key, entry in self._entries.items() if self._alive(*entry)}
        marked = [
            place for place, spot in enumerate(found) if spot.ttl and spot.tokens >= self._minimum
        ]
        hit = max((self._hit(found, place, alive) for place in marked), default=-1)
        read = found[hit].tokens if hit >= 0 else 0
        written = dict.fromkeys(SECONDS, 0)
        done = read
        for place in marked:
            if place > hit:
                written[found[place].ttl or "5m"] += found[place].tokens - done
                done = found[place].tokens
        entries = {found[place].key: found[place].ttl or "5m" for place in marked}
        total = found[-1].tokens if found else 0
        touched = [found[hit].key] if hit >= 0 else []
        return Plan(_usage(total - done, read, written), entries, touched)

    def commit(self, plan: Plan) -> None:
        """Makes the entries of a plan readable: its answer has begun."""
        with self._lock:
            for key in plan.touched:
                self._entries[key] = (self._entries[key][0], self.now)
            for key, ttl in plan.entries.items():
                kept, seen = self._entries.get(key, (ttl, self.now))
                longest = max(kept, ttl, key=SECONDS.__getitem__)
                self._entries[key] = (longest if self._alive(kept, seen) else ttl, self.now)

    def _alive(self, ttl: str, seen: float) -> bool:
        return self.now - seen < SECONDS[ttl]

    def _hit(self, found: list[Spot], place: int, alive: set[str]) -> int:
        """The last readable prefix among the twenty that end at or before a marker."""
        for earlier in range(place, max(-1, place - LOOK_BACK), -1):
            if found[earlier].key in alive:
                return earlier
        return -1


def _usage(rest: int, read: int, written: dict[str, int]) -> dict[str, Any]:
    return {
        "input_tokens": rest,
        "cache_creation_input_tokens": sum(written.values()),
        "cache_read_input_tokens": read,
        "cache_creation": {
            f"ephemeral_{ttl}_input_tokens": count for ttl, count in written.items()
        },
    }
