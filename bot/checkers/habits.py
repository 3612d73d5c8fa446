"""Rules about what generated code leaves behind: `check: habits`, `options: {report: NAME}`.

Each report compares what `bot.facts.habits` tells of all changed files at base with what it tells
at head: what went elsewhere within the change is not new. `dead-function` asks the whole of head.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import introduced, options, outline, paths
from bot.additions import Additions, Place
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule, Source
from bot.facts.habits import MOST_ROWS
from bot.located import Enclosing
from bot.options import Option
from bot.outside.git_objects import GitFailed

NAME = "habits"
READS = "outline"

# Report to what is said about what it found.
_SAYS = {
    "local-import": "`{}` is imported within a function, where nothing is gained by it",
    "hidden-error": "`suppress({})` hides every error there is",
    "narrating-comment": "The comment only repeats the line below it: `{}`",
    "change-comment": "The comment tells what was changed, which Git knows: `{}`",
    "elided-code": "The comment stands where code was left out: `{}`",
    "leftover-code": "Code is commented out: `{}`",
    "placeholder": "Something is still to be written here: `{}`",
    "dead-function": "Nothing refers to `{}`",
}
OPTIONS: options.Table = {
    "report": Option(f"one of {', '.join(_SAYS)}", {"enum": list(_SAYS)}, required=True)
}
_TEXT_LENGTH = 80
# Of a text so much is the same, from 0 to 1, where a word in it was mended.
_ALIKE = 0.8
# What is no comment, and another thing when it is edited.
_NO_COMMENTS = ("local-import", "hidden-error")
# A file in which so many imports stood within functions before has its reasons.
_HOUSE_STYLE = 3
# What frameworks call by its name.
_CALLED_BY_OTHERS = re.compile(
    r"(?:main|setup|teardown|upgrade|downgrade|application|handler|lambda_handler|run|init|register)$"
    r"|(?:test|pytest|on|handle|visit|depart|cmd|do|hook|setup|teardown|get_url|async_setup)_"
)
# Where a name may be mentioned that calls something, besides Python.
_MENTIONING = (
    ".py", ".pyi", ".pyx", ".ipynb", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".txt",
    ".md", ".rst", ".html", ".j2", ".jinja", ".jinja2", ".sh", ".mako", ".tmpl", ".xml", ".in",
)  # fmt: skip


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return path.endswith(".py")


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What the change wrote, by report."""
    for rule in rules:
        if rule.options["report"] == "dead-function":
            yield from _dead(comparison, rule)
        else:
            yield from _written(comparison, rule)
    for file in comparison.files:
        if len(comparison.facts(file.head, "habits") or ()) >= MOST_ROWS:
            reason = f"more than {MOST_ROWS} findings; only the first are compared"
            yield Coverage(file.change.path, NAME, "failed", reason)


def _written(comparison: Comparison, rule: Rule) -> Iterator[Finding]:
    """What the change wrote and did not only take from elsewhere, in a function once."""
    base: list[Finding] = []
    # What stood there before comes first, so that it answers to base.
    stood: list[Finding] = []
    added: list[Finding] = []
    for file in comparison.files:
        before = _found(comparison, file.base, rule)
        base += before
        if rule.options["report"] == "local-import" and len(before) >= _HOUSE_STYLE:
            continue
        is_known = file.base is None or comparison.facts(file.base, NAME) is not None
        for finding in _found(comparison, file.head, rule):
            lines = range(finding.start_line, finding.end_line + 1)
            if is_known and len(lines) > 1 and rule.options["report"] not in _NO_COMMENTS:
                written = sum(comparison.is_added(file.change, line) for line in lines)
                if 2 * written <= len(lines):
                    continue  # the block stood there, and is only edited
            if comparison.is_added(file.change, finding.start_line):
                added.append(finding)
            elif is_known:
                stood.append(finding)
    told = set()
    judged = introduced.by_key(base, [*stood, *added])
    gone = [finding for finding in judged if finding.label == "fixed"]
    if rule.options["report"] in _NO_COMMENTS:
        gone = []
    for finding in judged:
        place = (finding.path, finding.symbol, finding.key if not finding.symbol else "")
        if finding.label == "introduced" and place not in told and not _is_edited(finding, gone):
            told.add(place)
            yield finding


