"""What the bot writes on a pull request: a comment for a finding, a brief for the review.

Everything foreign in it is escaped where it is put in; the frame is ours.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot import wording
from bot.domain import BLOCKING_LABELS, SEVERITIES, Finding, Review, Rule
from bot.placement import Spot
from bot.publishers.markdown import escape, fence

# GitHub refuses longer ones; room is left for marks.
MOST_CHARACTERS = 65_536
_ROOM = 60_000
MOST_QUOTED = 12
_MOST_LISTED = 100
_MOST_DECISIONS = 5
_SUGGESTED_LINES = 10
# What a person has to decide, by the checker that tells it.
_DECISIONS = {
    "api_contract": "a contract changes",
    "schema_contract": "a contract changes",
    "imports": "a border is crossed",
    "dependencies": "a dependency comes or goes",
    "suppressions": "a check is silenced",
    "configuration": "a check is silenced",
    "guarded": "a guarded file changes",
    "tests": "a test insists on less",
    "judge": "a model suspects a breach of architecture",
}


def comment(spot: Spot, review: Review, mark: str) -> str:
    """A comment: what, why, evidence, what instead, how to answer."""
    return "\n".join(_comment(spot, review)) + f"\n{mark}"


def _comment(spot: Spot, review: Review) -> Iterator[str]:
    finding = spot.finding
    must = "must be answered" if finding in review.blocking else "advice"
    yield f"**{escape(wording.title(finding, review))}** · {finding.severity}, {must}"
    yield ""
    yield escape(_cut(wording.message(finding), 600))
    if spot.aside:
        yield f"\n_{escape(spot.aside)}_"
    if spot.line is None or spot.aside or finding.checker == "judge":
        yield from _quoted(finding)
    if told := wording.why(finding, review):
        yield f"\n**Why:** {told}"
    said = f"{escape(wording.repair(finding))} {wording.advice(finding, review)}".strip()
    if said:
        yield f"\n**Instead:** {said}"
    yield from _suggestion(spot, review)
    yield from _prompt(finding, review)
    signs = [f"`{finding.rule}`", wording.judgement(finding), escape(wording.writer(finding))]
    yield f"\n<sub>{' · '.join(sign for sign in signs if sign)}{_how(finding, review)}</sub>"


def _how(finding: Finding, review: Review) -> str:
    if finding not in review.blocking:
        return ""
    return " · resolve this conversation, or reply `accept: why` or `false-positive: why`"


def _quoted(finding: Finding) -> Iterator[str]:
    if finding.quote:
        marks, lines = fence("\n".join(finding.quote.split("\n")[:MOST_QUOTED]))
        yield f"\n{marks}{wording.language(finding.path)}"
        yield from lines
        yield marks


def _prompt(finding: Finding, review: Review) -> Iterator[str]:
    rule = review.rules.get(finding.rule)
    text = (
        f"In {finding.path}, line {finding.start_line}: {finding.message}\n"
        f"Rule {finding.rule}: {rule.title if rule else ''}\n"
        f"{wording.instead(finding, review)}\n"
        "Change the cause; weaken no rule, test or setting, and silence no check."
    )
    marks, lines = fence(text)
    yield "\n<details><summary>For your coding agent</summary>\n"
    yield f"{marks}text"
    yield from lines
    yield f"{marks}\n\n</details>"


def _suggestion(spot: Spot, review: Review) -> Iterator[str]:
    """A block that a person can apply: only a repair that its tool vouches for, within the lines."""
    finding = spot.finding
    if finding.fix is None or not finding.fix.safe or spot.line is None or spot.aside:
        return
    first = spot.start_line or spot.line
    edits = finding.fix.edits
    inside = all(first <= e.start_line and e.end_line <= spot.line for e in edits)
    lines = review.texts.get(finding.path, ())
    if not edits or not inside or spot.line > len(lines) or spot.line - first >= _SUGGESTED_LINES:
        return
    before = list(lines[first - 1 : spot.line])
    after = _applied(before, first, finding)
    # An empty suggestion deletes the lines, and an unchanged one is refused.
    if after is None or after == before or not after:
        return
    longest = fence("\n".join(after))[0]
    yield f"\n{longest}suggestion"
    yield from after
    yield longest


def _applied(lines: Sequence[str], first: int, finding: Finding) -> list[str] | None:
    assert finding.fix is not None
    text = list(lines)
    for edit in sorted(finding.fix.edits, key=lambda e: (e.start_line, e.start_column))[::-1]:
        top, bottom = edit.start_line - first, edit.end_line - first
        if bottom >= len(text):
            return None
        head = text[top][: edit.start_column - 1]
        tail = text[bottom][edit.end_column - 1 :]
        text[top : bottom + 1] = (head + edit.text + tail).split("\n")
    return text


class Extras(NamedTuple):
    """What a brief tells besides the review: spots without room for a comment, and what is answered."""

    beyond: tuple[Spot, ...] = ()
    answered: int = 0
    waiting: int = 0
    notes: tuple[str, ...] = ()


def brief(review: Review, extras: Extras, mark: str) -> str:
    """The body of a review: the verdict, what a person has to decide, who wrote it, what was seen."""
    text = "\n".join(_brief(review, extras))
    if len(text) > _ROOM:
        text = text[:_ROOM].rpartition("\n")[0] + "\n\n(cut: the list is longer than GitHub takes)"
    return f"{text}\n{mark}"


def _brief(review: Review, extras: Extras) -> Iterator[str]:
    yield f"### Architrave: {headline(review, extras.waiting)}"
    for note in (*review.change.notes, *extras.notes):
        yield f"\n> {escape(note)}"
    decisions = _decisions(review)
    if decisions:
        yield "\n**For a person to decide**\n"
        yield from decisions
    missed = wording.unchecked(review)
    if missed:
        yield "\n**Not checked**\n"
        yield from (f"- {escape(_cut(text, 400))}" for text in missed[:_MOST_LISTED])
    if extras.beyond:
        yield f"\n**Without a comment of their own** ({len(extras.beyond)})\n"
        for spot in extras.beyond[:_MOST_LISTED]:
            yield f"- {_line(spot.finding, review)}"
        if len(extras.beyond) > _MOST_LISTED:
            yield f"- and {len(extras.beyond) - _MOST_LISTED} more"
    yield "\n" + " ".join(f"{part}." for part in _facts(review) if part)


def headline(review: Review, waiting: int) -> str:
    """The verdict in one line."""
    waits = (
        f"{wording.plural(waiting, 'finding')} {'waits' if waiting == 1 else 'wait'} for a human"
    )
    if review.verdict == "incomplete":
        missed = len({entry.path for entry in wording.missing(review.coverage)})
        also = f"; {waits}" if waiting else ""
        return f"not fully reviewed ({wording.plural(missed, 'file')} not checked{also})"
    return waits if waiting else "nothing has to be answered"


def _decisions(review: Review) -> list[str]:
    chosen = [
        finding
        for finding in review.findings
        if finding.checker in _DECISIONS and finding.label in BLOCKING_LABELS
    ]
    chosen.sort(key=lambda each: (each not in review.blocking, SEVERITIES.index(each.severity)))
    return [
        f"{number}. {_DECISIONS[finding.checker]}: {_line(finding, review)}"
        for number, finding in enumerate(chosen[:_MOST_DECISIONS], 1)
    ]


def _line(finding: Finding, review: Review) -> str:
    return f"{escape(wording.place(finding))}: {escape(_cut(wording.message(finding), 200))} (`{finding.rule}`)"


def _facts(review: Review) -> Iterator[str]:
    yield escape(wording.counts(review))
    yield escape(wording.written_by(review.authorship))
    yield escape(wording.checked(review))
    yield escape(wording.asked(review))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def refusal(reason: str, mark: str) -> str:
    """What the bot replies, once, to an answer that does not count."""
    return f"This stays open: {escape(reason)}.\n{mark}"


def gone(mark: str) -> str:
    """What the bot replies where a finding is no longer there."""
    return f"This is no longer found at the newest commit.\n{mark}"


def explained(rule: Rule) -> str:
    """A rule in full, for whoever asks why."""
    parts = [f"**{escape(rule.title)}** (`{rule.id}`)"]
    parts += [f"**{name}**\n\n{text.strip()}" for name, text in rule.sections.items() if text]
    return "\n\n".join(parts)[:_ROOM]
