"""Deliveries wait in the ledger until they have become jobs."""

import sqlalchemy as sa
from alembic import op

revision = "inbox"
down_revision = "pages"


def upgrade() -> None:
    """Add the columns; what is there has led to a job long since."""
    for name, kind, default in (
        ("job", sa.Text, ""),
        ("led_to", sa.String(300), ""),
        ("due", sa.Float(53), "0"),
    ):
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("ledger_deliveries", column)
    waits = sa.text("job <> ''")
    op.create_index(
        "ledger_deliveries_waiting",
        "ledger_deliveries",
        ["at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    """Remove them; deliveries that wait are lost."""
    op.drop_index("ledger_deliveries_waiting", "ledger_deliveries")
    for name in ("job", "led_to", "due"):
        op.drop_column("ledger_deliveries", name)
