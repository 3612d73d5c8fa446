"""The ledger's first shape.

Until the first release it is that of `webhooks.tables`; from then on it is written out here.
"""

from alembic import op

from webhooks.tables import METADATA

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind())


def downgrade() -> None:
    """Remove them."""
    METADATA.drop_all(op.get_bind())
