"""Numbers of the running service that are kept in the ledger: counted, or as they were last seen."""

import time

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from webhooks.tables import FIGURES

# Jobs that came to nothing, by kind; calls that GitHub still takes, by resource and installation.
FAILURES, REMAINING = "failures", "remaining"
_LONGEST = 100


def count(engine: Engine, name: str, label: str) -> None:
    """One more of a kind. Several processes may count at once."""
    _write(engine, name, label, 1.0, is_more=True)


def put(engine: Engine, name: str, label: str, value: float) -> None:
    """A number as it is now."""
    _write(engine, name, label, value, is_more=False)


def read(engine: Engine, name: str, since: float = 0.0) -> dict[str, float]:
    """Numbers by label; with *since*, those seen after that moment."""
    rows = select(FIGURES.c.label, FIGURES.c.value).where(
        FIGURES.c.name == name, FIGURES.c.at > since
    )
    with engine.connect() as connection:
        return {row.label: row.value for row in connection.execute(rows)}


def forget_old(engine: Engine, before: float) -> None:
    """Remove what was last seen before a moment; counts stay."""
    with engine.begin() as connection:
        rows = delete(FIGURES).where(FIGURES.c.name == REMAINING, FIGURES.c.at < before)
        connection.execute(rows)


def _write(engine: Engine, name: str, label: str, value: float, *, is_more: bool) -> None:
    label, now = label[:_LONGEST], time.time()
    change = update(FIGURES).where(FIGURES.c.name == name, FIGURES.c.label == label)
    change = change.values(value=FIGURES.c.value + value if is_more else value, at=now)
    with engine.begin() as connection:
        if connection.execute(change).rowcount:
            return
    try:
        with engine.begin() as connection:
            row = {"name": name, "label": label, "value": value, "at": now}
            connection.execute(insert(FIGURES).values(**row))
    except IntegrityError:
        # Another process was the first.
        with engine.begin() as connection:
            connection.execute(change)
