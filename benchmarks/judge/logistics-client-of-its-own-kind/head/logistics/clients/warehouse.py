import os
from datetime import date

import httpx


class WarehouseError(Exception):
    """The warehouse did not answer."""


class WarehouseClient:
    def __init__(self) -> None:
        self._url = os.environ["WAREHOUSE_URL"]
        self._key = os.environ["WAREHOUSE_KEY"]

    def free_places(self, day: date) -> int:
        """Places that nobody has booked on *day*. Raises WarehouseError."""
        try:
            answer = httpx.get(
                f"{self._url}/places/{day.isoformat()}",
                headers={"X-Api-Key": self._key},
                timeout=10,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise WarehouseError(day.isoformat()) from error
        return answer.json()["free"]