def _is_edited(finding: Finding, gone: list[Finding]) -> bool:
    """Whether it is one of the comments that are gone, with a word mended; each answers for one."""
    for each in gone:
        same = (each.path, each.symbol) == (finding.path, finding.symbol)
        if same and _mended(each.key, finding.key):
            gone.remove(each)
            return True
    return False


def _mended(before: str, after: str) -> bool:
    """Whether two texts differ in one place, and hardly there."""
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    return start + end >= _ALIKE * max(len(before), len(after))


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _found(comparison: Comparison, source: Source | None, rule: Rule) -> list[Finding]:
    """What one side of a file has of the kind that a rule reports."""
    rows = [] if source is None else comparison.facts(source, NAME) or []
    report = rule.options["report"]
    if source is None or not any(row[0] == report for row in rows):
        return []
    symbols = Enclosing(outline.symbols(comparison.outline(source)) or ())
    return [
        Finding(
            rule=rule.id,
            checker=NAME,
            severity=rule.severity,
            path=source.path,
            start_line=line,
            end_line=end_line,
            message=_SAYS[report].format(_clipped(subject)),
            symbol=symbols.name(line),
            key=subject,
        )
        for kind, line, end_line, subject in rows
        if kind == report
    ]


def _clipped(text: str) -> str:
    # A backtick would end what is quoted.
    plain = text.replace("`", "'")
    return plain if len(plain) <= _TEXT_LENGTH else plain[: _TEXT_LENGTH - 3] + "..."


def _dead(comparison: Comparison, rule: Rule) -> Iterator[Finding | Coverage]:
    """Added functions whose names stand nowhere but where they are defined."""
    waiting: dict[str, list[Place]] = defaultdict(list)
    for place in Additions(comparison).added:
        if _may_be_dead(place) and paths.matches(place.path, rule.paths):
            waiting[place.leaf].append(place)
    if not waiting:
        return
    try:
        mentions = comparison.search("head", waiting, _MENTIONING)
    except GitFailed as error:
        for path in dict.fromkeys(place.path for places in waiting.values() for place in places):
            yield Coverage(path, NAME, "failed", str(error))
        return
    for name, places in waiting.items():
        files = {source.path for source, words in mentions.items() if name in words or not words}
        own = {place.path for place in places}
        # Two of one name are told apart by nobody but a reader.
        if len(places) > 1 or files - own:
            continue
        if not _mentioned(name, comparison.lines("head", places[0].path), places[0]):
            yield _unused(places[0], rule)


def _may_be_dead(place: Place) -> bool:
    """Whether only its own repository can be meant to call it, and by its name."""
    function, name = place.function, place.leaf
    if function.is_decorated or function.inherits or not name.isascii() or name.startswith("__"):
        return False
    is_method = "." in function.name
    return name.startswith("_") or not (is_method or _CALLED_BY_OTHERS.match(name))


def _mentioned(name: str, lines: Sequence[str], place: Place) -> bool:
    """Whether the file says the name, or the beginning of it in a text, but for the function itself."""
    function = place.function
    outside = [*lines[: function.start_line - 1], *lines[function.end_line :]]
    parts = name.split("_")
    starts = ["_".join(parts[:count]) + "_" for count in range(2, len(parts))]
    built = [start + end for start in starts for end in ("{", '"', "'", "%")]
    text = "\n".join(outside)
    if any(start in text for start in built):
        return True
    return name in paths.words(text.encode(errors="surrogateescape"))


def _unused(place: Place, rule: Rule) -> Finding:
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=place.path,
        start_line=place.function.start_line,
        end_line=place.function.start_line,
        message=_SAYS["dead-function"].format(place.function.name),
        symbol=place.function.name,
        key=place.function.name,
    )
