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
    """Labelled findings, less the length of functions whose complexity is told, no milder."""
    found = list(findings)
    told = {
        (each.path, each.symbol): SEVERITIES.index(each.severity)
        for each in found
        if each.code == _COMPLEXITY and each.label in BLOCKING_LABELS
    }
    mildest = len(SEVERITIES)
    return [
        each
        for each in found
        if each.code != _LENGTH
        or each.label not in BLOCKING_LABELS
        or told.get((each.path, each.symbol), mildest) > SEVERITIES.index(each.severity)
    ]
