"""The conversation that compares what a change says about itself with an outline of what it does.

Only here does a model see what the author wrote about the change: told that a change is safe, a
reader finds less in it.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence

from bot.checkers.judge import answers
from bot.checkers.judge.desk import Desk, intent_call
from bot.checkers.judge.dialogue import TooLong, complete, no_tool
from bot.checkers.judge.finder import Search, weigh
from bot.checkers.judge.material import Material
from bot.checkers.judge.scope import Task
from bot.domain import Authorship, ChangedFile, Finding
from bot.outside.llm import Answer, Call, LlmFailure

# Where the change as a whole is meant.
WHOLE = "."
_MOST_STATED = 6_000
_MOST_OUTLINED = 40_000
_LINES_A_FILE = 40
_TOO_LARGE = "the change is larger than an outline of it can be"
_TELLING = ("api_contract", "schema_contract", "dependencies", "imports", "guarded")
_DEFINES = re.compile(
    r"^\s*(?:export\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|default\s+|abstract\s+)*"
    r"(?:def|class|func|fn|function|interface|type|struct|enum|trait|impl|module|import|from|use"
    r"|package|const|@\w|CREATE|ALTER|DROP)\b"
)


def stated(whole: str, authorship: Authorship, material: Material) -> str:
    """What is said of the change as a whole and by its commits; "" where nothing is said."""
    texts = [
        whole.strip(),
        *(
            each.commit.message.strip()
            for each in authorship.credits
            if each.commit.id != authorship.loose and len(each.commit.parents) < 2
        ),
    ]
    return material.text("\n\n".join(text for text in texts if text))[:_MOST_STATED]


def outline(files: Iterable[ChangedFile], reported: Iterable[Finding], material: Material) -> str:
    """Files, changed definitions and imports, and what tools say about contracts and dependencies."""
    rows = [row for file in files for row in _rows(file, material)]
    rows += [
        f"found: {finding.path}:{finding.start_line} {finding.message}"
        for finding in reported
        if finding.checker in _TELLING and finding.label in ("introduced", "worsened")
    ]
    return material.text("\n".join(rows))[:_MOST_OUTLINED]


def _rows(file: ChangedFile, material: Material) -> Iterator[str]:
    old, new = material.changed_lines(file)
    yield f"{material.name(file.path)} ({file.status}, {len(new)} lines added, {len(old)} removed)"
    lines = material.lines("head", file.path) or ()
    wanted = sorted(
        at
        for at in new | _touched(file, new, material)
        if at <= len(lines) and _DEFINES.match(lines[at - 1])
    )
    for at in wanted[:_LINES_A_FILE]:
        yield f"  {at}| {lines[at - 1].strip()}"
    if len(wanted) > _LINES_A_FILE:
        yield f"  and {len(wanted) - _LINES_A_FILE} more definitions"
    if not wanted:
        shown = [at for at in sorted(new) if at <= len(lines) and lines[at - 1].strip()]
        for at in shown[:3]:
            yield f"  {at}| {lines[at - 1].strip()}"
    before = material.lines("base", file.old_path) if file.old_blob else ()
    gone = [at for at in sorted(old) if before and _DEFINES.match(before[at - 1])]
    for at in gone[:_LINES_A_FILE]:
        yield f"  removed: {(before or ())[at - 1].strip()}"


def _touched(file: ChangedFile, new: frozenset[int], material: Material) -> set[int]:
    """The lines that name functions and classes in which something was added."""
    found = set()
    for symbol in material.symbols("head", file.path):
        if any(symbol.start_line <= line <= symbol.end_line for line in new):
            found.add(symbol.start_line)
    return found


def compare(files: Sequence[ChangedFile], desk: Desk) -> Generator[Call, Answer, Search]:
    """Hold what the change says of itself against its outline. Raises `LlmFailure`."""
    rules = desk.intent_rules
    text = outline(files, desk.reported, desk.material)
    parts = [
        "Statement:\n" + desk.fence.around(desk.statement),
        "Outline:\n" + desk.fence.around(text),
        f"Rules: {', '.join(sorted(rule.id for rule in rules))}",
    ]
    call = intent_call(desk, parts)
    try:
        found, _ = yield from complete(call, answers.found, no_tool, desk.other_model)
    except TooLong:
        raise LlmFailure("too large", "its answer has no end") from None
    pairs = frozenset((file.path, rule.id) for file in files for rule in rules)
    checked = {rule for path, rule in found.checked if path == WHOLE}
    search = weigh(found, Task(tuple(files), tuple(rules), pairs), desk)
    if len(text) >= _MOST_OUTLINED:
        return search._replace(missed={(WHOLE, rule.id): _TOO_LARGE for rule in rules})
    return search._replace(
        missed={
            (WHOLE, rule.id): "the model did not say that it looked"
            for rule in rules
            if rule.id not in checked
        }
    )
