"""Readings, and where they are kept."""

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
