"""Comments that silence a check, new or wider than at base: `check: suppressions`.

A comment that moved with its line, was edited with it, or silences less than before is nothing.
Those of one file that silence the same tool for the same rule are told together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot import options, outline, paths
from bot.comparison import Comparison
from bot.coverage import Eligible
from bot.domain import Coverage, Finding, Rule, Source
from bot.facts.suppressions import LIMIT, Suppression
from bot.located import Enclosing, LineMap
from bot.options import Option
from bot.outside.worker import Failure

NAME = "suppressions"
READS = "outline"

_WHICH = ("unexplained", "explained", "file-wide")
OPTIONS: options.Table = {
    "which": Option(f"one of {', '.join(_WHICH)}", {"enum": list(_WHICH)}, required=True)
}

_LINT = "Ruff and Flake8"
# What these say is named by a code, and is about the code at hand: the code is reason enough.
_TYPES = ("the type checker", "Pyright", "ty", "Pyrefly", "Pyre")
_WITHOUT_CODES = ("coverage", "the secret scanner", "SonarQube", "mypy")
_OURS = {_LINT: "ruff", "Bandit": "bandit"}
_RANK = ("line", "range", "file")
# How code is laid out, ordered or documented is no danger to hide.
_STYLE = re.compile(
    r"(E[1235]|W[1-6]|I|D|Q|COM|CPY|ANN|UP|A|N|SIM|RET|C4|PIE|PERF|FURB|ERA|TD|FIX|EM|FBT|PTH|T20|INP)\d*"
    r"|E402|PLC0415|PLR5501|PLR1714|PLR2004|TRY003|[CR]\d{4}|line-too-long|invalid-name"
    r"|missing-\w+(-\w+)*|wrong-import-\w+|too-few-public-methods|no-member|import-outside-toplevel"
    r"|no-name-in-module|import-error"
)
_REEXPORT = {"F401", "F403"}
_UNCOVERED = re.compile(
    r"(el)?if(not)?(typing\.)?TYPE_CHECKING|if__name__|raiseNotImplemented|raiseAssertion"
    r"|case(other|_|unreachable):|.*:\.\.\.$|raise(RuntimeError)?$"
    r"|except.*(Import|ModuleNotFound)Error|(return|yield)?\.\.\.$|pass$|@.*(overload|abstract)"
    r"|def__(repr|str)__|(el)?ifsys\.|(el)?if.*(platform|version)|assertFalse|assert_never|class.*Protocol"
)  # fmt: skip
# Lines alike, from 0 to 1, for an edited line to be the same.
_ALIKE = 0.5
_MOST_CANDIDATES = 50
_DISTINCT = 16
_MOST_PLACES = 6


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return paths.may_be_python(path)


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


class _Placed(NamedTuple):
    """A suppression in its file: the code it is about without white space, and what encloses it."""

    file: Eligible
    at: Suppression
    code: str
    words: frozenset[str]
    symbol: str


class _New(NamedTuple):
    """A suppression of head, and the codes it silences that were not silenced before."""

    placed: _Placed
    widened: bool
    codes: tuple[str, ...]


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What the change silences."""
    base: list[_Placed] = []
    head: list[_New] = []
    found: list[_New] = []
    for file in comparison.files:
        before, after = _of(file.base, file, comparison), _of(file.head, file, comparison)
        if isinstance(after, Failure):
            yield Coverage(file.change.path, NAME, "failed", str(after))
            continue
        if max(len(after), 0 if isinstance(before, Failure) else len(before)) > LIMIT:
            reason = f"more than {LIMIT} comments that silence a check"
            yield Coverage(file.change.path, NAME, "failed", reason)
            continue
        if isinstance(before, Failure):
            # What was there cannot be read; lines that stayed are known all the same.
            after, before = [each for each in after if _is_added(each, comparison)], []
        left, fresh = _within(before, after, comparison)
        base += left
        for each in fresh:
            (found if each.widened else head).append(each)
    found += _across(base, head)
    yield from _told([each for each in found if not _is_quiet(each)], rules, comparison)


