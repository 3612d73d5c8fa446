"""What the fake of the Messages API refuses, what it may lack, and what it counts."""

import threading
from typing import Any

import pytest

anthropic = pytest.importorskip("anthropic")

import fake_anthropic as fake
from anthropic_client import (
    FLAT,
    LONG,
    TOOL,
    USER,
    ask,
    body,
    call,
    connected,
    control,
    form,
    result,
    said,
    user,
)
from anthropic_shapes import kind_of, shape_problems
from anthropic_strictness import Conversations, problems
from fake_anthropic import FakeAnthropic, Reply, Request


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": 0}, "temperature: Extra inputs are not permitted"),
        ({"top_p": 1}, "top_p: Extra inputs"),
        ({"top_k": 1}, "top_k: Extra inputs"),
        ({"thread": {"type": "create"}}, "thread: Extra inputs"),
        ({"messages": [USER | {"name": "x"}]}, "messages.0.name: Extra inputs"),
        ({"messages": [user(said("x") | {"type": "txt"})]}, "messages.0.content.0.type: Input"),
        ({"messages": [user(said("x", "2h"))]}, "messages.0.content.0.cache_control.ttl: Input"),
        ({"max_tokens": "5"}, "max_tokens: Input should be a valid integer"),
        ({"tools": [{"name": "x"}]}, "tools.0.input_schema: Field required"),
        ({"tools": [TOOL], "tool_choice": {"type": "any"}}, "tool_choice: Forced"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "read_file"}}, "tool_choice"),
        ({"tool_choice": {"type": "auto"}}, "only be specified while providing tools"),
        ({"thinking": {"type": "disabled"}}, "thinking.type: `disabled`"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking.type: `enabled`"),
        ({"messages": [USER, {"role": "assistant", "content": "{"}]}, "prefill"),
        ({"messages": [{"role": "system", "content": "x"}, USER]}, 'Unexpected role "system"'),
        ({"messages": [{"role": "assistant", "content": "x"}, USER]}, "first message"),
        ({"messages": [USER, {"role": "assistant", "content": []}, USER]}, "non-empty content"),
        ({"messages": []}, "at least one message"),
        ({"messages": [user(said(""))]}, "messages: text content blocks must be non-empty"),
        ({"system": [said(" \n")]}, "system: text content blocks must contain non-whitespace"),
        ({"system": [said(str(n), "5m") for n in range(5)]}, "maximum of 4 blocks"),
        ({"system": [said("a", "5m"), said("b", "1h")]}, "must not come after a ttl='5m'"),
        ({"system": [said("a", "5m")], "cache_control": control("1h")}, "must not come after"),
        ({"tools": [TOOL], "messages": [USER, call(), USER]}, "without `tool_result` blocks"),
        ({"tools": [TOOL], "messages": [USER, call(), user(result("t2"))]}, "without `tool_res"),
        ({"tools": [TOOL], "messages": [user(result())]}, "unexpected `tool_use_id`"),
        (
            {"tools": [TOOL], "messages": [USER, call(), user(result(), result())]},
            "single result",
        ),
        (
            {"tools": [TOOL], "messages": [USER, call(), user(said("x"), result())]},
            "before other content",
        ),
        ({"messages": [USER, call(), user(result())]}, "must define tools"),
        ({"tools": [TOOL, TOOL]}, "names must be unique"),
        ({"tools": [TOOL | {"name": "a b"}]}, "should match pattern"),
        ({"tools": [TOOL | {"strict": True}]}, "tools.0.custom.input_schema: For 'object'"),
        ({"max_tokens": 30_000}, "streaming is required"),
        ({"max_tokens": 200_000, "stream": True}, "maximum allowed number of output tokens"),
        ({"output_config": form(additionalProperties=True)}, "'additionalProperties' must be"),
        ({"output_config": form(properties={"verdict": {"pattern": "x"}})}, "pattern are not"),
        ({"output_config": form(properties={"verdict": {"maxLength": 9}})}, "maxLength are not"),
        ({"output_config": form(properties={"verdict": {"minimum": 1}})}, "minimum are not"),
        ({"output_config": form(properties={"verdict": {"items": {"minimum": 1}}})}, "minimum"),
        ({"output_config": form(properties={"verdict": {"$ref": "#"}})}, "Recursive"),
        (
            {
                "output_config": form(
                    properties={"verdict": {"$ref": "#/$defs/a"}},
                    **{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}},
                )
            },
            "Recursive",
        ),
    ],
)
def test_refused_bodies(changes: dict[str, Any], message: str) -> None:
    found = problems(body(**changes), Conversations())
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {"output_config": form() | {"effort": "medium"}, "tools": [TOOL | {"strict": False}]},
        {"system": [said("a", "1h"), said("b", "5m")], "stream": True, "max_tokens": 64_000},
        {"tools": [TOOL | {"cache_control": control("1h")}], "tool_choice": {"type": "auto"}},
        {"tools": [TOOL], "messages": [USER, call(), user(result(), said("Go on."))]},
        {"thinking": {"type": "adaptive"}, "metadata": {"user_id": "x"}, "cache_control": None},
        {
            "output_config": form(
                properties={"verdict": {"$ref": "#/$defs/a"}}, **{"$defs": {"a": {"enum": [1]}}}
            )
        },
    ],
)
def test_accepted_bodies(changes: dict[str, Any]) -> None:
    assert problems(body(**changes), Conversations()) == []


