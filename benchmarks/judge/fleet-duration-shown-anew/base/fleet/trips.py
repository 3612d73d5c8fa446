"""Trips of the cars of the fleet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_TRIP = timedelta(hours=14)


@dataclass(frozen=True)
class Trip:
    car: str
    driver: str
    start: datetime
    end: datetime
    kilometres: int


def check_trip(trip: Trip) -> None:
    """Raises ValueError for a trip that cannot have happened so."""
    if trip.end <= trip.start:
        raise ValueError("the trip ends before it starts")
    if trip.end - trip.start > MAX_TRIP:
        raise ValueError("nobody drives longer than 14 hours")
