"""Rules whose breach Bandit finds: `check: bandit`, `options: {tests: [B602, ...]}`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options, paths
from bot.analysis import FINDINGS_LIMIT, Program, WorkerTool
from bot.domain import SEVERITIES, Finding, Rule, Severity, Source
from bot.options import Option

NAME = "bandit"
READS = "bandit"
COMMENTS = False
PROGRAM = Program("bandit", "bot.outside.bandit_worker", "bandit", bytes_per_process=120_000)

# B105 goes by the name of one value at a time: `token = None` holds no secret. Where several values
# stand in one finding, `bot.facts.named_values` looks at all of them.
_NO_SECRET = {
    f"Possible hardcoded password: '{value}'"
    for value in ("", "None", "True", "False", "true", "false")
}
OPTIONS: options.Table = {
    "tests": Option(
        "a list of Bandit test ids such as B602",
        {"type": "array", "items": {"type": "string", "pattern": r"^B\d{3}$"}, "minItems": 1},
        required=True,
    ),
    "comments": Option("true where a test looks into comments", options.FLAG),
}


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return paths.may_be_python(path) and not path.endswith(".pyi")


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def tool(rules: Sequence[Rule]) -> WorkerTool:
    """The tool that runs the Bandit tests of these rules."""
    tests = sorted({test for rule in rules for test in rule.options["tests"]})
    return WorkerTool(PROGRAM, tests, ",".join(tests))


def shortfall(answer: Any) -> str:
    """That Bandit found too much to compare; else an answer is whole or a `Failure`."""
    if len(answer) > FINDINGS_LIMIT:
        return f"more than {FINDINGS_LIMIT} findings; only the first are compared"
    return ""


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What Bandit's answer for one file means under *rules*."""
    by_test = {test: rule for rule in rules for test in rule.options["tests"]}
    for test, line, end_line, severity, confidence, text in answer[:FINDINGS_LIMIT]:
        rule = by_test.get(test)
        if rule is not None and not (test == "B105" and text in _NO_SECRET):
            yield Finding(
                rule=rule.id,
                checker=NAME,
                severity=rate(rule, severity, confidence),
                path=source.path,
                start_line=line,
                end_line=max(line, end_line),
                message=text,
                code=test,
            )


def rate(rule: Rule, severity: str, confidence: str) -> Severity:
    """The rule's severity, a step lower for each of Bandit's own ratings that is LOW."""
    if rule.severity_is_fixed:
        return rule.severity
    steps = (severity == "LOW") + (confidence == "LOW")
    return SEVERITIES[min(SEVERITIES.index(rule.severity) + steps, len(SEVERITIES) - 1)]