@pytest.mark.parametrize(
    ("lacking", "changes", "message"),
    [
        ({"format"}, {"output_config": form()}, "output_config.format: Extra inputs"),
        ({"format", "effort"}, {"output_config": form()}, "output_config: Extra inputs"),
        ({"effort"}, {"output_config": {"effort": "low"}}, "effort parameter"),
        ({"cache"}, {"system": [said("a", "1h")]}, "system.0.cache_control: Extra inputs"),
        ({"tools"}, {"tools": [TOOL]}, "tools: Extra inputs"),
    ],
)
def test_features_taken_away(lacking: set[str], changes: dict[str, Any], message: str) -> None:
    supports = {"format", "cache", "tools", "effort"} - lacking
    with FakeAnthropic([fake.text("x")], supports=supports) as server, connected(server) as client:
        with pytest.raises(anthropic.BadRequestError, match=message):
            ask(client, **changes)
        assert ask(client).content[0].text == "x"
    assert server.problems == [] and len(server.refused) == 1


def test_features_dropped_in_silence() -> None:
    seen: list[Request] = []

    def reviewer(request: Request) -> Reply:
        seen.append(request)
        return fake.text("In words.")

    changes = {"output_config": form(), "system": [said(LONG, "1h")], "tools": [TOOL]}
    with (
        FakeAnthropic(reviewer, drops={"format", "cache", "tools"}) as server,
        connected(server) as client,
    ):
        usage = ask(client, **changes).usage
    assert (seen[0].schema, seen[0].tools) == (None, []) and usage.cache_read_input_tokens is None
    assert server.requests[0].schema == FLAT and server.problems == [] == server.refused


def _counts(message: Any) -> tuple[int, int, int]:
    usage = message.usage
    return (
        usage.input_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
    )


@pytest.mark.parametrize("stream", [False, True])
def test_the_cache_reads_what_it_wrote_until_it_expires(stream: bool) -> None:
    changes = {"system": [said(LONG, "1h")], "messages": [user(said(LONG, "5m"), said("Go."))]}
    with FakeAnthropic(lambda _: fake.text("x")) as server, connected(server) as client:
        counted = client.messages.count_tokens(model="claude-opus-5-5", **changes).input_tokens
        first = ask(client, stream=stream, **changes)
        rest, written, read = _counts(first)
        assert rest > 0 and written > 4000 and read == 0 and rest + written == counted
        made = first.usage.cache_creation
        assert made.ephemeral_1h_input_tokens + made.ephemeral_5m_input_tokens == written
        server.advance(299)
        assert _counts(ask(client, stream=stream, **changes)) == (rest, 0, written)
        server.advance(299)
        assert _counts(ask(client, stream=stream, **changes)) == (rest, 0, written)
        server.advance(301)
        again = ask(client, stream=stream, **changes)
        assert _counts(again)[2] == made.ephemeral_1h_input_tokens
        assert _counts(ask(client, stream=stream, **changes | {"model": "m"}))[2] == 0
        effort = {"output_config": {"effort": "low"}}
        assert _counts(ask(client, stream=stream, **changes | effort))[2] == 0
        server.advance(3601)
        assert _counts(ask(client, stream=stream, **changes)) == (rest, written, 0)
    assert server.problems == [] and len(server.counted) == 1


def test_a_prefix_below_the_minimum_is_not_cached() -> None:
    with FakeAnthropic(lambda _: fake.text("x")) as server, connected(server) as client:
        for _ in range(2):
            assert _counts(ask(client, system=[said("Short.", "1h")]))[1:] == (0, 0)


@pytest.mark.parametrize(("more", "hit"), [(19, True), (20, False)])
def test_a_marker_looks_back_twenty_blocks(more: int, hit: bool) -> None:
    start = [said(LONG, "5m")]
    longer = [said(LONG), *(said(str(n)) for n in range(more - 1)), said("end", "5m")]
    with FakeAnthropic(lambda _: fake.text("x")) as server, connected(server) as client:
        ask(client, messages=[user(*start)])
        assert (_counts(ask(client, messages=[user(*longer)]))[2] > 0) is hit


def test_reading_an_entry_lengthens_its_life() -> None:
    with FakeAnthropic(lambda _: fake.text("x")) as server, connected(server) as client:
        ask(client, messages=[user(said(LONG, "5m"))])
        for end in ("a", "b", "c"):
            server.advance(200)
            turns = [user(said(LONG), said(end, "5m"))]
            assert _counts(ask(client, messages=turns))[2] > 0


def test_an_entry_is_readable_once_its_answer_has_begun() -> None:
    waiting, going = threading.Event(), threading.Event()

    def reviewer(request: Request) -> Reply:
        if request.user_text == "slow":
            waiting.set()
            going.wait(5)
        return fake.text("x")

    system = [said(LONG, "5m")]
    with FakeAnthropic(reviewer) as server, connected(server) as client:
        slow = {"system": system, "messages": [user(said("slow"))]}
        thread = threading.Thread(target=ask, args=(client,), kwargs=slow)
        thread.start()
        waiting.wait(5)
        assert _counts(ask(client, system=system))[2] == 0
        going.set()
        thread.join(5)
        assert _counts(ask(client, system=system))[2] > 0


def test_the_order_of_keys_is_part_of_a_prefix() -> None:
    turned = dict(reversed(TOOL.items()))
    system = [said(LONG, "5m")]
    with FakeAnthropic(lambda _: fake.text("x")) as server, connected(server) as client:
        ask(client, tools=[TOOL], system=system)
        assert _counts(ask(client, tools=[turned], system=system))[2] == 0


def test_pydantic_reads_to_the_end_of_lazy_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anthropic_shapes._misfits", lambda *_: ())
    for block in (said("x") | {"type": "txt"}, said("x", "2h"), {"type": "text"}):
        wrong = body(messages=[user(block)])
        assert shape_problems(wrong, kind_of(wrong, counting=False)) != []
    right = body(messages=[user(said("x", "1h"))], tools=[TOOL], stream=True)
    assert shape_problems(right, kind_of(right, counting=False)) == []
