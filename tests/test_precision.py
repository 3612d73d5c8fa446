"""What answers teach: which rules are noise, who may say so, and what a policy makes of it."""

from collections.abc import Iterable

import pytest
from bot_on_github import BASE, EVAL, Shop, opening
from hypothesis import given
from hypothesis import strategies as st

from bot import precision, pull_requests
from bot.domain import Policy, Rule
from bot.precision import Learned, Outcome, Tally

RULE = "security/code-execution"
COUNTS = st.integers(0, 500)
NOISY = Tally(RULE, 1, 13, 4)
WANTED = Policy(demote_noisy=True)
PEOPLE = ("kim", "lea", "max", "noa")


def wrong(pull: int, by: str, *, name: str = "", author: bool = False) -> tuple[int, Outcome]:
    told = Outcome(RULE, name or f"f{pull}", "false positive", by, PEOPLE.index(by) + 1, author)
    return pull, told


def tally(outcomes: Iterable[tuple[int, Outcome]]) -> Tally:
    (found,) = precision.learned(outcomes).tallies
    return found


def rule(name: str = RULE, severity: str = "error") -> Rule:
    return Rule(name, "Title", severity, "ruff", {}, {})  # type: ignore[arg-type]


def test_the_interval_is_wilsons():
    low, high = precision.interval(8, 2)
    # Newcombe 1998, Statistics in Medicine 17: of 81 in 263 it is 0.2553 to 0.3662.
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    low, high = precision.interval(81, 263 - 81)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert precision.interval(0, 0) == (0.0, 1.0)


@given(COUNTS, COUNTS)
def test_the_interval_holds_what_was_observed_and_shrinks_with_more(right, bad):
    low, high = precision.interval(right, bad)
    assert 0 <= low <= high <= 1
    if right + bad:
        assert low - 1e-9 <= right / (right + bad) <= high + 1e-9
        more = precision.interval(10 * right, 10 * bad)
        assert more[1] - more[0] < high - low


def test_answers_of_a_pull_request_count_once():
    many = [wrong(7, "kim", name=f"f{number}") for number in range(100)]
    assert tally(many) == Tally(RULE, 0, 1, 1)


def test_an_author_says_nothing_about_the_rules_that_judge_them():
    own = [wrong(number, "kim", author=True) for number in range(20)]
    assert precision.learned(own) == precision.NOTHING
    assert tally([*own, wrong(30, "lea")]) == Tally(RULE, 0, 1, 1)


def test_what_is_fixed_or_accepted_was_right_and_a_click_says_neither():
    outcomes = [
        (number, Outcome(RULE, "f", how))
        for number, how in enumerate(("fixed", "accepted", "resolved", "open"))
    ]
    assert tally(outcomes) == Tally(RULE, 2, 0, 0)


def test_a_false_positive_is_remembered_by_its_fingerprint():
    assert precision.learned([wrong(1, "kim"), wrong(2, "lea")]).dismissed == {"f1", "f2"}
    assert precision.learned([(1, Outcome(RULE, "f9", "accepted"))]).dismissed == frozenset()


@pytest.mark.parametrize(
    ("right", "bad", "people", "is_noisy"),
    [
        (0, 10, 3, True), (1, 9, 3, True), (1, 13, 4, True),
        (0, 9, 3, False), (0, 10, 2, False), (0, 500, 1, False),
        (3, 7, 5, False), (50, 50, 9, False), (45, 55, 9, False), (300, 500, 9, True),
    ],
)  # fmt: skip
def test_noise_takes_many_changes_several_people_and_certainty(right, bad, people, is_noisy):
    assert precision.is_noisy(Tally(RULE, right, bad, people)) is is_noisy


def test_a_noisy_rule_becomes_a_note_where_the_policy_wants_it():
    rules, noisy = precision.demote([rule(), rule("python/other")], WANTED, [NOISY])
    assert [(each.id, each.severity) for each in rules] == [
        (RULE, "note"),
        ("python/other", "error"),
    ]
    assert noisy == [NOISY]
    assert "13 of 14 merged pull requests" in precision.says(NOISY)


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        (Policy(), rule()),
        (WANTED._replace(severity={RULE: "error"}), rule()),
        (WANTED._replace(severity_ai={RULE: "error"}), rule()),
        (WANTED, rule(severity="note")),
        (WANTED, rule("oversight/rules-and-policy")),
    ],
)
def test_a_rule_stays_without_the_policy_or_by_a_persons_word(policy, given):
    tallies = [NOISY, NOISY._replace(rule="oversight/rules-and-policy")]
    assert precision.demote([given], policy, tallies) == ([given], [])


@pytest.fixture(scope="module")
def demoting(tmp_path_factory):
    tree = {**BASE, ".architrave.toml": 'fail-on = "error"\ndemote-noisy = true\n'}
    with opening(tmp_path_factory.mktemp("shop"), tree) as shop:
        yield shop


def test_a_demoted_rule_is_said_in_the_review_and_blocks_nobody(demoting: Shop) -> None:
    pull = demoting.hub.open(demoting.repo, {"app/api.py": EVAL})
    with demoting.bot.office() as office:
        gate = pull_requests.review(pull.number, office)
        assert gate.state == "failure"
        known = office._replace(learned=Learned(tallies=(NOISY,)))
        gate = pull_requests.review(pull.number, known)
    assert (gate.state, gate.says) == ("success", "Nothing has to be answered")
    assert "security/code-execution is only a note" in pull.reviews[0].body.replace("\\", "")
