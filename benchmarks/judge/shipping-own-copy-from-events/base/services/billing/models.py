"""Tables of the billing service, in its schema `billing`. Migrated by services/billing only."""

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

metadata = MetaData(schema="billing")

invoices = Table(
    "invoices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("order_number", String(20), nullable=False, unique=True),
    Column("cents", Integer, nullable=False),
    Column("paid_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
)
