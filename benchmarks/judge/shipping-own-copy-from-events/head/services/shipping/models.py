"""Tables of the shipping service, in its schema `shipping`."""

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table

metadata = MetaData(schema="shipping")

parcels = Table(
    "parcels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("order_number", String(20), nullable=False),
    Column("ready", Boolean, nullable=False, default=False),
    Column("handed_over_at", DateTime(timezone=True)),
)

paid_invoices = Table(
    "paid_invoices",
    metadata,
    Column("order_number", String(20), primary_key=True),
)
