"""Prices offered to customers."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pricing.rates import RateSource

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Quote:
    euros: Decimal
    currency: str
    amount: Decimal


class Quotes:
    def __init__(self, source: RateSource):
        self._source = source

    def offer(self, euros: Decimal, currency: str) -> Quote:
        """A binding price in *currency*. Raises RatesUnavailable, or KeyError if there is no rate."""
        rate = self._source.latest().to_euro[currency]
        amount = (euros / rate).quantize(CENT, ROUND_HALF_UP)
        return Quote(euros, currency, amount)
