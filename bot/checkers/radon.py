"""Rules that hold Radon's numbers to a limit: `check: radon`, `options: {metric: ..., max|min: n}`.

A number is a ratchet: newly over its limit, or over it and worse than at base.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options, paths
from bot.domain import Finding, Measure, Rule, Source
from bot.options import Option

NAME = "radon"
READS = "outline"
COMMENTS = False

_BOUNDS = {"complexity": "max", "maintainability": "min"}
# Of 66 functions that were past the limit and grew, readers called 54 noise, mostly a branch more;
# of 13 in a later sample, all that grew by one or two and none that grew by three.
_NOTABLE = 3
# A point of the index is some comment more or less.
_LEAST = 1
_LIMIT = {"type": "number", "minimum": 0, "maximum": 1_000_000}
OPTIONS: options.Table = {
    "metric": Option(f"one of {', '.join(_BOUNDS)}", {"enum": list(_BOUNDS)}, required=True),
    "max": Option("a number from 0", _LIMIT),
    "min": Option("a number from 0", _LIMIT),
}


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return paths.may_be_python(path) and not path.endswith(".pyi")


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    found = options.problems(NAME, OPTIONS, given)
    bound = _BOUNDS.get(given.get("metric", ""))
    if bound and bound not in given:
        found.append(f"option `{bound}` is missing; {given['metric']} takes `{bound}`")
    other = {"max", "min"} - {bound}
    if bound and other & given.keys():
        found.append(f"unknown option `{other.pop()}`; {given['metric']} takes `{bound}`")
    return found


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
    # Who states how severe it is wants to hear of every branch.
    least = 0 if rule.severity_is_fixed else _NOTABLE
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
            measure=Measure(
                "complexity",
                value,
                limit,
                least=least,
                notable=least,
            ),
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
        measure=Measure(
            "maintainability", 100 if value is None else value, limit, rising=False, least=_LEAST
        ),
    )
