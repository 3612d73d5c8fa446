"""Work in a thread of its own that may be left behind: no library keeps a deadline for a whole answer."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from bot.outside.llm_failures import Trouble

T = TypeVar("T")


class Exchange:
    """A request under way, which another thread may give up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self._response: Any = None

    def begun(self, response: Any) -> None:
        with self._lock:
            self._response = response
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
            stream = self._response.extensions["network_stream"]
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def bounded(work: Callable[[Exchange], T], seconds: float) -> T:
    """The result of *work* in a thread of its own, which is left behind after *seconds*."""
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
    if not done.wait(max(0.0, seconds)):
        exchange.give_up()
        raise Trouble("timeout")
    if errors:
        raise errors[0]
    return results[0]
