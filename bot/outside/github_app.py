"""The GitHub App as itself: its deliveries, its installations and the repositories in them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bot.github_settings import GitHubSettings
from bot.outside.github import Hub, app_hub


class Delivery(NamedTuple):
    """A delivery that GitHub tried; *guid* is the same for all tries of one event."""

    id: int
    guid: str


class App:
    """What only the App may ask."""

    def __init__(self, settings: GitHubSettings) -> None:
        self._settings = settings
        self._hub = app_hub(settings, "")

    def failed_deliveries(self) -> list[Delivery]:
        """The newest hundred that failed, newest first."""
        rows = self._hub._read("/app/hook/deliveries?status=failure&per_page=100")
        return [Delivery(int(row["id"]), str(row["guid"])) for row in rows]

    def redeliver(self, delivery: int) -> None:
        """Have a delivery tried again."""
        self._hub._write("POST", f"/app/hook/deliveries/{delivery}/attempts", {}, None, safe=True)

    def installations(self) -> Iterator[int]:
        """Those that are not suspended."""
        for row in _pages(self._hub, "/app/installations"):
            if not row.get("suspended_at"):
                yield int(row["id"])

    def repositories(self, installation: int) -> Iterator[Hub]:
        """The repositories of an installation."""
        path = f"/app/installations/{installation}/access_tokens"
        token = str(self._hub._try(lambda: self._hub._once("POST", path, {}))["token"])
        listing = Hub(self._settings, "", token, as_app=True)
        for row in _pages(listing, "/installation/repositories", "repositories"):
            yield Hub(self._settings, str(row["full_name"]), token, as_app=True)


def _pages(hub: Hub, path: str, name: str = "") -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        found = hub._read(f"{path}?per_page=100&page={page}")
        rows = found[name] if name else found
        yield from rows
        if len(rows) < 100:
            return
        page += 1


def hubs(settings: GitHubSettings, known: Iterable[str]) -> Iterator[tuple[Hub, int]]:
    """Every repository the App is in, with its installation; with a token, those that are *known*."""
    if not settings.is_app:
        for name in known:
            yield Hub(settings, name, settings.token), 0
        return
    app = App(settings)
    for installation in app.installations():
        for hub in app.repositories(installation):
            yield hub, installation
