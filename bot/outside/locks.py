"""Locks between processes, and between threads of one, that end with the process."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import IO

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where containers run this
    fcntl = None  # type: ignore[assignment]


def take(path: str, seconds: float = 0.0, *, shared: bool = False) -> IO[bytes] | None:
    """Hold a file's lock until it is closed; None where another process still has it after
    *seconds*. Those who hold it *shared* do so together. The file stays: removing it would let two
    processes lock two files of one name."""
    file = open(path, "ab")  # noqa: SIM115 - it is held for the life of the process
    if fcntl is None:  # pragma: no cover - Windows
        return file  # type: ignore[unreachable]
    ends = time.monotonic() + seconds
    way = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    while True:
        try:
            fcntl.flock(file, way | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= ends:
                file.close()
                return None
            time.sleep(0.05)
        else:
            os.set_inheritable(file.fileno(), False)
            return file


@contextlib.contextmanager
def held(path: str, seconds: float = 60.0) -> Iterator[None]:
    """Go on alone. Raises `TimeoutError` where another process does not let go."""
    file = take(path, seconds)
    if file is None:
        raise TimeoutError(path)
    with file:
        yield
