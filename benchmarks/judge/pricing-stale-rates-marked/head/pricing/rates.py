"""Exchange rates to the euro, from the central bank's service."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import httpx

log = logging.getLogger(__name__)


class RatesUnavailable(Exception):
    """The service did not answer; nothing can be converted."""


@dataclass(frozen=True)
class Rates:
    day: date
    to_euro: dict[str, Decimal]


class LastKnownRates:
    """A RateSource that bridges outages of up to *days*; one per process, used by one thread."""

    def __init__(self, source: "RateSource", days: int = 2):
        self._source = source
        self._limit = timedelta(days=days)
        self._last: Rates | None = None

    def latest(self) -> Rates:
        try:
            self._last = self._source.latest()
        except RatesUnavailable:
            if self._last is None or date.today() - self._last.day > self._limit:
                raise
            log.warning("rates of %s are used, the service is down", self._last.day, exc_info=True)
        return self._last


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