# Reading ------------------------------------------------------------------------------------


def _of(source: Source | None, file: Eligible, comparison: Comparison) -> Any:
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
    return [_placed(Suppression(*row), file, lines, symbols) for row in rows]


def _placed(at: Suppression, file: Eligible, lines: Sequence[str], symbols: Enclosing) -> _Placed:
    code = lines[at.line - 1].partition("#")[0][:500] if at.line <= len(lines) else ""
    if not code.strip() and at.scope == "line" and at.line < len(lines):
        code = lines[at.line][:500]
    words = frozenset(re.findall(r"\w+", code))
    return _Placed(file, at, "".join(code.split()), words, symbols.name(at.line))


def _is_added(placed: _Placed, comparison: Comparison) -> bool:
    return comparison.is_added(placed.file.change, placed.at.line)


# Matching -----------------------------------------------------------------------------------


def _within(
    base: Sequence[_Placed], head: Sequence[_Placed], comparison: Comparison
) -> tuple[list[_Placed], list[_New]]:
    """What base has left and head has gained in one file."""
    if not head:
        return list(base), []
    lines = LineMap(comparison.hunks(head[0].file.change))
    waiting: dict[str, list[_Placed]] = defaultdict(list)
    for each in base:
        waiting[each.at.tool].append(each)
    unmatched: list[_Placed] = []
    matched: list[tuple[_Placed, _Placed]] = []
    by_line = {(each.at.line, each.at.tool, each.at.text): each for each in base}
    for each in head:
        old = lines.old(each.at.line) if each.file.base else None
        same = by_line.pop((old or 0, each.at.tool, each.at.text), None)
        if same is None:
            unmatched.append(each)
        else:
            waiting[each.at.tool].remove(same)
            matched.append((each, same))
    fresh = []
    for each in unmatched:
        likest = _likest(each, waiting[each.at.tool])
        if likest is not None:
            waiting[each.at.tool].remove(likest)
            matched.append((each, likest))
        else:
            fresh.append(_New(each, False, tuple(each.at.codes)))
    fresh = [new for new in fresh if not any(_covers(each, new.placed) for each in base)]
    fresh += [
        _New(after, True, tuple(code for code in after.at.codes if code not in before.at.codes))
        for after, before in matched
        if not _is_no_wider(after.at, before.at)
    ]
    return [each for left in waiting.values() for each in left], fresh


def _likest(head: _Placed, waiting: Sequence[_Placed]) -> _Placed | None:
    best, most = None, 0.0
    for each in waiting[:_MOST_CANDIDATES]:
        alike = _alike(head, each)
        if alike >= _ALIKE:
            score = alike + _is_no_wider(head.at, each.at) + (head.symbol == each.symbol) / 2
            if score > most:
                best, most = each, score
    return best


def _alike(one: _Placed, other: _Placed) -> float:
    if one.code == other.code:
        return 1.0
    return 2 * len(one.words & other.words) / ((len(one.words) + len(other.words)) or 1)


def _is_no_wider(head: Suppression, base: Suppression) -> bool:
    if _RANK.index(head.scope) > _RANK.index(base.scope):
        return False
    return not base.codes or (bool(head.codes) and set(head.codes) <= set(base.codes))


def _covers(base: _Placed, head: _Placed) -> bool:
    """Whether base silenced the same for the whole file."""
    same = base.at.tool == head.at.tool and base.at.scope == "file"
    return same and _is_no_wider(head.at, base.at)


def _across(base: Iterable[_Placed], head: Iterable[_New]) -> Iterator[_New]:
    """Those of head that did not come with their line from another file."""
    gone: dict[Any, list[_Placed]] = defaultdict(list)
    for each in base:
        gone[each.at.tool, each.code].append(each)
    for new in head:
        at = new.placed
        candidates = gone[at.at.tool, at.code]
        leaf = at.symbol.rpartition(".")[2]
        for other in candidates[:_MOST_CANDIDATES]:
            same_leaf = leaf == other.symbol.rpartition(".")[2]
            if _is_no_wider(at.at, other.at) and (len(at.code) > _DISTINCT or (leaf and same_leaf)):
                candidates.remove(other)
                break
        else:
            yield new


