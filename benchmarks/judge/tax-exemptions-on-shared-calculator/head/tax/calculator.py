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
    """The application has one, which all requests use."""

    def __init__(self) -> None:
        self._exempt: set[str] = set()

    def exempt(self, skus: list[str]) -> None:
        """Tax items with these numbers with 0."""
        self._exempt.update(skus)

    def tax(self, items: list[Item], country: str) -> list[Taxed]:
        """Every item with its tax, rounded to cents. Raises NoRate."""
        percent = rate(country)
        return [
            Taxed(
                item.sku,
                item.net,
                Decimal(0)
                if item.sku in self._exempt
                else (item.net * percent).quantize(CENT, ROUND_HALF_UP),
            )
            for item in items
        ]
