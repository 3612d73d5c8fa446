"""What the running of the service takes: repositories that are gone, and numbers of its own."""

import sqlalchemy as sa
from alembic import op

revision = "operated"
down_revision = "verdicts"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_gone",
        sa.Column("repository", sa.String(201), primary_key=True),
        sa.Column("at", sa.Float(53), nullable=False, index=True),
    )
    op.create_table(
        "ledger_figures",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("label", sa.String(100), primary_key=True),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("figures", "gone"):
        op.drop_table(f"ledger_{name}")
