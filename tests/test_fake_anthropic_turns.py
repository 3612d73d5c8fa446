"""The fake of the Messages API notices a conversation whose earlier turns were changed."""

from collections.abc import Callable
from typing import Any

import pytest

anthropic = pytest.importorskip("anthropic")

import fake_anthropic as fake
from anthropic_client import TOOL, USER, ask, connected, result, said, user
from fake_anthropic import FakeAnthropic


def _changed_text(turns: list[Any]) -> None:
    turns[1] = {"role": "assistant", "content": "Something else."}


def _changed_beginning(turns: list[Any]) -> None:
    turns[0] = {"role": "user", "content": "Review that."}


def _without_thinking(turns: list[Any]) -> None:
    turns[1] = {"role": "assistant", "content": turns[1]["content"][1:]}


@pytest.mark.parametrize("change", [_changed_text, _changed_beginning, _without_thinking])
def test_earlier_turns_may_not_change(change: Callable[[list[Any]], None]) -> None:
    with (
        FakeAnthropic([fake.text("One."), fake.text("Two.")], thinking=True) as server,
        connected(server) as client,
    ):
        turns = [USER, ask(client).to_param(), {"role": "user", "content": "And?"}]
        change(turns)
        with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
            ask(client, messages=turns)
    assert len(server.problems) == 1


def _refused_as_changed(client: Any, turns: list[Any]) -> None:
    with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
        ask(client, tools=[TOOL], messages=turns)


def test_a_call_belongs_to_its_conversation() -> None:
    with (
        FakeAnthropic([fake.tool_calls([("read_file", {})])]) as server,
        connected(server) as client,
    ):
        called = ask(client, tools=[TOOL])
        other = {"role": "user", "content": "Review that."}
        turns = [other, called.to_param(), user(result(called.content[0].id))]
        _refused_as_changed(client, turns)


def test_a_changed_question_in_the_middle_is_noticed() -> None:
    with FakeAnthropic(lambda _: fake.text("Yes.")) as server, connected(server) as client:
        turns: list[Any] = [USER]
        for question in ("Sure?", "Really?"):
            turns += [ask(client, messages=turns).to_param(), user(said(question))]
        ask(client, messages=turns)
        turns[2] = user(said("Other?"))
        _refused_as_changed(client, turns)


def test_an_answer_cut_before_its_end_is_no_turn() -> None:
    script = [fake.text("No."), fake.cut_stream(5, "Yes")]
    with FakeAnthropic(script) as server, connected(server) as client:
        ask(client, tools=[TOOL])
        with pytest.raises(Exception, match="incomplete chunked read"):
            ask(client, stream=True, tools=[TOOL])
        _refused_as_changed(client, [USER, {"role": "assistant", "content": "Yes"}, USER])


def test_half_an_answer_is_no_turn() -> None:
    with FakeAnthropic([fake.early_eof(), fake.text("x")]) as server, connected(server) as client:
        half = ask(client, stream=True).to_param()
        assert ask(client, stream=True).content[0].text == "x"
        with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
            ask(client, messages=[USER, half, USER])


def test_a_cache_marker_that_goes_along_is_no_change() -> None:
    script = [fake.tool_calls([("read_file", {})]) for _ in range(2)]
    with FakeAnthropic([*script, fake.text("Yes.")]) as server, connected(server) as client:
        first = ask(client, tools=[TOOL])
        results = result(first.content[0].id)
        marked = {**results, "cache_control": {"type": "ephemeral"}}
        turns = [USER, first.to_param(), user(marked)]
        second = ask(client, tools=[TOOL], messages=turns)
        turns[2] = user(results)
        turns += [second.to_param(), user(result(second.content[0].id))]
        ask(client, tools=[TOOL], messages=turns)
    assert server.problems == []
