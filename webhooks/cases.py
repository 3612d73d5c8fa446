"""What became of each finding of a pull request, from the review that raised it to its answer.

A finding is waiting as long as a person has to answer it, or it is advice. It ends as
fixed, by one of the answers that count, opened by an administrator, or with its pull request.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webhooks.tables import CASES, LINES, RULES

if TYPE_CHECKING:
    from bot.answers import Answer
    from bot.domain import Review
    from bot.offices import Gate

WAITING, TOLD, FIXED, OVERRIDDEN, CLOSED = "waiting", "advice", "fixed", "overridden", "closed"
RESOLVED, ACCEPTED, FALSE_POSITIVE = "resolved", "accepted", "false positive"
STATES = (WAITING, TOLD, FIXED, ACCEPTED, FALSE_POSITIVE, RESOLVED, OVERRIDDEN, CLOSED)
_DAY, _WEEK = 86_400, 604_800
_LONGEST_NAMES = 200


def week(moment: float) -> int:
    """The number of a moment's week, which begins on Monday, in UTC."""
    return int((moment + 3 * _DAY) // _WEEK)


def monday(number: int) -> float:
    """The moment at which a week begins."""
    return float(number * _WEEK - 3 * _DAY)


def of_rule() -> ColumnElement[bool]:
    """The condition that a row of RULES is about the rule of a case, in its repository."""
    return and_(RULES.c.repository == CASES.c.repository, RULES.c.rule == CASES.c.rule)


def note(connection: Connection, key: dict[str, Any], gate: "Gate") -> None:
    """Bring the cases of a pull request to what a gate says. *key*: repository, number, installation."""
    now, known = time.time(), _of(connection, key)
    if gate.review is None and not gate.head:
        # Nothing is known of the newest commit; what was waiting waits no longer only if all is over.
        values = {"state": CLOSED, "changed": now}
        for row in known if gate.is_closed else ():
            if row["state"] == WAITING:
                _update(connection, row, values)
        return
    found: set[str] | None = None
    if gate.review is not None:
        told = _told(gate.review)
        _raise(connection, key, {row["fingerprint"]: row for row in known}, told, now)
        _write_down(connection, key, gate.review, now)
        known = _of(connection, key)
        is_whole = all(each.standing not in ("skipped", "failed") for each in gate.review.coverage)
        # What was not looked at is not gone; what was gone before is not back.
        kept = () if is_whole else (row for row in known if row["state"] != FIXED)
        found = {*told, *(row["fingerprint"] for row in kept)}
    answers = {(each.fingerprint, each.code): each for each in gate.answered}
    for row in known:
        is_gone = row["fingerprint"] not in found if found is not None else row["state"] == FIXED
        values = _standing(row, answers.get((row["fingerprint"], row["code"])), gate, is_gone)
        values["thread"] = gate.threads.get(row["fingerprint"], row["thread"])
        if values["state"] != row["state"]:
            values["changed"] = now
        if any(row[name] != value for name, value in values.items()):
            _update(connection, row, values)


def _standing(
    row: Mapping[str, Any], answer: "Answer | None", gate: "Gate", is_gone: bool
) -> dict[str, Any]:
    """How a case stands: by its answer, by the code that is gone, by the gate."""
    is_worded = answer is not None and answer.kind in (ACCEPTED, FALSE_POSITIVE)
    if answer is not None and (is_worded or not is_gone):
        return {"state": answer.kind, "login": answer.by.login, "reason": answer.reason}
    state = WAITING if row["is_blocking"] else TOLD
    if is_gone:
        state = FIXED
    elif state == WAITING and gate.state == "success":
        state = OVERRIDDEN
    elif state == WAITING and gate.is_closed:
        state = CLOSED
    return {"state": state, "login": "", "reason": ""}


def _of(connection: Connection, key: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = select(CASES).filter_by(repository=key["repository"], number=key["number"])
    return [*connection.execute(rows).mappings()]


def _update(connection: Connection, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    connection.execute(update(CASES).where(CASES.c.id == row["id"]).values(**values))


def _told(review: "Review") -> dict[str, dict[str, Any]]:
    """The findings that were told, as rows by fingerprint."""
    from bot import wording
    from bot.comments import MOST_QUOTED

    return {
        each.fingerprint: {
            "code": each.version,
            "rule": each.rule,
            "checker": each.checker,
            "path": wording.visible(each.path),
            "line": each.start_line,
            "severity": each.severity,
            "writer": each.authorship,
            "agents": " and ".join(each.agents)[:_LONGEST_NAMES],
            "message": wording.message(each),
            "quote": "\n".join(wording.lines_of(each.quote)[:MOST_QUOTED]),
            "is_blocking": each in review.blocking,
        }
        for each in review.findings
        if each in review.blocking or each.label in ("introduced", "worsened")
    }


def _raise(
    connection: Connection,
    key: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    told: Mapping[str, dict[str, Any]],
    now: float,
) -> None:
    """Make the cases that are new, and let those that are not tell of the newest code."""
    fresh = [
        {**key, "fingerprint": name, **row, "state": WAITING if row["is_blocking"] else TOLD}
        | {"login": "", "reason": "", "thread": 0, "week": week(now)}
        | {"raised": now, "changed": now}
        for name, row in told.items()
        if name not in known
    ]
    if fresh:
        connection.execute(insert(CASES), fresh)
    for name, row in told.items():
        if name in known and any(known[name][column] != row[column] for column in row):
            _update(connection, known[name], row)


def _write_down(
    connection: Connection, key: Mapping[str, Any], review: "Review", now: float
) -> None:
    """What the rules say that were broken, and who wrote how many lines."""
    repository, on = {"repository": key["repository"]}, {"installation": key["installation"]}
    for name in sorted({each.rule for each in review.findings} & {*review.rules}):
        rule = review.rules[name]
        text = {"title": rule.title, "why": rule.why, "instead": rule.instead, "owner": rule.owner}
        _write_rule(connection, repository | {"rule": name}, text | on | {"at": now})
    counted = Counter[tuple[str, str]]()
    for stretches in review.authorship.files.values():
        for each in stretches:
            who = each.writer, " and ".join(each.agents)[:_LONGEST_NAMES]
            counted[who] += each.end - each.start + 1
    pull = repository | {"number": key["number"]}
    connection.execute(delete(LINES).filter_by(**pull))
    for (writer, agents), lines in counted.items():
        row = {"writer": writer, "agents": agents, "lines": lines, "week": week(now), "at": now}
        connection.execute(insert(LINES).values(**pull, **row, **on))


def _write_rule(connection: Connection, key: dict[str, Any], row: dict[str, Any]) -> None:
    """What a rule says now. Reviews of one repository write the same rules at the same time: the later
    one wins, and none fails by it."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    made = make(RULES).values(**key, **row)
    connection.execute(made.on_conflict_do_update(index_elements=[*key], set_=row))
