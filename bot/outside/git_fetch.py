"""Objects of a remote repository into a bare one of ours: nothing is checked out, ever.

Credentials go to Git in its environment: they are on no disk and in no list of processes.
"""

import base64
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence

from bot.errors import unstoppable
from bot.outside import commands, locks
from bot.outside.git_objects import GitFailed
from bot.outside.git_safety import configure, safe_environment

_SECONDS = 600
# What a server fails to send it often sends a moment later.
_TRIES = 3
_PAUSE = 1.0
# For a Git whose parent was killed, and who may be about to end.
_GRACE_SECONDS = 3.0
NOTES = "+refs/notes/ai*:refs/notes/ai*"


class Mirror:
    """A bare repository in a folder of ours, filled from one address."""

    def __init__(
        self,
        folder: str,
        url: str,
        token: str,
        environ: Mapping[str, str],
        stop: Callable[[], None] = unstoppable,
    ) -> None:
        self.folder, self._url, self._stop = folder, url, stop
        self._environ = _environment(url, token, environ)

    def prepare(self) -> None:
        """Make the repository if it is not there. Raises `GitFailed`."""
        os.makedirs(os.path.dirname(self.folder), mode=0o700, exist_ok=True)
        try:
            with locks.held(f"{self.folder}.lock", _SECONDS):
                parts = ("HEAD", "objects", "refs")
                if not all(os.path.exists(os.path.join(self.folder, part)) for part in parts):
                    self._make()
        except TimeoutError as error:
            raise GitFailed("git init: another one of this repository does not end") from error

    def _make(self) -> None:
        """Make the repository beside its place: whoever is killed meanwhile leaves no half of one."""
        fresh = f"{self.folder}.new"
        for each in (fresh, self.folder):
            shutil.rmtree(each, ignore_errors=True)
        os.mkdir(fresh, 0o700)
        self._git("init", "-q", "--bare", "--template=", fresh, cwd=fresh)
        os.rename(fresh, self.folder)

    def fetch(self, commits: Sequence[str], depth: int | None) -> None:
        """Bring these commits, *depth* generations of each; None for all. Raises `GitFailed`.

        One at a time: Git itself gives up where another one writes.
        """
        try:
            with locks.held(f"{self.folder}.lock", _SECONDS):
                self._remove_stale()
                self._fetch(commits, depth)
        except TimeoutError as error:
            raise GitFailed("git fetch: another one of this repository does not end") from error

    def _remove_stale(self) -> None:
        """Take away the locks of a Git that was killed: it would be refused for ever."""
        ends = time.monotonic() + _GRACE_SECONDS
        while (found := self._stale()) and time.monotonic() < ends:
            time.sleep(0.1)
        for path in found:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def _stale(self) -> list[str]:
        names = ("shallow", "packed-refs", "config", "HEAD")
        found = [os.path.join(self.folder, f"{name}.lock") for name in names]
        for folder, _, files in os.walk(os.path.join(self.folder, "refs")):
            found += [os.path.join(folder, name) for name in files if name.endswith(".lock")]
        return [path for path in found if os.path.exists(path)]

    def _fetch(self, commits: Sequence[str], depth: int | None) -> None:
        shallow = os.path.exists(os.path.join(self.folder, "shallow"))
        whole = ("--unshallow",) if shallow else ()
        # Kept by a reference each, so that Git's own cleaning does not take them away.
        wanted = [f"+{commit}:refs/architrave/{commit}" for commit in dict.fromkeys(commits)]
        self._git(
            "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--no-auto-maintenance", *((f"--depth={depth}",) if depth else whole),
            self._url, *wanted, NOTES, tries=_TRIES,
        )  # fmt: skip

    def _git(self, *arguments: str, tries: int = 1, cwd: str = "") -> None:
        for left in range(tries - 1, -1, -1):
            finished = commands.run(
                ["git", *arguments],
                environ=self._environ,
                cwd=cwd or self.folder,
                seconds=_SECONDS,
                stop=self._stop,
            )
            if not finished.code and not finished.trouble:
                return
            if not left or finished.trouble:
                raise GitFailed(f"git {arguments[0]}: {finished.complaint}")
            time.sleep(_PAUSE)


def remove(folder: str, before: float) -> bool:
    """Take away a repository of ours that was made before a moment, in seconds since 1970; whether
    there was one. The lock stays: whoever waits for it waits for this file."""
    doomed = f"{folder}.{os.getpid()}.gone"
    with locks.held(f"{folder}.lock", _SECONDS):
        try:
            # Written once, when the repository is made.
            made = os.stat(os.path.join(folder, "HEAD")).st_mtime
        except FileNotFoundError:
            return False
        if made >= before:
            return False
        os.rename(folder, doomed)
    shutil.rmtree(doomed, ignore_errors=True)
    return True


def _environment(url: str, token: str, environ: Mapping[str, str]) -> dict[str, str]:
    safe = safe_environment(
        {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    )
    scheme = url.partition(":")[0]
    safe["GIT_ALLOW_PROTOCOL"] = scheme
    safe["GIT_CONFIG_NOSYSTEM"] = "1"
    safe["GIT_CONFIG_GLOBAL"] = os.devnull
    settings = [
        (f"protocol.{scheme}.allow", "always"),
        # Another host must not be sent the credentials.
        ("http.followRedirects", "false"),
        ("credential.helper", ""),
        ("fetch.fsckObjects", "false"),
        ("gc.auto", "0"),
    ]
    if token:
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings.append((f"http.{url}.extraHeader", f"Authorization: Basic {login}"))
    configure(safe, settings)
    return safe
