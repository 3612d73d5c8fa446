"""The rule kinds: one module each, listed here. Adding one: CONTRIBUTING.md."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from bot.analysis import FileChecker
from bot.checkers import bandit, judge, metric, pattern, radon, ruff
from bot.comparison import ChangeChecker
from bot.options import Table
from bot.rulebook import OptionsCheck

# What looks at one file at a time. Imported at every start, so these modules import little.
FILE_CHECKERS: list[FileChecker] = [ruff, bandit, radon, pattern, metric]

# What looks at the change as a whole, by name: imported only for a change that is not known yet.
CHANGE_CHECKERS: dict[str, str] = {
    "imports": "bot.checkers.imports",
    "api_contract": "bot.checkers.api_contract",
    "suppressions": "bot.checkers.suppressions",
    "configuration": "bot.checkers.configuration",
    "guarded": "bot.checkers.guarded",
    "tests": "bot.checkers.tests",
    "dependencies": "bot.checkers.dependencies",
    "duplicates": "bot.checkers.duplicates",
    "habits": "bot.checkers.habits",
    "schema_contract": "bot.checkers.schema_contract",
    "metric": "bot.checkers.metric",
    "sign_off": "bot.checkers.sign_off",
    "secrets": "bot.checkers.secrets",
}


def load(kind: str) -> FileChecker | ChangeChecker:
    """The checker of a rule kind; where it has both shapes, one module is both."""
    for checker in FILE_CHECKERS:
        if kind == checker.NAME:
            return checker
    return cast(ChangeChecker, importlib.import_module(CHANGE_CHECKERS[kind]))


def change_checkers(kinds: Iterable[str]) -> list[ChangeChecker]:
    """The change checkers of these rule kinds, in the order of the table."""
    wanted = set(kinds)
    return [
        cast(ChangeChecker, importlib.import_module(module))
        for name, module in CHANGE_CHECKERS.items()
        if name in wanted
    ]


def options_of(kind: str) -> Table:
    """What rules of this kind take as options."""
    return judge.OPTIONS if kind == judge.NAME else load(kind).OPTIONS


def _check_options(kind: str, given: Mapping[str, Any]) -> Sequence[str]:
    checker = judge if kind == judge.NAME else load(kind)
    return checker.check_options(given)


# Every rule kind, with what it says about the options of a rule.
KINDS: dict[str, OptionsCheck] = {
    kind: partial(_check_options, kind)
    for kind in dict.fromkeys(
        [*(checker.NAME for checker in FILE_CHECKERS), *CHANGE_CHECKERS, judge.NAME]
    )
}
