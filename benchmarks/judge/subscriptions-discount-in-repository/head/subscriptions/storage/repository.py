"""Subscriptions in PostgreSQL."""

from dataclasses import asdict
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import class_row

from subscriptions.domain.pricing import CENT, Subscription


class SubscriptionRepository:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, new: Subscription) -> Subscription:
        others = self.of_customer(new.customer_id)
        if any(each.cancelled_on is None for each in others):
            new.monthly = (new.monthly * Decimal("0.8")).quantize(CENT)
        row = self._connection.execute(
            "INSERT INTO subscriptions (customer_id, plan, monthly, since)"
            " VALUES (%(customer_id)s, %(plan)s, %(monthly)s, %(since)s) RETURNING id",
            asdict(new),
        ).fetchone()
        new.id = row[0]
        return new

    def of_customer(self, customer_id: int) -> list[Subscription]:
        with self._connection.cursor(row_factory=class_row(Subscription)) as cursor:
            return cursor.execute(
                "SELECT * FROM subscriptions WHERE customer_id = %s ORDER BY since", [customer_id]
            ).fetchall()
