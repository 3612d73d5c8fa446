"""What GitHub says of the App: who it is, what it may, what it is told, and whether that arrives."""

import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.github_settings import GitHubSettings
from webhooks import manifest
from webhooks.diagnosis import Line, trouble

if TYPE_CHECKING:
    from bot.outside.github_app import App, Delivery

# GitHub takes a token that is dated a minute ahead at most; ours is dated a minute back.
_MOST_AHEAD = 30.0
# As many installations as a token is asked for, and as are named in one line.
_ENTERED, _NAMED = 20, 5


def lines(settings: GitHubSettings) -> Iterator[Line]:
    """All lines about GitHub."""
    from bot.errors import ArchitraveError
    from bot.outside.github_app import App
    from bot.outside.github_calls import GitHubFailed

    if not settings.is_app:
        yield from _token(settings)
        return
    try:
        app = App(settings)
    except ArchitraveError as error:
        yield trouble("credentials", error)
        return
    found = app.look()
    yield from clock(found.ahead)
    if found.refused:
        do = "Compare GITHUB_APP_ID and the private key with the App's page; then the clock."
        yield Line("problem", "credentials", found.refused, do)
        return
    page = str(found.app.get("html_url", "the App's page"))
    yield Line("ok", "credentials", f"GitHub App {found.app.get('slug')} ({page})")
    yield from rights(found.app.get("permissions") or {}, found.app.get("events") or ())
    questions: tuple[Callable[[], Iterator[Line]], ...] = (
        lambda: _installed(app, page),
        lambda: hook(app.hook()),
        lambda: delivered(app.deliveries(50)),
    )
    for ask in questions:
        try:
            yield from ask()
        except GitHubFailed as failed:
            yield Line("problem", "GitHub", str(failed), "Try again; see githubstatus.com.")


def _token(settings: GitHubSettings) -> Iterator[Line]:
    from bot.outside import github_calls
    from bot.outside.github_calls import GitHubFailed

    try:
        calls = github_calls.with_token(settings, settings.token)
        left = calls.read("/rate_limit")["resources"]["core"]
    except GitHubFailed as failed:
        yield Line("problem", "credentials", str(failed), "Make a new GITHUB_TOKEN.")
        return
    says = f"GITHUB_TOKEN is accepted, {left['remaining']} calls left this hour"
    do = "`review-service setup` makes an App: its gate cannot be forged, and missed deliveries are asked for."
    yield Line("warning", "credentials", f"{says}; it is no GitHub App", do)


def clock(ahead: float | None) -> Iterator[Line]:
    """How far this machine's clock is off; GitHub refuses the App where it is."""
    if ahead is None:
        return
    if abs(ahead) > _MOST_AHEAD:
        which = "ahead of" if ahead > 0 else "behind"
        says = f"this machine is {abs(ahead):.0f} s {which} GitHub"
        do = "Set it by NTP: GitHub refuses what the App signs when it is off by a minute or two."
        yield Line("problem" if abs(ahead) > 2 * _MOST_AHEAD else "warning", "clock", says, do)
    else:
        yield Line("ok", "clock", "as GitHub's")


def rights(permissions: Mapping[str, str], events: Sequence[str]) -> Iterator[Line]:
    """What the App may and is told, against what it needs."""
    where = "At the App's page, Permissions & events; then each installation has to accept it."
    if missing := manifest.missing(permissions):
        yield Line("problem", "permissions", f"missing: {', '.join(missing)}", where)
    for name in manifest.excess(permissions):
        says = f"too much: {manifest.worded(name, permissions[name])}"
        least = manifest.PERMISSIONS.get(name)
        do = f"Set it to {least}." if least else "Take it away."
        if name in manifest.GRAVE:
            says += f"; {manifest.GRAVE[name]}"
        yield Line("warning", "permissions", says, do)
    if not missing and not manifest.excess(permissions):
        yield Line("ok", "permissions", "what is needed, and no more")
    yield from _told(permissions, events, where)


def _told(permissions: Mapping[str, str], events: Sequence[str], where: str) -> Iterator[Line]:
    found = []
    if gone := manifest.missing_events(events):
        found.append(Line("problem", "events", f"missing: {', '.join(gone)}", where))
    if more := manifest.excess_events(events):
        do = "Unsubscribe: each of them is a delivery that nothing is done about."
        found.append(Line("warning", "events", f"too many: {', '.join(more)}", do))
    if manifest.has_half_a_queue(permissions, events):
        says = "Merge queues: read and the event merge_group belong together"
        found.append(Line("warning", "events", says, "Give the App both, or neither."))
    yield from found or [Line("ok", "events", "what is needed")]


