"""What a review may cost, what it has cost, and what that is in money."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.checkers.judge.conversations import BudgetSpent
from bot.outside.llm import Answer, Call, Usage

# Bytes of code for a token, assumed; usage tells afterwards what it was.
BYTES_PER_TOKEN = 2.7
# US dollars for a million tokens: input, output, cache written for 5 minutes and for an hour,
# cache read. Published prices of November 2026.
PRICES: Mapping[str, tuple[float, float, float, float, float]] = {
    "claude-opus-5": (4, 20, 5, 8, 0.20),
    "claude-sonnet-5": (2, 10, 2.50, 4, 0.10),
    "claude-haiku-5": (0.10, 0.50, 0.125, 0.20, 0.01),
    "claude-fable-5": (10, 50, 12.50, 20, 0.25),
}
# A prompt longer than this many tokens costs five times as much with the smallest model.
_HAIKU_SHORT, _HAIKU_FACTOR = 100_000, 5
# A call that is not answered yet is taken to answer with so many tokens.
_USUAL_OUTPUT = 1_500
# No review takes longer, whatever its budget.
_DAY = 24 * 3600


class Limits(NamedTuple):
    """Upper bounds of one review, and of all reviews of a day here; None for no bound."""

    tokens: float | None = 2_000_000
    usd: float | None = 2.0
    seconds: float | None = 300
    calls: float | None = 60
    tokens_per_day: float | None = None
    usd_per_day: float | None = None

    @property
    def is_daily(self) -> bool:
        """Whether a day has a bound."""
        return self.tokens_per_day is not None or self.usd_per_day is not None


def limits(table: Mapping[str, float]) -> Limits:
    """The limits of a policy's `budget` table; what it leaves out is as built in, 0 is no bound."""
    given = {name.replace("-", "_"): value or None for name, value in table.items()}
    return Limits()._replace(**given)


def price(model: str, usage: Usage) -> float | None:
    """US dollars, or None for a model whose price is not known."""
    known = next((prices for name, prices in PRICES.items() if name in model), None)
    if known is None:
        return None
    per_input, per_output, short, long, read = known
    size = usage.input + usage.cache_read + usage.cache_write_5m + usage.cache_write_1h
    factor = _HAIKU_FACTOR if "haiku" in model and size > _HAIKU_SHORT else 1
    cost = (
        usage.input * per_input
        + usage.output * per_output
        + usage.cache_write_5m * short
        + usage.cache_write_1h * long
        + usage.cache_read * read
    )
    return factor * cost / 1e6


def estimate(call: Call) -> int:
    """About how many tokens a call sends."""
    return tokens(repr([call.system, call.messages, call.tools, call.schema]))


def tokens(text: str) -> int:
    """About how many tokens a text is."""
    return int(len(text.encode(errors="replace")) / BYTES_PER_TOKEN) + 1


class Spent(NamedTuple):
    """What was used: tokens of every kind by model, calls, and money where prices are known."""

    calls: int = 0
    usages: Mapping[str, Usage] = {}
    usd: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        return sum(sum(usage) for usage in self.usages.values())

    def plus(self, model: str, usage: Usage) -> "Spent":
        """With one more answered call."""
        before = self.usages.get(model, Usage())
        total = Usage(*(one + other for one, other in zip(before, usage, strict=True)))
        cost = price(model, usage)
        return Spent(
            self.calls + 1,
            {**self.usages, model: total},
            self.usd + (cost or 0.0),
            self.unpriced + (cost is None),
        )

    def and_(self, other: "Spent") -> "Spent":
        """Both together."""
        total = self._replace(calls=self.calls + other.calls - len(other.usages))
        for model, usage in other.usages.items():
            total = total.plus(model, usage)
        return total._replace(usd=self.usd + other.usd, unpriced=self.unpriced + other.unpriced)


NOTHING = Spent()


class Meter:
    """Reserves before a call and books after it. *today* is what this day has cost before."""

    def __init__(
        self, limits: Limits, today: Spent, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.spent = NOTHING
        self.limits = limits
        self._today, self._clock = today, clock
        self._reserved: dict[int, tuple[int, float]] = {}
        self.deadline = clock() + (limits.seconds or _DAY)

    def reserve(self, call: Call) -> None:
        """Make room for a call. Raises `BudgetSpent`."""
        sends = estimate(call)
        cost = price(call.model, Usage(input=sends, output=_USUAL_OUTPUT)) or 0.0
        if problem := self.problem(sends + _USUAL_OUTPUT, cost):
            raise BudgetSpent(problem)
        self._reserved[id(call)] = (sends + _USUAL_OUTPUT, cost)

    def spend(self, call: Call, answer: Answer | None) -> None:
        """Book what a call used; None where it failed."""
        self._reserved.pop(id(call), None)
        if answer is None:
            self.spent = self.spent._replace(calls=self.spent.calls + 1)
        else:
            self.spent = self.spent.plus(call.model, answer.usage)

    def problem(self, sends: int, cost: float, calls: int = 1) -> str:
        """Which bound so much more would pass, "" if none."""
        tokens = self.spent.tokens + sum(each for each, _ in self._reserved.values()) + sends
        usd = self.spent.usd + sum(each for _, each in self._reserved.values()) + cost
        calls += self.spent.calls + len(self._reserved)
        bounds = self.limits
        checks: list[tuple[float, float | None, str]] = [
            (tokens, bounds.tokens, "tokens a review"),
            (usd, bounds.usd, "US dollars a review"),
            (calls, bounds.calls, "calls a review"),
            (tokens + self._today.tokens, bounds.tokens_per_day, "tokens a day"),
            (usd + self._today.usd, bounds.usd_per_day, "US dollars a day"),
        ]
        for value, bound, name in checks:
            if bound is not None and value > bound:
                return f"the budget of {bound:,.10g} {name} is spent"
        if self._clock() >= self.deadline:
            return f"the budget of {bounds.seconds or _DAY:,.10g} seconds a review is spent"
        return ""


def as_row(spent: Spent) -> list[Any]:
    """For keeping; `from_row` reads it."""
    usages = {model: list(usage) for model, usage in spent.usages.items()}
    return [spent.calls, usages, spent.usd, spent.unpriced]


def from_row(row: Any) -> Spent:
    """What `as_row` wrote."""
    calls, usages, usd, unpriced = row
    return Spent(calls, {model: Usage(*usage) for model, usage in usages.items()}, usd, unpriced)
