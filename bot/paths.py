"""What a path in a repository tells: whether a glob takes it in, whether it is Python."""

import functools
import re
from collections.abc import Iterable

_PYTHON_SUFFIXES = (".py", ".pyw", ".pyi")
_SHEBANG = re.compile(rb"#!.*\bpython[0-9.]*\b")


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether *path* is taken in by *globs*, written as in a .gitignore.

    `*` stays within a folder, `**` crosses folders, a glob without `/` is tried on every level,
    a leading `!` excludes. Only exclusions take in everything else; no globs take in all.
    """
    included: list[str] = []
    excluded: list[str] = []
    for glob in globs:
        (excluded if glob.startswith("!") else included).append(glob.lstrip("!"))
    if any(_compile(glob).fullmatch(path) for glob in excluded):
        return False
    return not included or any(_compile(glob).fullmatch(path) for glob in included)


def is_python(path: str, first_bytes: bytes = b"") -> bool:
    """Whether a file is Python source: by its name or, without an ending, its first line."""
    if path.endswith(_PYTHON_SUFFIXES):
        return True
    return not has_ending(path) and _SHEBANG.match(first_bytes.split(b"\n", 1)[0]) is not None


def has_ending(path: str) -> bool:
    return "." in path.rpartition("/")[2][1:]


def folders(path: str) -> list[str]:
    """The folders a path lies in, outermost first, beginning with "" for the root."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


@functools.lru_cache(maxsize=1024)
def _compile(glob: str) -> re.Pattern[str]:
    anchored = glob.removeprefix("/")
    if "/" not in glob.rstrip("/"):
        anchored = "**/" + anchored
    if anchored.endswith("/"):
        anchored += "**"
    pattern = ""
    position = 0
    while position < len(anchored):
        if anchored.startswith("**/", position):
            pattern, position = pattern + "(?:.*/)?", position + 3
        elif anchored.startswith("**", position):
            pattern, position = pattern + ".*", position + 2
        elif anchored[position] == "*":
            pattern, position = pattern + "[^/]*", position + 1
        elif anchored[position] == "?":
            pattern, position = pattern + "[^/]", position + 1
        else:
            pattern, position = pattern + re.escape(anchored[position]), position + 1
    return re.compile(pattern, re.DOTALL)
