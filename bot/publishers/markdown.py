"""A review as Markdown: for a job summary, a mail, a note. Foreign text cannot become markup."""

from collections.abc import Iterator

from bot import foreign, wording
from bot.domain import Finding, Review
from bot.publishers import Paper

_MOST = 4_000


def render(review: Review, paper: Paper) -> str:
    """The review as one document."""
    return "\n".join(_lines(review, paper)) + "\n"


def escape(text: str) -> str:
    """Foreign text as it is to be read: no markup but inline code, no mention, no link."""
    return foreign.markdown(text, _MOST)


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
        yield from (f"- {foreign.name(wording.place(f))}: {escape(f.message)}" for f in fixed)
        yield ""
    missed = wording.unchecked(review)
    if missed:
        yield "### Not checked\n"
        yield from (f"- {escape(text)}" for text in missed)


def _finding(finding: Finding, review: Review) -> Iterator[str]:
    label = "" if finding.label == "introduced" else f", {finding.label}"
    yield f"### {finding.severity}{label}: {escape(wording.title(finding, review))}"
    yield ""
    about = [f"{foreign.name(wording.place(finding))} (`{finding.rule}`)"]
    about += [
        escape(each) for each in (wording.writer(finding), wording.judgement(finding)) if each
    ]
    yield ", ".join(about)
    yield ""
    yield escape(finding.message)
    yield ""
    yield foreign.fence(finding.quote, wording.language(finding.path))
    yield ""
    yield f"**Why:** {wording.why(finding, review)}"
    yield ""
    said = f"{escape(wording.repair(finding))} {wording.advice(finding, review)}".strip()
    yield f"**Instead:** {said}"
    yield ""
