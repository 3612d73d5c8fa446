"""What the pages ask the ledger. Nothing is asked without a `Sight`."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select

from webhooks import cases
from webhooks.pages.sight import Sight
from webhooks.tables import CASES, COVERAGE, GATES, LINES, REVIEWS, RULES

PAGE = 50
_FEW = 20
_MOST_COVERAGE = 2_000
Row = Mapping[str, Any]


class Filter(NamedTuple):
    """What of the ledger is wanted; "" for everything. *text* is looked for in path, rule and message."""

    repository: str = ""
    rule: str = ""
    state: str = ""
    severity: str = ""
    writer: str = ""
    text: str = ""

    def of(self) -> list[Any]:
        """Its conditions."""
        wanted = [
            CASES.c[name] == value
            for name, value in self._asdict().items()
            if value and name != "text"
        ]
        if self.text:
            columns = (CASES.c.path, CASES.c.rule, CASES.c.message, CASES.c.login)
            wanted.append(or_(*(each.icontains(self.text, autoescape=True) for each in columns)))
        return wanted


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [*connection.execute(query).mappings()]


def waiting(connection: Connection, sight: Sight, page: int) -> tuple[int, list[Row]]:
    """How many findings wait, and a page of them: whose pull request waits longest comes first."""
    wanted = and_(sight.of(CASES), CASES.c.state == cases.WAITING)
    count = connection.scalar(select(func.count()).select_from(CASES).where(wanted)) or 0
    oldest = func.min(CASES.c.raised).over(partition_by=[CASES.c.repository, CASES.c.number])
    chosen = (
        select(CASES.c.id, oldest.label("oldest"))
        .where(wanted)
        .order_by(oldest, CASES.c.repository, CASES.c.number, CASES.c.raised, CASES.c.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
        .subquery()
    )
    query = (
        select(CASES, RULES.c.title, RULES.c.owner)
        .join(chosen, chosen.c.id == CASES.c.id)
        .outerjoin(RULES, cases.of_rule())
        .order_by(chosen.c.oldest, CASES.c.repository, CASES.c.number, CASES.c.raised, CASES.c.id)
    )
    return count, _rows(connection, query)


def unreviewed(connection: Connection, sight: Sight) -> list[Row]:
    """Pull requests that were not reviewed in full, newest first; a person has to look at them."""
    query = select(GATES).where(sight.of(GATES), GATES.c.state == "error")
    return _rows(connection, query.order_by(GATES.c.at.desc()).limit(PAGE))


def titles(connection: Connection, pulls: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The titles of pull requests that are shown already."""
    found = {}
    for repository, number in pulls:
        query = select(REVIEWS.c.title).filter_by(repository=repository, number=number)
        title = connection.scalar(query.order_by(REVIEWS.c.id.desc()).limit(1)) or ""
        found[repository, number] = title.removeprefix(_prefix(title, repository, number))
    return found


def _prefix(title: str, repository: str, number: int) -> str:
    """`OWNER/NAME#12 `, which a review puts before a title."""
    prefix = f"{repository}#{number} "
    return title[: len(prefix)] if title.lower().startswith(prefix) else ""


class Pull(NamedTuple):
    """All that is known of a pull request; *reviews* are newest first."""

    reviews: list[Row]
    cases: list[Row]
    missed: list[Row]
    gate: Row | None
    lines: list[Row]
    title: str


def pull(connection: Connection, sight: Sight, repository: str, number: int) -> Pull | None:
    """A pull request; None where there is none that may be seen."""
    key = {"repository": repository, "number": number}
    query = select(REVIEWS).where(sight.of(REVIEWS)).filter_by(**key)
    reviews = _rows(connection, query.order_by(REVIEWS.c.id.desc()).limit(_FEW))
    if not reviews:
        return None
    told = (
        select(CASES, RULES.c.title, RULES.c.why, RULES.c.instead, RULES.c.owner)
        .outerjoin(RULES, cases.of_rule())
        .where(sight.of(CASES), CASES.c.repository == repository, CASES.c.number == number)
        .order_by(CASES.c.path, CASES.c.line, CASES.c.id)
    )
    missed = select(COVERAGE).filter_by(review=reviews[0]["id"]).limit(_MOST_COVERAGE)
    gates = _rows(connection, select(GATES).where(sight.of(GATES)).filter_by(**key))
    lines = select(LINES).where(sight.of(LINES)).filter_by(**key).order_by(LINES.c.lines.desc())
    title = titles(connection, [(repository, number)])[repository, number]
    return Pull(
        reviews, _rows(connection, told), _rows(connection, missed), gates[0] if gates else None,
        _rows(connection, lines), title,
    )  # fmt: skip


class RuleFigures(NamedTuple):
    """What became of a rule's findings: states to counts, and how many were raised week by week."""

    rule: str
    title: str
    states: Counter[str]
    weeks: tuple[int, ...]

    @property
    def raised(self) -> int:
        return self.states.total()

    @property
    def right(self) -> int:
        """Mended, or accepted with a reason."""
        return self.states[cases.FIXED] + self.states[cases.ACCEPTED]

    @property
    def judged(self) -> int:
        return self.right + self.states[cases.FALSE_POSITIVE]


