"""The register of laptops, phones and badges."""

import time

import requests

from helpdesk.http import Unreachable


class AssetRegister:
    def __init__(self, session: requests.Session, url: str):
        self._session = session
        self._url = url

    def assets_of(self, mail: str) -> list[str]:
        """Tags of the assets of a person, sorted. Raises Unreachable."""
        answer = self._fetch(f"{self._url}/assets?owner={mail}")
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        return sorted(asset["tag"] for asset in answer.json())

    def _fetch(self, url: str) -> requests.Response:
        wait = 0.5
        tries = 0
        while True:
            tries += 1
            try:
                return self._session.get(url, timeout=5)
            except (requests.Timeout, requests.ConnectionError) as error:
                if tries == 4:
                    raise Unreachable(str(error)) from error
            time.sleep(wait)
            wait *= 2
