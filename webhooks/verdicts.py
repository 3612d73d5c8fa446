"""The model's verdicts where all workers find them: what one machine has paid for, no other pays."""

import hashlib
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bot.judged import DAY
from webhooks.jobs import Job
from webhooks.sealing import Seal
from webhooks.tables import VERDICTS

_log = logging.getLogger("architrave")
_PORTION = 500


class Verdicts:
    """Verdicts about a repository, sealed: they quote code that nobody was told of."""

    def __init__(self, engine: Engine, seal: Seal, job: Job) -> None:
        self._engine, self._seal = engine, seal
        self._repository, self._installation = job.repository.lower(), job.installation

    def get(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are known."""
        names = {self._name(key): key for key in keys}
        rows: list[Any] = []
        try:
            with self._engine.connect() as connection:
                for part in _parts([*names]):
                    wanted = select(VERDICTS.c.name, VERDICTS.c.value).where(
                        VERDICTS.c.name.in_(part)
                    )
                    rows += connection.execute(wanted).all()
        except SQLAlchemyError as error:
            _log.warning("verdicts cannot be read: %s", type(error).__name__)
            return {}
        found = {names[row.name]: self._seal.open(row.value) for row in rows}
        return {key: value for key, value in found.items() if value is not None}

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep these values. Where the store is away they are not kept, and paid for again."""
        rows = [
            {
                "name": self._name(key),
                "repository": self._of(key),
                "installation": self._installation if self._of(key) else 0,
                "value": self._seal.close(value),
                "at": time.time(),
            }
            for key, value in values.items()
        ]
        try:
            for part in _parts(rows):
                with self._engine.begin() as connection:
                    names = [row["name"] for row in part]
                    connection.execute(delete(VERDICTS).where(VERDICTS.c.name.in_(names)))
                    connection.execute(insert(VERDICTS), part)
        except SQLAlchemyError as error:
            _log.warning("verdicts cannot be kept: %s", type(error).__name__)

    def _of(self, key: str) -> str:
        """Whose a value is. What a day has cost is nobody's, and stays when a repository goes."""
        return "" if key.startswith(DAY) else self._repository

    def _name(self, key: str) -> str:
        text = f"{self._of(key)}|{key}"
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _parts(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[start : start + _PORTION] for start in range(0, len(rows), _PORTION))
