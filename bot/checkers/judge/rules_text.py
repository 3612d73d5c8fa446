"""Rules as a model reads them: the same text for every change, so that it is paid for once."""

import re
from collections.abc import Collection, Container, Iterable, Sequence

from bot.domain import BUILT_IN, Rule

_SECTIONS = ("Why", "Instead", "Breaks it", "Keeps it", "Exceptions")
_BLOCK = re.compile(r"```\w*\n(.*)\n```", re.DOTALL)
# Title, example and exceptions of a built-in rule are written to tell what it is about; a rule of
# the repository may say that anywhere.
_TELLING = ("Breaks it", "Exceptions")


def render(rules: Iterable[Rule]) -> str:
    """The rules, sorted by id, as far as they are needed to find what breaks them."""
    several = sorted(rules, key=lambda each: each.id)
    return "\n\n".join(_heading(rule) + _text(rule, _needed(rule)) for rule in several) + "\n"


def besides(rules: Iterable[Rule], known: Container[Rule]) -> str:
    """What is left of the rules for who has been given `render` of *known*, sorted by id."""
    texts = [
        (rule, _text(rule, set(_SECTIONS).difference(_needed(rule) if rule in known else ())))
        for rule in sorted(rules, key=lambda each: each.id)
    ]
    return "\n\n".join(_heading(rule) + text for rule, text in texts if text)


def rule_text(rule: Rule) -> str:
    """One rule with all that its file says."""
    return _heading(rule) + _text(rule, _SECTIONS)


def _needed(rule: Rule) -> Sequence[str]:
    is_told = rule.origin.startswith(BUILT_IN) and all(map(rule.sections.get, _TELLING))
    return _TELLING if is_told else _SECTIONS


def _heading(rule: Rule) -> str:
    return f"# {rule.id}: {rule.title}"


def _text(rule: Rule, names: Collection[str]) -> str:
    said = ((name, rule.sections.get(name, "").strip()) for name in _SECTIONS if name in names)
    return "".join(f"\n{name}:{_unfenced(text)}" for name, text in said if text)


def _unfenced(text: str) -> str:
    """A section on its line; one that is a block of code below it, without the marks around it."""
    code = _BLOCK.fullmatch(text)
    return f"\n{code[1]}" if code and "```" not in code[1] else f" {text}"
