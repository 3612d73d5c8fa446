"""Alarms for cold rooms that are not cold."""

from datetime import datetime, timedelta

from sqlalchemy import text

from sensors.readings import ReadingStore

LIMIT = 7.0
SILENCE = timedelta(minutes=20)
WINDOW = timedelta(minutes=10)


class Alarms:
    def __init__(self, store: ReadingStore):
        self._store = store

    def reason(self, sensor: str, now: datetime) -> str | None:
        """Why there is an alarm, or None if all is well."""
        reading = self._store.latest(sensor)
        if reading is None or now - reading.at > SILENCE:
            return f"{sensor} is silent"
        coldest = self._store._session.execute(
            text("SELECT min(celsius) FROM readings WHERE sensor = :sensor AND at > :since"),
            {"sensor": sensor, "since": now - WINDOW},
        ).scalar()
        if reading.celsius > LIMIT and (coldest is None or coldest > LIMIT):
            return f"{sensor} is at {reading.celsius} degrees"
        return None
