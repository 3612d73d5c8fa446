"""Durations as people write and read them."""

import re
from datetime import timedelta

_PART = re.compile(r"(\d+)\s*([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def parse_duration(text: str) -> timedelta:
    """`1d 2h 30m` as a timedelta. Raises ValueError for anything else."""
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError(f"no duration: {text!r}")
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in parts})


def show_duration(span: timedelta) -> str:
    """The opposite of parse_duration; whole minutes, largest unit first."""
    minutes = int(span.total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if n]
    return " ".join(parts) or "0m"
