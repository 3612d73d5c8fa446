"""Rules as models read them: what finds a violation for all, what is left where one is suspected."""

from judging import rule

from bot.checkers.judge import rules_text

SECTIONS = {
    "Why": "It breaks.",
    "Instead": "Call it.",
    "Breaks it": "```python\nbad()\n```",
    "Keeps it": "```python\ngood()\n```",
    "Exceptions": "Not meant: tests.",
}
BUILT_IN = rule("pack/one", title="No bad", sections=SECTIONS, origin="rules/pack/one.md")
HOUSE = rule("house/one", title="No bad", sections=SECTIONS, origin=".architrave/rules/one.md")


def test_of_a_built_in_rule_title_example_and_exceptions_find_what_breaks_it() -> None:
    said = "# pack/one: No bad\nBreaks it:\nbad()\nExceptions: Not meant: tests.\n"
    assert rules_text.render([BUILT_IN]) == said


def test_the_rest_of_it_is_for_who_checks_a_suspicion() -> None:
    said = "# pack/one: No bad\nWhy: It breaks.\nInstead: Call it.\nKeeps it:\ngood()"
    assert rules_text.besides([BUILT_IN, HOUSE], known=[BUILT_IN, HOUSE]) == said
    assert rules_text.besides([BUILT_IN], known=[]) == rules_text.rule_text(BUILT_IN)


def test_a_rule_of_the_repository_may_say_anywhere_what_it_is_about() -> None:
    assert rules_text.render([HOUSE]) == rules_text.rule_text(HOUSE) + "\n"
    short = BUILT_IN._replace(sections={"Why": "It breaks."})
    assert rules_text.render([short]) == "# pack/one: No bad\nWhy: It breaks.\n"


def test_only_a_section_that_is_one_block_of_code_loses_its_marks() -> None:
    two = "```python a.py\nbad()\n```\n\n```python b.py\nbad()\n```"
    several = HOUSE._replace(sections={"Breaks it": two})
    assert two in rules_text.rule_text(several)
    plain = "```python\nbad()\n```\n\n```python\nbad()\n```"
    assert plain in rules_text.rule_text(HOUSE._replace(sections={"Breaks it": plain}))
