"""Figures for the people who pack and ship."""

import csv
from typing import TextIO

from django.db.models import Count

from shop.models import Order


def open_by_country() -> dict[str, int]:
    rows = Order.objects.filter(state="open").values("customer__country")
    counted = rows.annotate(count=Count("id"))
    return {row["customer__country"]: row["count"] for row in counted}


def write_open_orders(out: TextIO) -> int:
    """All open orders as CSV, oldest first; how many there were."""
    writer = csv.writer(out)
    writer.writerow(["order", "placed", "customer", "pieces", "value"])
    orders = (
        Order.objects.filter(state="open")
        .select_related("customer")
        .prefetch_related("lines")
        .order_by("placed_at")
    )
    count = 0
    for order in orders.iterator(chunk_size=500):
        lines = order.lines.all()
        pieces = sum(line.quantity for line in lines)
        value = sum(line.total for line in lines)
        writer.writerow(
            [order.pk, order.placed_at.isoformat(), order.customer.name, pieces, value]
        )
        count += 1
    return count
