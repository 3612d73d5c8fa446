"""Rules as a model reads them: the same text for every change, so that it is paid for once."""

from collections.abc import Iterable

from bot.domain import Rule

_SECTIONS = ("Why", "Instead", "Breaks it", "Keeps it", "Exceptions")


def render(rules: Iterable[Rule]) -> str:
    """The rules, sorted by id."""
    return "\n\n".join(rule_text(rule) for rule in sorted(rules, key=lambda each: each.id)) + "\n"


def rule_text(rule: Rule) -> str:
    """One rule with all that its file says."""
    parts = [f"# Rule {rule.id}: {rule.title}"]
    parts += [
        f"{name}: {rule.sections[name].strip()}" for name in _SECTIONS if rule.sections.get(name)
    ]
    return "\n".join(parts)
