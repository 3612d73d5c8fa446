"""The worker as a child of the web side: started again when it dies, ended with its parent."""

import contextlib
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

_log = logging.getLogger("architrave")
# The worker drains for twenty.
_END_SECONDS = 25
# Threads of glibc take memory from pools of their own, and large pieces stay in them: with few pools,
# and large pieces given back, what a worker holds does not grow with what it has done.
_MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
_FIRST_PAUSE, _LONGEST_PAUSE, _LONG_LIFE = 0.2, 30.0, 60.0


class Child:
    """A worker that lives as long as this process does."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._ends = threading.Event()
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def end(self) -> None:
        """Let it drain; kill it when it takes too long."""
        self._ends.set()
        process = self._process
        with contextlib.suppress(OSError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        # The pipe tells the worker that its parent is gone, even where the parent was killed.
        return subprocess.Popen(
            [sys.executable, "-m", "webhooks.service", "worker", "--with-parent"],
            stdin=subprocess.PIPE,
            env={**_MEMORY, **self._environ},
        )

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            code = self._process.wait()
            if self._ends.is_set():
                return
            lived = time.monotonic() - started
            pause = _FIRST_PAUSE if lived > _LONG_LIFE else min(pause * 2, _LONGEST_PAUSE)
            _log.error("the worker ended with %s; it is started again in %.1f s", code, pause)
            if self._ends.wait(pause):
                return
            self._process = self._start()
