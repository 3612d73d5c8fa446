"""A review as Markdown: for a job summary, a mail, a note. Foreign text cannot become markup."""

import re
from collections.abc import Iterator

from bot import wording
from bot.domain import Finding, Review
from bot.publishers import Paper

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!@&$])")
_BACKTICKS = re.compile(r"`+")


def render(review: Review, paper: Paper) -> str:
    """The review as one document."""
    return "\n".join(_lines(review, paper)) + "\n"


def escape(text: str) -> str:
    """Foreign text as it is to be read: no markup, no mention, no link."""
    return _SPECIAL.sub(r"\\\1", wording.visible(text)).replace("://", ":\u200b//")


def fence(text: str) -> tuple[str, list[str]]:
    """A fence longer than any run of backticks in *text*, and its lines made visible."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(3, longest + 1), wording.lines_of(text)


def _lines(review: Review, paper: Paper) -> Iterator[str]:
    yield f"## Architrave: {escape(review.change.title)}"
    yield ""
    yield f"**{wording.verdict(review)}** {wording.counts(review)}. {wording.checked(review)}."
    if written := wording.written_by(review.authorship):
        yield f"\n{escape(written)}."
    if asked := wording.asked(review):
        yield f"\n{escape(asked)}."
    for note in review.change.notes:
        yield f"\n> {escape(note)}"
    yield ""
    findings = wording.shown(review, paper.verbose)
    for finding in findings:
        if finding.label != "fixed":
            yield from _finding(finding, review)
    fixed = [finding for finding in findings if finding.label == "fixed"]
    if fixed:
        yield "### Fixed by this change\n"
        yield from (f"- {escape(wording.place(f))}: {escape(f.message)}" for f in fixed)
        yield ""
    missed = wording.unchecked(review)
    if missed:
        yield "### Not checked\n"
        yield from (f"- {escape(text)}" for text in missed)


def _finding(finding: Finding, review: Review) -> Iterator[str]:
    label = "" if finding.label == "introduced" else f", {finding.label}"
    yield f"### {finding.severity}{label}: {escape(wording.title(finding, review))}"
    yield ""
    about = [f"{escape(wording.place(finding))} (`{finding.rule}`)"]
    about += [
        escape(each) for each in (wording.writer(finding), wording.judgement(finding)) if each
    ]
    yield ", ".join(about)
    yield ""
    yield escape(finding.message)
    yield ""
    marks, lines = fence(finding.quote)
    yield f"{marks}{wording.language(finding.path)}"
    yield from lines
    yield marks
    yield ""
    yield f"**Why:** {wording.why(finding, review)}"
    yield ""
    said = f"{escape(wording.repair(finding))} {wording.advice(finding, review)}".strip()
    yield f"**Instead:** {said}"
    yield ""
