from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tax.rates import rate

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Item:
    sku: str
    net: Decimal


@dataclass(frozen=True)
class Taxed:
    sku: str
    net: Decimal
    tax: Decimal


class Calculator:
    """Stateless; the application has one, which all requests use."""

    def tax(self, items: list[Item], country: str) -> list[Taxed]:
        """Every item with its tax, rounded to cents. Raises NoRate."""
        percent = rate(country)
        return [
            Taxed(item.sku, item.net, (item.net * percent).quantize(CENT, ROUND_HALF_UP))
            for item in items
        ]
