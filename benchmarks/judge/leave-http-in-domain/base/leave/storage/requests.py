import sqlite3

from leave.domain.requests import LeaveRequest


class Requests:
    """A person and a first day are unique together."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def days_left(self, person: str) -> int:
        query = "SELECT days FROM balances WHERE person = ?"
        return self._connection.execute(query, [person]).fetchone()[0]

    def add(self, request: LeaveRequest) -> None:
        self._connection.execute(
            "INSERT INTO requests (person, first, last) VALUES (?, ?, ?)",
            [request.person, request.first.isoformat(), request.last.isoformat()],
        )
