from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    text: str
    quantity: int
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.quantity * self.net * (1 + self.vat)
