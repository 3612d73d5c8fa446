"""`--explain RULE`: what a rule says, why, and what instead."""

import json
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from bot import settings, standards, wording
from bot.checkers import KINDS
from bot.domain import Request, Rule
from bot.errors import ArchitraveError
from bot.outside.git import Repository
from bot.rulebook import SECTIONS
from bot.settings import Settings
from bot.sources import local


def rule(name: str, folder: str, surroundings: Settings) -> str:
    """The text of the rule with this id, or of the one that owns this tool code (`F401`, `B602`).

    Rules of the repository in *folder* are known too, as its base has them.
    """
    return text(name, _rules(folder, surroundings))


def text(name: str, rules: Sequence[Rule]) -> str:
    """As `rule`, among *rules*. Raises `ArchitraveError` with the nearest name when there is none."""
    found = next((each for each in rules if each.id == name), None) or _by_code(name, rules)
    if found is None:
        known = [each.id for each in rules] + [code for each in rules for code in _codes(each)]
        raise ArchitraveError(
            f"There is no rule `{name}`{settings.nearest(name, known)}",
            "Every finding names its rule; docs/rules.md lists them all.",
        )
    return _text(found)


def _rules(folder: str, surroundings: Settings) -> list[Rule]:
    try:
        repository = Repository(folder, surroundings.environ)
    except ArchitraveError:
        return standards.everything(None, "", KINDS)  # outside a repository
    with closing(repository):
        if repository.commit("HEAD") is None:
            return standards.everything(None, "", KINDS)
        trusted = local.read(Request(committed=True), repository).trusted
        return standards.everything(repository, trusted, KINDS)


def _by_code(code: str, rules: Sequence[Rule]) -> Rule | None:
    fitting = [
        (len(known), rule)
        for rule in rules
        for known in _codes(rule)
        if code == known or (rule.check == "ruff" and code.startswith(known))
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _codes(rule: Rule) -> list[str]:
    return [*rule.options.get("codes", ()), *rule.options.get("tests", ())]


def _stated(value: Any) -> str:
    """An option as it is written in a rule file."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(rule: Rule) -> str:
    checked = ", ".join(_codes(rule)) or ", ".join(
        f"{key}: {_stated(value)}" for key, value in rule.options.items()
    )
    lines = [
        f"{rule.id}: {rule.title}",
        f"severity {rule.severity}; checked by {rule.check} ({checked}); from {rule.origin}",
    ]
    for name in SECTIONS:
        if name in rule.sections:
            lines += ["", name, *(f"  {line}".rstrip() for line in rule.sections[name].split("\n"))]
    return "\n".join(wording.visible(line) for line in lines) + "\n"
