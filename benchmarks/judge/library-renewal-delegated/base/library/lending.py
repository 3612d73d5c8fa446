"""Rules of lending. Nothing here knows about HTTP."""

from dataclasses import dataclass
from datetime import date, timedelta

LOAN_DAYS = 21
MAX_LOANS = 8


class LendingError(Exception):
    """The rules do not allow what was asked for."""


@dataclass
class Loan:
    number: int
    member_id: int
    copy_id: int
    due: date
    renewals: int = 0
    returned_on: date | None = None


class Lending:
    def __init__(self, loans, members):
        self._loans = loans
        self._members = members

    def lend(self, member_id: int, copy_id: int, today: date) -> Loan:
        member = self._members.get(member_id)
        if member.blocked:
            raise LendingError("this member may not borrow")
        if self._loans.count_open(member_id) >= MAX_LOANS:
            raise LendingError(f"at most {MAX_LOANS} loans at a time")
        return self._loans.add(member_id, copy_id, today + timedelta(days=LOAN_DAYS))

    def give_back(self, number: int, today: date) -> Loan:
        loan = self._loans.get(number)
        loan.returned_on = today
        self._loans.save(loan)
        return loan
