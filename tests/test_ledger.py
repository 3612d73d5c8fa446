"""The ledger's tables, as migrations make them."""

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

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


def revisions():
    """The ledger's shapes, oldest first."""
    script = ScriptDirectory.from_config(ledger._config())
    return [each.revision for each in script.walk_revisions()][::-1]


@pytest.fixture(params=["embedded", "postgres"])
def engine(request, tmp_path):
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path}/ledger"
    if request.param == "postgres":
        address = request.getfixturevalue("database")
        url = address.replace("postgresql:", "postgresql+psycopg:")
    found = sa.create_engine(url)
    yield found
    found.dispose()


def filled(engine):
    """One row in each table as it is now, whatever its columns are; what was written."""
    found = sa.MetaData()
    found.reflect(engine)
    written = {}
    with engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name == "ledger_version":
                continue
            row = {each.name: VALUES[each.type.python_type] for each in table.columns}
            connection.execute(sa.insert(table).values(**row))
            written[table.name] = row
    return written


VALUES = {str: "kept", int: 1, float: 1.5, bool: True}


@pytest.mark.parametrize("shape_of", revisions())
def test_a_ledger_of_any_earlier_shape_becomes_the_newest_one_and_keeps_its_rows(engine, shape_of):
    config = ledger._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, shape_of)
    written = filled(engine)
    assert written
    ledger.migrate(engine)
    with engine.connect() as connection:
        for name, row in written.items():
            (found,) = connection.execute(sa.select(tables.METADATA.tables[name])).mappings()
            assert {key: found[key] for key in row} == row
        options = {"compare_type": True, "version_table": "ledger_version"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.METADATA) == []


def test_the_shapes_before_are_spelled_out_where_they_are():
    """A shape that was told by today's tables would change with them, and no ledger on the way."""
    script = ScriptDirectory.from_config(ledger._config())
    for each in script.walk_revisions():
        with open(each.path) as file:
            assert "webhooks" not in file.read().replace("`webhooks.tables`", "")


def test_a_migration_that_is_cut_short_leaves_the_ledger_as_it_was(engine, monkeypatch):
    config = ledger._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "pages")
    before = shape(engine)
    with monkeypatch.context() as dying:
        dying.setattr(op, "create_index", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ledger.migrate(engine)
    assert shape(engine) == before
    ledger.migrate(engine)
    assert "due" in str(shape(engine)["ledger_deliveries"])
