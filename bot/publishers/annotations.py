"""A review as GitHub workflow commands: annotations on the lines, notices for what is missing.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from bot import wording
from bot.domain import BLOCKING_LABELS, Review
from bot.publishers import Paper

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(review: Review, paper: Paper) -> str:
    """One command a line; GitHub shows the first ten of each level, so the worst come first."""
    found = [f for f in review.findings if f.label in BLOCKING_LABELS]
    found.sort(key=lambda finding: list(_LEVELS).index(finding.severity))
    lines = []
    for finding in found:
        text = f"{wording.message(finding)}\n{wording.why(finding, review)}\nInstead: {wording.instead(finding, review)}"
        about = (finding.rule, finding.label, wording.judgement(finding))
        place = {
            "file": finding.path,
            "line": str(finding.start_line),
            "endLine": str(finding.end_line),
            "title": f"{wording.title(finding, review)} ({', '.join(filter(None, about))})",
        }
        lines.append(_command(_LEVELS[finding.severity], place, text))
    lines += [
        _command("error", {"title": "Not checked"}, missed) for missed in wording.unchecked(review)
    ]
    level = "notice" if review.verdict == "passed" else "error"
    lines.append(_command(level, {"title": "Architrave"}, wording.verdict(review)))
    return "".join(line + "\n" for line in lines)


def _command(level: str, properties: dict[str, str], text: str) -> str:
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data('%0A'.join(wording.lines_of(text)), keep='%0A')}"


def _data(text: str, keep: str = "") -> str:
    parts = text.split(keep) if keep else [text]
    return keep.join(
        part.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A") for part in parts
    )


def _property(text: str) -> str:
    return _data(wording.visible(text)).replace(":", "%3A").replace(",", "%2C")
