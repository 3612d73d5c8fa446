"""Prepaid balances."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    phone: str
    cents: int
    reference: str


class Accounts:
    def __init__(self, connection):
        self._connection = connection

    def balance(self, phone: str) -> int:
        query = "SELECT coalesce(sum(cents), 0) FROM entries WHERE phone = %s"
        return self._connection.execute(query, [phone]).fetchone()[0]

    def enter(self, entry: Entry) -> None:
        self._connection.execute(
            "INSERT INTO entries (phone, cents, reference) VALUES (%s, %s, %s)",
            [entry.phone, entry.cents, entry.reference],
        )

    def enter_once(self, entry: Entry) -> bool:
        """Enter unless *reference* has been; whether it was entered now."""
        cursor = self._connection.execute(
            "INSERT INTO entries (phone, cents, reference) VALUES (%s, %s, %s)"
            " ON CONFLICT (reference) DO NOTHING",
            [entry.phone, entry.cents, entry.reference],
        )
        return cursor.rowcount == 1
