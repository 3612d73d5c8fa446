"""What the pages tell of: cases, rules, lines, sessions; title and brief of a review."""

import sqlalchemy as sa
from alembic import op

revision = "pages"
down_revision = "records"
_TEXTS = ("title", "brief")


def upgrade() -> None:
    """Make the tables and add the columns."""
    _cases()
    op.create_table(
        "ledger_rules",
        sa.Column("repository", sa.String(201), primary_key=True),
        sa.Column("rule", sa.String(200), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("instead", sa.Text, nullable=False),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "ledger_lines",
        sa.Column("repository", sa.String(201), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("writer", sa.String(20), primary_key=True),
        sa.Column("agents", sa.String(200), primary_key=True),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False, index=True),
    )
    op.create_table(
        "ledger_sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("looked", sa.Float(53), nullable=False),
        sa.Column("ends", sa.Float(53), nullable=False, index=True),
    )
    for name in _TEXTS:
        column = sa.Column(name, sa.Text, nullable=False, server_default="")
        op.add_column("ledger_reviews", column)


def _cases() -> None:
    op.create_table(
        "ledger_cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("repository", sa.String(201), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("checker", sa.String(60), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("writer", sa.String(20), nullable=False),
        sa.Column("agents", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("is_blocking", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("thread", sa.BigInteger, nullable=False),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("raised", sa.Float(53), nullable=False),
        sa.Column("changed", sa.Float(53), nullable=False, index=True),
        sa.UniqueConstraint("repository", "number", "fingerprint"),
        sa.Index("ledger_cases_waiting", "state", "repository", "installation", "raised"),
        sa.Index("ledger_cases_newest", "raised", "id", "repository", "installation"),
        sa.Index("ledger_cases_rules", "rule", "state", "repository", "installation"),
        sa.Index("ledger_cases_weeks", "week", "rule", "repository", "installation"),
        sa.Index("ledger_cases_writers", "writer", "agents", "state", "repository", "installation"),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("sessions", "lines", "rules", "cases"):
        op.drop_table(f"ledger_{name}")
    with op.batch_alter_table("ledger_reviews") as table:
        for name in _TEXTS:
            table.drop_column(name)
