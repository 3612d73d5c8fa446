"""Carts live for a day in Redis."""

from services.webshop.stock_client import StockClient

DAY = 24 * 60 * 60
MAX_POSITIONS = 50


class CartError(Exception):
    """The text may be shown to the customer."""


class Carts:
    def __init__(self, redis, stock: StockClient):
        self._redis = redis
        self._stock = stock

    def positions(self, cart_id: str) -> dict[str, int]:
        return {sku: int(n) for sku, n in self._redis.hgetall(f"cart:{cart_id}").items()}

    def add(self, cart_id: str, sku: str, pieces: int) -> None:
        """Raises CartError when too little is there, StockUnavailable when nobody knows."""
        if len(self.positions(cart_id)) >= MAX_POSITIONS:
            raise CartError("the cart is full")
        if self._stock.available(sku) < pieces:
            raise CartError(f"fewer than {pieces} left")
        self._redis.hincrby(f"cart:{cart_id}", sku, pieces)
        self._redis.expire(f"cart:{cart_id}", DAY)
