import sqlite3

from leave.domain.requests import AlreadyRequested, LeaveRequest


class Requests:
    """A person and a first day are unique together."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def days_left(self, person: str) -> int:
        query = "SELECT days FROM balances WHERE person = ?"
        return self._connection.execute(query, [person]).fetchone()[0]

    def add(self, request: LeaveRequest) -> None:
        try:
            self._connection.execute(
                "INSERT INTO requests (person, first, last) VALUES (?, ?, ?)",
                [request.person, request.first.isoformat(), request.last.isoformat()],
            )
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            raise AlreadyRequested("leave from this day on is asked for already") from error
