"""The GitHub App as itself: its deliveries, its installations and the repositories in them."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from bot.github_settings import GitHubSettings
from bot.outside import github_calls
from bot.outside.github import Hub
from bot.outside.github_calls import GitHubFailed

_MOST_PAGES = 100
# As GitHub links to the page after this one.
_CURSOR = re.compile(r'[?&]cursor=([\w.%-]+)[^>]*>; *rel="next"')


class Delivery(NamedTuple):
    """A delivery that GitHub tried; *guid* is the same for all tries of one event. *status* is the
    answer's, 0 where there was none in time."""

    id: int
    guid: str
    event: str = ""
    action: str = ""
    status: int = 0


class Look(NamedTuple):
    """What GitHub says of the App, or why not; *ahead* are seconds that our clock is ahead of
    GitHub's, None where nothing was heard."""

    app: Mapping[str, Any]
    refused: str
    ahead: float | None


class Registered(NamedTuple):
    """An App that was made from a manifest; *webhook_secret* is "" where GitHub made none."""

    id: int
    slug: str
    page: str
    private_key: str
    webhook_secret: str

    def __repr__(self) -> str:
        return f"Registered(id={self.id}, slug={self.slug!r})"


def register(settings: GitHubSettings, code: str) -> Registered:
    """What GitHub has made of a manifest; a code is good once, for an hour. Raises `GitHubFailed`."""
    # Whoever has the code needs to be nobody.
    calls = github_calls.as_nobody(settings)
    row = calls.once("POST", f"/app-manifests/{code}/conversions", None)
    return Registered(
        int(row["id"]),
        str(row["slug"]),
        str(row["html_url"]),
        str(row["pem"]),
        str(row.get("webhook_secret") or ""),
    )


class App:
    """What only the App may ask. Raises `ArchitraveError` where its key is none."""

    def __init__(self, settings: GitHubSettings) -> None:
        self._settings, self._calls = settings, github_calls.as_app(settings)

    def look(self) -> Look:
        """What GitHub says of the App. Never raises: a refusal is an answer too."""
        asked = time.time()
        try:
            headers, found = self._calls.request("GET", "/app", None)
        except GitHubFailed as failed:
            says = str(failed) if failed.status else f"{failed} ({self._settings.api_url})"
            return Look({}, says, _ahead(failed.headers, asked))
        return Look(found, "", _ahead(headers, asked))

    def hook(self) -> Mapping[str, Any]:
        """Where GitHub delivers to. Raises `GitHubFailed`."""
        return dict(self._calls.read("/app/hook/config"))

    def deliveries(self, count: int = 100) -> list[Delivery]:
        """The newest, newest first; a hundred at most. Raises `GitHubFailed`."""
        rows = self._calls.read(f"/app/hook/deliveries?per_page={count}")
        return [_delivery(row) for row in rows]

    def find(self, delivery: str) -> Delivery | None:
        """The newest try of a delivery, by its number or its GUID; None where GitHub has none.

        GUIDs are looked for among the newest ten thousand. Raises `GitHubFailed`.
        """
        if delivery.isdecimal():
            try:
                return _delivery(self._calls.read(f"/app/hook/deliveries/{delivery}"))
            except GitHubFailed as failed:
                if failed.status in (404, 422):
                    return None
                raise
        cursor = ""
        for _ in range(_MOST_PAGES):
            path = f"/app/hook/deliveries?per_page=100{cursor}"
            links, rows = self._calls.read_page(path)
            for row in rows:
                if str(row["guid"]).lower() == delivery.lower():
                    return _delivery(row)
            following = _CURSOR.search(links)
            if following is None:
                break
            cursor = f"&cursor={following[1]}"
        return None

    def failed_deliveries(self) -> list[Delivery]:
        """The newest hundred that failed, newest first."""
        rows = self._calls.read("/app/hook/deliveries?status=failure&per_page=100")
        return [_delivery(row) for row in rows]

    def installed(self) -> Iterator[Mapping[str, Any]]:
        """The installations as GitHub describes them, suspended ones too."""
        return self._calls.pages("/app/installations")

    def can_enter(self, installation: int, permissions: Mapping[str, str]) -> str:
        """ "" when GitHub gives a token for an installation with these rights, else why not."""
        path = f"/app/installations/{installation}/access_tokens"
        try:
            self._calls.once("POST", path, {"permissions": dict(permissions)})
        except GitHubFailed as failed:
            return str(failed)
        return ""

    def redeliver(self, delivery: int) -> None:
        """Have a delivery tried again."""
        self._calls.write("POST", f"/app/hook/deliveries/{delivery}/attempts", {}, None, safe=True)

    def installations(self) -> Iterator[int]:
        """Those that are not suspended."""
        for row in self._calls.pages("/app/installations"):
            if not row.get("suspended_at"):
                yield int(row["id"])

    def repositories(self, installation: int) -> Iterator[Hub]:
        """The repositories of an installation."""
        token = self._token(installation, {})
        listing = github_calls.with_token(self._settings, token)
        for row in listing.pages("/installation/repositories", "repositories"):
            yield Hub(self._settings, str(row["full_name"]), token, as_app=True)

    def _token(self, installation: int, given: Mapping[str, Any]) -> str:
        path = f"/app/installations/{installation}/access_tokens"
        return str(self._calls.write("POST", path, given, None, safe=True)["token"])


def _delivery(row: Mapping[str, Any]) -> Delivery:
    """A row of the list; *action* and the code may be null."""
    event, action = str(row.get("event") or ""), str(row.get("action") or "")
    return Delivery(
        int(row["id"]), str(row["guid"]), event, action, int(row.get("status_code") or 0)
    )


def _ahead(headers: Mapping[str, str], asked: float) -> float | None:
    """How far our clock is ahead; GitHub's is told to the second, somewhere on the way."""
    told = {name.lower(): text for name, text in headers.items()}.get("date", "")
    try:
        theirs = parsedate_to_datetime(told).timestamp() + 0.5
    except (ValueError, OverflowError):
        return None
    return (asked + time.time()) / 2 - theirs


def remaining(settings: GitHubSettings, installation: int) -> dict[str, int]:
    """How many calls GitHub still takes this hour, by resource. Raises `GitHubFailed`."""
    token = settings.token
    if settings.is_app:
        token = App(settings)._token(installation, {"permissions": {"metadata": "read"}})
    found = github_calls.with_token(settings, token).read("/rate_limit")["resources"]
    return {name: int(found[name]["remaining"]) for name in ("core", "graphql") if name in found}


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
