import uuid
from datetime import datetime, timedelta

from rooms.booking import Booking


class MemoryCalendar:
    """Bookings of one process, for the terminal at the door."""

    def __init__(self, rooms: list[str]):
        self._rooms = set(rooms)
        self._bookings: dict[str, Booking] = {}

    def has_room(self, room: str) -> bool:
        return room in self._rooms

    def find(self, booking_id: str) -> Booking | None:
        return self._bookings.get(booking_id)

    def between(self, room: str, start: datetime, end: datetime) -> list[Booking]:
        return [
            each
            for each in self._bookings.values()
            if each.room == room and each.start < end and each.start + each.length > start
        ]

    def add(self, room: str, start: datetime, length: timedelta, person: str) -> Booking:
        booking = Booking(uuid.uuid4().hex, room, start, length, person)
        self._bookings[booking.id] = booking
        return booking

    def replace(self, booking: Booking) -> None:
        self._bookings[booking.id] = booking

    def remove(self, booking_id: str) -> None:
        self._bookings.pop(booking_id, None)
