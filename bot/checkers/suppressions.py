"""Comments that silence a check, new or wider than at base: `check: suppressions`.

A comment that moved with its line, was edited with it, or silences less than before is nothing.
Those of one file that silence the same tool for the same rule are told together.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import options, outline, paths
from bot.comparison import Comparison
from bot.domain import SEVERITIES, Coverage, Finding, Rule, Severity, Source
from bot.facts.suppressions import LIMIT, Suppression
from bot.located import Enclosing, LineMap
from bot.options import Option
from bot.outside.worker import Failure
from bot.weakening import silenced
from bot.weakening.comments import New, Placed, across, within

NAME = "suppressions"
READS = "outline"

_WHICH = ("unexplained", "explained", "file-wide")
OPTIONS: options.Table = {
    "which": Option(f"one of {', '.join(_WHICH)}", {"enum": list(_WHICH)}, required=True)
}

# What these say is named by a code, and is about the code at hand: the code is reason enough.
_TYPES = ("the type checker", "Pyright", "ty", "Pyrefly", "Pyre")
_WITHOUT_CODES = ("coverage", "the secret scanner", "SonarQube", "mypy")
_OURS = {silenced.LINT: "ruff", silenced.BANDIT: "bandit"}
_MOST_PLACES = 6


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return paths.may_be_python(path)


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What the change silences."""
    base: list[Placed] = []
    head: list[New] = []
    found: list[New] = []
    for file in comparison.files:
        before, after = _of(file.base, comparison), _of(file.head, comparison)
        trouble = _trouble(before, after)
        if trouble:
            yield Coverage(file.change.path, NAME, "failed", trouble)
            continue
        if isinstance(before, Failure):
            # What was there cannot be read; lines that stayed are known all the same.
            after = [each for each in after if comparison.is_added(file.change, each.at.line)]
            before = []
        lines = LineMap(comparison.hunks(file.change) if before and after else ())
        left, fresh = within(before, after, lines)
        base += left
        gone = {id(each) for each in left}
        agreed = {_saying(each) for each in before if id(each) not in gone}
        for each in fresh:
            if each.widened:
                found.append(each)
            elif not _is_habit(each, agreed):
                head.append(each)
    found += across(base, head)
    yield from _told([each for each in found if not silenced.is_quiet(each)], rules, comparison)


# Reading ------------------------------------------------------------------------------------


def _of(source: Source | None, comparison: Comparison) -> Any:
    """The suppressions on one side of a file, or the `Failure` that kept them from being read."""
    if source is None:
        return []
    answer = comparison.outline(source)
    if isinstance(answer, Failure):
        return answer
    rows = answer["facts"]["suppressions"]
    if not rows:
        return []
    lines = paths.lines(comparison.read([source.blob])[source.blob] or b"")
    symbols = Enclosing(outline.symbols(answer) or ())
    return [_placed(Suppression(*row), source.path, lines, symbols) for row in rows]


def _placed(at: Suppression, path: str, lines: Sequence[str], symbols: Enclosing) -> Placed:
    code = lines[at.line - 1].partition("#")[0][:500] if at.line <= len(lines) else ""
    if not code.strip() and at.scope == "line" and at.line < len(lines):
        code = lines[at.line][:500]
    words = frozenset(re.findall(r"\w+", code))
    return Placed(path, at, "".join(code.split()), words, symbols.name(at.line))


def _trouble(before: Any, after: Any) -> str:
    """Why the two sides of a file cannot be compared, "" where they can."""
    if isinstance(after, Failure):
        return str(after)
    if isinstance(before, Failure):
        return "" if before.lasting else f"the old version, to compare with: {before}"
    if max(len(before), len(after)) > LIMIT:
        return f"more than {LIMIT} comments that silence a check"
    return ""


def _is_habit(new: New, agreed: Collection[Any]) -> bool:
    """Whether the file says the same elsewhere, as it did. What hides a danger is never a habit."""
    grave = new.placed.at.tool == silenced.BANDIT or any(map(silenced.is_security, new.codes))
    return bool(new.codes) and not grave and _saying(new.placed) in agreed


def _saying(placed: Placed) -> tuple[str, str, frozenset[str]]:
    """What a comment says: one that stands in the file already was agreed on, and is its habit."""
    return placed.at.tool, placed.at.scope, frozenset(placed.at.codes)


# Telling ------------------------------------------------------------------------------------


