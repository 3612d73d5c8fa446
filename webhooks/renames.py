"""A repository that has another name: what the ledger knows of it goes with it, whatever the table."""

from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    delete,
    select,
    update,
)

from webhooks import retention
from webhooks.tables import GONE, METADATA


def rename(engine: Engine, before: str, after: str, installation: int) -> None:
    """Let what is known of a repository be known under its new name. Where something is known under
    that one already, which is so when events overtake each other, the newer record stays."""
    before, after = before.lower(), after.lower()
    with engine.begin() as connection:
        for table in METADATA.tables.values():
            if "repository" not in table.c or table is GONE:
                continue
            for names in _keys(table):
                _drop_twins(connection, table, names, (before, after))
            named: dict[str, Any] = {"repository": after}
            if "installation" in table.c:
                named["installation"] = installation
            rows = update(table).where(table.c.repository == before)
            connection.execute(rows.values(**named))
        retention.note_gone(connection, before)


def _keys(table: Table) -> list[list[str]]:
    """Columns besides the repository that tell its rows apart."""
    found = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
    ]
    return [[*set(names) - {"repository"}] for names in found if "repository" in names]


def _drop_twins(
    connection: Connection, table: Table, names: list[str], repositories: tuple[str, str]
) -> None:
    before, after = repositories
    for row in [*connection.execute(select(table).where(table.c.repository == before))]:
        key = {name: getattr(row, name) for name in names}
        twin = select(table.c.repository).filter_by(repository=after, **key)
        if connection.execute(twin).first():
            connection.execute(delete(table).filter_by(repository=before, **key))