# Telling ------------------------------------------------------------------------------------


def _is_quiet(new: _New) -> bool:
    """Whether what is silenced is layout, or what everybody silences."""
    at, code = new.placed.at, new.placed.code
    if at.tool == "coverage":
        return _UNCOVERED.match(code) is not None
    if new.codes and all(_STYLE.fullmatch(each) for each in new.codes):
        return True
    is_init = new.placed.file.change.path.endswith("__init__.py")
    return is_init and bool(new.codes) and set(new.codes) <= _REEXPORT


def _kind(new: _New) -> str:
    at = new.placed.at
    if at.scope == "file":
        return "file-wide"
    if at.tool == "coverage" or (at.tool in _TYPES and at.codes):
        return "explained"
    is_named = bool(at.codes) or at.tool in _WITHOUT_CODES
    return "explained" if is_named and at.has_reason else "unexplained"


def _told(
    found: Iterable[_New], rules: Sequence[Rule], comparison: Comparison
) -> Iterator[Finding]:
    groups: dict[Any, list[_New]] = defaultdict(list)
    for new in found:
        path = new.placed.file.change.path
        for rule in rules:
            if rule.options["which"] == _kind(new) and paths.matches(path, rule.paths):
                groups[path, rule.id, new.placed.at.tool].append(new)
    by_id = {rule.id: rule for rule in rules}
    for (path, rule, tool), group in groups.items():
        group.sort(key=lambda new: new.placed.at.line)
        line = group[0].placed.at.line
        yield Finding(
            rule=rule,
            checker=NAME,
            severity=by_id[rule].severity,
            path=path,
            start_line=line,
            end_line=line,
            message=_message(group, comparison),
            code=tool,
            symbol=group[0].placed.symbol,
            label="worsened" if group[0].widened else "introduced",
            key="|".join(sorted(f"{new.placed.at.text}|{new.placed.symbol}" for new in group)),
        )


def _message(group: Sequence[_New], comparison: Comparison) -> str:
    first, at = group[0], group[0].placed.at
    where = {"line": "here", "range": "from here on", "file": "in the whole file"}[at.scope]
    if len(group) > 1:
        texts = list(dict.fromkeys(f"`{new.placed.at.text}`" for new in group))
        lines = [str(new.placed.at.line) for new in group]
        more = ", ..." if len(lines) > _MOST_PLACES else ""
        said = f"{', '.join(texts[:3])}{', ...' if len(texts) > 3 else ''} silence {at.tool}"
        said += f" {len(group)} times (lines {', '.join(lines[:_MOST_PLACES])}{more})"
    elif first.widened and first.codes:
        said = f"`{at.text}` silences {at.tool} {where} for {', '.join(first.codes)} as well now"
    elif first.widened:
        said = f"`{at.text}` silences more of {at.tool} {where} than before"
    elif at.codes or at.tool in _WITHOUT_CODES:
        said = f"`{at.text}` silences {at.tool} {where}"
    else:
        said = f"`{at.text}` silences all of {at.tool} {where}"
    return said + _reasons(group) + _hidden(group, comparison)


def _reasons(group: Sequence[_New]) -> str:
    if _kind(group[0]) == "explained" or all(new.placed.at.has_reason for new in group):
        return ""
    return " and gives no reason" if len(group) == 1 else " without a reason each"


def _hidden(group: Sequence[_New], comparison: Comparison) -> str:
    """What of ours the comments would hide. What other tools would say is not known here."""
    tool = group[0].placed.at.tool
    if tool not in _OURS:
        return "; it is not run in this review"
    head = group[0].placed.file.head
    answer = comparison.answer(_OURS[tool], head) if head else None
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
