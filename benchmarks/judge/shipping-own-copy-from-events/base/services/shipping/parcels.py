"""Which parcels go to the carrier."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from services.shipping.models import parcels

BATCH = 200


def ready(connection: Connection) -> list[tuple[int, str]]:
    """Id and order number of the next parcels that are packed and still here."""
    query = (
        select(parcels.c.id, parcels.c.order_number)
        .where(parcels.c.ready, parcels.c.handed_over_at.is_(None))
        .order_by(parcels.c.id)
        .limit(BATCH)
    )
    return [tuple(row) for row in connection.execute(query)]


def hand_over(connection: Connection, ids: list[int], now: datetime) -> None:
    connection.execute(
        update(parcels).where(parcels.c.id.in_(ids)).values(handed_over_at=now)
    )
