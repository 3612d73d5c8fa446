"""Objects of a remote repository into a bare one of ours: nothing is checked out, ever.

Credentials go to Git in its environment: they are on no disk and in no list of processes.
"""

import base64
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from bot.errors import unstoppable
from bot.outside import commands, git_mirrors, locks
from bot.outside.git_objects import GitFailed
from bot.outside.git_safety import configure, safe_environment

_SECONDS = 600
# What a server fails to send it often sends a moment later.
_TRIES = 3
_PAUSE = 1.0
# For a Git whose parent was killed, and who may be about to end.
_GRACE_SECONDS = 3.0
# A review that reads a mirror takes as long as its model.
_FREE_SECONDS = 60.0
# Three of them a review.
_MOST_KEPT = 600
NOTES = "+refs/notes/ai*:refs/notes/ai*"


class Mirror:
    """A bare repository in a folder of ours, filled from one address, for any number of processes.

    Whoever writes holds `FOLDER.lock`, and whoever reads `FOLDER.use` together with others; only
    without readers is it replaced or taken away.
    """

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
        self._suspect = f"{folder}.suspect"
        # Why it was made anew; "" where it was not.
        self.mended = ""

    def fetch(self, commits: Sequence[str], depth: int | None) -> IO[bytes]:
        """Bring these commits whole, *depth* generations of each; None for all. Raises `GitFailed`.

        They stay until what is returned is closed. One fetch at a time: Git itself gives up where
        another one writes. A mirror that is broken is made anew.
        """
        parent = os.path.dirname(self.folder)
        try:
            os.makedirs(parent, mode=0o700, exist_ok=True)
            with locks.held(f"{self.folder}.lock", _SECONDS):
                self._forget_old()
                self._fill(commits, depth)
                use = locks.take(f"{self.folder}.use", _FREE_SECONDS, shared=True)
            # When it was used last.
            os.utime(f"{self.folder}.use")
        except TimeoutError as error:
            raise GitFailed("git fetch: another one of this repository does not end") from error
        except OSError as error:
            raise GitFailed(f"{error.filename or parent}: {error.strerror}") from error
        if use is None:
            raise GitFailed("git fetch: what it brought is being taken away by another process")
        git_mirrors.tidy(parent)
        return use

    def suspect(self) -> None:
        """Have it made anew by the next fetch: something in it could not be read."""
        with open(self._suspect, "wb"):
            pass

    def _fill(self, commits: Sequence[str], depth: int | None) -> None:
        if not os.path.lexists(self.folder):
            self._git("init", "-q", "--bare", "--template=", self.folder)
            self._bring(self.folder, commits, depth, _TRIES)
            return
        try:
            self._look()
            self._remove_stale()
            self._bring(self.folder, commits, depth, _TRIES)
        except GitFailed as failed:
            self._replace(failed, commits, depth)

    def _look(self) -> None:
        if os.path.exists(self._suspect):
            raise GitFailed("something in it could not be read")
        if not os.path.exists(os.path.join(self.folder, "HEAD")):
            raise GitFailed("it was half made")

    def _replace(self, failed: GitFailed, commits: Sequence[str], depth: int | None) -> None:
        """Make another one and put it in place. Where that fails too, it was not the mirror's fault."""
        made = f"{self.folder}.new"
        shutil.rmtree(made, ignore_errors=True)
        try:
            self._git("init", "-q", "--bare", "--template=", made)
            self._bring(made, commits, depth, 1)
        except GitFailed:
            shutil.rmtree(made, ignore_errors=True)
            raise failed from None
        use = locks.take(f"{self.folder}.use", _FREE_SECONDS)
        if use is None:
            raise GitFailed(f"the mirror is broken and another review still reads it ({failed})")
        with use:
            git_mirrors.remove(self.folder)
            os.rename(made, self.folder)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._suspect)
        self.mended = str(failed)

    def _forget_old(self) -> None:
        """Begin anew where too many commits are kept: each is offered to the server every time."""
        try:
            kept = len(os.listdir(os.path.join(self.folder, "refs", "architrave")))
        except OSError:
            return
        if kept > _MOST_KEPT and (use := locks.take(f"{self.folder}.use")):
            with use:
                git_mirrors.remove(self.folder)

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

    def _bring(self, folder: str, commits: Sequence[str], depth: int | None, tries: int) -> None:
        shallow = os.path.exists(os.path.join(folder, "shallow"))
        whole = ("--unshallow",) if shallow else ()
        # Kept by a reference each, which says to Git that all of it is there.
        wanted = [f"+{commit}:refs/architrave/{commit}" for commit in dict.fromkeys(commits)]
        self._git(
            f"--git-dir={folder}", "fetch", "-q", "--no-tags", "--no-write-fetch-head",
            "--no-recurse-submodules", "--no-auto-maintenance",
            *((f"--depth={depth}",) if depth else whole), self._url, *wanted, NOTES, tries=tries,
        )  # fmt: skip
        # What a reference leads to Git takes for complete and does not ask for; a missing file would
        # look like one that the commit does not have.
        self._git(f"--git-dir={folder}", "rev-list", "--objects", "--no-walk", "--quiet", *commits)

    def _git(self, *arguments: str, tries: int = 1) -> None:
        for left in range(tries - 1, -1, -1):
            finished = commands.run(
                ["git", *arguments],
                environ=self._environ,
                cwd=os.path.dirname(self.folder),
                seconds=_SECONDS,
                stop=self._stop,
            )
            if not finished.code and not finished.trouble:
                return
            if not left or finished.trouble:
                command = next(each for each in arguments if each[:1] != "-")
                raise GitFailed(f"git {command}: {_complaint(finished)}")
            time.sleep(_PAUSE)


def _complaint(finished: commands.Finished) -> str:
    """What Git could not do; advice and what the server said stand around it."""
    lines = finished.errors.decode(errors="replace").splitlines()
    fatal = next((line for line in lines if line.startswith("fatal: ")), "")
    return fatal.removeprefix("fatal: ") or finished.complaint


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
        # One pack a fetch, checked and flushed to disk as a whole; a file for each object may be empty
        # after a power failure, and Git would call that object missing.
        ("fetch.unpackLimit", "1"),
        ("gc.auto", "0"),
    ]
    if token:
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings.append((f"http.{url}.extraHeader", f"Authorization: Basic {login}"))
    configure(safe, settings)
    return safe
