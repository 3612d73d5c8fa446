"""Where loans are kept."""

from library.lending import Loan


class LoanNotFound(LookupError):
    pass


class SqlLoans:
    def __init__(self, connection):
        self._connection = connection

    def get(self, number: int) -> Loan:
        row = self._connection.execute(
            "SELECT number, member_id, copy_id, due, renewals FROM loans WHERE number = ?", [number]
        ).fetchone()
        if row is None:
            raise LoanNotFound(number)
        return Loan(*row)

    def count_open(self, member_id: int) -> int:
        query = "SELECT count(*) FROM loans WHERE member_id = ? AND returned_on IS NULL"
        return self._connection.execute(query, [member_id]).fetchone()[0]

    def add(self, member_id, copy_id, due) -> Loan:
        cursor = self._connection.execute(
            "INSERT INTO loans (member_id, copy_id, due) VALUES (?, ?, ?)", [member_id, copy_id, due]
        )
        return Loan(cursor.lastrowid, member_id, copy_id, due)

    def save(self, loan: Loan) -> None:
        self._connection.execute(
            "UPDATE loans SET due = ?, renewals = ?, returned_on = ? WHERE number = ?",
            [loan.due, loan.renewals, loan.returned_on, loan.number],
        )
