"""Several conversations at once: who waits for whom, and what ends only the one it concerns."""

import threading
from collections.abc import Callable, Generator

import pytest
from judging import answer

from bot.checkers.judge import conversations
from bot.checkers.judge.conversations import BudgetSpent, Conversation
from bot.outside.llm import Answer, Call, LlmFailure

PATIENCE = 30  # for a test that fails; nothing here waits for time to pass


class Purse:
    """Notes what is reserved and booked; has room for all calls but those named."""

    def __init__(self, *, poor: Callable[[str], bool] = lambda name: False) -> None:
        self.reserved: list[str] = []
        self.spent: list[tuple[str, bool]] = []
        self.threads: set[threading.Thread] = set()
        self._poor = poor

    def reserve(self, call: Call) -> None:
        self.threads.add(threading.current_thread())
        if self._poor(call.purpose):
            raise BudgetSpent(f"no room for {call.purpose}")
        self.reserved.append(call.purpose)

    def spend(self, call: Call, answer: Answer | None) -> None:
        self.threads.add(threading.current_thread())
        self.spent.append((call.purpose, answer is not None))


def call(name: str) -> Call:
    return Call(name, "m", (), ())


def echo(asked: Call) -> Answer:
    return answer(f"answer to {asked.purpose}")


def talk(name: str, turns: int = 1) -> Conversation[str]:
    """Asks *turns* times and returns the last answer."""
    text = "never asked"
    for turn in range(1, turns + 1):
        text = (yield call(f"{name}{turn}")).text
    return text


def run(
    talks: list[Conversation[str]],
    ask: Callable[[Call], Answer] = echo,
    purse: Purse | None = None,
) -> list[object]:
    return [*conversations.run(talks, ask, purse or Purse())]


def test_each_conversation_has_its_own_outcome_in_its_place() -> None:
    talks = [talk(name, turns) for name, turns in (("a", 1), ("b", 3), ("c", 2), ("d", 0))]
    assert run(talks) == ["answer to a1", "answer to b3", "answer to c2", "never asked"]
    assert run([]) == []


def test_the_first_is_answered_before_others_are_asked() -> None:
    asked: list[str] = []
    together = threading.Barrier(3)

    def ask(asked_call: Call) -> Answer:
        asked.append(asked_call.purpose)
        if asked_call.purpose != "a1":
            # Breaks, and fails the test, if these three are not asked at the same time.
            together.wait(PATIENCE)
        else:
            assert asked == ["a1"]
        return echo(asked_call)

    talks = [talk("a", 2), talk("b"), talk("c")]
    assert len(run(talks, ask)) == 3
    assert asked[0] == "a1"
    assert sorted(asked[1:]) == ["a2", "b1", "c1"]


def test_others_start_after_the_first_whatever_became_of_it() -> None:
    def ask(asked: Call) -> Answer:
        if asked.purpose == "a1":
            raise LlmFailure("timeout", "no answer")
        return echo(asked)

    failure, *others = run([talk("a"), talk("b"), talk("c")], ask)
    assert isinstance(failure, LlmFailure)
    assert others == ["answer to b1", "answer to c1"]


def test_a_first_that_asks_nothing_makes_the_second_the_first() -> None:
    asked: list[str] = []

    def ask(asked_call: Call) -> Answer:
        asked.append(asked_call.purpose)
        assert asked == ["b1"] or "b1" in asked
        return echo(asked_call)

    assert run([talk("a", 0), talk("b"), talk("c")], ask) == [
        "never asked", "answer to b1", "answer to c1",
    ]  # fmt: skip
    assert asked[0] == "b1"


def test_at_most_four_are_asked_at_once() -> None:
    lock, full = threading.Lock(), threading.Barrier(4)
    now, most = 0, 0

    def ask(asked: Call) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        if asked.purpose != "t01":
            full.wait(PATIENCE)  # four are under way together, or the test fails
        with lock:
            now -= 1
        return echo(asked)

    found = run([talk(f"t{at}") for at in range(9)], ask)
    assert found == [f"answer to t{at}1" for at in range(9)]
    assert most == 4


