"""What the running of the service takes: repositories that are gone, and numbers of its own."""

from alembic import op

from webhooks.tables import FIGURES, GONE, METADATA

revision = "operated"
down_revision = "verdicts"
_TABLES = [GONE, FIGURES]


def upgrade() -> None:
    """Make the tables that are not there."""
    METADATA.create_all(op.get_bind(), tables=_TABLES)


def downgrade() -> None:
    """Remove them."""
    METADATA.drop_all(op.get_bind(), tables=_TABLES)
