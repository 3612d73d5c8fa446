"""Exchange rates to the euro, from the central bank's service."""

import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import httpx

log = logging.getLogger(__name__)


class RatesUnavailable(Exception):
    """The service did not answer; nothing can be converted."""


@dataclass(frozen=True)
class Rates:
    day: date
    to_euro: dict[str, Decimal]


class RateSource:
    def __init__(self, http: httpx.Client, url: str):
        self._http = http
        self._url = url

    def latest(self) -> Rates:
        """The newest rates. Raises RatesUnavailable."""
        try:
            answer = self._http.get(self._url, timeout=5)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise RatesUnavailable(self._url) from error
        body = answer.json()
        rates = {code: Decimal(text) for code, text in body["rates"].items()}
        return Rates(date.fromisoformat(body["day"]), rates)
