"""One question until it is answered: with tools, with one repair, with another model on refusal."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from judging import answer

from bot.checkers.judge import dialogue
from bot.checkers.judge.answers import Unreadable
from bot.checkers.judge.dialogue import TooLong, complete, text_block, user
from bot.outside.llm import Answer, Call, LlmFailure, ToolUse

HOUR = {"type": "ephemeral", "ttl": "1h"}
BRIEF = {"type": "ephemeral"}
START = Call(
    "finder",
    "model-a",
    (text_block("rules", HOUR),),
    (user(text_block("change", BRIEF), text_block("task")),),
)
LOOK = ("read_file", {"path": "a.py"})


def parse(text: str) -> str:
    if text != "good":
        raise Unreadable(f"$ is {text}")
    return text


def tool(use: ToolUse) -> str:
    return f"{use.name} {dict(use.arguments)}"


class Told:
    """What came of a dialogue in which a model gave these answers: every call, and the end."""

    def __init__(
        self,
        *given: Answer,
        other: str = "",
        use: Callable[[ToolUse], str] = tool,
        start: Call = START,
    ) -> None:
        self.calls: list[Call] = []
        self.begun_again = 0
        self.outcome: Any = None
        talk = complete(start, parse, use, other, self._begin_again)
        try:
            self.calls.append(next(talk))
            for each in given:
                self.calls.append(talk.send(each))
        except StopIteration as end:
            self.outcome = end.value
        except (LlmFailure, TooLong) as failure:
            self.outcome = failure

    def _begin_again(self) -> None:
        self.begun_again += 1

    def failure(self, kind: str) -> LlmFailure:
        assert isinstance(self.outcome, LlmFailure)
        assert self.outcome.kind == kind
        return self.outcome


def markers(call: Call) -> list[tuple[int, int]]:
    """Where cache markers are, by message and block."""
    return [
        (at, place)
        for at, message in enumerate(call.messages)
        for place, block in enumerate(message["content"])
        if "cache_control" in block
    ]


def last(call: Call) -> list[Mapping[str, Any]]:
    blocks: list[Mapping[str, Any]] = call.messages[-1]["content"]
    return blocks


def test_a_good_answer_is_the_end_with_the_call_that_would_go_on() -> None:
    given = answer("good")
    told = Told(given)
    parsed, going_on = told.outcome
    assert (parsed, told.calls) == ("good", [START])
    assert going_on == START._replace(messages=(*START.messages, given.turn))


def test_what_a_tool_returned_goes_back_after_the_turn_unchanged() -> None:
    turn = answer("let me see", LOOK)
    told = Told(turn, answer("good"))
    assert told.calls[1].messages == (
        *START.messages,
        turn.turn,
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": "read_file {'path': 'a.py'}",
                    "cache_control": BRIEF,
                }
            ],
        },
    )
    assert told.outcome[0] == "good"


def test_all_tools_of_a_turn_are_answered_in_one_message_and_in_order() -> None:
    told = Told(answer("", LOOK, ("outline", {}), LOOK))
    assert [block["tool_use_id"] for block in last(told.calls[1])] == ["t1", "t2", "t3"]
    assert last(told.calls[1])[1]["content"] == "outline {}"


def test_the_cache_marker_moves_to_the_last_result() -> None:
    several = answer("", LOOK, LOOK)
    told = Told(several, answer("", LOOK), several, answer("good"))
    assert [markers(call) for call in told.calls] == [
        [(0, 0)],
        [(0, 0), (2, 1)],
        [(0, 0), (4, 0)],
        [(0, 0), (6, 1)],
    ]
    assert all(call.system == START.system for call in told.calls)


def test_nothing_that_was_said_is_changed_but_the_marker() -> None:
    told = Told(answer("", LOOK), answer("x"), answer("", LOOK), answer("good"))
    whole = [bare(message) for message in told.outcome[1].messages]
    for call in told.calls:
        said = [bare(message) for message in call.messages]
        assert whole[: len(said)] == said


def bare(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in block.items() if name != "cache_control"}
        for block in message["content"]
    ]


def test_an_answer_that_cannot_be_read_may_be_repaired_once() -> None:
    told = Told(answer("nonsense"), answer("good"))
    assert told.outcome[0] == "good"
    assert [message["role"] for message in told.calls[1].messages] == ["user", "assistant", "user"]
    assert last(told.calls[1]) == [
        {
            "type": "text",
            "text": "That cannot be read: $ is nonsense. Answer with the JSON alone.\n",
        }
    ]


def test_an_answer_that_stays_unreadable_is_a_failure() -> None:
    told = Told(answer("one"), answer("", LOOK), answer("two")._replace(request_id="req_9"))
    failure = told.failure("malformed")
    assert str(failure) == "its answer cannot be read: $ is two"
    assert (failure.request_id, len(told.calls)) == ("req_9", 3)


def test_an_empty_answer_is_not_sent_back() -> None:
    told = Told(answer(""), answer("good"))
    assert [message["role"] for message in told.calls[1].messages] == ["user", "user"]
    assert told.outcome[0] == "good"


def test_after_a_refusal_another_model_is_asked_from_the_start() -> None:
    told = Told(answer("", LOOK), answer("", stop="refusal"), answer("good"), other="model-b")
    assert told.calls[2] == START._replace(model="model-b")
    assert told.begun_again == 1
    parsed, going_on = told.outcome
    assert (parsed, going_on.model) == ("good", "model-b")


@pytest.mark.parametrize("other", ["", "model-a"])
def test_where_there_is_no_other_model_a_refusal_is_a_failure(other: str) -> None:
    refusal = answer("", stop="refusal")._replace(category="cyber", request_id="req_3")
    told = Told(refusal, other=other)
    failure = told.failure("refused")
    assert (str(failure), failure.request_id) == ("it refused to answer (cyber)", "req_3")
    assert len(told.calls) == 1


def test_when_both_refuse_it_is_a_failure() -> None:
    refusal = answer("", stop="refusal")
    told = Told(refusal, refusal, other="model-b")
    assert str(told.failure("refused")) == "it refused to answer"
    assert len(told.calls) == 2


def test_a_refusal_counts_even_with_text_or_tools_in_it() -> None:
    Told(answer("good", stop="refusal")).failure("refused")
    Told(answer("", LOOK, stop="refusal")).failure("refused")


@pytest.mark.parametrize("stop", ["max_tokens", "model_context_window_exceeded"])
def test_an_answer_without_end_is_too_long(stop: str) -> None:
    used: list[ToolUse] = []
    for given in (answer("good", stop=stop), answer("", LOOK, stop=stop)):
        told = Told(given, use=lambda use: str(used.append(use)))
        assert isinstance(told.outcome, TooLong)
        assert len(told.calls) == 1
    assert used == []  # a tool call that was cut off is not run


def test_a_model_that_never_stops_using_tools_is_stopped() -> None:
    told = Told(*[answer("", LOOK)] * 50)
    assert str(told.failure("malformed")) == "it gave no answer in 16 turns"
    assert len(told.calls) == 16


def test_a_model_that_has_no_tools_is_told_so() -> None:
    told = Told(answer("", LOOK), answer("good"), use=dialogue.no_tool)
    assert last(told.calls[1])[0]["content"].startswith("There are no tools for this.")
    assert told.outcome[0] == "good"


def test_a_block_of_text_ends_its_line_once() -> None:
    assert text_block("x") == text_block("x\n") == {"type": "text", "text": "x\n"}
    assert text_block("x", HOUR)["cache_control"] == HOUR
