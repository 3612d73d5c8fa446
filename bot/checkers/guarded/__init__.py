"""Changes to what guards a repository: `check: guarded`, `options: {files: [...], what: ...}`.

One finding a file that guards less: what kind of guard it is, what the edit weakens, and who decides.
Of edits that weaken nothing known, one for all files of which there is the same to say. An edit that
leaves the meaning the same (comments, layout, docstrings) is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot import options, paths, syntax
from bot.checkers.guarded.edits import REMOVED, Edit, Guards, guards
from bot.comparison import Comparison, SideName
from bot.domain import ChangedFile, Coverage, Finding, Rule
from bot.options import STRINGS, Option
from bot.weakening import owners

NAME = "guarded"
READS = ""

_ONLY = ("any", "weakened", "unweakened", "added")
OPTIONS: options.Table = {
    "files": Option("a list of globs, at least one", {**STRINGS, "minItems": 1}, required=True),
    "what": Option("a short phrase for what these files are", {"type": "string", "pattern": r"^[^\n]{1,80}$"}, True),
    "only": Option(f"one of {', '.join(_ONLY)}", {"enum": list(_ONLY)}),
}  # fmt: skip
_QUOTED = re.compile(r"`([^`]{3,})`")
_MOST_QUOTED = 50
_MOST = 4


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is guarded by any of these rules."""
    return any(guards(rule, path) for rule in rules)


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What there is to say of the guarded files whose meaning changed."""
    guarded = Guards(comparison, rules)
    alike: dict[tuple[str, str, str, str], list[_Told]] = defaultdict(list)
    by_id = {rule.id: rule for rule in rules}
    for file in guarded.files:
        edit = guarded.edit(file)
        if edit.unread:
            yield Coverage(file.path, NAME, "failed", edit.unread)
        for rule in rules:
            if not _is_wanted(rule, file, edit):
                continue
            told = _told(rule, file, edit, guarded, comparison)
            if told.stands_alone:
                yield _finding(rule, [told])
            else:
                alike[rule.id, told.verb, told.says, told.decider].append(told)
    for (rule_id, *_), several in alike.items():
        yield _finding(by_id[rule_id], several)


def _is_wanted(rule: Rule, file: ChangedFile, edit: Edit) -> bool:
    here, before = guards(rule, file.path), bool(file.old_path) and guards(rule, file.old_path)
    is_moved = here != before and bool(file.old_blob and file.new_blob)
    if not (here or before) or not (edit.changed or is_moved):
        return False
    # Otherwise it might stand for others, and be dropped with them.
    if not paths.matches(file.path, rule.paths):
        return False
    is_weaker = bool(edit.weaker) or not here
    return {
        "any": True,
        "weakened": is_weaker,
        "unweakened": not is_weaker,
        "added": here and not (before and file.old_blob),
    }[rule.options.get("only", "any")]


# Telling ------------------------------------------------------------------------------------


class _Told(NamedTuple):
    """What is told about one file: *says* of this edit alone, *weight* counts changed lines, *text*
    are the lines that came and went."""

    path: str
    line: int
    weight: int
    verb: str
    says: str
    decider: str
    stands_alone: bool
    key: str
    text: str


def _told(
    rule: Rule, file: ChangedFile, edit: Edit, guarded: Guards, comparison: Comparison
) -> _Told:
    line, weight = _place(file, comparison)
    said = edit.weaker or edit.other
    line = _line_of(said, file, comparison) or line
    says = f"; it {'; it '.join(said[:_MOST])}" if said else ""
    if not guards(rule, file.path):
        says = f"; it is moved to where it has no effect, `{file.path}`{says}"
    verb = "edits" if file.old_blob and file.new_blob else "adds" if file.new_blob else "removes"
    path = file.path if guards(rule, file.path) else file.old_path
    named = [rule.owner] if rule.owner else list(owners.of(path, guarded.owner_entries))
    decider = ", ".join(named[:_MOST]) or "its owner"
    stands_alone = bool(edit.weaker) or not guards(rule, file.path)
    # The verb says so already.
    says = "" if edit.weaker == (REMOVED,) else says
    key = f"{path}|{'|'.join(edit.weaker)}"
    text = _edited(file, comparison)
    return _Told(file.path, line, weight, verb, says, decider, stands_alone, key, text)


def _edited(file: ChangedFile, comparison: Comparison) -> str:
    """The lines that an edit takes away and adds, wherever they stand: a decision is about these."""
    old, new = comparison.lines("base", file.old_path), comparison.lines("head", file.path)
    if not file.old_blob or not file.new_blob:
        return "\n".join((*old, *new))
    return "\n".join(
        line
        for hunk in comparison.hunks(file)
        for line in (
            *_run(old, hunk.old_start, hunk.old_count),
            *_run(new, hunk.new_start, hunk.new_count),
        )
    )


def _run(lines: Sequence[str], start: int, count: int) -> Sequence[str]:
    return lines[start - 1 : start - 1 + count] if count else ()


def _finding(rule: Rule, several: Sequence[_Told]) -> Finding:
    first = max(several, key=lambda told: told.weight)
    where = ""
    if len(several) > 1:
        names = [f"`{told.path}`" for told in several]
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        where = f" in {len(names)} files ({', '.join(names[:_MOST])}{more})"
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=first.path,
        start_line=first.line,
        end_line=first.line,
        message=f"The change {first.verb} {rule.options['what']}{where}{first.says};"
        f" needs a decision by {first.decider}",
        key="|".join(told.key for told in several),
        subject="\n".join(told.text for told in several),
    )


def _line_of(said: Sequence[str], file: ChangedFile, comparison: Comparison) -> int:
    """The first added line that holds what is told; 0 where none does."""
    quoted = [
        text[:_MOST_QUOTED].removesuffix("…") for each in said for text in _QUOTED.findall(each)
    ]
    lines = comparison.lines("head", file.path)
    for hunk in comparison.hunks(file):
        for number in range(hunk.new_start, hunk.new_start + hunk.new_count):
            if any(text in " ".join(lines[number - 1].split()) for text in quoted):
                return number
    return 0


def _place(file: ChangedFile, comparison: Comparison) -> tuple[int, int]:
    """The line at head of the first changed statement, and how many lines of statements changed.

    The first changed line where there is no such statement.
    """
    old, new = _idle("base", file, comparison), _idle("head", file, comparison)
    if not file.new_blob or not file.old_blob:
        side: SideName = "head" if file.new_blob else "base"
        count = len(comparison.lines(side, file.path))
        live = [line for line in range(1, count + 1) if line not in old | new]
        return (live[0] if live and file.new_blob else 1), len(live)
    changed: list[int] = []
    fallback = 0
    weight = 0
    for hunk in comparison.hunks(file):
        start = max(1, hunk.new_start + (hunk.new_count == 0))
        fallback = fallback or start
        added = set(range(start, start + hunk.new_count)) - new
        gone = set(range(hunk.old_start, hunk.old_start + hunk.old_count)) - old
        weight += len(added) + len(gone)
        if added or gone:
            changed.append(min(added, default=start))
    return (changed[0] if changed else fallback or 1), weight


def _idle(side: SideName, file: ChangedFile, comparison: Comparison) -> set[int]:
    path = file.old_path if side == "base" else file.path
    text = comparison.text(side, path) if path and paths.is_python(path) else None
    return set() if text is None else syntax.idle_lines(text)
