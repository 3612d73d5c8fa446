"""Work in a thread of its own that may be left behind: no library keeps a deadline for a whole answer."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from bot.errors import unstoppable
from bot.outside.llm_failures import Trouble

T = TypeVar("T")
# Between two looks whether anybody still needs the answer.
_LOOK_SECONDS = 0.25


class Exchange:
    """A request under way, which another thread may give up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self._stream: Any = None

    def connected(self, stream: Any) -> None:
        """Hear of the connection; *stream* is the one of the HTTP library."""
        with self._lock:
            self._stream = stream
            if self._given_up:
                self._hang_up()

    def give_up(self) -> None:
        """Ends the connection, so that the thread that reads from it ends too."""
        with self._lock:
            self._given_up = True
            self._hang_up()

    def _hang_up(self) -> None:
        # Whatever state the connection is in: closing it is a courtesy.
        with contextlib.suppress(Exception):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def bounded(
    work: Callable[[Exchange], T], seconds: float, stop: Callable[[], None] = unstoppable
) -> T:
    """The result of *work* in a thread of its own, which is left behind after *seconds* or when
    *stop* raises; then its connection is ended, and it with it."""
    exchange, done = Exchange(), threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work(exchange))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="model", daemon=True).start()
    try:
        _await(done, seconds, stop)
    except BaseException:
        exchange.give_up()
        raise
    if errors:
        raise errors[0]
    return results[0]


def _await(done: threading.Event, seconds: float, stop: Callable[[], None]) -> None:
    ends = time.monotonic() + seconds
    while not done.wait(max(0.0, min(ends - time.monotonic(), _LOOK_SECONDS))):
        stop()
        if time.monotonic() >= ends:
            raise Trouble("timeout")
