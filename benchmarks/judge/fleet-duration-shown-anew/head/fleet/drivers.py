"""What drivers did."""

from collections import defaultdict
from collections.abc import Iterable

from fleet.trips import Trip


def times(trips: Iterable[Trip]) -> list[tuple[str, str]]:
    """Drivers and their time on the road as a text, the longest first."""
    seconds: dict[str, float] = defaultdict(float)
    for trip in trips:
        seconds[trip.driver] += (trip.end - trip.start).total_seconds()
    ranking = sorted(seconds.items(), key=lambda item: -item[1])
    return [(driver, _readable(total)) for driver, total in ranking]


def _readable(seconds: float) -> str:
    left = int(seconds) // 60
    text = ""
    for letter, size in (("d", 1440), ("h", 60), ("m", 1)):
        if left >= size:
            text += f"{left // size}{letter} "
            left %= size
    return text.strip() or "0m"
