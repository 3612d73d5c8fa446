"""A review as one page that needs nothing else: no script, no font, no picture, no network.

The service shows its reviews by the same `Story`, the same template and the same style sheet.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from bot import wording
from bot.domain import BLOCKING_LABELS, Finding, Review
from bot.publishers import Paper

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "templates")
STYLE = "architrave.css"
_CODE = re.compile(r"`([^`\n]+)`")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_LONGEST_TITLE = 300


class Item(NamedTuple):
    """A finding as a page shows it; every text may be foreign. *mark* is a word on how it stands,
    *link* an address where it can be answered, *answer* what a person has said to it."""

    severity: str
    title: str
    rule: str
    place: str
    line: int
    message: str
    quote: str
    why: str
    instead: str
    mark: str = ""
    by: str = ""
    answer: str = ""
    link: str = ""


class Group(NamedTuple):
    """Findings that stand alike. *says* is a sentence for whoever sees it the first time."""

    name: str
    says: str
    items: tuple[Item, ...]


class Story(NamedTuple):
    """A review as it is read. *brief* are sentences, *missed* what was not checked and why, *facts*
    names with values."""

    title: str
    verdict: str
    says: str
    brief: tuple[str, ...]
    groups: tuple[Group, ...]
    missed: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def render(review: Review, paper: Paper) -> str:
    """The page, with its style sheet in it, and nothing else allowed."""
    style = stylesheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment().get_template("review.html")
    return page.render(story=story_of(review, paper.verbose), style=style, digest=digest) + "\n"


def environment(*folders: str) -> "Environment":
    """Templates of ours, before them those in *folders*; whatever is put into them is text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["prose"], made.filters["inline"] = prose, inline
    return made


def _finished(value: Any) -> Any:
    """Nothing that is put into a page is unseen; markup is ours."""
    return wording.visible(value) if type(value) is str else value


def stylesheet() -> str:
    """The style sheet's text."""
    with open(os.path.join(FOLDER, STYLE), encoding="utf-8") as file:
        return file.read()


def prose(text: str) -> "Markup":
    """A rule's Markdown as paragraphs, of which only `inline code` is kept."""
    from markupsafe import Markup

    paragraphs = [" ".join(each.split()) for each in _PARAGRAPHS.split(text)]
    return Markup().join(
        Markup("<p>{}</p>").format(inline(wording.visible(each))) for each in paragraphs if each
    )


def inline(text: str) -> "Markup":
    """A sentence, of which only `inline code` is kept."""
    from markupsafe import Markup

    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(_CODE.split(text))
    )


def story_of(review: Review, verbose: bool = False) -> Story:
    """What a review tells; what was there before only when that is asked for."""
    change, shown = review.change, wording.shown(review, verbose)
    waiting = [each for each in shown if each in review.blocking]
    advice = [e for e in shown if e.label in BLOCKING_LABELS and e not in review.blocking]
    moved = [e for e in shown if e.label in ("moved", "pre-existing")]
    fixed = [each for each in shown if each.label == "fixed"]
    groups = (
        Group("To be answered", "A person decides: mend it, or say why it stays.", _of(waiting, review)),
        Group("Advice", "Nobody has to answer these.", _of(advice, review)),
        Group("There before", "Not brought about by this change.", _of(moved, review)),
        Group("Fixed by this change", "", _of(fixed, review)),
    )  # fmt: skip
    facts = [("Base", change.base[:12]), ("Head", change.head[:12]), ("Rules from", change.trusted[:12])]  # fmt: skip
    return Story(
        wording.visible(change.title)[:_LONGEST_TITLE],
        review.verdict,
        wording.verdict(review),
        tuple(wording.brief(review)),
        tuple(group for group in groups if group.items),
        tuple(wording.unchecked(review)),
        tuple((name, value) for name, value in facts if value),
    )


def _of(findings: Iterable[Finding], review: Review) -> tuple[Item, ...]:
    return tuple(_item(each, review) for each in findings)


def _item(finding: Finding, review: Review) -> Item:
    rule = review.rules.get(finding.rule)
    signs = (wording.writer(finding), wording.judgement(finding))
    advice = f"{wording.repair(finding)} {rule.instead if rule else ''}".strip()
    return Item(
        finding.severity,
        wording.title(finding, review),
        finding.rule,
        wording.place(finding),
        finding.start_line,
        wording.message(finding),
        "\n".join(quoted(finding.quote)),
        rule.why if rule else "",
        advice,
        mark="" if finding.label in ("introduced", "fixed") else finding.label,
        by=", ".join(filter(None, signs)),
    )


def quoted(text: str) -> Sequence[str]:
    """The lines of a quote, nothing in them unseen."""
    return wording.lines_of(text.rstrip("\n")) if text else []
