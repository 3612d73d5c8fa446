"""Start other programs under limits of time and memory, and learn how they ended.

The only module that starts a process. No shell, ever; standard input is closed or bytes.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bot.errors import unstoppable

try:
    import resource
except ImportError:  # pragma: no cover - Windows has no resource limits
    resource = None  # type: ignore[assignment]

# Enough for Bandit on a 1 MiB file (1.1 GiB measured); a bomb dies here, not the machine.
MEMORY_LIMIT = 4 << 30
OUTPUT_LIMIT = 256 << 20
# Between two looks whether anybody still waits.
_LOOK_SECONDS = 0.25

# What a tool needs to run and to speak the user's language. Keys and tokens stay behind.
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "SYSTEMROOT",
)


class Finished(NamedTuple):
    """How a program ended. *trouble* is empty when it ended by itself, whatever its code."""

    code: int
    output: bytes
    errors: bytes
    trouble: str = ""

    @property
    def complaint(self) -> str:
        """The last line the program wrote on standard error, or how it ended."""
        if self.trouble:
            return self.trouble
        lines = self.errors.decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else f"exit code {self.code}"


def tool_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a tool that reads hostile files: no secrets, nothing to steer it."""
    return {name: environ[name] for name in _KEPT_VARIABLES if name in environ}


# Programs whose output goes to files, as long as they run.
_RUNNING: "set[Running]" = set()


def stop_all() -> None:
    """Kill whatever runs for a review: this process is about to end."""
    for running in [*_RUNNING]:
        _kill(running.process)


class Running:
    """A started program whose output goes to files, so that it never waits for its reader.

    *stem* is the path of those files, less `.out` and `.err`.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environ: Mapping[str, str],
        cwd: str,
        stem: str,
        stdin: bool = False,
    ) -> None:
        self._stem = stem
        with open(stem + ".out", "wb") as output, open(stem + ".err", "wb") as errors:
            self.process = subprocess.Popen(
                arguments,
                cwd=cwd,
                env=environ,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        _RUNNING.add(self)
        _limit_memory(self.process.pid)

    def feed(self, data: bytes) -> None:
        """Write *data* and close standard input. A program that died early is no error here."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stdin:
            stdin.write(data)

    def wait(self, seconds: float, stop: Callable[[], None] = unstoppable) -> Finished:
        """Wait for the end; a program that wrote nothing new for *seconds* is killed, and so it is
        when *stop* raises `Stopped`."""
        said, trouble = 0, ""
        try:
            while not trouble and not self._ends_within(seconds, stop):
                size = os.path.getsize(self._stem + ".out")
                if size == said:
                    trouble = f"no answer within {seconds:.0f} s"
                said = size
        finally:
            self.stop()
        code = self.process.returncode
        if not trouble and code < 0:
            trouble = f"killed by {_signal_name(-code)}"
        return Finished(code, _read(self._stem + ".out"), _read(self._stem + ".err"), trouble)

    def _ends_within(self, seconds: float, stop: Callable[[], None]) -> bool:
        ends = time.monotonic() + seconds
        while True:
            stop()
            left = ends - time.monotonic()
            try:
                self.process.wait(max(0.0, min(left, _LOOK_SECONDS)))
            except subprocess.TimeoutExpired:
                if left <= _LOOK_SECONDS:
                    return False
            else:
                return True

    def stop(self) -> None:
        """Kill the program and whatever it started; no effect when it has ended."""
        if self.process.poll() is None:
            _kill(self.process)
            self.process.wait()
        _RUNNING.discard(self)
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and whatever it has started, which may hold its output open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # pragma: no cover - Windows
            process.kill()


def run(
    arguments: Sequence[str | bytes],
    *,
    environ: Mapping[str, str],
    cwd: str | None = None,
    stdin: bytes = b"",
    seconds: float = 60.0,
    stop: Callable[[], None] = unstoppable,
) -> Finished:
    """Run a short program to its end and return what it wrote. It is killed when *stop* raises."""
    (finished,) = run_together(
        [arguments], environ=environ, cwd=cwd, stdin=stdin, seconds=seconds, stop=stop
    )
    return finished


def run_together(
    programs: Sequence[Sequence[str | bytes]],
    *,
    environ: Mapping[str, str],
    cwd: str | None = None,
    stdin: bytes = b"",
    seconds: float = 60.0,
    stop: Callable[[], None] = unstoppable,
) -> list[Finished]:
    """Run short programs side by side to their ends; standard input goes to each."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for arguments in programs:
            process = subprocess.Popen(
                arguments,
                cwd=cwd,
                env=environ,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            processes.append(process)
        return [_finish(process, stdin, seconds, stop) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                _kill(process)
                process.communicate()


def _finish(
    process: subprocess.Popen[bytes], stdin: bytes, seconds: float, stop: Callable[[], None]
) -> Finished:
    ends = time.monotonic() + seconds
    # Python goes on reading when it is asked again, but not writing.
    look = seconds if stdin else _LOOK_SECONDS
    while True:
        stop()
        left = ends - time.monotonic()
        try:
            output, errors = process.communicate(stdin or None, timeout=max(0.0, min(left, look)))
        except subprocess.TimeoutExpired:
            if left <= look:
                _kill(process)
                output, errors = process.communicate()
                return Finished(-1, output, errors, f"no answer within {seconds:.0f} s")
        else:
            return Finished(process.returncode, output, errors)


def open_pipe(
    arguments: Sequence[str], *, environ: Mapping[str, str], cwd: str
) -> subprocess.Popen[bytes]:
    """A program spoken to over pipes, line by line; the caller closes and reaps it."""
    return subprocess.Popen(
        arguments,
        cwd=cwd,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _limit_memory(pid: int) -> None:
    # From the outside, since a function run between fork and exec would cost the fast path
    # of subprocess. macOS has no prlimit: there only the time limit holds.
    if resource is not None and hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(OUTPUT_LIMIT)
