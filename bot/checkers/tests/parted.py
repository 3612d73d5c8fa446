"""Cases of a parametrisation that became tests of their own."""

import re

from bot.checkers.tests.functions import Both, Test
from bot.checkers.tests.suite import Suites
from bot.comparison import SideName
from bot.facts.markers import Cases

_TEXT = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
# Names that tell one case from another: members, classes and constants.
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+|[A-Z]\w{2,}")


def has_own_test(suites: Suites, pair: Both, old: Cases, new: Cases) -> bool:
    """Whether a new test of the file insists on something about all that only gone cases name."""
    before = _names(_code(suites, "base", pair.base, old.line))
    gone = before - _names(_code(suites, "head", pair.head, new.line))
    return bool(gone) and any(
        gone <= _names(_code(suites, "head", test, test.line, test.last_line))
        for test in suites.new
        if test.path == pair.head.path and test.is_test and not test.off and test.live
    )


def _code(suites: Suites, side: SideName, test: Test, first: int, last: int = 0) -> str:
    """Lines of a test; without *last*, those of its decorators from *first* on."""
    lines = suites.comparison.lines(side, test.path)[first - 1 : last or test.line - 1]
    return _TEXT.sub("", "\n".join(lines))


def _names(code: str) -> set[str]:
    return set(_NAME.findall(code))
