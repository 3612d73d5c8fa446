"""Rules about what a change depends on: `check: dependencies`, `options: {finds: ...}`.

Judged from the two trees and from tables alone: nothing is installed, asked or resolved, so the
answer is the same wherever the bot runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import manifests, options, paths
from bot.checkers.dependencies import concern as concerns
from bot.checkers.dependencies.concern import Concern
from bot.checkers.dependencies.declared import Manifests
from bot.checkers.dependencies.manifest_changes import ManifestChanges
from bot.checkers.dependencies.new_imports import NewImports
from bot.checkers.dependencies.origins import Origins
from bot.comparison import Comparison
from bot.distributions import normalized
from bot.domain import SEVERITIES, Coverage, Finding, Rule, Severity
from bot.options import STRINGS, Option

NAME = "dependencies"
READS = "outline"

OPTIONS: options.Table = {
    "finds": Option(
        f"one of {', '.join(concerns.ORDER)}", {"enum": list(concerns.ORDER)}, required=True
    ),
    "allow": Option("a list of packages or modules that are in order", STRINGS),
}

# A change about more packages than this is generated, or an attack on whoever reads it.
_MOST_SHOWN = 500


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether it has anything to say about a changed file of this path."""
    return bool(manifests.kind(path)) or paths.may_be_python(path)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """Labelled findings, one a package, and what could not be judged."""
    known = Manifests(comparison)
    changes = ManifestChanges(comparison, known)
    found: list[Concern] = []
    parts = (changes, Origins(comparison, changes), NewImports(comparison, known))
    for each in (each for part in parts for each in part.concerns()):
        if isinstance(each, Coverage):
            yield each
        elif any(_is_for(rule, each) for rule in rules):
            found.append(each)
    for path, reason in changes.failed:
        yield Coverage(path, NAME, "failed", reason)
    shown = concerns.gravest(found)
    for each in shown[_MOST_SHOWN:]:
        yield Coverage(each.path, NAME, "failed", f"more than {_MOST_SHOWN} findings")
    for each in shown[:_MOST_SHOWN]:
        yield from (_finding(rule, each) for rule in rules if _is_for(rule, each))


def _is_for(rule: Rule, each: Concern) -> bool:
    allowed = {normalized(name) for name in rule.options.get("allow", ())}
    return (
        rule.options["finds"] == each.finds
        and each.key not in allowed
        and paths.matches(each.path, rule.paths)
    )


def _finding(rule: Rule, each: Concern) -> Finding:
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=_severity(rule, each.severity),
        path=each.path,
        start_line=each.line,
        end_line=each.line,
        message=each.message,
        key=each.key,
    )


def _severity(rule: Rule, at_most: Severity | None) -> Severity:
    if at_most is None or rule.severity_is_fixed:
        return rule.severity
    return max(rule.severity, at_most, key=SEVERITIES.index)
