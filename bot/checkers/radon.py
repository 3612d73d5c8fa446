"""Rules that hold Radon's numbers to a limit: `check: radon`, `options: {metric: ..., max|min: n}`.

A number is a ratchet: newly over its limit, or over it and worse than at base.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain import Finding, Measure, Rule, Source

NAME = "radon"
READS = "outline"

_BOUNDS = {"complexity": "max", "maintainability": "min"}


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    metric = options.get("metric")
    if metric not in _BOUNDS:
        return [f"`metric` must be one of {', '.join(_BOUNDS)}"]
    bound = _BOUNDS[metric]
    problems = [
        f"unknown option `{key}`; {metric} takes `{bound}`"
        for key in options
        if key not in ("metric", bound)
    ]
    limit = options.get(bound)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 <= limit < 1_000_000:
        problems.append(f"`{bound}` must be a number from 0")
    return problems


def index_below(rules: Sequence[Rule]) -> float:
    """The highest limit any rule sets for maintainability; 0 where none does."""
    limits = [rule.options["min"] for rule in rules if rule.options["metric"] == "maintainability"]
    return float(max(limits, default=0))


def shortfall(answer: Any) -> str:
    """Nothing: an answer is whole or a `Failure`."""
    return ""


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Every number the rules speak of, over its limit or not: base and head are compared later."""
    for rule in rules:
        if rule.options["metric"] == "complexity":
            yield from _complexity(answer["complexity"], source, rule)
        else:
            yield from _maintainability(answer["maintainability"], source, rule)


def _complexity(rows: Sequence[Any], source: Source, rule: Rule) -> Iterator[Finding]:
    limit = rule.options["max"]
    for name, line, value in rows:
        yield Finding(
            rule=rule.id,
            checker=NAME,
            severity=rule.severity,
            path=source.path,
            start_line=line,
            end_line=line,
            message=f"Cyclomatic complexity of `{name}` is {value}, the limit {limit}",
            code="CC",
            symbol=name,
            measure=Measure("complexity", value, limit),
        )


def _maintainability(value: float | None, source: Source, rule: Rule) -> Iterator[Finding]:
    limit = rule.options["min"]
    yield Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=source.path,
        start_line=1,
        end_line=1,
        message=f"Maintainability index of the file is {value}, the limit {limit}",
        code="MI",
        # None stands for "not lower than any limit".
        measure=Measure("maintainability", 100 if value is None else value, limit, rising=False),
    )
