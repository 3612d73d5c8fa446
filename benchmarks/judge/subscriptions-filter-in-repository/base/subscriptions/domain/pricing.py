"""What subscriptions cost. All rules about prices are here."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass
class Subscription:
    id: int
    customer_id: int
    plan: str
    monthly: Decimal
    since: date
    cancelled_on: date | None = None


def first_month(subscription: Subscription, days_in_month: int) -> Decimal:
    """The part of the monthly price from the first day to the end of the month."""
    days = days_in_month - subscription.since.day + 1
    return (subscription.monthly * days / days_in_month).quantize(CENT)
