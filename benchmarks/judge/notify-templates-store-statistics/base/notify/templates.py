"""Texts of messages. Pure: names and values in, text out."""

import html
from dataclasses import dataclass
from string import Template


class UnknownTemplate(KeyError):
    pass


@dataclass(frozen=True)
class Message:
    subject: str
    body: str


class Templates:
    """Templates by name; each is a subject, an empty line and a body."""

    def __init__(self, texts: dict[str, str]):
        self._texts = texts

    def render(self, name: str, values: dict[str, str]) -> Message:
        """Raises UnknownTemplate, and KeyError for a value that is missing."""
        if name not in self._texts:
            raise UnknownTemplate(name)
        safe = {key: html.escape(value) for key, value in values.items()}
        subject, _, body = Template(self._texts[name]).substitute(safe).partition("\n\n")
        return Message(subject, body)
