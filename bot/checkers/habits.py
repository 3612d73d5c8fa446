"""Rules about what generated code leaves behind: `check: habits`, `options: {report: NAME}`.

Each report compares what `bot.facts.habits` tells of all changed files at base with what it tells
at head: what went elsewhere within the change is not new. `dead-function` asks the whole of head.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import introduced, options, outline, paths
from bot.additions import Additions, Place
from bot.comparison import Comparison
from bot.coverage import Eligible
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
# A file in which so many imports stood within functions before has its reasons.
_HOUSE_STYLE = 3
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
    base: list[Finding] = []
    head: list[Finding] = []
    for file in comparison.files:
        before = _found(comparison, file.base, rule)
        now = _found(comparison, file.head, rule)
        if rule.options["report"] == "local-import" and len(before) >= _HOUSE_STYLE:
            continue
        base += before
        # Where base cannot be read, what stood there is known by its lines alone.
        is_read = file.base is None or comparison.facts(file.base, "habits") is not None
        added = {each for each in now if comparison.is_added(file.change, each.start_line)}
        head += [each for each in now if is_read or each in added]
        _ADDED.update(added)
    ...


def _found(comparison: Comparison, source: Source | None, rule: Rule) -> list[Finding]:
    return []
