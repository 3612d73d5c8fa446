"""Whether a review that runs is still wanted: a newer one of its pull request takes its place."""

import logging
import threading
import time
from typing import NamedTuple

from bot.errors import Stopped
from webhooks import jobs
from webhooks.bench import Bench

_log = logging.getLogger("architrave")
# Between two looks into the store; whoever runs asks far more often.
_EVERY = 0.5
_MOST_SECONDS = 90.0


class Place(NamedTuple):
    """A review among those of its pull request: what ends it, and whether an older one runs yet."""

    ends: str
    is_first: bool


def place(bench: Bench, identity: str) -> Place:
    """How a review stands. Whatever was put after it sees what there is now, and so may do alone."""
    rows = jobs.around(bench.client, identity)
    own = next((row for row in rows if row.identity == identity), None)
    if own is None or own.status == jobs.CANCELLED:
        return Place("it was called off", True)
    if any(row.number > own.number and row.status != jobs.CANCELLED for row in rows):
        return Place("a newer one follows", True)
    older = any(row.number < own.number and row.status == jobs.RUNS for row in rows)
    return Place("", not older)


def turn(bench: Bench, identity: str) -> bool:
    """Wait until no older review of the pull request runs: it has been told to end.

    Raises `Stopped` where a newer one has come; false where the older one does not end.
    """
    ends = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < ends:
        found = place(bench, identity)
        if found.ends:
            raise Stopped(found.ends)
        if found.is_first:
            return True
        time.sleep(_EVERY)
    return False


class Watch:
    """Raises `Stopped` as soon as a review is not wanted any more. Several threads may ask."""

    def __init__(self, bench: Bench, identity: str) -> None:
        self._bench, self._identity = bench, identity
        self._lock = threading.Lock()
        self._next = 0.0
        self._ends = ""

    def __call__(self) -> None:
        if not self._ends and time.monotonic() >= self._next and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        if self._ends:
            raise Stopped(self._ends)

    def _look(self) -> None:
        try:
            self._ends = place(self._bench, self._identity).ends
        except Exception as error:  # noqa: BLE001 - the store is away: the review goes on
            _log.warning("nobody knows whether a review is wanted: %s", type(error).__name__)
        self._next = time.monotonic() + _EVERY
