"""New or changed behaviour in a change that touches no test."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bot.checkers.tests.behaviour import Behaviour, Function
from bot.checkers.tests.functions import belongs_to_tests, is_collected_path
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, listed

# Shorter functions are not worth asking about, whatever their signatures and docstrings add.
_TELLING_LINES = 10
_TELLING_BODY = 8
# What hardly anyone writes tests for.
_APART = {"noxfile.py", "setup.py", "tasks.py", "fabfile.py"}
_APART_FOLDER = re.compile(r"(?:.*[_-])?(?:docs?|examples?|benchmarks?)", re.IGNORECASE)
_SAID = {
    "new": ("is new", "are new"),
    "parameters": ("takes new parameters", "take new parameters"),
    "raised": ("raises new errors", "raise new errors"),
    "conditions": ("has new branches", "have new branches"),
}


def find(suites: Suites) -> Iterator[Told]:
    """At most one thing: the public functions that are new or do more than they did."""
    comparison = suites.comparison
    if any(
        belongs_to_tests(path)
        for file in comparison.change.files
        for path in (file.path, file.old_path)
    ):
        return
    behaviour = Behaviour(comparison)
    told: dict[str, dict[str, Function]] = defaultdict(dict)
    for function in sorted(behaviour.head, key=lambda each: each.line - each.last_line):
        if _is_worth_a_test(function) and (how := behaviour.change_of(function)):
            name = behaviour.outermost(function) if how == "new" else function.name
            told[how].setdefault(name, function)
    if not told or not any(is_collected_path(path) for path in comparison.listing("head")):
        return
    first = next(iter(told[next(how for how in _SAID if told.get(how))].values()))
    message = f"{_said(told)}, and the change touches no test"
    yield Told(first.path, first.line, message, "untested")


def _is_worth_a_test(function: Function) -> bool:
    folder, name = posixpath.split(function.path)
    return (
        function.is_public
        and bool(function.body)
        and function.last_line - function.line >= _TELLING_LINES
        and function.size >= _TELLING_BODY
        and name not in _APART
        and not any(map(_APART_FOLDER.fullmatch, folder.split("/")))
    )


def _said(told: Mapping[str, Mapping[str, Function]]) -> str:
    parts = []
    for how, (one, several) in _SAID.items():
        if names := [f"`{name}`" for name in told.get(how, ())]:
            parts.append(f"{listed(names)} {one if len(names) == 1 else several}")
    return ", ".join(parts)
