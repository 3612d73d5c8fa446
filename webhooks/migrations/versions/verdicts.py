"""Verdicts of the model, shared by all workers."""

import sqlalchemy as sa
from alembic import op

revision = "verdicts"
down_revision = "1"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "ledger_verdicts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("repository", sa.String(201), nullable=False, index=True),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False, index=True),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("ledger_verdicts")
