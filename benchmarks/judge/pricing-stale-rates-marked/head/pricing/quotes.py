"""Prices offered to customers."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pricing.rates import LastKnownRates, RateSource

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Quote:
    euros: Decimal
    currency: str
    amount: Decimal
    rates_of: date


class Quotes:
    def __init__(self, source: RateSource | LastKnownRates):
        self._source = source

    def offer(self, euros: Decimal, currency: str) -> Quote:
        """A binding price in *currency*. Raises RatesUnavailable, or KeyError if there is no rate."""
        rates = self._source.latest()
        amount = (euros / rates.to_euro[currency]).quantize(CENT, ROUND_HALF_UP)
        return Quote(euros, currency, amount, rates.day)
