"""A pull request as a story: rows of the ledger as the `Story` that pages and files tell alike."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot import wording
from bot.domain import Coverage
from bot.publishers.html import Group, Item, Story
from webhooks import cases
from webhooks.pages.questions import Pull

_VERDICTS = {"failure": "blocked", "success": "passed"}
_GROUPS = (
    ("To be answered", "Resolve the conversation on GitHub, or reply there with a reason.", (cases.WAITING,)),
    ("Answered", "", (cases.ACCEPTED, cases.FALSE_POSITIVE, cases.RESOLVED, cases.OVERRIDDEN)),
    ("Advice", "Nobody has to answer these.", (cases.TOLD,)),
    ("Fixed since", "A later commit no longer has them.", (cases.FIXED,)),
    ("Never answered", "The pull request was closed before.", (cases.CLOSED,)),
)  # fmt: skip
_ANSWERS = {
    cases.ACCEPTED: "accepted it",
    cases.FALSE_POSITIVE: "says that it is wrong",
    cases.RESOLVED: "resolved the conversation",
}
_Row = Mapping[str, Any]


def story_of(pull: Pull, link: Callable[[int], str]) -> Story:
    """The newest review, and what became of everything that was found. *link* leads to a thread."""
    newest, gate = pull.reviews[0], pull.gate
    is_current = gate is not None and gate["head"] == newest["head"]
    says = gate["says"] if gate is not None and is_current else newest["says"]
    state = gate["state"] if gate is not None and is_current else newest["state"]
    judged = str(_VERDICTS.get(state, newest["verdict"]))
    verdict = "incomplete" if newest["files_missed"] else judged
    coverage = [
        Coverage(row["path"], row["checker"], row["standing"], row["reason"]) for row in pull.missed
    ]
    return Story(
        pull.title,
        verdict,
        f"{says.rstrip('.')}.",
        tuple(newest["brief"].split("\n")) if newest["brief"] else (),
        tuple(group for group in _groups(pull.cases, link) if group.items),
        tuple(wording.unlooked(coverage)),
        _facts(newest),
    )


def _groups(rows: Iterable[_Row], link: Callable[[int], str]) -> Iterable[Group]:
    found = [*rows]
    for name, says, states in _GROUPS:
        items = tuple(_item(row, link) for row in found if row["state"] in states)
        yield Group(name, says, items)


def _item(row: _Row, link: Callable[[int], str]) -> Item:
    by = {"ai": f"by {row['agents'] or 'an agent'}", "human": "by a person"}.get(row["writer"], "")
    owner = f"answers: {row['owner']}" if row["owner"] and row["state"] == cases.WAITING else ""
    return Item(
        row["severity"],
        row["title"] or row["rule"],
        row["rule"],
        f"{row['path']}:{row['line']}",
        row["line"],
        row["message"],
        row["quote"],
        row["why"] or "",
        row["instead"] or "",
        mark="" if row["state"] in (cases.WAITING, cases.TOLD, cases.FIXED) else row["state"],
        by=", ".join(filter(None, (by, owner))),
        answer=_answer(row),
        link=link(row["thread"]) if row["state"] in (cases.WAITING, *_ANSWERS) else "",
    )


def _answer(row: _Row) -> str:
    if row["state"] not in _ANSWERS:
        return ""
    reason = f": {row['reason']}" if row["reason"] else "."
    return f"{row['login']} {_ANSWERS[row['state']]}{reason}"


def _facts(newest: _Row) -> tuple[tuple[str, str], ...]:
    money = "" if newest["usd"] is None else f"{newest['usd']:.2f} US dollars"
    models = (
        f"{newest['calls']} calls, {newest['tokens']:,} tokens" if newest["calls"] else "no model"
    )
    reviewed = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(newest["at"]))
    facts = (
        ("Reviewed", reviewed),
        ("Head", newest["head"][:12]),
        ("Base", newest["base"][:12]),
        ("Took", f"{newest['seconds']:.1f} s"),
        ("Model", models),
        ("Cost", money if newest["calls"] else ""),
    )
    return tuple((name, value) for name, value in facts if value)
