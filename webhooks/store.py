"""Where jobs and ledger are kept: one folder with SQLite files, or a Postgres for many machines."""

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from bot.errors import ArchitraveError
from webhooks.service_settings import ServiceSettings

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

APPLICATION = "architrave"
# Constant, so that jobs of one release are done by the next. Steps may only be changed behind
# DBOS.patch; see docs/service.md.
VERSION = "1"
_FILES = ("jobs.sqlite3", "ledger.sqlite3")
# Seconds after which a database that says nothing is away.
_SOON = {"connect_timeout": 10}


def jobs_url(settings: ServiceSettings) -> str:
    return settings.database_url or f"sqlite:///{_path(settings, 'jobs.sqlite3')}"


def serializer() -> Any:
    """JSON: the default is pickle, with which whoever writes to the database runs code."""
    from dbos import DBOSPortableJSONSerializer

    return DBOSPortableJSONSerializer()


def _path(settings: ServiceSettings, name: str) -> str:
    return os.path.join(settings.folder, name)


def prepare(settings: ServiceSettings) -> None:
    """Make what is not there yet. Safe for several processes at once, and again.

    Raises `ArchitraveError` where the folder cannot be written or the database not be reached.
    """
    from dbos import DBOS
    from sqlalchemy.exc import SQLAlchemyError

    from bot.outside.locks import held
    from webhooks import ledger

    _make_folder(settings.folder)
    try:
        with held(_path(settings, "prepare.lock")):
            if settings.is_embedded:
                for name in _FILES:
                    _use_wal(_path(settings, name))
            DBOS.migrate(jobs_url(settings))
            engine = ledger_engine(settings)
            try:
                ledger.migrate(engine)
            finally:
                engine.dispose()
    except SQLAlchemyError as error:
        raise _unreachable(settings, error) from error


def is_migrated(settings: ServiceSettings) -> bool:
    """Whether all tables are there in their newest shape; makes none, nor a file.

    Raises `ArchitraveError` where the database cannot be asked.
    """
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    from webhooks import ledger

    files = [_path(settings, name) for name in _FILES] if settings.is_embedded else []
    if not all(os.path.exists(file) for file in files):
        return False
    doors = ledger_engine(settings), read_engine(settings)
    try:
        schema = None if settings.is_embedded else "dbos"
        has_jobs = inspect(doors[1]).has_table("workflow_status", schema=schema)
        return has_jobs and ledger.is_migrated(doors[0])
    except SQLAlchemyError as error:
        raise _unreachable(settings, error) from error
    finally:
        for door in doors:
            door.dispose()


def _unreachable(settings: ServiceSettings, error: Exception) -> ArchitraveError:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    where = settings.folder if settings.is_embedded else "DATABASE_URL"
    return ArchitraveError(
        f"The database ({where}) cannot be used: {said[0] if said else type(error).__name__}",
        "Is it running, and may this user create tables in it?",
    )


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        probe = os.path.join(folder, f".probe-{os.getpid()}")
        with open(probe, "wb"):
            pass
        os.unlink(probe)
    except OSError as error:
        raise ArchitraveError(
            f"The data folder cannot be written: {folder}: {error.strerror}",
            "Set ARCHITRAVE_DATA_DIR to a folder of this user's own.",
        ) from error


def _use_wal(path: str) -> None:
    """Readers then never wait for a writer. The mode stays with the file."""
    try:
        connection = sqlite3.connect(path, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ArchitraveError(f"{path} is no database that can be used: {error}") from error


def client(settings: ServiceSettings) -> "DBOSClient":
    """A door to the jobs: what is put there is there to stay. On SQLite one connection is enough, since
    only one writes at a time."""
    from dbos import DBOSClient

    engine = embedded_engine(settings, 1, sync="FULL") if settings.is_embedded else None

    class Door(DBOSClient):
        def destroy(self) -> None:
            super().destroy()
            # The engine disposes only of what it has opened itself.
            if engine:
                engine.dispose()

    return Door(
        system_database_url=None if engine else jobs_url(settings),
        system_database_engine=engine,
        serializer=serializer(),
        application_name=APPLICATION,
        system_database_pool_size=5,
        retry_connection_errors=False,
    )


def embedded_engine(settings: ServiceSettings, size: int, *, sync: str) -> "Engine":
    """The embedded jobs, as the engine opens them (`dbos._sys_db_sqlite`); *sync* is how SQLite sees to
    it that what is written outlives a power failure."""
    from sqlalchemy import create_engine, event

    engine = create_engine(jobs_url(settings), pool_size=size, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        # A transaction that began to read could not go on to write where another wrote meanwhile.
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute(f"PRAGMA synchronous={sync}")
        if sqlite3.sqlite_version_info < (3, 42):
            # Its own knows no "subsec", which the engine asks for on Python 3.12 and newer.
            connection.create_function("unixepoch", 1, lambda precision: time.time())
        connection.execute("PRAGMA foreign_keys=ON")
        # Each connection has a cache of its own, by default of 2 MB; the system has the file in its.
        connection.execute("PRAGMA cache_size=-256")

    return engine


def inbox_engine(settings: ServiceSettings) -> "Engine":
    """A door to the ledger for deliveries. On SQLite it has one connection: of several that write, whoever
    waits sleeps and tries again while others come first."""
    return ledger_engine(settings, 1 if settings.is_embedded else 8, 0)


def ledger_engine(settings: ServiceSettings, size: int = 4, more: int = 10) -> "Engine":
    """A door to the ledger, of *size* connections that are kept and so many *more* that are not."""
    from sqlalchemy import create_engine, event

    if settings.database_url:
        url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(
            url, pool_size=size, max_overflow=more, pool_pre_ping=True, connect_args=_SOON
        )
    engine = create_engine(
        f"sqlite:///{_path(settings, 'ledger.sqlite3')}", connect_args={"timeout": 30},
        pool_size=size, max_overflow=more,
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def read_engine(settings: ServiceSettings) -> "Engine":
    """A door to the jobs for those who only count them."""
    from sqlalchemy import create_engine

    if settings.database_url:
        url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(url, pool_size=1, pool_pre_ping=True, connect_args=_SOON)
    return create_engine(jobs_url(settings), connect_args={"timeout": 5})
