"""The pages: an address, what is asked of the ledger for it, and the template that shows it."""

import logging
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from flask import Blueprint, Request, abort, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from webhooks import cases
from webhooks.pages import exports, figures, health, questions
from webhooks.pages import pull as telling
from webhooks.pages.paper import HEADERS, Paper
from webhooks.pages.questions import PAGE, Filter
from webhooks.pages.sight import Sight

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

_log = logging.getLogger("architrave")
# What anybody may have: a style sheet, a drawing, and the ways in.
_OPEN = frozenset({"style", "icon", "offer", "begin", "arrive", "leave", "enter"})
_WEEKS, _YEAR_HALF = 12, 26
_WRITERS = ("ai", "human", "automation", "unknown")
_MOST_PAGE, _LONGEST_FILTER = 100_000, 200
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#1d5a63" d="M2 4h28v3H2z'
    'M4 9h24v4H4zM6 15h4v12H6zM14 15h4v12h-4zM22 15h4v12h-4zM3 28h26v2H3z"/></svg>'
)


class Door(Protocol):
    """Decides who may see what."""

    def look(self, asked: Request) -> Sight | Response:
        """What whoever asks may see, or the answer they get instead."""

    def add(self, pages: Blueprint) -> None:
        """Add addresses of its own."""


class Desk(NamedTuple):
    """What pages are made of."""

    engine: "Engine"
    client: "DBOSClient"
    paper: Paper
    door: Door


def blueprint(desk: Desk) -> Blueprint:
    """All pages."""
    pages = Blueprint("pages", __name__)

    @pages.before_request
    def admit() -> Response | None:
        if (request.endpoint or "").rpartition(".")[2] in _OPEN:
            return None
        found = desk.door.look(request)
        if isinstance(found, Response):
            return found
        g.sight = found
        return None

    acts = {
        "/": waiting,
        "/pulls/<owner>/<name>/<int:number>": pull,
        "/rules": rules,
        "/authorship": authorship,
        "/ledger": ledger,
        "/ledger.<kind>": export,
        "/health": state,
    }
    for path, act in acts.items():
        pages.add_url_rule(path, act.__name__, _bound(act, desk))
    pages.add_url_rule("/assets/<name>", "style", lambda name: _style(desk.paper, name))
    pages.add_url_rule("/assets/icon.svg", "icon", _icon)
    desk.door.add(pages)
    pages.register_error_handler(Exception, lambda error: _failed(error, desk.paper))
    return pages


def _bound(act: Any, desk: Desk) -> Any:
    return lambda **given: act(desk, g.sight, **given)


def _failed(error: Exception, paper: Paper) -> Response:
    if isinstance(error, HTTPException) and error.code == 404:
        return paper.note("not-found", 404, sight=g.get("sight"))
    if isinstance(error, HTTPException):
        return paper.note("forged", error.code or 400, sight=g.get("sight"))
    _log.error("a page failed", exc_info=error)
    return paper.note("failed", 500, sight=g.get("sight"))


