"""Merged pull requests: their records, and what became of their findings."""

from alembic import op

from webhooks.tables import OUTCOMES, RECORDS

revision = "records"
down_revision = "operated"


def upgrade() -> None:
    """Make the tables; a new ledger has them from its first shape."""
    for table in (RECORDS, OUTCOMES):
        table.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """Remove them."""
    for table in (OUTCOMES, RECORDS):
        table.drop(op.get_bind())
