"""temporary"""

from typing import NamedTuple


class Redacted(NamedTuple):
    text: str
    found: tuple[object, ...] = ()


class Redactor:
    def redact(self, text: str, path: str) -> Redacted:
        return Redacted(text)


def denied(path: str) -> bool:
    return path.rpartition("/")[2].startswith(".env")
