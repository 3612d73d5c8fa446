"""Events of other services that shipping listens to."""

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from services.shipping.models import paid_invoices


def on_invoice_paid(connection: Connection, event: dict) -> None:
    row = insert(paid_invoices).values(order_number=event["order_number"])
    connection.execute(row.on_conflict_do_nothing())


def on_invoice_cancelled(connection: Connection, event: dict) -> None:
    gone = paid_invoices.c.order_number == event["order_number"]
    connection.execute(delete(paid_invoices).where(gone))


HANDLERS = {
    "invoice.paid": on_invoice_paid,
    "invoice.cancelled": on_invoice_cancelled,
}
