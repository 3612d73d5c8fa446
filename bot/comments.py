"""What the bot writes on a pull request: a comment for a finding, a brief for the review.

Everything foreign in it is escaped where it is put in; the frame is ours.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot import wording
from bot.domain import BLOCKING_LABELS, SEVERITIES, Finding, Review, Rule
from bot.foreign import COMMAND, code_span, fence, markdown, plain
from bot.placement import Spot

# GitHub refuses longer ones.
MOST_CHARACTERS = 65_536
_CUT = "\n\n(cut: the list is longer than GitHub takes)"
_MOST_SAID = 1_000
MOST_QUOTED = 12
_LONGEST_LINE = 600
_LONGEST_SUGGESTION = 4_000
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
    yield f"**{markdown(wording.title(finding, review), 200)}** · {finding.severity}, {must}"
    yield ""
    yield markdown(wording.message(finding), 600)
    if spot.aside:
        yield f"\n_{markdown(spot.aside, 400)}_"
    if finding.quote and (spot.line is None or spot.aside or finding.checker == "judge"):
        quoted = finding.quote.split("\n")[:MOST_QUOTED]
        yield "\n" + _code(quoted, wording.language(finding.path))
    if told := wording.why(finding, review):
        yield f"\n**Why:** {told[:_MOST_SAID]}"
    advice = wording.advice(finding, review)[:_MOST_SAID]
    said = f"{markdown(wording.repair(finding), 600)} {advice}".strip()
    if said:
        yield f"\n**Instead:** {said}"
    yield from _suggestion(spot, review)
    yield from _prompt(finding, review)
    signs = [
        code_span(finding.rule),
        wording.judgement(finding),
        markdown(wording.writer(finding), 200),
    ]
    yield f"\n<sub>{' · '.join(sign for sign in signs if sign)}{_how(finding, review)}</sub>"


def _how(finding: Finding, review: Review) -> str:
    if finding not in review.blocking:
        return ""
    return " · resolve this conversation, or reply `accept: why` or `false-positive: why`"


def _code(lines: Sequence[str], language: str) -> str:
    """Lines as a block of code. None of them begins as a command does: programs read the raw text."""
    shown = [_cut(line, _LONGEST_LINE) for line in lines]
    return fence("\n".join(f" {s}" if COMMAND.match(s) else s for s in shown), language)


def _prompt(finding: Finding, review: Review) -> Iterator[str]:
    rule = review.rules.get(finding.rule)
    lines = [
        f"In {finding.path}, line {finding.start_line}: {finding.message}",
        f"Rule {finding.rule}: {rule.title if rule else ''}",
        wording.instead(finding, review),
        "Change the cause; weaken no rule, test or setting, and silence no check.",
    ]
    yield "\n<details><summary>For your coding agent</summary>\n"
    yield _code([" ".join(line.split()) for line in lines], "text")
    yield "\n</details>"


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
    if after is None or not _is_worth(before, after):
        return
    longest = fence("\n".join(after)).split("\n")[0]
    yield f"\n{longest}suggestion"
    yield from after
    yield longest


def _is_worth(before: list[str], after: list[str]) -> bool:
    """Whether GitHub takes the lines for what they replace, and whether they are what is there.

    An empty suggestion deletes lines and an unchanged one is refused. Where a value was masked, the
    mask would be written over it; what cannot be seen must not be applied unseen; and the raw text
    of a comment must hold no command to a program.
    """
    if after == before or not any(line.strip() for line in after):
        return False
    if any("[redacted: " in line for line in before) or sum(map(len, after)) > _LONGEST_SUGGESTION:
        return False
    texts = [line.replace("\t", "") for line in after]
    return all(plain(text) == text for text in texts) and not any(map(COMMAND.match, after))


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
    room = MOST_CHARACTERS - len(mark) - len(_CUT) - 1
    if len(text) > room:
        text = text[:room].rpartition("\n")[0] + _CUT
    return f"{text}\n{mark}"


def _brief(review: Review, extras: Extras) -> Iterator[str]:
    yield f"### Architrave: {headline(review, extras.waiting)}"
    for note in (*review.change.notes, *extras.notes):
        yield f"\n> {markdown(note, 600)}"
    decisions = _decisions(review)
    if decisions:
        yield "\n**For a person to decide**\n"
        yield from decisions
    missed = wording.unchecked(review)
    if missed:
        yield "\n**Not checked**\n"
        yield from (f"- {markdown(text, 400)}" for text in missed[:_MOST_LISTED])
    if extras.beyond:
        yield f"\n**Without a comment of their own** ({len(extras.beyond)})\n"
        for spot in extras.beyond[:_MOST_LISTED]:
            yield f"- {line(spot.finding, review)}"
        if len(extras.beyond) > _MOST_LISTED:
            yield f"- and {len(extras.beyond) - _MOST_LISTED} more"
        yield "\nThese get a comment each once the others are answered; `/architrave review` asks for it."
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
        f"{number}. {_DECISIONS[finding.checker]}: {line(finding, review)}"
        for number, finding in enumerate(chosen[:_MOST_DECISIONS], 1)
    ]


def line(finding: Finding, review: Review) -> str:
    """A finding in one line: where, what, and by which rule."""
    what = markdown(wording.message(finding), 200)
    return f"{code_span(_cut(wording.place(finding), 300))}: {what} ({code_span(finding.rule)})"


def _facts(review: Review) -> Iterator[str]:
    yield markdown(wording.counts(review))
    yield markdown(wording.written_by(review.authorship))
    yield markdown(wording.checked(review))
    yield markdown(wording.asked(review))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def refusal(reason: str, mark: str) -> str:
    """What the bot replies, once, to an answer that does not count."""
    return f"This stays open: {markdown(reason)}.\n{mark}"


def gone(mark: str) -> str:
    """What the bot replies where a finding is no longer there."""
    return f"This is no longer found at the newest commit.\n{mark}"


def explained(rule: Rule) -> str:
    """A rule in full, for whoever asks why."""
    parts = [f"**{markdown(rule.title)}** ({code_span(rule.id)})"]
    parts += [f"**{name}**\n\n{text.strip()}" for name, text in rule.sections.items() if text]
    return "\n\n".join(parts)[:MOST_CHARACTERS]
