"""A review as GitHub workflow commands: annotations on the lines, notices for what is missing.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot import wording
from bot.domain import BLOCKING_LABELS, Finding, Review
from bot.publishers import Paper

# Annotations of one level that GitHub keeps of a step.
_SHOWN = 10
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(review: Review, paper: Paper) -> str:
    """One command a line: what it comes to, what was not checked, then findings, the worst first.

    GitHub makes annotations of the first ten of each level; the others stay in the log.
    """
    found = [f for f in review.findings if f.label in BLOCKING_LABELS]
    found.sort(key=lambda finding: list(_LEVELS).index(finding.severity))
    level = "notice" if review.verdict == "passed" else "error"
    unchecked = wording.unchecked(review)
    lines = [command(level, {"title": "Architrave"}, _verdict(review, len(unchecked), found))]
    lines += [command("error", {"title": "Not checked"}, missed) for missed in unchecked]
    for finding in found:
        text = f"{wording.message(finding)}\n{wording.why(finding, review)}\nInstead: {wording.instead(finding, review)}"
        about = (finding.rule, finding.label, wording.judgement(finding))
        place = {
            "file": finding.path,
            "line": str(finding.start_line),
            "endLine": str(finding.end_line),
            "title": f"{wording.title(finding, review)} ({', '.join(filter(None, about))})",
        }
        lines.append(command(_LEVELS[finding.severity], place, text))
    return "".join(line + "\n" for line in lines)


def _verdict(review: Review, unchecked: int, findings: Sequence[Finding]) -> str:
    text = wording.verdict(review)
    levels = Counter(_LEVELS[finding.severity] for finding in findings)
    levels["notice" if review.verdict == "passed" else "error"] += 1
    levels["error"] += unchecked
    if max(levels.values()) < _SHOWN:
        return text
    return f"{text} GitHub shows {_SHOWN} annotations of a kind; the log of the step has all."


def command(level: str, properties: Mapping[str, str], text: str) -> str:
    """A workflow command. No text in it can be another one."""
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{'%0A'.join(data(line) for line in wording.lines_of(text))}"


def data(text: str) -> str:
    """The text of a command as the runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(wording.visible(text)).replace(":", "%3A").replace(",", "%2C")
