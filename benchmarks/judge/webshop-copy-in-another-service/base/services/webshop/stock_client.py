"""The API of the service stock, as far as the shop needs it."""

import httpx


class StockUnavailable(Exception):
    """The service stock did not answer."""


class StockClient:
    def __init__(self, http: httpx.Client):
        self._http = http

    def available(self, sku: str) -> int:
        try:
            answer = self._http.get(f"/levels/{sku}", timeout=2)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise StockUnavailable(sku) from error
        return answer.json()["available"]
