"""Rules whose breach Bandit finds: `check: bandit`, `options: {tests: [B602, ...]}`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain import SEVERITIES, Finding, Rule, Severity, Source
from bot.outside import installed
from bot.outside.worker import WorkerPool
from bot.outside.workspace import Workspace

NAME = "bandit"
READS = "bandit"

_TEST = re.compile(r"B\d{3}")
# Starting Bandit takes as long as some twenty files.
_FILES_PER_PROCESS = 24


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    problems = [f"unknown option `{key}`; bandit rules take `tests`" for key in options if key not in ("tests", "comments")]
    tests = options.get("tests")
    if not isinstance(tests, list) or not tests or not all(isinstance(test, str) and _TEST.fullmatch(test) for test in tests):
        problems.append("`tests` must be a list of Bandit test ids such as B602")
    return problems


class BanditTool:
    """Asks `bot.outside.bandit_worker` for the issues in each file."""

    name = NAME

    def __init__(self, rules: Sequence[Rule], environ: Mapping[str, str]) -> None:
        self._tests = sorted({test for rule in rules for test in rule.options["tests"]})
        self._environ = environ
        self._tag = f"bandit|{installed.tag('bandit')}|{','.join(self._tests)}"
        self._pool: WorkerPool | None = None

    def key(self, source: Source) -> str:
        return f"{self._tag}|{source.blob}"

    def start(self, workspace: Workspace, count: int) -> None:
        self._pool = WorkerPool(
            "bot.outside.bandit_worker", workspace.folder, self.name, self._environ,
            count, _FILES_PER_PROCESS,
        )  # fmt: skip

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        assert self._pool is not None
        self._pool.feed(self._tests, [workspace.path(source.side, source.path) for source in sources])

    def results(self) -> Sequence[Any]:
        assert self._pool is not None
        return self._pool.results()

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What Bandit's answer for one file means under *rules*."""
    by_test = {test: rule for rule in rules for test in rule.options["tests"]}
    for test, line, end_line, severity, confidence, text in answer:
        rule = by_test.get(test)
        if rule is not None:
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