def test_a_failure_ends_only_its_conversation() -> None:
    def ask(asked: Call) -> Answer:
        if asked.purpose == "b2":
            raise LlmFailure("overloaded", "too much to do", "req_1")
        return echo(asked)

    purse = Purse()
    one, other, third = run([talk("a", 3), talk("b", 3), talk("c", 3)], ask, purse)
    assert (one, third) == ("answer to a3", "answer to c3")
    assert isinstance(other, LlmFailure)
    assert (str(other), other.kind, other.request_id) == ("too much to do", "overloaded", "req_1")
    assert sorted(purse.spent) == sorted(
        [(f"{name}{turn}", True) for name in "ac" for turn in (1, 2, 3)]
        + [("b1", True), ("b2", False)]
    )


def test_what_the_budget_has_no_room_for_is_not_asked_and_ends_its_conversation() -> None:
    asked: list[str] = []

    def ask(asked_call: Call) -> Answer:
        asked.append(asked_call.purpose)
        return echo(asked_call)

    purse = Purse(poor=lambda name: name in ("a1", "c2"))
    first, second, third = run([talk("a"), talk("b"), talk("c", 2)], ask, purse)
    assert second == "answer to b1"
    for outcome, name in ((first, "a1"), (third, "c2")):
        assert isinstance(outcome, BudgetSpent)
        assert str(outcome) == f"no room for {name}"
    assert sorted(asked) == sorted(purse.reserved) == ["b1", "c1"]
    assert sorted(purse.spent) == [("b1", True), ("c1", True)]


def test_a_conversation_may_catch_what_is_thrown_into_it() -> None:
    def stubborn(first: str, second: str) -> Generator[Call, Answer, str]:
        try:
            yield call(first)
        except (BudgetSpent, LlmFailure) as failure:
            return f"{failure}, then {(yield call(second)).text}"
        return "nothing thrown"

    def ask(asked: Call) -> Answer:
        if asked.purpose == "broken":
            raise LlmFailure("timeout", "no answer")
        return echo(asked)

    purse = Purse(poor=lambda name: name == "dear")
    talks: list[Conversation[str]] = [stubborn("broken", "x"), stubborn("dear", "y")]
    assert run(talks, ask, purse) == [
        "no answer, then answer to x", "no room for dear, then answer to y",
    ]  # fmt: skip


def test_a_conversation_may_end_with_a_failure_of_its_own() -> None:
    def hopeless() -> Generator[Call, Answer, str]:
        yield call("a")
        raise LlmFailure("malformed", "cannot be read")

    failure, other = run([hopeless(), talk("b")])
    assert isinstance(failure, LlmFailure)
    assert (failure.kind, other) == ("malformed", "answer to b1")


@pytest.mark.parametrize("at", ["a1", "b1", "c2"])
def test_any_other_error_of_whoever_asks_is_no_outcome(at: str) -> None:
    def ask(asked: Call) -> Answer:
        if asked.purpose == at:
            raise ZeroDivisionError(at)
        return echo(asked)

    with pytest.raises(ZeroDivisionError, match=at):
        run([talk("a"), talk("b"), talk("c", 2)], ask)


def test_an_error_in_a_conversation_is_no_outcome() -> None:
    def faulty() -> Generator[Call, Answer, str]:
        yield call("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run([faulty(), talk("b")])


def test_an_error_does_not_wait_for_questions_under_way() -> None:
    release = threading.Event()

    def ask(asked: Call) -> Answer:
        if asked.purpose == "b1":
            assert release.wait(PATIENCE)
        elif asked.purpose == "c1":
            raise ZeroDivisionError
        return echo(asked)

    try:
        with pytest.raises(ZeroDivisionError):
            run([talk("a"), talk("b"), talk("c")], ask)
        assert not release.is_set()
    finally:
        release.set()


def test_only_the_asking_is_done_beside() -> None:
    here = threading.current_thread()
    asking: set[threading.Thread] = set()

    def ask(asked: Call) -> Answer:
        asking.add(threading.current_thread())
        return echo(asked)

    def watched() -> Generator[Call, Answer, str]:
        assert threading.current_thread() is here
        yield call("a")
        assert threading.current_thread() is here
        return "done"

    purse = Purse()
    assert run([watched() for _ in range(6)], ask, purse) == ["done"] * 6
    assert purse.threads == {here}
    assert here not in asking
