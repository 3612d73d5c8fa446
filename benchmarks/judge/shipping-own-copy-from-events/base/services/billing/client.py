"""What billing offers to other services; published as the package `billing-client`."""

from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class InvoiceState:
    order_number: str
    paid: bool


class BillingClient:
    def __init__(self, http: httpx.Client):
        self._http = http

    def invoice_of(self, order_number: str) -> InvoiceState:
        """Raises httpx.HTTPError when billing does not answer."""
        answer = self._http.get(f"/invoices/by-order/{order_number}", timeout=3)
        answer.raise_for_status()
        return InvoiceState(order_number, answer.json()["paid"])
