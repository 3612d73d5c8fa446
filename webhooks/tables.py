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
    literal_column,
    text,
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
    # What is to be done, JSON; "" once the delivery has led to a job, and to which.
    Column("job", Text, nullable=False, server_default=""),
    Column("led_to", String(300), nullable=False, server_default=""),
    # Before that moment it is not tried again.
    Column("due", Float(53), nullable=False, server_default="0"),
    Index(
        "ledger_deliveries_waiting",
        "at",
        sqlite_where=text("job <> ''"),
        postgresql_where=text("job <> ''"),
    ),
)
# As the index has it: with a parameter it would not be used.
HAS_NO_JOB = DELIVERIES.c.job != literal_column("''")

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
    Column("title", Text, nullable=False, server_default=""),
    # What a person should read first, a sentence a line.
    Column("brief", Text, nullable=False, server_default=""),
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

# A finding of a pull request from the review that raised it to what became of it; its states are
# those of `webhooks.cases`. *thread* is the number of the comment that opened its conversation,
# *week* counts Mondays.
CASES = Table(
    "ledger_cases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("repository", String(201), nullable=False),
    Column("number", Integer, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("checker", String(60), nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("severity", String(20), nullable=False),
    Column("writer", String(20), nullable=False),
    Column("agents", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("is_blocking", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("login", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("thread", BigInteger, nullable=False),
    Column("week", Integer, nullable=False),
    Column("raised", Float(53), nullable=False),
    Column("changed", Float(53), nullable=False, index=True),
    UniqueConstraint("repository", "number", "fingerprint"),
    # Each holds all that a page asks for, so that no row is read to be counted.
    Index("ledger_cases_waiting", "state", "repository", "installation", "raised"),
    Index("ledger_cases_newest", "raised", "id", "repository", "installation"),
    Index("ledger_cases_rules", "rule", "state", "repository", "installation"),
    Index("ledger_cases_weeks", "week", "rule", "repository", "installation"),
    Index("ledger_cases_writers", "writer", "agents", "state", "repository", "installation"),
)

# What rules say, as each repository's newest review had them.
RULES = Table(
    "ledger_rules",
    METADATA,
    Column("repository", String(201), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("title", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("instead", Text, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("at", Float(53), nullable=False),
)

# Lines that a pull request adds, by whoever wrote them, as its newest review saw them.
LINES = Table(
    "ledger_lines",
    METADATA,
    Column("repository", String(201), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("writer", String(20), primary_key=True),
    Column("agents", String(200), primary_key=True),
    Column("installation", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("week", Integer, nullable=False),
    Column("at", Float(53), nullable=False, index=True),
)

# Who is signed in. Of the cookie only a hash; the token is encrypted with a key made of the cookie.
SESSIONS = Table(
    "ledger_sessions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("login", String(100), nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    # What the person may read: JSON, installations to names; and when GitHub said so.
    Column("repositories", Text, nullable=False),
    Column("looked", Float(53), nullable=False),
    Column("ends", Float(53), nullable=False, index=True),
)
