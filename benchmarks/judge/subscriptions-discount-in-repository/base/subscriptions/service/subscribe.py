"""Use cases: they load, ask the domain, and save."""

from datetime import date
from decimal import Decimal

from subscriptions.domain.pricing import Subscription
from subscriptions.storage.repository import SubscriptionRepository

PLANS = {"basic": Decimal("4.90"), "family": Decimal("9.90")}


class UnknownPlan(ValueError):
    pass


def subscribe(
    repository: SubscriptionRepository, customer_id: int, plan: str, today: date
) -> Subscription:
    """Begin a subscription today. Raises UnknownPlan."""
    if plan not in PLANS:
        raise UnknownPlan(plan)
    return repository.add(Subscription(0, customer_id, plan, PLANS[plan], today))
