"""What all clients of other companies share: address, key, time limit, errors."""

from typing import Any

import httpx

from logistics.settings import Settings


class ClientError(Exception):
    """A partner did not answer, or not as agreed. The job runner tries such jobs again."""


class BaseClient:
    partner: str

    def __init__(self, settings: Settings):
        options = settings.partners[self.partner]
        self._http = httpx.Client(
            base_url=options.url, headers={"X-Api-Key": options.key}, timeout=options.timeout
        )

    def _call(self, method: str, path: str, **fields: Any) -> Any:
        """The JSON of the answer. Raises ClientError."""
        try:
            answer = self._http.request(method, path, **fields)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ClientError(f"{self.partner}: {path}") from error
