"""The ledger's tables, as migrations make them."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from webhooks import ledger, tables


def shape(engine):
    """What a database holds, as it says itself."""
    found = sa.inspect(engine)
    return {
        name: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((sorted(each["column_names"])) for each in found.get_unique_constraints(name)),
            sorted((each["name"], each["column_names"]) for each in found.get_indexes(name)),
            [(each["constrained_columns"], each["options"]) for each in found.get_foreign_keys(name)],
        )
        for name in found.get_table_names()
        if name != "ledger_version"
    }  # fmt: skip


def test_migrations_lead_to_the_tables_that_are_used(tmp_path):
    migrated = sa.create_engine(f"sqlite:///{tmp_path}/migrated")
    ledger.migrate(migrated)
    ledger.migrate(migrated)
    made = sa.create_engine(f"sqlite:///{tmp_path}/made")
    tables.METADATA.create_all(made)
    assert shape(migrated) == shape(made)
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": "ledger_version"}
        )
        assert compare_metadata(context, tables.METADATA) == []
    for engine in (migrated, made):
        engine.dispose()
