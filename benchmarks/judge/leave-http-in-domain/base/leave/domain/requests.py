"""Requests for leave. Pure: no database, no web."""

from dataclasses import dataclass
from datetime import date


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


def check(request: LeaveRequest, left: int) -> None:
    """Raises LeaveRefused unless *left* days are enough."""
    if request.last < request.first:
        raise LeaveRefused("the leave ends before it begins")
    if request.days > left:
        raise LeaveRefused(f"{request.days} days asked for, {left} left")
