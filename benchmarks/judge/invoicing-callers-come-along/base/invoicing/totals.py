"""Sums of invoices."""

from dataclasses import dataclass
from decimal import Decimal

from invoicing.lines import Line

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Totals:
    net: Decimal
    gross: Decimal


def totals(lines: list[Line]) -> Totals:
    net = sum((line.quantity * line.net for line in lines), Decimal(0))
    gross = sum((line.gross for line in lines), Decimal(0))
    return Totals(net.quantize(CENT), gross.quantize(CENT))
