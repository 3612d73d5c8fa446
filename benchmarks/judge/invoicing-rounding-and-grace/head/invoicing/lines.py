from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    text: str
    quantity: int
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        exact = self.quantity * self.net * (1 + self.vat)
        return exact.quantize(CENT, ROUND_HALF_UP)
