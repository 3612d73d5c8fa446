"""What a path in a repository tells: whether a glob takes it in, whether it is Python."""

import functools
import re
from collections.abc import Iterable

_PYTHON_SUFFIXES = (".py", ".pyw", ".pyi")
_SHEBANG = re.compile(rb"#!.*(\bpython|\bpypy|\bipython|\buv run\b)")
# `#!/bin/sh` with a line that is a command to the shell and a string to Python.
_POLYGLOT = re.compile(rb"""^['"]{1,4}exec['"]?\s.*python""", re.MULTILINE)
_HEAD_BYTES = 4_096
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Encodings in which ASCII bytes are ASCII, so that every tool sees the same code.
_PLAIN_ENCODINGS = re.compile(
    r"utf-?8(-sig)?|(us-)?ascii|(iso-?)?latin-?1|iso-?8859-\d+|cp125\d|windows-125\d|koi8-[ru]"
)

# Files of these are no text.
_BINARY_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".gif", ".ico", ".icns", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".psd",
    ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".zip", ".gz", ".tgz",
    ".bz2", ".xz", ".zst", ".7z", ".tar", ".jar", ".whl", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3",
    ".mp4", ".mov", ".avi", ".wav", ".ogg", ".webm", ".flac", ".so", ".dll", ".exe", ".pyc", ".class",
    ".wasm", ".mo", ".db", ".sqlite", ".sqlite3", ".parquet", ".npy", ".npz", ".pkl", ".h5", ".onnx", ".pt",
    ".safetensors", ".bin",
)  # fmt: skip

# What cannot be in a word, to a blank.
_BLANKS = bytes(
    byte if byte < 128 and (chr(byte).isalnum() or byte == ord("_")) else ord(" ")
    for byte in range(256)
)


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
    if path.casefold().endswith(_PYTHON_SUFFIXES):
        return True
    if has_ending(path) or not first_bytes.startswith(b"#!"):
        return False
    head = first_bytes[:_HEAD_BYTES]
    return bool(_SHEBANG.match(head.split(b"\n", 1)[0]) or _POLYGLOT.search(head))


def names_binary(path: str) -> bool:
    """Whether a file by its name is no text."""
    return path.casefold().endswith(_BINARY_SUFFIXES)


def may_be_python(path: str) -> bool:
    """Whether a file is Python by its name, or without an ending and so perhaps a script."""
    return is_python(path) or not has_ending(path)


def odd_encoding(data: bytes) -> str:
    """The encoding that a Python file declares (PEP 263), if tools may disagree about it; else ""."""
    for line in re.split(rb"\r\n|\r|\n", data[:_HEAD_BYTES], maxsplit=2)[:2]:
        match = _COOKIE.match(line)
        if match:
            name = match.group(1).decode(errors="replace").lower().replace("_", "-")
            return "" if _PLAIN_ENCODINGS.fullmatch(name) else name
    return ""


def lines(data: bytes) -> tuple[str, ...]:
    """The lines of a text as Python and the tools count them: \\n, \\r\\n and \\r end one, nothing else."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def words(data: bytes) -> frozenset[str]:
    """The runs of ASCII letters, digits and `_` in a text."""
    return frozenset(data.translate(_BLANKS).decode("ascii").split(" "))


def has_ending(path: str) -> bool:
    return "." in path.rpartition("/")[2][1:]


def folders(path: str) -> list[str]:
    """The folders a path lies in, outermost first, beginning with "" for the root."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


@functools.lru_cache(maxsize=1024)
def _compile(glob: str) -> re.Pattern[str]:
    """A regular expression that takes time linear in a path, which may be hostile.

    What a star skips is decided once and for all (atomic groups): the leftmost place where the
    rest of a segment, or the next run of segments, fits is as good as any other.
    """
    anchored = glob.removeprefix("/")
    if "/" not in glob.rstrip("/"):
        anchored = "**/" + anchored
    if anchored.endswith("/"):
        anchored += "**"
    runs: list[list[str]] = [[]]
    for segment in anchored.split("/"):
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(_segment(segment))
    first, *rest = ("/".join(run) for run in runs)
    pattern = first + "/" * bool(first and rest)
    for run in rest[:-1]:
        pattern += f"(?>(?:[^/]*/)*?{run}/)" if run else ""
    if rest:
        pattern += f"(?:[^/]*/)*?{rest[-1]}" if rest[-1] else ".*"
    return re.compile(pattern, re.DOTALL)


def _segment(glob: str) -> str:
    """A name between slashes: `*` for any characters, `?` for one."""
    first, *rest = (
        "".join("[^/]" if character == "?" else re.escape(character) for character in chunk)
        for chunk in re.split(r"\*+", glob)
    )
    if not rest:
        return first
    between = "".join(f"(?>[^/]*?{chunk})" for chunk in rest[:-1] if chunk)
    return f"(?>{first}{between}[^/]*{rest[-1]}(?![^/]))"
