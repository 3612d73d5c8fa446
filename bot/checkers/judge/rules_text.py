"""Rules as a model reads them: the same text for every change, so that it is paid for once."""

from collections.abc import Container, Iterable

from bot.domain import Rule

_SECTIONS = ("Why", "Instead", "Breaks it", "Keeps it", "Exceptions")
# Where an example and the exceptions say what a rule is about, it is found without these.
_BESIDES = ("Why", "Keeps it")
_TELLING = ("Breaks it", "Exceptions")


def render(rules: Iterable[Rule]) -> str:
    """The rules, sorted by id, as far as they are needed to find what breaks them."""
    several = sorted(rules, key=lambda each: each.id)
    return "\n\n".join(_heading(rule) + _text(rule, _needed(rule)) for rule in several) + "\n"


def besides(rules: Iterable[Rule], known: Container[Rule]) -> str:
    """What is left of the rules for who has been given `render` of *known*, sorted by id."""
    texts = [
        (rule, _text(rule, set(_SECTIONS) - (_needed(rule) if rule in known else set())))
        for rule in sorted(rules, key=lambda each: each.id)
    ]
    return "\n\n".join(_heading(rule) + text for rule, text in texts if text)


def rule_text(rule: Rule) -> str:
    """One rule with all that its file says."""
    return _heading(rule) + _text(rule, set(_SECTIONS))


def _needed(rule: Rule) -> set[str]:
    is_told = all(rule.sections.get(name) for name in _TELLING)
    return set(_SECTIONS).difference(_BESIDES if is_told else ())


def _heading(rule: Rule) -> str:
    return f"# Rule {rule.id}: {rule.title}"


def _text(rule: Rule, names: set[str]) -> str:
    said = ((name, rule.sections.get(name, "").strip()) for name in _SECTIONS if name in names)
    return "".join(f"\n{name}: {text}" for name, text in said if text)
