"""The package's public functions; other teams import them."""

from dataclasses import dataclass, replace
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


def move(calendar, booking_id: str, start: datetime):
    """Move a booking to another time."""
    booking = calendar.find(booking_id)
    if booking is None:
        return None
    taken = calendar.between(booking.room, start, start + booking.length)
    taken = [each for each in taken if each.id != booking_id]
    if taken:
        return {"error": "taken", "by": taken}
    moved = replace(booking, start=start)
    calendar.replace(moved)
    return moved


def cancel(calendar, booking_id: str) -> None:
    """Give a booking back; one that is gone already makes no difference."""
    calendar.remove(booking_id)
