"""Objects of a remote repository into a bare one of ours: nothing is checked out, ever.

Credentials go to Git in its environment: they are on no disk and in no list of processes.
"""

import base64
import os
import time
from collections.abc import Mapping, Sequence

from bot.outside import commands
from bot.outside.git_objects import GitFailed
from bot.outside.git_safety import configure, safe_environment

_SECONDS = 600
# What a server fails to send it often sends a moment later.
_TRIES = 3
_PAUSE = 1.0
NOTES = "+refs/notes/ai*:refs/notes/ai*"


class Mirror:
    """A bare repository in a folder of ours, filled from one address."""

    def __init__(self, folder: str, url: str, token: str, environ: Mapping[str, str]) -> None:
        self.folder, self._url = folder, url
        self._environ = _environment(url, token, environ)

    def prepare(self) -> None:
        """Make the repository if it is not there. Raises `GitFailed`."""
        if not os.path.exists(os.path.join(self.folder, "HEAD")):
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            self._git("init", "-q", "--bare", "--template=", self.folder)

    def fetch(self, commits: Sequence[str], depth: int | None) -> None:
        """Bring these commits, *depth* generations of each; None for all. Raises `GitFailed`."""
        shallow = os.path.exists(os.path.join(self.folder, "shallow"))
        whole = ("--unshallow",) if shallow else ()
        # Kept by a reference each, so that Git's own cleaning does not take them away.
        wanted = [f"+{commit}:refs/architrave/{commit}" for commit in dict.fromkeys(commits)]
        self._git(
            "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--no-auto-maintenance", *((f"--depth={depth}",) if depth else whole),
            self._url, *wanted, NOTES, tries=_TRIES,
        )  # fmt: skip

    def _git(self, *arguments: str, tries: int = 1) -> None:
        for left in range(tries - 1, -1, -1):
            finished = commands.run(
                ["git", *arguments], environ=self._environ, cwd=self.folder, seconds=_SECONDS
            )
            if not finished.code and not finished.trouble:
                return
            if not left or finished.trouble:
                raise GitFailed(f"git {arguments[0]}: {finished.complaint}")
            time.sleep(_PAUSE)


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
