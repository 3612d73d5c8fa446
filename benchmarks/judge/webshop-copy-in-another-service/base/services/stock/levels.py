"""How many pieces there are."""

import re

_SKU = re.compile(r"[A-Z]{2}\d{6}")


class UnknownSku(ValueError):
    pass


def _clean_sku(text: str) -> str:
    """A stock number as it is on labels: `ab-123 456` is `AB123456`."""
    sku = re.sub(r"[\s-]", "", text).upper()
    if not _SKU.fullmatch(sku):
        raise UnknownSku(text)
    return sku


class Levels:
    def __init__(self, redis):
        self._redis = redis

    def available(self, sku: str) -> int:
        """Pieces on the shelf that nobody has reserved."""
        key = _clean_sku(sku)
        there = int(self._redis.get(f"stock:level:{key}") or 0)
        return max(0, there - int(self._redis.get(f"stock:reserved:{key}") or 0))

    def reserve(self, sku: str, pieces: int) -> None:
        self._redis.incrby(f"stock:reserved:{_clean_sku(sku)}", pieces)
