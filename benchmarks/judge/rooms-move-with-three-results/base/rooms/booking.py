"""The package's public functions; other teams import them."""

from dataclasses import dataclass
from datetime import datetime, timedelta


class RoomTaken(Exception):
    """Somebody else has the room at that time."""


class UnknownRoom(LookupError):
    pass


@dataclass(frozen=True)
class Booking:
    id: str
    room: str
    start: datetime
    length: timedelta
    person: str


def book(calendar, room: str, start: datetime, length: timedelta, person: str) -> Booking:
    """Book a room; *start* has a time zone. Raises RoomTaken or UnknownRoom."""
    if not calendar.has_room(room):
        raise UnknownRoom(room)
    if calendar.between(room, start, start + length):
        raise RoomTaken(room)
    return calendar.add(room, start, length, person)


def cancel(calendar, booking_id: str) -> None:
    """Give a booking back; one that is gone already makes no difference."""
    calendar.remove(booking_id)