def _kind(new: New) -> str:
    at = new.placed.at
    if at.scope == "file":
        return "file-wide"
    if at.tool == "coverage" or (at.tool in _TYPES and at.codes):
        return "explained"
    is_named = bool(at.codes) or at.tool in _WITHOUT_CODES
    return "explained" if is_named and at.has_reason else "unexplained"


def _told(found: Iterable[New], rules: Sequence[Rule], comparison: Comparison) -> Iterator[Finding]:
    groups: dict[Any, list[New]] = defaultdict(list)
    for new in found:
        path = new.placed.path
        for rule in rules:
            if rule.options["which"] == _kind(new) and paths.matches(path, rule.paths):
                groups[path, rule.id, new.placed.at.tool].append(new)
    by_id = {rule.id: rule for rule in rules}
    for (path, rule_id, tool), group in groups.items():
        rule = by_id[rule_id]
        group.sort(key=lambda new: (_rank(new, comparison), new.placed.at.line))
        line = group[0].placed.at.line
        yield Finding(
            rule=rule_id,
            checker=NAME,
            severity=_severity(rule, group[0], comparison),
            path=path,
            start_line=line,
            end_line=line,
            message=_message(group, comparison),
            code=tool,
            symbol=group[0].placed.symbol,
            label="worsened" if group[0].widened else "introduced",
            key="|".join(sorted(f"{new.placed.at.text}|{new.placed.symbol}" for new in group)),
        )


def _rank(new: New, comparison: Comparison) -> int:
    return SEVERITIES.index(silenced.gravity(new, comparison.rules))


def _severity(rule: Rule, gravest: New, comparison: Comparison) -> Severity:
    """To silence a check is no worse than what it would say, but for a whole file."""
    if rule.severity_is_fixed or gravest.placed.at.scope == "file":
        return rule.severity
    # Types are not checked here, so nothing is hidden from this review.
    if gravest.placed.at.tool in _TYPES:
        return "note"
    return SEVERITIES[max(SEVERITIES.index(rule.severity), _rank(gravest, comparison))]


def _message(group: Sequence[New], comparison: Comparison) -> str:
    first, at = group[0], group[0].placed.at
    where = {"line": "here", "range": "from here on", "file": "in the whole file"}[at.scope]
    if len(group) > 1:
        texts = list(dict.fromkeys(f"`{new.placed.at.text}`" for new in group))
        lines = [str(line) for line in sorted(new.placed.at.line for new in group)]
        more = ", ..." if len(lines) > _MOST_PLACES else ""
        said = f"{', '.join(texts[:3])}{', ...' if len(texts) > 3 else ''} silence {at.tool}"
        said += f" {len(group)} times (lines {', '.join(lines[:_MOST_PLACES])}{more})"
    elif first.instead:
        codes = ", ".join(first.codes)
        said = f"`{at.text}` silences {at.tool} {where} for {codes} instead of {', '.join(first.instead)}"
    elif first.widened and first.codes:
        said = f"`{at.text}` silences {at.tool} {where} for {', '.join(first.codes)} as well now"
    elif first.widened:
        said = f"`{at.text}` silences more of {at.tool} {where} than before"
    elif at.codes or at.tool in _WITHOUT_CODES:
        said = f"`{at.text}` silences {at.tool} {where}"
    else:
        said = f"`{at.text}` silences all of {at.tool} {where}"
    return said + _reasons(group) + _hidden(group, comparison)


def _reasons(group: Sequence[New]) -> str:
    if _kind(group[0]) == "explained" or all(new.placed.at.has_reason for new in group):
        return ""
    return " and gives no reason" if len(group) == 1 else " without a reason each"


def _hidden(group: Sequence[New], comparison: Comparison) -> str:
    """What of ours the comments would hide. What other tools would say is not known here."""
    tool = group[0].placed.at.tool
    if tool not in _OURS:
        return "; it is not run in this review"
    path = group[0].placed.path
    heads = (file.head for file in comparison.files if file.head and file.head.path == path)
    answer = comparison.answer(_OURS[tool], next(heads))
    if answer is None or isinstance(answer, Failure):
        return ""
    codes = dict.fromkeys(
        row[0] for new in group for row in answer[:LIMIT] if _hides(new.placed.at, row)
    )
    return f"; it hides {', '.join(codes)}" if codes else ""


def _hides(at: Suppression, row: Sequence[Any]) -> bool:
    code, first, last = row[:3]
    if at.codes and not any(code.startswith(each) for each in at.codes):
        return False
    # Ruff goes by the line a finding begins on, Bandit by all lines of the statement.
    on_line = first == at.line or (at.tool == "Bandit" and first <= at.line <= last)
    return at.scope == "file" or on_line
