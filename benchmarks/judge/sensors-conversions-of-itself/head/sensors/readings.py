"""Readings, and where they are kept."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, Float, MetaData, String, Table, insert, select
from sqlalchemy.orm import Session

_readings = Table(
    "readings",
    MetaData(),
    Column("sensor", String(40), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("celsius", Float, nullable=False),
)


@dataclass(frozen=True)
class Reading:
    sensor: str
    at: datetime
    celsius: float

    @classmethod
    def from_line(cls, line: str) -> "Reading":
        """The opposite of as_line. Raises ValueError."""
        sensor, at, celsius = line.strip().split(";")
        reading = cls(sensor, datetime.fromisoformat(at), float(celsius))
        if reading.at.tzinfo is None or not math.isfinite(reading.celsius):
            raise ValueError(f"no reading: {line!r}")
        return reading

    def as_line(self) -> str:
        return f"{self.sensor};{self.at.isoformat()};{self.celsius}"


class ReadingStore:
    """Hides the database: callers see readings, and no tables or queries."""

    def __init__(self, session: Session):
        self._session = session

    def add(self, reading: Reading) -> None:
        self._session.execute(insert(_readings).values(**vars(reading)))

    def latest(self, sensor: str) -> Reading | None:
        query = select(_readings).where(_readings.c.sensor == sensor)
        row = self._session.execute(query.order_by(_readings.c.at.desc()).limit(1)).first()
        return Reading(*row) if row else None
