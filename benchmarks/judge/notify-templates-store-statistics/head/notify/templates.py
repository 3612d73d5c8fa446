"""Texts of messages, and how often they are used."""

import html
from dataclasses import dataclass
from datetime import date, timedelta
from string import Template


class UnknownTemplate(KeyError):
    pass


@dataclass(frozen=True)
class Message:
    subject: str
    body: str


class Templates:
    """Templates by name; each is a subject, an empty line and a body."""

    def __init__(self, texts: dict[str, str], connection):
        self._texts = texts
        self._connection = connection

    def render(self, name: str, values: dict[str, str]) -> Message:
        """Raises UnknownTemplate, and KeyError for a value that is missing."""
        if name not in self._texts:
            raise UnknownTemplate(name)
        safe = {key: html.escape(value) for key, value in values.items()}
        subject, _, body = Template(self._texts[name]).substitute(safe).partition("\n\n")
        self._count(name)
        return Message(subject, body)

    def _count(self, name: str) -> None:
        self._connection.execute(
            "INSERT INTO template_use (day, name, uses) VALUES (?, ?, 1)"
            " ON CONFLICT (day, name) DO UPDATE SET uses = uses + 1",
            [date.today(), name],
        )

    def top(self, days: int) -> list[str]:
        rows = self._connection.execute(
            "SELECT name FROM template_use WHERE day > ? GROUP BY name"
            " ORDER BY sum(uses) DESC LIMIT 20",
            [date.today() - timedelta(days=days)],
        )
        return [name for (name,) in rows]
