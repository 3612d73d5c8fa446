"""Rules about what others rely on: `check: api_contract`, `options: {report: ..., surface: ...}`.

`report: breakage` tells what a change breaks of the public interface; `report: broken-callers`
tells which places in this repository cannot work any more, public or not. Nothing is imported:
Griffe reads the changed files of both sides in a worker process.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options
from bot.checkers.api_contract.callers import Broken, Callers
from bot.checkers.api_contract.contract import Contract
from bot.checkers.api_contract.losses import losses
from bot.checkers.api_contract.telling import NAME
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule
from bot.options import Option

READS = "outline"

_REPORTS = ("breakage", "broken-callers")
_SURFACES = ("exported", "all")
OPTIONS: options.Table = {
    "report": Option(f"one of {', '.join(_REPORTS)}", {"enum": list(_REPORTS)}),
    "surface": Option(f"one of {', '.join(_SURFACES)}", {"enum": list(_SURFACES)}),
}


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    found = options.problems(NAME, OPTIONS, given)
    if given.get("report") == "broken-callers" and "surface" in given:
        found.append("`surface` says nothing where `report` is broken-callers")
    return found


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name can be imported."""
    return path.endswith(".py")


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What the change breaks for others, and files whose interface could not be compared."""
    contract = Contract(comparison)
    yield from contract.unread()
    lost = list(losses(contract.modules, contract.pairs))
    broken: list[Broken] = []
    for each in Callers(comparison, contract.modules).broken(lost):
        if isinstance(each, Broken):
            broken.append(each)
            continue
        for path in sorted({loss.module.path for loss in lost}):
            yield Coverage(contract.at_head(path), NAME, "failed", each.reason)
    for rule in rules:
        if rule.options.get("report") == "broken-callers":
            yield from _callers(broken, rule)
        else:
            yield from contract.breakages(rule, broken)


def _callers(broken: Sequence[Broken], rule: Rule) -> Iterator[Finding]:
    lines: dict[tuple[str, str], list[Broken]] = {}
    for each in broken:
        lines.setdefault((each.path, each.says), []).append(each)
    for (path, says), uses in lines.items():
        first = min(use.line for use in uses)
        others = len({use.line for use in uses}) - 1
        more = f" (and on {others} more line{'s' * (others > 1)} of this file)" if others else ""
        yield Finding(
            rule=rule.id,
            checker=NAME,
            severity=rule.severity,
            path=path,
            start_line=first,
            end_line=first,
            message=f"Since this change, {says}{more}",
            code=uses[0].loss.path,
            key=says,
        )