def rules(connection: Connection, sight: Sight, since: int, until: int) -> list[RuleFigures]:
    """Every rule that raised something; weeks from *since* to *until*."""
    seen = sight.of(CASES)
    by_state = select(CASES.c.rule, CASES.c.state, func.count().label("n")).where(seen)
    by_week = select(CASES.c.rule, CASES.c.week, func.count().label("n")).where(seen)
    by_week = by_week.where(CASES.c.week >= since).group_by(CASES.c.week, CASES.c.rule)
    states = dict[str, Counter[str]]()
    weeks = defaultdict[str, Counter[int]](Counter)
    for row in connection.execute(by_state.group_by(CASES.c.rule, CASES.c.state)):
        states.setdefault(row.rule, Counter())[row.state] = row.n
    for row in connection.execute(by_week):
        weeks[row.rule][row.week] = row.n
    named = select(RULES.c.rule, func.max(RULES.c.title).label("title")).where(sight.of(RULES))
    names = {row.rule: row.title for row in connection.execute(named.group_by(RULES.c.rule))}
    return [
        RuleFigures(rule, names.get(rule, ""), found,
                    tuple(weeks[rule][week] for week in range(since, until + 1)))
        for rule, found in states.items()
    ]  # fmt: skip


def written(connection: Connection, sight: Sight, since: int) -> list[Row]:
    """Added lines by week and writer."""
    query = (
        select(LINES.c.week, LINES.c.writer, func.sum(LINES.c.lines).label("n"))
        .where(sight.of(LINES), LINES.c.week >= since)
        .group_by(LINES.c.week, LINES.c.writer)
    )
    return _rows(connection, query)


class WriterFigures(NamedTuple):
    """What somebody has written, and what became of what was found in it."""

    writer: str
    agents: str
    lines: int
    states: Counter[str]


def writers(connection: Connection, sight: Sight) -> list[WriterFigures]:
    """Everybody who wrote, whoever wrote most first."""
    who = LINES.c.writer, LINES.c.agents
    added = select(*who, func.sum(LINES.c.lines).label("n")).where(sight.of(LINES)).group_by(*who)
    lines = {(row.writer, row.agents): int(row.n) for row in connection.execute(added)}
    of = CASES.c.writer, CASES.c.agents, CASES.c.state
    found: dict[tuple[str, str], Counter[str]] = {}
    counted = select(*of, func.count().label("n")).where(sight.of(CASES)).group_by(*of)
    for row in connection.execute(counted):
        found.setdefault((row.writer, row.agents), Counter())[row.state] += row.n
    made = [
        WriterFigures(*name, lines.get(name, 0), found.get(name, Counter()))
        for name in {*lines, *found}
    ]
    return sorted(made, key=lambda each: (-each.lines, -each.states.total(), each.agents))


_SHOWN = (
    "raised", "changed", "repository", "number", "path", "line", "rule", "checker", "severity",
    "writer", "agents", "is_blocking", "state", "login", "reason", "message", "fingerprint",
)  # fmt: skip


def ledger(
    connection: Connection, sight: Sight, wanted: Filter, page: int
) -> tuple[int, list[Row]]:
    """How many findings a filter leaves, and a page of them, newest first."""
    where, newest = and_(sight.of(CASES), *wanted.of()), (CASES.c.raised.desc(), CASES.c.id.desc())
    chosen = select(CASES.c.id).where(where).order_by(*newest)
    chosen = chosen.limit(PAGE).offset(PAGE * (page - 1))
    if wanted.text:
        # Every text is read for this; so it is read once.
        found = [*connection.execute(chosen.add_columns(func.count().over().label("n")))]
        numbers, count = [row.id for row in found], found[0].n if found else None
    else:
        numbers, count = [*connection.scalars(chosen)], None
    if count is None:
        count = connection.scalar(select(func.count()).select_from(CASES).where(where)) or 0
    query = select(CASES).where(CASES.c.id.in_(numbers)).order_by(*newest)
    return count, _rows(connection, query)


def exported(connection: Connection, sight: Sight, wanted: Filter) -> Iterator[Row]:
    """All that a filter leaves, newest first, read as it is written."""
    columns = [CASES.c[name] for name in _SHOWN]
    query = select(*columns).where(sight.of(CASES), *wanted.of())
    query = query.order_by(CASES.c.raised.desc(), CASES.c.id.desc())
    found = connection.execution_options(yield_per=500).execute(query)
    yield from found.mappings()  # type: ignore[misc]


def choices(connection: Connection, sight: Sight) -> tuple[list[str], list[str]]:
    """The repositories and the rules that there are to choose from."""
    seen = sight.of(GATES), sight.of(RULES)
    repositories = select(GATES.c.repository).where(seen[0]).distinct().order_by(GATES.c.repository)
    named = select(RULES.c.rule).where(seen[1]).distinct().order_by(RULES.c.rule)
    return [*connection.scalars(repositories)], [*connection.scalars(named)]
