"""Git objects, read through one long-lived `git cat-file --batch`."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.errors import ArchitraveError
from bot.outside import commands

# A larger object is never held in memory; who asked for it is told.
OBJECT_LIMIT = 8 << 20
# Requests sent to cat-file before its answers are read: both must fit the pipe buffers.
_BATCH = 400


class GitFailed(Exception):
    """A Git command that should have worked did not; a failed review, not a wrong request."""


class GitStopped(GitFailed):
    """A Git command that was stopped: it gave no answer for too long, or something ended it."""


class Object(NamedTuple):
    """An object as Git names it. *data* is None where it is larger than `OBJECT_LIMIT`."""

    id: str
    kind: str
    size: int
    data: bytes | None


class ObjectReader:
    """Names to objects, many in one round trip. To be closed: it holds a process."""

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        try:
            self._process = commands.open_pipe(
                ["git", "--no-pager", "cat-file", "--batch"], environ=environ, cwd=folder
            )
        except FileNotFoundError as error:
            raise ArchitraveError("git is not installed", "Install Git 2.30 or newer.") from error

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def read(self, names: Iterable[str]) -> dict[str, Object | None]:
        """The objects of these names; None for what is missing. Raises `GitFailed`."""
        wanted = list(dict.fromkeys(names))
        found: dict[str, Object | None] = dict.fromkeys(wanted)
        askable = [name for name in wanted if "\n" not in name and name]
        for start in range(0, len(askable), _BATCH):
            found.update(self._read_batch(askable[start : start + _BATCH]))
        return found

    def _read_batch(self, names: Sequence[str]) -> Iterator[tuple[str, Object | None]]:
        reader = self._process
        assert reader.stdin is not None and reader.stdout is not None
        try:
            reader.stdin.write(b"".join(os.fsencode(name) + b"\n" for name in names))
            reader.stdin.flush()
        except BrokenPipeError as error:
            raise GitFailed("git cat-file ended early") from error
        for name in names:
            header = reader.stdout.readline().split(b" ")
            if not header[-1].endswith(b"\n"):
                raise GitFailed(f"git cat-file ended early, at {name}")
            if len(header) != 3 or not header[2].strip().isdigit():
                yield name, None
                continue
            size = int(header[2])
            data = self._take(size)
            yield name, Object(header[0].decode(), header[1].decode(), size, data)

    def _take(self, size: int) -> bytes | None:
        assert self._process.stdout is not None
        stdout = self._process.stdout
        if size <= OBJECT_LIMIT:
            data = stdout.read(size + 1)
            if len(data) != size + 1:
                raise GitFailed("git cat-file broke off inside an object")
            return data[:-1]
        left = size + 1
        while left > 0:
            piece = len(stdout.read(min(left, 1 << 20)))
            if not piece:
                raise GitFailed("git cat-file broke off inside an object")
            left -= piece
        return None
