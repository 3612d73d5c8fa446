"""Records of merged pull requests."""

from alembic import op

from webhooks.tables import RECORDS

revision = "records"
down_revision = "1"


def upgrade() -> None:
    """Make the table; a new ledger has it from its first shape."""
    RECORDS.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """Remove it."""
    RECORDS.drop(op.get_bind())
