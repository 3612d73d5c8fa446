"""How a change bends its own tests: deleted, switched off, loosened, empty, or about a mock."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot import options, paths
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule

if TYPE_CHECKING:
    from bot.checkers.tests.suite import Suites
    from bot.checkers.tests.telling import Told

NAME = "tests"
READS = "outline"

REPORTS = (
    "deleted", "skipped", "skipped-with-reason", "loosened", "removed", "empty", "mocked-subject",
    "untested",
)  # fmt: skip
OPTIONS: options.Table = {
    "report": options.Option(f"one of {', '.join(REPORTS)}", {"enum": list(REPORTS)}, True)
}
CONFIGURATIONS = ("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")


def check_options(given: Mapping[str, Any]) -> Sequence[str]:
    return options.problems(NAME, OPTIONS, given)


def applies(path: str, rules: Sequence[Rule]) -> bool:
    return paths.is_python(path) or posixpath.basename(path) in CONFIGURATIONS


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    from bot.checkers.tests.suite import Suites

    suites = Suites(comparison)
    yield from suites.failed
    for rule in rules:
        for told in _told(suites, rule.options["report"]):
            if isinstance(told, Coverage):
                yield told
                continue
            yield Finding(
                rule.id,
                NAME,
                "note" if told.is_mild and not rule.severity_is_fixed else rule.severity,
                told.path,
                told.line,
                told.line,
                told.message,
                key=told.key,
            )


def _told(suites: "Suites", report: str) -> Iterator["Told | Coverage"]:
    """What there is to tell under a rule with this `report`."""
    from bot.checkers.tests import (
        configuration,
        deleted,
        empty,
        loosened,
        mocked,
        skipped,
        untested,
    )

    if report in ("skipped", "skipped-with-reason"):
        with_reason = report == "skipped-with-reason"
        yield from skipped.find(suites, with_reason=with_reason)
        yield from configuration.find(suites, with_reason=with_reason)
    elif report in ("loosened", "removed"):
        yield from loosened.find(suites, only_removed=report == "removed")
    else:
        parts = {
            "deleted": deleted, "empty": empty, "mocked-subject": mocked,
            "untested": untested,
        }  # fmt: skip
        yield from parts[report].find(suites)
