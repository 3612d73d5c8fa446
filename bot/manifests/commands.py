"""`pip install` and its like in Dockerfiles, workflows and makefiles."""

import re

from bot.manifests import Manifest
from bot.manifests.requirements import INDEX_OPTIONS, parse

_INSTALL = re.compile(
    r"\b(?:pip3?|uv pip|uv tool|uv|pipx|conda|mamba|micromamba|poetry|pdm)\s+(?:install|add)\b"
    r"(?P<words>[^\n;&|`]*)"
)
_VARIABLE = re.compile(
    r"\b(?:PIP|UV)_((?:EXTRA_|DEFAULT_)?INDEX(?:_URL)?)[\"']?\s*[=:]\s*[\"']?(\S+?)[\"']?\s*$", re.M
)
# Options that take the next word.
_TAKES = frozenset(
    [
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-t",
        "--target",
        "--prefix",
        "--root",
        "--python",
        "-n",
        "--name",
        "--cache-dir",
        "--platform",
        "--python-version",
        "--only-binary",
        "--no-binary",
        "--timeout",
        "--retries",
        "--log",
        "-p",
        "--group",
        "-G",
        "--extra",
        "--upgrade-package",
        "-P",
        "--progress-bar",
        "--proxy",
        "--src",
    ]
)


def read(text: str) -> Manifest:
    """What is installed there, by name; words that hold variables are left out."""
    # Continued lines are one; the line of a command is where it begins.
    joined = re.sub(r"\\\r?\n", lambda match: "\\ ", text)
    mentions: list[tuple[str, int]] = []
    indexes: list[tuple[str, str, int]] = []
    lines = _Lines(text)
    for match in _INSTALL.finditer(joined):
        line = lines.at(match.start())
        words = iter(match["words"].replace("\\ ", " ").split())
        for word in words:
            flag, _, value = word.partition("=") if word.startswith("-") else ("", "", "")
            if flag in INDEX_OPTIONS:
                indexes.append((INDEX_OPTIONS[flag], (value or next(words, "")).strip("\"'"), line))
            elif flag:
                if flag in _TAKES and not value:
                    next(words, "")
            elif not re.search(r"[$%{}()/\\]", word):
                required = parse(word.strip("\"',"), "", line)
                mentions += [(required.name, line)] if required and not required.source else []
    for match in _VARIABLE.finditer(joined):
        option = "--" + match.group(1).lower().replace("_", "-")
        indexes.append((option, match.group(2), lines.at(match.start())))
    return Manifest(
        mentions=tuple(mentions),
        indexes=tuple(each for each in indexes if "://" in each[1] and "$" not in each[1]),
    )


class _Lines:
    """Line numbers of places in a text whose continued lines were joined, asked in order or not."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        position = 0
        for line in text.split("\n"):
            # A joined `\` and line break became a `\` and a space; `\r` went.
            position += len(line) + 1 - (line.endswith("\\\r"))
            self._starts.append(position)

    def at(self, position: int) -> int:
        from bisect import bisect_right

        return bisect_right(self._starts, position)
