"""What tools found, seen with what is known besides: of the file, of its settings, of other findings.

Pure. Tools go by a name or a shape; where the file itself shows that it means nothing, the finding
is dropped on either side before base and head are compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.domain import BLOCKING_LABELS, SEVERITIES, Finding

_ARGUMENTS = "PLR0913"
# One more collaborator that may be left out is no longer list to remember.
_LEAST_OPTIONAL = 2
# A number of a function that needs no telling where another is told.
_LENGTH, _COMPLEXITY = "function-lines", "CC"
_MODULE, _MAINTAINABILITY = "module-lines", "MI"
# What grows when a part of it does, after the part.
_INNER_LENGTHS = {(_LENGTH, "class-lines"), (_LENGTH, _MODULE), ("class-lines", _MODULE)}


def weighed(findings: Iterable[Finding], circumstances: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings on one side of a file, less those that its *circumstances* (`bot.facts`) refute."""
    harmless = circumstances["harmless"]
    optional = dict(circumstances["optional"])
    for finding in findings:
        if finding.start_line in harmless.get(finding.code, ()):
            continue
        measure = finding.measure
        if finding.code == _ARGUMENTS and measure is not None:
            needed = measure.value - optional.get(finding.start_line, 0)
            if needed <= measure.limit < measure.value:
                finding = finding._replace(measure=measure._replace(least=_LEAST_OPTIONAL))
        yield finding


def at_most_noted(findings: Iterable[Finding], stated: frozenset[str]) -> Iterator[Finding]:
    """The findings as notes, but for rules in *stated*, whose severity the policy states."""
    for finding in findings:
        yield finding if finding.rule in stated else finding._replace(severity="note")


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """Labelled findings, less numbers of which another, no milder, tells already.

    The length of a function goes with its complexity, that of what holds a part which is too long
    with the part, and how well a file can be maintained with its length.
    """
    found = list(findings)
    told: dict[str, list[Finding]] = {}
    for each in found:
        if each.label in BLOCKING_LABELS and each.measure is not None:
            told.setdefault(each.path, []).append(each)
    return [
        each
        for each in found
        if each.label not in BLOCKING_LABELS
        or each.measure is None
        or not any(_explains(other, each) for other in told[each.path])
    ]


def _explains(told: Finding, other: Finding) -> bool:
    """Whether *other* says nothing that *told* does not say as loudly."""
    if SEVERITIES.index(told.severity) > SEVERITIES.index(other.severity):
        return False
    if (told.code, other.code) == (_COMPLEXITY, _LENGTH):
        return told.symbol == other.symbol
    if (told.code, other.code) == (_MODULE, _MAINTAINABILITY):
        return True
    if (told.code, other.code) not in _INNER_LENGTHS:
        return False
    is_part = other.code == _MODULE or told.symbol.startswith(f"{other.symbol}.")
    return is_part and 2 * _growth(told) >= _growth(other)


def _growth(finding: Finding) -> float:
    assert finding.measure is not None
    return finding.measure.value - (finding.before or 0)
