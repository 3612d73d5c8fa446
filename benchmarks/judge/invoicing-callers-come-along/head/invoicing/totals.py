"""Sums of invoices."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from invoicing.lines import Line

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Totals:
    net: Decimal
    vat: dict[Decimal, Decimal]

    @property
    def gross(self) -> Decimal:
        return self.net + sum(self.vat.values())


def totals(lines: list[Line]) -> Totals:
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_rate[line.vat] += line.amount
    vat = {rate: _cents(amount * rate) for rate, amount in by_rate.items()}
    return Totals(_cents(sum(by_rate.values(), Decimal(0))), vat)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
