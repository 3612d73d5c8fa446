"""A review for a person at a terminal: coloured and fitted to its width, or plain text."""

from collections.abc import Iterable, Iterator, Sequence

from bot import wording
from bot.domain import Finding, Review
from bot.publishers import Paper

# Pieces of a line with the name of a style in `_STYLES`; "" is plain, "code" is highlighted as Python.
Line = Sequence[tuple[str, str]]

_STYLES = {
    "error": "bold red", "warning": "bold yellow", "note": "bold cyan", "fixed": "green",
    "path": "bold underline", "faint": "dim", "title": "bold", "mark": "bold red",
    "passed": "bold green", "blocked": "bold red", "incomplete": "bold magenta",
}  # fmt: skip
_INDENT = 10
_FRAME_LINES = 6


def render(review: Review, paper: Paper) -> str:
    """The review as text, with colours when the paper takes them."""
    lines = list(_layout(review, paper))
    if paper.colour:
        return _coloured(lines, paper.width)
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


def _layout(review: Review, paper: Paper) -> Iterator[Line]:
    width = max(60, min(paper.width, 120))
    yield [("Architrave", "title"), (f"  {wording.visible(review.change.title)}", "")]
    for note in review.change.notes:
        yield [("note: ", "note"), (wording.visible(note), "")]
    yield []
    findings = wording.shown(review, paper.verbose)
    path = None
    for finding in (each for each in findings if each.label != "fixed"):
        if finding.path != path:
            path = finding.path
            yield [(wording.visible(path), "path")]
        yield from _finding(finding, review, width)
        yield []
    yield from _fixed([finding for finding in findings if finding.label == "fixed"], width)
    yield from _unchecked(review, paper, width)
    yield from _closing(review)


def _finding(finding: Finding, review: Review, width: int) -> Iterator[Line]:
    severity = finding.severity if finding.label != "pre-existing" else "faint"
    label = "" if finding.label == "introduced" else f" ({finding.label})"
    yield [
        (f"  {finding.severity:<8}", severity),
        (wording.title(finding, review), "title"),
        (label, "faint"),
        (f"  {finding.rule}", "faint"),
        (f"  {wording.writer(finding)}".rstrip(), "faint"),
        (f"  {wording.judgement(finding)}".rstrip(), "note"),
        ("  must be answered" if finding in review.blocking else "", "mark"),
    ]
    yield from _wrapped(wording.message(finding), "", "", width)
    yield from _frame(finding, review.texts.get(finding.path, ()), width)
    if finding.label == "moved" and finding.old_path not in ("", finding.path):
        yield from _wrapped(f"It was in {wording.visible(finding.old_path)} before.", "", "", width)
    yield from _wrapped(wording.why(finding, review), "why", "faint", width)
    yield from _wrapped(wording.instead(finding, review), "instead", "faint", width)


def _frame(finding: Finding, lines: Sequence[str], width: int) -> Iterator[Line]:
    first = max(1, finding.start_line - 1)
    style = "code" if wording.language(finding.path) == "python" else ""
    last = min(finding.end_line + 1, first + _FRAME_LINES, len(lines))
    for number in range(first, last + 1):
        inside = finding.start_line <= number <= finding.end_line
        text = _shortened(wording.visible(lines[number - 1][:width]), width - _INDENT - 1)
        if not text.strip() and not inside:
            continue
        mark = ">" if inside else " "
        yield [(f"  {mark} {number:>5} | ", "mark" if inside else "faint"), (text, style)]


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _fixed(findings: Sequence[Finding], width: int) -> Iterator[Line]:
    if not findings:
        return
    yield [("Fixed by this change", "title")]
    for finding in findings[:10]:
        text = f"{wording.place(finding)}: {wording.visible(finding.message)}"
        yield [("  fixed   ", "fixed"), (_shortened(text, width - _INDENT), "faint")]
    if len(findings) > 10:
        yield [("          ", ""), (f"and {len(findings) - 10} more", "faint")]
    yield []


def _unchecked(review: Review, paper: Paper, width: int) -> Iterator[Line]:
    missed = wording.unchecked(review)
    if missed:
        yield [("Not checked", "incomplete")]
        for text in missed:
            yield from _wrapped(text, "  ", "", width, indent=2)
        yield []
    if paper.verbose:
        yield [("Coverage", "title")]
        for entry in review.coverage:
            reason = f": {wording.visible(entry.reason)}" if entry.reason else ""
            text = f"  {wording.visible(entry.path)}  {entry.checker}  {entry.standing}{reason}"
            yield [(text, "faint")]
        yield []


def _closing(review: Review) -> Iterator[Line]:
    yield [(wording.counts(review), "title"), (".", "")]
    if written := wording.written_by(review.authorship):
        yield [(f"{written}.", "faint")]
    yield [(wording.checked(review), "faint"), (".", "faint")]
    if asked := wording.asked(review):
        yield [(f"{asked}.", "faint")]
    yield [(wording.verdict(review), review.verdict)]


def _wrapped(text: str, lead: str, style: str, width: int, indent: int = _INDENT) -> Iterator[Line]:
    import textwrap

    if not text:
        return
    lead = f"{lead:<8} " if lead.strip() else ""
    hang = " " * (indent + len(lead))
    for number, line in enumerate(textwrap.wrap(text, max(20, width - len(hang)))):
        start = " " * indent + lead if number == 0 else hang
        yield [(start, style), (line, "")]


def _coloured(lines: Iterable[Line], width: int) -> str:
    import io

    from rich.console import Console
    from rich.syntax import Syntax
    from rich.text import Text

    python = Syntax("", "python", theme="ansi_dark", background_color="default")
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, color_system="standard", highlight=False,
        markup=False, emoji=False, soft_wrap=True, legacy_windows=False, no_color=False,
    )  # fmt: skip
    for line in lines:
        whole = Text()
        for text, style in line:
            if style == "code":
                code = python.highlight(text)
                code.rstrip()
                whole.append_text(code)
            else:
                whole.append(text, _STYLES.get(style, ""))
        console.print(whole)
    return out.getvalue()
