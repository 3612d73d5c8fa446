"""The tables of the ledger. No source code but the quotes that were published on GitHub, and sealed
verdicts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

# Moments are seconds since 1970.
DELIVERIES = Table(
    "ledger_deliveries",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("event", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("repository", String(201), nullable=False),
    Column("number", Integer, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("at", Float(53), nullable=False, index=True),
)

REVIEWS = Table(
    "ledger_reviews",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("job", String(300), nullable=False, unique=True),
    Column("repository", String(201), nullable=False),
    Column("number", Integer, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("base", String(64), nullable=False),
    Column("head", String(64), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("says", Text, nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("files_checked", Integer, nullable=False),
    Column("files_missed", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("usd", Float(53)),
    Column("models", Text, nullable=False),
    Column("at", Float(53), nullable=False, index=True),
    Index("ledger_reviews_pull", "repository", "number", "head"),
)

FINDINGS = Table(
    "ledger_findings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("review", ForeignKey("ledger_reviews.id", ondelete="CASCADE"), index=True),
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("rule", String(200), nullable=False),
    Column("checker", String(60), nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("severity", String(20), nullable=False),
    Column("label", String(20), nullable=False),
    Column("writer", String(20), nullable=False),
    Column("is_blocking", Boolean, nullable=False),
    Column("quote", Text, nullable=False),
)

COVERAGE = Table(
    "ledger_coverage",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("review", ForeignKey("ledger_reviews.id", ondelete="CASCADE"), index=True),
    Column("path", Text, nullable=False),
    Column("checker", String(60), nullable=False),
    Column("standing", String(20), nullable=False),
    Column("reason", Text, nullable=False),
)

ANSWERS = Table(
    "ledger_answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("repository", String(201), nullable=False),
    Column("number", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("how", String(20), nullable=False),
    Column("login", String(100), nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    UniqueConstraint("repository", "number", "fingerprint", "code", "how", "login"),
)

# One of each merged pull request: a bundle of signed statements, as it is handed out; "" without a key.
RECORDS = Table(
    "ledger_records",
    METADATA,
    Column("repository", String(201), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("installation", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    Column("merged", String(64), nullable=False),
    Column("bundle", Text, nullable=False),
    Column("at", Float(53), nullable=False),
)

# What became of each finding by the time its pull request was merged.
OUTCOMES = Table(
    "ledger_outcomes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("repository", String(201), nullable=False),
    Column("number", Integer, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("how", String(20), nullable=False),
    Column("login", String(100), nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("is_author", Boolean, nullable=False),
    Column("code", String(64), nullable=False),
    UniqueConstraint("repository", "number", "fingerprint"),
)

GATES = Table(
    "ledger_gates",
    METADATA,
    Column("repository", String(201), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("installation", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("says", Text, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("at", Float(53), nullable=False),
)

# Of workers on a Postgres; an embedded one has them in its cache.
VERDICTS = Table(
    "ledger_verdicts",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("repository", String(201), nullable=False, index=True),
    Column("installation", BigInteger, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", Float(53), nullable=False, index=True),
)
# Repositories that were forgotten, and when: each worker removes what it has kept of them.
GONE = Table(
    "ledger_gone",
    METADATA,
    Column("repository", String(201), primary_key=True),
    Column("at", Float(53), nullable=False, index=True),
)

# Numbers that outlive a process and that no other table holds; a label says whose.
FIGURES = Table(
    "ledger_figures",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("label", String(100), primary_key=True),
    Column("value", Float(53), nullable=False),
    Column("at", Float(53), nullable=False),
)
