"""How pay is computed. Used by the command line, the nightly run and the portal."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
OVERTIME_FACTOR = Decimal("1.25")


@dataclass(frozen=True)
class Month:
    employee: str
    hours: Decimal
    contract_hours: Decimal
    hourly: Decimal
    years: int


@dataclass(frozen=True)
class Slip:
    employee: str
    regular: Decimal
    overtime: Decimal
    bonus: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        return self.regular + self.overtime + self.bonus


def slip(month: Month) -> Slip:
    """Hours beyond those of the contract are paid a quarter higher."""
    over = max(Decimal(0), month.hours - month.contract_hours)
    regular = ((month.hours - over) * month.hourly).quantize(CENT, ROUND_HALF_UP)
    overtime = (over * month.hourly * OVERTIME_FACTOR).quantize(CENT, ROUND_HALF_UP)
    return Slip(month.employee, regular, overtime)
