"""What a review costs, and that no call is made that the budget has no room for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkers.judge import budget
from bot.checkers.judge.budget import NOTHING, Limits, Meter, Spent
from bot.checkers.judge.conversations import BudgetSpent
from bot.outside.llm import Answer, Call, Usage

FREE = Limits(None, None, None, None)
MILLION = 1_000_000


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def call(text: str = "a question", model: str = "claude-sonnet-5-5") -> Call:
    return Call("finder", model, (), ({"role": "user", "content": [{"text": text}]},))


def answered(**usage: int) -> Answer:
    return Answer("", (), {}, "end_turn", Usage(**usage), "m")


def meter(limits: Limits = FREE, today: Spent = NOTHING, clock: Any = None) -> Meter:
    return Meter(limits, today, clock or Clock())


def refused(limits: Limits, today: Spent = NOTHING, asked: Call | None = None) -> str:
    with pytest.raises(BudgetSpent) as caught:
        meter(limits, today).reserve(asked or call())
    return str(caught.value)


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        ("claude-opus-5-5", Usage(input=MILLION), 4.0),
        ("claude-opus-5-5", Usage(output=MILLION), 20.0),
        ("claude-sonnet-5-5", Usage(input=MILLION), 2.0),
        ("claude-sonnet-5-5", Usage(cache_write_5m=MILLION), 2.5),
        ("claude-sonnet-5-5", Usage(cache_write_1h=MILLION), 4.0),
        ("claude-sonnet-5-5", Usage(cache_read=MILLION), 0.1),
        ("claude-sonnet-5-5", Usage(output=MILLION), 10.0),
        ("eu.anthropic.claude-sonnet-5-5-v1:0", Usage(output=MILLION), 10.0),
        ("claude-haiku-5-5", Usage(input=100_000), 0.01),
        ("claude-haiku-5-5", Usage(input=100_001), 0.0500005),
        ("claude-haiku-5-5", Usage(input=1, cache_read=100_000), 0.0050005),
        ("claude-haiku-5-5", Usage(input=1_000, output=200_000), 0.1001),
        ("claude-sonnet-5-5", Usage(), 0.0),
        ("claude-sonnet-5-5", Usage(1_000, 2_000, 3_000, 4_000, 5_000), 0.0694),
    ],
)
def test_prices_are_those_of_the_model_and_the_kind_of_token(
    model: str, usage: Usage, usd: float
) -> None:
    assert budget.price(model, usage) == pytest.approx(usd)


def test_a_model_that_is_not_known_has_no_price() -> None:
    assert budget.price("llama-9", Usage(input=1)) is None


def test_limits_are_taken_by_name_and_nought_is_none() -> None:
    given = {"tokens": 10, "usd": 0, "tokens-per-day": 5, "usd-per-day": 0.5}
    assert budget.limits(given) == Limits(tokens=10, usd=None, tokens_per_day=5, usd_per_day=0.5)
    assert budget.limits({}) == Limits()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (FREE._replace(tokens=1_000), "the budget of 1,000 tokens a review is spent"),
        (FREE._replace(usd=0.001), "the budget of 0.001 US dollars a review is spent"),
        (FREE._replace(calls=0.5), "the budget of 0.5 calls a review is spent"),
        (FREE._replace(tokens_per_day=1_000), "the budget of 1,000 tokens a day is spent"),
        (FREE._replace(usd_per_day=0.001), "the budget of 0.001 US dollars a day is spent"),
    ],
)
def test_each_limit_refuses_a_call_by_its_name(limits: Limits, said: str) -> None:
    assert refused(limits) == said


def test_a_limit_may_be_reached_and_not_passed() -> None:
    sends = budget.estimate(call()) + 1_500
    meter(FREE._replace(tokens=sends)).reserve(call())
    assert "tokens a review" in refused(FREE._replace(tokens=sends - 1))


def test_what_the_day_has_cost_before_counts_for_the_day_alone() -> None:
    before = NOTHING.plus("claude-sonnet-5-5", Usage(input=MILLION))
    meter(FREE._replace(tokens=MILLION, usd=1), before).reserve(call())
    for limits in (FREE._replace(tokens_per_day=MILLION), FREE._replace(usd_per_day=2)):
        assert "a day" in refused(limits, before)
        meter(limits).reserve(call())


def test_time_is_up_at_the_deadline() -> None:
    clock = Clock()
    watched = meter(FREE._replace(seconds=60), clock=clock)
    clock.now += 59.9
    watched.reserve(call())
    clock.now += 0.1
    with pytest.raises(BudgetSpent, match="the budget of 60 seconds a review is spent"):
        watched.reserve(call())


def test_no_review_takes_longer_than_a_day() -> None:
    clock = Clock()
    watched = meter(clock=clock)
    clock.now += 24 * 3600
    with pytest.raises(BudgetSpent, match="86,400 seconds"):
        watched.reserve(call())


def test_calls_under_way_are_counted_until_they_are_answered() -> None:
    watched = meter(FREE._replace(calls=2))
    first, second, third = (call(text) for text in "abc")
    watched.reserve(first)
    watched.reserve(second)
    with pytest.raises(BudgetSpent):
        watched.reserve(third)
    watched.spend(first, answered(input=1))
    watched.spend(second, None)
    assert watched.spent.calls == 2
    with pytest.raises(BudgetSpent):
        watched.reserve(third)


def test_what_was_reserved_makes_room_for_what_was_used() -> None:
    sends = budget.estimate(call()) + 1_500
    watched = meter(FREE._replace(tokens=sends + 10))
    first = call()
    watched.reserve(first)
    with pytest.raises(BudgetSpent):
        watched.reserve(call())
    watched.spend(first, answered(input=6, output=4))
    watched.reserve(call())
    assert watched.spent.tokens == 10


def test_a_call_that_had_no_room_reserves_nothing() -> None:
    watched = meter(FREE._replace(tokens=budget.estimate(call()) + 1_500))
    for _ in range(3):
        with pytest.raises(BudgetSpent):
            watched.reserve(call("long" * 1_000))
    watched.reserve(call())


def test_equal_calls_are_reserved_and_booked_each_for_itself() -> None:
    watched = meter(FREE._replace(calls=2))
    first, second = call(), call()
    watched.reserve(first)
    watched.reserve(second)
    watched.spend(first, None)
    with pytest.raises(BudgetSpent):
        watched.reserve(call())


def test_a_model_without_a_price_is_counted_in_tokens_alone() -> None:
    watched = meter(FREE._replace(usd=0.01))
    asked = call(model="llama-9")
    watched.reserve(asked)
    watched.spend(asked, answered(input=MILLION))
    assert (watched.spent.usd, watched.spent.unpriced, watched.spent.tokens) == (0, 1, MILLION)


def test_an_estimate_grows_with_what_is_sent() -> None:
    assert budget.tokens("") == 1
    assert budget.tokens("x" * 2_701) == 1_001
    assert budget.tokens("ä" * 1_351) == 1_001
    assert budget.tokens("\ud800") >= 1
    large = budget.estimate(call("x" * 27_000))
    assert 10_000 < large < 10_100
    with_tools = call()._replace(tools=({"name": "y" * 27_000},), system=({"text": "z" * 27_000},))
    assert 20_000 < budget.estimate(with_tools) < 20_200


USAGES = st.builds(Usage, *[st.integers(0, 10**7)] * 5)
BOOKED = st.lists(
    st.tuples(st.sampled_from(["claude-opus-5-5", "claude-haiku-5-5", "llama"]), USAGES)
)


def total(booked: list[tuple[str, Usage]]) -> Spent:
    spent = NOTHING
    for model, usage in booked:
        spent = spent.plus(model, usage)
    return spent


@given(BOOKED, BOOKED)
def test_two_sums_are_one_sum(one: list[tuple[str, Usage]], other: list[tuple[str, Usage]]) -> None:
    both, whole = total(one).and_(total(other)), total([*one, *other])
    assert (both.calls, both.usages, both.unpriced) == (whole.calls, whole.usages, whole.unpriced)
    assert both.usd == pytest.approx(whole.usd)
    assert whole.calls == len(one) + len(other)
    assert whole.tokens == sum(sum(usage) for _, usage in [*one, *other])
    assert whole.unpriced == sum(model == "llama" for model, _ in [*one, *other])


@given(BOOKED)
def test_what_is_kept_is_read_again(booked: list[tuple[str, Usage]]) -> None:
    spent = total(booked)
    assert budget.from_row(json.loads(json.dumps(budget.as_row(spent)))) == spent


def test_failed_calls_of_another_time_are_kept_in_the_sum() -> None:
    failed = NOTHING._replace(calls=3)
    assert total([("llama", Usage(1))]).and_(failed).calls == 4
    assert failed.and_(total([("llama", Usage(1))])).calls == 4
