"""What a doctor says: lines, and no secret in any of them."""

import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from bot.errors import ArchitraveError

Standing = Literal["ok", "warning", "problem"]
_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD")
# Shorter values are parts of words.
_SHORTEST = 8


class Line(NamedTuple):
    """What was looked at, how it is, and, unless that is well, what to do."""

    standing: Standing
    what: str
    says: str
    do: str = ""


def trouble(what: str, error: ArchitraveError) -> Line:
    """An error that a person is meant to read, as a line."""
    return Line("problem", what, error.message, error.hint or "docs/service.md says what it takes.")


def hider(environ: Mapping[str, str]) -> Callable[[str], str]:
    """Takes what is secret in *environ* out of a text, whoever put it there."""
    values = sorted({*_secrets(environ)}, key=len, reverse=True)

    def hide(text: str) -> str:
        for value in values:
            text = text.replace(value, "***")
        return text

    return hide


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    for name, text in environ.items():
        if _SECRET.search(name) and not name.endswith("_FILE"):
            parts = [text.strip(), *re.split(r"[,\s]+|\\n", text)]
            yield from (each for each in parts if len(each) >= _SHORTEST and "-----" not in each)
        elif "://" in text and (password := _password(text)):
            yield password


def _password(address: str) -> str:
    try:
        return urllib.parse.urlsplit(address).password or ""
    except ValueError:
        return ""
