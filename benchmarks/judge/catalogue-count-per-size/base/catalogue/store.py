from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass
class Product:
    sku: str
    name: str
    size: str
    cents: int


class CatalogueStore:
    def __init__(self, connection: Connection):
        self._connection = connection

    def products(self, limit: int, offset: int) -> list[Product]:
        query = text(
            "SELECT sku, name, size, cents FROM products ORDER BY name LIMIT :limit OFFSET :offset"
        )
        rows = self._connection.execute(query, {"limit": limit, "offset": offset})
        return [Product(*row) for row in rows]

    def count(self) -> int:
        return self._connection.execute(text("SELECT count(*) FROM products")).scalar_one()


def get_store() -> CatalogueStore:
    raise NotImplementedError("set by the application")
