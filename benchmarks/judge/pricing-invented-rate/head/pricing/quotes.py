"""Prices offered to customers."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pricing.rates import RateSource, RatesUnavailable

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Quote:
    euros: Decimal
    currency: str
    amount: Decimal


class Quotes:
    def __init__(self, source: RateSource):
        self._source = source
        self._known: dict[str, Decimal] = {}

    def offer(self, euros: Decimal, currency: str) -> Quote:
        """A binding price in *currency*."""
        try:
            self._known = self._source.latest().to_euro
        except RatesUnavailable:
            pass
        rate = self._known.get(currency, Decimal(1))
        amount = (euros / rate).quantize(CENT, ROUND_HALF_UP)
        return Quote(euros, currency, amount)