def _installed(app: "App", page: str) -> Iterator[Line]:
    rows = [*app.installed()]
    if not rows:
        yield Line("warning", "installed", "nowhere yet", f"Install it: {page}/installations/new")
        return
    yield from accepted(rows)
    active = [row for row in rows if not row.get("suspended_at")]
    refused = [
        f"{_account(row)}: {why}"
        for row in active[:_ENTERED]
        if not manifest.missing(row.get("permissions") or {})
        and (why := app.can_enter(int(row["id"]), manifest.PERMISSIONS))
    ]
    if refused:
        do = "Look at the installation's page; GitHub gives no token for it."
        yield Line("problem", "installed", _some(refused), do)
    elif active:
        more = f"; {_ENTERED} of them were tried" if len(active) > _ENTERED else ""
        yield Line("ok", "installed", f"on {len(active)} accounts{more}")


def accepted(rows: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Installations that are suspended, or have not accepted what the App asks for."""
    rows = [*rows]
    if suspended := [_account(row) for row in rows if row.get("suspended_at")]:
        says = f"suspended: {_some(suspended)}"
        do = "Its owner can lift that under Settings, GitHub Apps."
        yield Line("warning", "installed", says, do)
    for row in rows:
        lacks = manifest.missing(row.get("permissions") or {})
        if lacks and not row.get("suspended_at"):
            says = f"{_account(row)} has not accepted: {', '.join(lacks)}"
            yield Line("problem", "installed", says, f"Its owner accepts it: {row['html_url']}")


def _account(row: Mapping[str, Any]) -> str:
    account = row.get("account")
    return str(account.get("login", "?")) if isinstance(account, dict) else "?"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def hook(found: Mapping[str, Any]) -> Iterator[Line]:
    """Where and how GitHub delivers."""
    address = str(found.get("url") or "")
    parts, where = urllib.parse.urlsplit(address), "At the App's page, Webhook."
    shown = f"{parts.scheme}://{parts.hostname}{parts.path}"
    wrong: list[tuple[str, str]] = []
    if not address:
        wrong.append(("GitHub has no webhook URL", f"Set https://YOUR.HOST{manifest.PATH}."))
    elif parts.path != manifest.PATH:
        wrong.append((f"GitHub delivers to {shown}", f"The path must be {manifest.PATH}."))
    if address and (parts.scheme != "https" or str(found.get("insecure_ssl", "0")) != "0"):
        wrong.append((f"{shown} is not protected by a verified TLS", "Use https, and verify it."))
    if found.get("content_type", "form") != "json":
        wrong.append(("deliveries are forms", "Set the content type to application/json."))
    if not found.get("secret"):
        wrong.append(("GitHub signs nothing: it has no webhook secret", "Set the same as here."))
    for says, do in wrong:
        yield Line("problem", "webhook", says, f"{where} {do}")
    if not wrong:
        yield Line("ok", "webhook", shown)


def delivered(found: Sequence["Delivery"]) -> Iterator[Line]:
    """How the newest deliveries went; of several tries of one only the newest counts."""
    newest: dict[str, Delivery] = {}
    for each in found:
        newest.setdefault(each.guid, each)
    rows = [*newest.values()]
    failed = [each for each in rows if not 200 <= each.status < 400]
    if not rows:
        do = "Open a pull request, or redeliver a ping at the App's page, Advanced."
        yield Line("warning", "deliveries", "none in the last days", do)
    elif failed:
        standing: Any = "problem" if rows[0] in failed else "warning"
        says = f"{len(failed)} of the last {len(rows)} failed, the newest of them {failed[0].guid}"
        yield Line(standing, "deliveries", says, _reason(failed[0].status))
    else:
        yield Line("ok", "deliveries", f"the last {len(rows)} arrived")


def _reason(status: int) -> str:
    if status == 401:
        return "It answered 401: the webhook secret at the App's page is not the one here."
    if status in (404, 405):
        return f"It answered {status}: the webhook URL must end in {manifest.PATH}."
    if not status:
        return "Nobody answered in ten seconds: does the service run, and can GitHub reach it?"
    return f"It answered {status}; the log of the service says why."
