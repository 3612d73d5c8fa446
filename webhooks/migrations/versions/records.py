"""Merged pull requests: their records, and what became of their findings."""

import sqlalchemy as sa
from alembic import op

revision = "records"
down_revision = "operated"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_records",
        sa.Column("repository", sa.String(201), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("merged", sa.String(64), nullable=False),
        sa.Column("bundle", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "ledger_outcomes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("repository", sa.String(201), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("is_author", sa.Boolean, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.UniqueConstraint("repository", "number", "fingerprint"),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("outcomes", "records"):
        op.drop_table(f"ledger_{name}")
