from contextlib import contextmanager

from psycopg import sql
from psycopg_pool import ConnectionPool

from tenancy.tenants import Tenant


class Database:
    def __init__(self, pool: ConnectionPool):
        self._pool = pool

    @contextmanager
    def connection(self, tenant: Tenant):
        """A connection that sees the tables of *tenant* only."""
        with self._pool.connection() as connection:
            path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(tenant.schema))
            connection.execute(path)
            yield connection
