"""What the pages tell of: cases, rules, lines, sessions; title and brief of a review."""

import sqlalchemy as sa
from alembic import op

from webhooks.tables import CASES, LINES, METADATA, REVIEWS, RULES, SESSIONS

revision = "pages"
down_revision = "records"
_TABLES = [CASES, RULES, LINES, SESSIONS]
_TEXTS = ("title", "brief")


def upgrade() -> None:
    """Add what is not there: a ledger that is made now has it from the first shape on."""
    connection = op.get_bind()
    METADATA.create_all(connection, tables=_TABLES)
    known = {column["name"] for column in sa.inspect(connection).get_columns(REVIEWS.name)}
    for name in _TEXTS:
        if name not in known:
            column = sa.Column(name, sa.Text, nullable=False, server_default="")
            op.add_column(REVIEWS.name, column)


def downgrade() -> None:
    """Remove it."""
    METADATA.drop_all(op.get_bind(), tables=_TABLES)
    with op.batch_alter_table(REVIEWS.name) as table:
        for name in _TEXTS:
            table.drop_column(name)
