"""The ledger's first shape, spelled out: `webhooks.tables` tells its newest one."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_deliveries",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("event", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("repository", sa.String(201), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False, index=True),
    )
    op.create_table(
        "ledger_reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job", sa.String(300), nullable=False, unique=True),
        sa.Column("repository", sa.String(201), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("files_checked", sa.Integer, nullable=False),
        sa.Column("files_missed", sa.Integer, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("usd", sa.Float(53)),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False, index=True),
        sa.Index("ledger_reviews_pull", "repository", "number", "head"),
    )
    _of_reviews()
    op.create_table(
        "ledger_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("repository", sa.String(201), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.UniqueConstraint("repository", "number", "fingerprint", "code", "how", "login"),
    )
    op.create_table(
        "ledger_gates",
        sa.Column("repository", sa.String(201), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )


def _of_reviews() -> None:
    def review() -> sa.Column[int]:
        key = sa.ForeignKey("ledger_reviews.id", ondelete="CASCADE")
        return sa.Column("review", sa.Integer, key, index=True)

    op.create_table(
        "ledger_findings",
        sa.Column("id", sa.Integer, primary_key=True),
        review(),
        sa.Column("fingerprint", sa.String(64), nullable=False, index=True),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("checker", sa.String(60), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("label", sa.String(20), nullable=False),
        sa.Column("writer", sa.String(20), nullable=False),
        sa.Column("is_blocking", sa.Boolean, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_coverage",
        sa.Column("id", sa.Integer, primary_key=True),
        review(),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("checker", sa.String(60), nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("gates", "answers", "coverage", "findings", "reviews", "deliveries"):
        op.drop_table(f"ledger_{name}")
