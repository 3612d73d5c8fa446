"""Reminders for invoices that are not paid."""

from datetime import date, timedelta
from decimal import Decimal

from invoicing.totals import totals

GRACE = timedelta(days=14)
FEE = Decimal("5.00")


def is_overdue(invoice, today: date) -> bool:
    return invoice.paid_on is None and today > invoice.due + GRACE


def reminder_text(invoice, today: date) -> str:
    """Text of a reminder; the fee is for the second and later ones."""
    amount = totals(invoice.lines).gross
    if invoice.reminders > 0:
        amount += FEE
    days = (today - invoice.due).days
    return f"Invoice {invoice.number} over {amount} EUR is {days} days overdue."
