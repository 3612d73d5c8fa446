"""The company's directory of people."""

import requests

from helpdesk.http import with_retries


class Directory:
    def __init__(self, session: requests.Session, url: str):
        self._session = session
        self._url = url

    def manager_of(self, mail: str) -> str:
        """Mail address of the manager. Raises Unreachable, or KeyError for a stranger."""
        answer = with_retries(
            lambda: self._session.get(f"{self._url}/people/{mail}", timeout=5)
        )
        if answer.status_code == 404:
            raise KeyError(mail)
        answer.raise_for_status()
        return answer.json()["manager"]
