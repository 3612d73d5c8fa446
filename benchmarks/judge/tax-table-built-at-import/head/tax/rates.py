"""Rates of value added tax by country and kind of goods."""

import csv
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

STANDARD = MappingProxyType({
    "AT": Decimal("0.20"),
    "DE": Decimal("0.19"),
    "FR": Decimal("0.20"),
    "NL": Decimal("0.21"),
})


_REDUCED: dict[tuple[str, str], Decimal] = {}
with Path(__file__).with_name("reduced.csv").open(encoding="utf-8", newline="") as _table:
    for _row in csv.DictReader(_table):
        _REDUCED[_row["country"], _row["kind"]] = Decimal(_row["rate"])


class NoRate(LookupError):
    """Nothing is known about this country."""


def rate(country: str, kind: str = "standard") -> Decimal:
    """The reduced rate if there is one for *kind*, or the standard rate. Raises NoRate."""
    try:
        return _REDUCED.get((country, kind), STANDARD[country])
    except KeyError:
        raise NoRate(country) from None
