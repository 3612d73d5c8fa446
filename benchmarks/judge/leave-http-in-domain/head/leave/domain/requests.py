"""Requests for leave. Pure: no database, no web."""

from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.exceptions import UnprocessableEntity

NOTICE = timedelta(days=14)


class LeaveRefused(Exception):
    """The text says why, in words for the person who asked."""


class AlreadyRequested(LeaveRefused):
    pass


@dataclass(frozen=True)
class LeaveRequest:
    person: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def check(request: LeaveRequest, left: int, today: date) -> None:
    """Raises LeaveRefused unless *left* days are enough, and UnprocessableEntity for a late one."""
    if request.last < request.first:
        raise LeaveRefused("the leave ends before it begins")
    if request.first - today < NOTICE:
        raise UnprocessableEntity("ask two weeks ahead")
    if request.days > left:
        raise LeaveRefused(f"{request.days} days asked for, {left} left")
