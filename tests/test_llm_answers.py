"""Messages and events that are answers, and those that are none."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outside import llm_answers
from bot.outside.llm import ToolUse, Usage
from bot.outside.llm_failures import Trouble

WORDS = (
    "message",
    "content_block",
    "delta",
    "text",
    "partial_json",
    "citations",
    "usage",
    "stop_reason",
    "content",
    "id",
    "name",
    "input",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "message_delta",
    "message_stop",
    "text_delta",
    "input_json_delta",
    "citations_delta",
    "tool_use",
    "end_turn",
    "output_tokens",
)


def message(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "content": [{"type": "text", "text": "x", "citations": None}],
        "stop_reason": "end_turn",
        "usage": {"output_tokens": 3},
        "model": "local",
    }
    return plain | changes


def use(**changes: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "t1", "name": "read", "input": {}} | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"content": None},
        {"content": [None]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "thinking", "thinking": "x"}]},
        {"content": [use(input="{")], "stop_reason": "tool_use"},
        {"content": [use(input=[])], "stop_reason": "tool_use"},
        {"content": [use(id=None)], "stop_reason": "tool_use"},
        {"content": [use(), use()], "stop_reason": "tool_use"},
        {"usage": {"output_tokens": True}},
        {"usage": {"output_tokens": None}},
        {"usage": None},
        {"content": [use(input={"a": float("nan")})]},
    ],
)
def test_messages_that_are_no_answers(changes: dict[str, Any]) -> None:
    with pytest.raises(Trouble) as caught:
        llm_answers.answer(message(**changes), "m")
    assert caught.value.kind == "malformed"


def test_messages_that_are() -> None:
    plain = llm_answers.answer(message(), "m", "not an id")
    assert (plain.text, plain.model, plain.request_id) == ("x", "local", "")
    assert plain.turn["content"] == [{"type": "text", "text": "x"}]
    assert plain.usage == Usage(output=3)
    usage = {
        "input_tokens": 1,
        "output_tokens": 2,
        "cache_read_input_tokens": None,
        "cache_creation_input_tokens": 9,
    }
    assert llm_answers.answer(message(usage=usage), "m").usage == Usage(1, 9, 0, 0, 2)
    cut = message(
        content=[{"type": "text", "text": "x"}, use(input='{"a')], stop_reason="max_tokens"
    )
    found = llm_answers.answer(cut, "m")
    assert found.uses == () and len(found.turn["content"]) == 1
    blank = message(content=[{"type": "text", "text": ""}, use()], stop_reason="tool_use")
    found = llm_answers.answer(blank, "m")
    assert found.uses == (ToolUse("t1", "read", {}),) and found.turn["content"] == [use()]
    assert (
        llm_answers.answer(message(content=[{"type": "text", "text": "\ud800"}]), "m").text == "?"
    )


def start(index: int, block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: object, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


@pytest.mark.parametrize(
    "event",
    [
        None,
        {"type": "message_start"},
        start(0, None),
        piece(0, type="text_delta", text="x"),
        piece("x", type="text_delta", text="x"),
    ],
)
def test_events_that_are_none(event: object) -> None:
    with pytest.raises(Trouble) as caught:
        llm_answers.assemble([event])
    assert caught.value.kind == "malformed"


def test_pieces_of_many_kinds_make_a_message() -> None:
    events = [
        {"type": "message_start", "message": {"usage": None}},
        start(0, {"type": "thinking", "thinking": ""}),
        piece(0, type="thinking_delta", thinking="hm"),
        piece(0, type="signature_delta", signature="s"),
        start(1, {"type": "text", "text": ""}),
        piece(1, type="text_delta", text="x"),
        piece(1, type="citations_delta", citation={"a": 1}),
        piece(1, type="glow_delta"),
        start(2, use()),
        piece(2, type="input_json_delta", partial_json='{"a": '),
        piece(2, type="input_json_delta", partial_json="1}"),
        {"type": "glow"},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"n": 1}},
    ]
    found = llm_answers.assemble(events)
    assert found == {
        "usage": {"n": 1},
        "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "text", "text": "x", "citations": [{"a": 1}]},
            use(input={"a": 1}),
        ],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
        | st.fixed_dictionaries(
            {"type": st.sampled_from(WORDS), "index": st.integers(0, 1)},
            optional=dict.fromkeys(WORDS[:12], inner),
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(JSON, max_size=6))
def test_no_events_whatsoever_do_harm(events: list[Any]) -> None:
    with contextlib.suppress(Trouble):
        made = llm_answers.assemble(events)
        assert isinstance(made["content"], list)
        llm_answers.answer(made, "m")


@settings(max_examples=300, deadline=None)
@given(
    JSON,
    st.fixed_dictionaries(
        {"content": st.lists(JSON, max_size=3), "stop_reason": JSON, "usage": JSON}
    ),
)
def test_no_message_whatsoever_does_harm(one: Any, other: dict[str, Any]) -> None:
    for found in (one, other, message(content=other["content"]), message(usage=other["usage"])):
        with contextlib.suppress(Trouble):
            assert llm_answers.answer(found, "m").stop in llm_answers.STOPS


def test_an_answer_without_end_is_given_up() -> None:
    endless = (piece(0, type="text_delta", text="x" * 1_000_000) for _ in iter(int, 1))

    def events() -> Any:
        yield start(0, {"type": "text", "text": ""})
        yield from endless

    with pytest.raises(Trouble, match="without end"):
        llm_answers.assemble(events())
