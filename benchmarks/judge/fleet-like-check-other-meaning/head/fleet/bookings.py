"""Cars that are booked ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_BOOKING = timedelta(days=14)


@dataclass(frozen=True)
class Booking:
    car: str
    person: str
    start: datetime
    end: datetime


def check_booking(booking: Booking) -> None:
    """Raises ValueError for a booking that is not allowed."""
    if booking.end <= booking.start:
        raise ValueError("the booking ends before it starts")
    if booking.end - booking.start > MAX_BOOKING:
        raise ValueError("nobody keeps a car longer than 14 days")
