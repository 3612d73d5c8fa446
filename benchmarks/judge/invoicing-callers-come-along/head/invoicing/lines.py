from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    text: str
    quantity: int
    net: Decimal
    vat: Decimal

    @property
    def amount(self) -> Decimal:
        """Without VAT."""
        return self.quantity * self.net
