"""Git's machine-readable output to facts. Pure."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain import ChangedFile, Hunk, Status

DIFF_OPTIONS = (
    "-r", "-z", "--raw", "--no-abbrev", "--full-index",
    "--find-renames=50%", "-l1000", "-O" + os.devnull, "--diff-algorithm=histogram",
    "--no-ext-diff", "--no-textconv", "--text", "--no-color", "--submodule=short",
    "--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
HUNK_OPTIONS = ("-p", "-U0", "--inter-hunk-context=0")
_STATUSES: dict[str, Status] = {"A": "added", "C": "added", "D": "deleted", "R": "renamed"}


class TreeEntry(NamedTuple):
    mode: str
    name: str
    id: str


def parse_tree(data: bytes, id_length: int) -> list[TreeEntry]:
    entries = []
    position = 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, _, name = data[position:end].partition(b" ")
        identity = data[end + 1 : end + 1 + id_length]
        entries.append(TreeEntry(mode.decode().zfill(6), os.fsdecode(name), identity.hex()))
        position = end + 1 + id_length
    return entries


def parse_listing(output: bytes) -> dict[str, TreeEntry]:
    """The entries in `git ls-tree -r -z`, by path."""
    found = {}
    for record in output.split(b"\0")[:-1]:
        about, _, path = record.partition(b"\t")
        mode, _, identity = about.decode().split(" ")
        found[os.fsdecode(path)] = TreeEntry(mode, os.fsdecode(path), identity)
    return found


def parse_raw(raw: bytes) -> list[ChangedFile]:
    """The files in `git diff-tree --raw -z`."""
    fields = iter(raw.removesuffix(b"\0").split(b"\0"))
    files = []
    for record in fields:
        if not record:
            break
        old_mode, new_mode, old_blob, new_blob, status = record.decode().lstrip(":").split(" ")
        old_path = os.fsdecode(next(fields))
        path = os.fsdecode(next(fields)) if status[0] in "RC" else old_path
        files.append(
            ChangedFile(
                path=path,
                old_path=old_path if status[0] not in "AC" else "",
                status=_STATUSES.get(status[0], "modified"),
                old_mode=old_mode,
                new_mode=new_mode,
                old_blob=old_blob.strip("0") and old_blob,
                new_blob=new_blob.strip("0") and new_blob,
            )
        )
    return files


def parse_patch(output: bytes) -> dict[tuple[str, str], tuple[Hunk, ...]]:
    """The hunks in `git diff-tree --raw -p -z`, by old and new path."""
    raw, _, patch = output.partition(b"\0\0")
    hunks = _parse_hunks(patch)
    return {(file.old_path, file.path): next(hunks, ()) for file in parse_raw(raw)}


_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {
    b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r",
}  # fmt: skip


def unquoted(name: bytes) -> str:
    """A path as Git prints it without -z: in quotes, with escapes, where it holds odd characters."""
    if name[:1] != b'"' or name[-1:] != b'"':
        return os.fsdecode(name)

    def character(match: re.Match[bytes]) -> bytes:
        said = match[1]
        return bytes([int(said, 8)]) if len(said) == 3 else _LETTERS.get(said, said)

    return os.fsdecode(_ESCAPED.sub(character, name[1:-1]))


def _parse_hunks(patch: bytes) -> Iterator[tuple[Hunk, ...]]:
    """The hunks of each file in turn. Names are not read: the raw records give them, in order."""
    found: list[Hunk] | None = None
    lines = iter(patch.split(b"\n"))
    for line in lines:
        if line.startswith(b"diff --git "):
            if found is not None:
                yield tuple(found)
            found = []
        elif line.startswith(b"@@ -") and found is not None:
            old, new = line.split(b" ", 3)[1:3]
            hunk = Hunk(*_span(old), *_span(new))
            found.append(hunk)
            for _ in range(hunk.old_count + hunk.new_count):
                next(lines, None)
    if found is not None:
        yield tuple(found)


def _span(text: bytes) -> tuple[int, int]:
    start, _, count = text[1:].partition(b",")
    return int(start), int(count) if count else 1
