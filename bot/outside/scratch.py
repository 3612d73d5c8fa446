"""Repositories made of texts, in a temporary folder that is removed when they are left."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from bot.outside import commands
from bot.outside.git_objects import GitFailed

# A commit as its message and its files, paths to texts.
Made = tuple[str, Mapping[str, str]]
_WHO = "Architrave <architrave@localhost> 1767607200 +0000"


@contextlib.contextmanager
def repository(commits: Sequence[Made], environ: Mapping[str, str]) -> Iterator[str]:
    """The folder of a bare repository whose branch `main` has these commits, each a whole tree.

    *environ* is that of a tool. Raises `GitFailed`.
    """
    folder = tempfile.mkdtemp(prefix="architrave-example-")
    try:
        for arguments, stdin in (
            (["init", "--bare", "-q", "-b", "main", "--template=", folder], b""),
            (["fast-import", "--quiet"], _stream(commits)),
        ):
            finished = commands.run(["git", *arguments], environ=environ, cwd=folder, stdin=stdin)
            if finished.code:
                raise GitFailed(f"git {arguments[0]}: {finished.complaint}")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stream(commits: Sequence[Made]) -> bytes:
    """The input of `git fast-import`."""
    parts = []
    for message, files in commits:
        parts.append(f"commit refs/heads/main\ncommitter {_WHO}\n{_data(message)}deleteall\n")
        for path, text in files.items():
            quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            parts.append(f'M 100644 inline "{quoted}"\n{_data(text)}')
    return "".join(parts).encode("utf-8", "surrogateescape")


def _data(text: str) -> str:
    return f"data {len(text.encode('utf-8', 'surrogateescape'))}\n{text}\n"
