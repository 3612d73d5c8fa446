"""Commit messages to the lines that say who worked on it, wherever and however they stand."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A message is read so far; who signs does so near its ends.
_MOST = 200_000
_END = 50_000
_LONGEST = 200
# Key and value, at the start of a line behind at most a bullet, a quote mark or a drawn line.
_TRAILER = re.compile(
    r"^[^\S\n]{0,8}(?:[>*|\-\u2500-\u257f][^\S\n]?){0,4}"
    r"([A-Za-z](?:[A-Za-z-]{1,38}[A-Za-z]))[^\S\n]{0,3}:[^\S\n]{0,8}(\S[^\n]{0,500})$",
    re.MULTILINE,
)
_PERSON = re.compile(r"([^<>]*?)[ \t]*<([^<>\s]*)>")
_BARE = re.compile(r"(.*?)[ \t,(]*([\w.+\-\[\]]+@[\w.\-]+)[)]?$")
_FOOTER = re.compile(
    r"^\W{0,6}(?:generated|made|created|built|written)[^\S\n](?:with|by|using)[^\S\n]{0,3}(?:the )?\[?([\w .\-]{1,40})",
    re.IGNORECASE | re.MULTILINE,
)


class Trailer(NamedTuple):
    """One line `Key: value`; *key* in lower case, *text* as it stands."""

    key: str
    value: str
    text: str


class Person(NamedTuple):
    """A value read as a name and an address, either of which may be missing."""

    name: str
    mail: str


def trailers(message: str) -> Iterator[Trailer]:
    """Every line of the form `Key: value`, in any paragraph."""
    for match in _TRAILER.finditer(readable(message)):
        value = match[2].strip()
        yield Trailer(match[1].lower(), value, f"{match[1]}: {value}"[:_LONGEST])


def person(value: str) -> Person:
    """`Name <mail>`, `Name mail`, `mail` or `Name`."""
    match = _PERSON.match(value)
    if match is not None and ("@" in match[2] or "@" not in value):
        return Person(match[1].strip(" \t\"'`"), match[2].strip())
    match = _BARE.match(value)
    if match is not None:
        return Person(match[1].strip(" \t\"'`"), match[2])
    return Person(value.strip(" \t\"'`<>"), "")


def footers(message: str) -> Iterator[str]:
    """What a line says the work was generated, made or created with, in lower case."""
    for match in _FOOTER.finditer(readable(message)):
        yield " ".join(match[1].lower().split()).rstrip(" .-")


def readable(message: str) -> str:
    """The message with line breaks that were written out as `\\n`; the middle of a huge one left out."""
    if len(message) > _MOST:
        message = f"{message[: _MOST - _END]}\n{message[-_END:]}"
    if "\\n" in message:
        message = message.replace("\\r\\n", "\n").replace("\\n", "\n")
    return message.replace("\r\n", "\n").replace("\r", "\n")