def _style(paper: Paper, name: str) -> Response:
    if name != f"{paper.digest}.css":
        abort(404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(paper.style, content_type="text/css; charset=utf-8", headers=kept)


def _icon() -> Response:
    kept = {"Cache-Control": "public, max-age=86400"}
    return Response(_ICON, content_type="image/svg+xml", headers=kept)


def _page() -> int:
    text = request.args.get("page", "1")
    return min(max(int(text), 1), _MOST_PAGE) if text.isascii() and text.isdecimal() and len(text) < 9 else 1  # fmt: skip


class Turning(NamedTuple):
    """Where one is in a long list, and the addresses of the pages beside."""

    first: int
    last: int
    total: int
    newer: str
    older: str


def _turning(count: int, shown: int, page: int, path: str, query: Mapping[str, str]) -> Turning:
    def address(number: int) -> str:
        return f"{path}?{urllib.parse.urlencode({**query, 'page': number})}"

    first = PAGE * (page - 1) + 1 if shown else 0
    return Turning(
        first, first + shown - 1 if shown else 0, count,
        address(page - 1) if page > 1 else "",
        address(page + 1) if page * PAGE < count else "",
    )  # fmt: skip


def waiting(desk: Desk, sight: Sight) -> Response:
    """The findings that wait for a person, by pull request, the oldest first."""
    page = _page()
    with desk.engine.connect() as connection:
        count, rows = questions.waiting(connection, sight, page)
        missed = questions.unreviewed(connection, sight)
        pulls = dict.fromkeys((row["repository"], row["number"]) for row in (*rows, *missed))
        titles = questions.titles(connection, [*pulls])
    groups: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        groups.setdefault((row["repository"], row["number"]), []).append(row)
    return desk.paper.page(
        "waiting", sight, "/", count=count, groups=groups, missed=missed, titles=titles,
        now=time.time(), turning=_turning(count, len(rows), page, "/", {}),
    )  # fmt: skip


def pull(desk: Desk, sight: Sight, owner: str, name: str, number: int) -> Response:
    """A pull request."""
    repository = f"{owner}/{name}".lower()
    if not sight.has(repository) or number >= 1 << 31:
        abort(404)
    with desk.engine.connect() as connection:
        found = questions.pull(connection, sight, repository, number)
    if found is None:
        abort(404)
    story = telling.story_of(found, lambda thread: desk.paper.pull_url(repository, number, thread))
    return desk.paper.page(
        "pull", sight, story=story, pull=found, repository=repository, number=number,
        now=time.time(),
    )  # fmt: skip


class RuleLine(NamedTuple):
    """A rule as it is listed."""

    figures: questions.RuleFigures
    precision: figures.Interval
    is_noisy: bool
    spark: figures.Spark


def rules(desk: Desk, sight: Sight) -> Response:
    """What became of each rule's findings."""
    now = cases.week(time.time())
    with desk.engine.connect() as connection:
        found = questions.rules(connection, sight, now - _WEEKS + 1, now)
    lines = []
    for each in found:
        precision = figures.wilson(each.right, each.judged)
        noisy = figures.is_noisy(precision)
        lines.append(RuleLine(each, precision, noisy, figures.spark(each.weeks)))
    lines.sort(key=lambda line: (not line.is_noisy, -line.figures.raised, line.figures.rule))
    return desk.paper.page("rules", sight, "/rules", lines=lines, weeks=_WEEKS, bar=figures.BAR)


def authorship(desk: Desk, sight: Sight) -> Response:
    """Who wrote what was reviewed, and what became of what was found in it."""
    now = cases.week(time.time())
    since = now - _YEAR_HALF + 1
    with desk.engine.connect() as connection:
        rows = questions.written(connection, sight, since)
        writers = questions.writers(connection, sight)
    # No empty half year before the first review.
    since = min([row["week"] for row in rows] + [now - _WEEKS + 1])
    weeks: list[dict[str, int]] = [{} for _ in range(since, now + 1)]
    totals = dict.fromkeys(_WRITERS, 0)
    for row in rows:
        if row["week"] <= now:
            weeks[row["week"] - since][row["writer"]] = int(row["n"])
            totals[row["writer"]] = totals.get(row["writer"], 0) + int(row["n"])
    return desk.paper.page(
        "authorship", sight, "/authorship", blocks=figures.columns(weeks, _WRITERS), totals=totals,
        total=sum(totals.values()), writers=writers, first=_day(cases.monday(since)),
        last=_day(cases.monday(now)),
    )  # fmt: skip


def _day(moment: float) -> str:
    return time.strftime("%-d %B", time.gmtime(moment))


def _filter(given: Mapping[str, str]) -> Filter:
    values = {name: given.get(name, "").strip()[:_LONGEST_FILTER] for name in Filter._fields}
    return Filter(**values)._replace(repository=values["repository"].lower())


def ledger(desk: Desk, sight: Sight) -> Response:
    """All findings, as a filter leaves them."""
    wanted, page = _filter(request.args), _page()
    with desk.engine.connect() as connection:
        count, rows = questions.ledger(connection, sight, wanted, page)
        repositories, names = questions.choices(connection, sight)
    query = {name: value for name, value in wanted._asdict().items() if value}
    return desk.paper.page(
        "ledger", sight, "/ledger", rows=rows, wanted=wanted, repositories=repositories,
        rules=names, states=cases.STATES, writers=_WRITERS, now=time.time(),
        turning=_turning(count, len(rows), page, "/ledger", query),
        query=urllib.parse.urlencode(query),
    )  # fmt: skip


def export(desk: Desk, sight: Sight, kind: str) -> Response:
    """The same as a file."""
    kinds = {"csv": (exports.as_csv, "text/csv"), "json": (exports.as_json, "application/json")}
    if kind not in kinds:
        abort(404)
    write, content_type = kinds[kind]
    wanted = _filter(request.args)

    def told() -> Iterable[str]:
        with desk.engine.connect() as connection:
            yield from write(questions.exported(connection, sight, wanted))

    named = {"Content-Disposition": f'attachment; filename="architrave-ledger.{kind}"'}
    return Response(told(), content_type=f"{content_type}; charset=utf-8", headers={**HEADERS, **named})  # fmt: skip


def state(desk: Desk, sight: Sight) -> Response:
    """How the service does."""
    queues, is_more = health.queues(desk.client, sight)
    failures = health.failures(desk.client, sight)
    with desk.engine.connect() as connection:
        spent = health.spent(connection, sight)
        deliveries = health.deliveries(connection, sight)
        queues.insert(0, health.inbox(connection, sight))
    return desk.paper.page(
        "health", sight, "/health", queues=queues, is_more=is_more, failures=failures, spent=spent,
        deliveries=deliveries, now=time.time(),
    )  # fmt: skip
