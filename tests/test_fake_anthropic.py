"""The fake of the Messages API, held against the real SDK: what it sends, whole and broken."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

anthropic = pytest.importorskip("anthropic")

import fake_anthropic as fake
from anthropic_client import TOOL, USER, ask, body, connected, result, said, user
from fake_anthropic import FakeAnthropic, Reply, Request


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("thinking", [False, True])
def test_a_tool_loop(stream: bool, thinking: bool) -> None:
    script = [fake.tool_calls([("read_file", {"path": "ä"})], text="Look."), fake.json_answer([1])]
    with FakeAnthropic(script, thinking=thinking) as server, connected(server) as client:
        first = ask(client, stream=stream, tools=[TOOL], system="Be exact.")
        used = first.content[-1]
        assert first.stop_reason == "tool_use" and used.input == {"path": "ä"}
        turns = [USER, first.to_param(), user(result(used.id))]
        last = ask(client, stream=stream, tools=[TOOL], system="Be exact.", messages=turns)
    assert last.content[-1].text == "[1]" and last.id.startswith("msg_")
    assert [block.type for block in last.content] == ["thinking", "text"][not thinking :]
    assert last.usage.output_tokens > 0 and last.usage.input_tokens > first.usage.input_tokens
    assert server.problems == []
    seen = server.requests[1]
    assert (seen.system_text, seen.user_text, seen.tools) == (
        "Be exact.",
        "Review this.",
        ["read_file"],
    )
    assert seen.last_tool_results == [fake.ToolResult(used.id, "read_file", "text", False)]
    assert (seen.schema, seen.stream, seen.model) == (None, stream, "claude-opus-5-5")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reply", "reason", "texts"),
    [
        (fake.text("Done."), "end_turn", ["Done."]),
        (fake.refusal("bio"), "refusal", []),
        (fake.truncated('{"a'), "max_tokens", ['{"a']),
        (fake.stop("pause_turn", "x"), "pause_turn", ["x"]),
        (fake.stop("bored", "x"), "bored", ["x"]),
        (fake.stop_reason_none("x"), None, ["x"]),
        (fake.empty_content(), "end_turn", []),
        (fake.hang(0.05, "x"), "end_turn", ["x"]),
        (fake.hang_in_stream(0.05, "x"), "end_turn", ["x"]),
    ],
)
def test_messages(stream: bool, reply: Reply, reason: str | None, texts: list[str]) -> None:
    with FakeAnthropic([reply]) as server, connected(server) as client:
        message = ask(client, stream=stream)
    assert message.stop_reason == reason and [block.text for block in message.content] == texts
    if reason == "refusal":
        assert message.stop_details.category == "bio"
    assert server.problems == []


def test_what_the_sdk_makes_of_answers_that_are_no_message() -> None:
    replies = [fake.html(), fake.other_json(), fake.unknown_block(), fake.no_usage()]
    with FakeAnthropic(replies) as server, connected(server) as client:
        assert isinstance(ask(client), str)
        assert ask(client).content is None
        assert ask(client).content[0].type == "hologram"
        assert ask(client).usage is None
    assert server.problems == []


@pytest.mark.parametrize(
    ("reply", "stream", "error"),
    [
        (fake.cut_json(), False, "JSONDecodeError"),
        (fake.reset(), False, "APIConnectionError"),
        (fake.reset(), True, "APIConnectionError"),
        (fake.cut_stream(2), False, "APIConnectionError"),
        (fake.cut_stream(3), True, "RemoteProtocolError"),
        (fake.early_eof(), False, "JSONDecodeError"),
        (fake.stream_error(), False, "OverloadedError"),
        (fake.stream_error(), True, "APIStatusError"),
        (fake.json_instead_of_stream(), True, "AssertionError"),
        (fake.cut_json(), True, "AssertionError"),
        (fake.hang(30), False, "APITimeoutError"),
        (fake.hang(30), True, "APITimeoutError"),
        (fake.hang_in_stream(30), True, "ReadTimeout"),
        (fake.redirect("http://127.0.0.1:9/"), False, "APIStatusError"),
        (fake.status(529, "overloaded_error"), True, "OverloadedError"),
        (fake.status(404, "not_found_error"), False, "NotFoundError"),
    ],
)
def test_faults(reply: Reply, stream: bool, error: str) -> None:
    with (
        FakeAnthropic([reply]) as server,
        connected(server, timeout=0.5) as client,
        pytest.raises(Exception) as caught,  # noqa: PT011 - some are httpx2's
    ):
        ask(client, stream=stream)
    assert type(caught.value).__name__ == error
    assert server.problems == []


def test_a_reset_is_one() -> None:
    with (
        FakeAnthropic([fake.reset()]) as server,
        connected(server) as client,
        pytest.raises(anthropic.APIConnectionError) as caught,
    ):
        ask(client)
    assert "reset by peer" in str(caught.value.__cause__).lower()


def test_an_error_says_its_type_code_and_request() -> None:
    reply = fake.status(429, "rate_limit_error", "Slow", {"retry-after": "7"}, "spend_limit")
    with (
        FakeAnthropic([reply]) as server,
        connected(server) as client,
        pytest.raises(anthropic.RateLimitError) as caught,
    ):
        ask(client)
    error = caught.value
    assert (error.type, error.error_code, error.api_message) == (
        "rate_limit_error",
        "spend_limit",
        "Slow",
    )
    assert error.response.headers["retry-after"] == "7" and error.request_id.startswith("req_")


def test_a_stream_that_ends_early_raises_nothing() -> None:
    with (
        FakeAnthropic([fake.early_eof("one two three four")]) as server,
        connected(server) as client,
    ):
        message = ask(client, stream=True)
    assert message.stop_reason is None and 0 < len(message.content[0].text) < 18


@pytest.mark.parametrize("stream", [False, True])
def test_a_trickle_outlives_read_timeouts(stream: bool) -> None:
    with FakeAnthropic([fake.trickle(0.02)]) as server, connected(server, timeout=0.2) as client:
        thread = threading.Thread(target=_swallow, args=(ask, client, stream))
        thread.start()
        thread.join(0.6)
        assert thread.is_alive()
    thread.join(5)
    assert not thread.is_alive()


def _swallow(action: Callable[..., Any], client: Any, stream: bool) -> None:
    with contextlib.suppress(Exception):
        action(client, stream=stream)


def test_closing_ends_hanging_answers_and_threads() -> None:
    before = set(threading.enumerate())
    with FakeAnthropic([fake.hang(60)]) as server, connected(server) as client:
        thread = threading.Thread(target=_swallow, args=(ask, client, False))
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        started = time.monotonic()
    thread.join(5)
    assert time.monotonic() - started < 2 and set(threading.enumerate()) == before


def test_a_violation_is_answered_and_listed() -> None:
    with FakeAnthropic([fake.text("x")]) as server, connected(server) as client:
        with pytest.raises(anthropic.BadRequestError, match="Extra inputs are not permitted"):
            ask(client, extra_body={"temperature": 0.0})
        assert server.problems == ["temperature: Extra inputs are not permitted"]
        assert ask(client).content[0].text == "x"
    assert len(server.requests) == 2 and len(server.problems) == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"api_key": "other"}, "AuthenticationError"),
        ({"default_headers": {"anthropic-version": "2023-06-01"}}, "BadRequestError"),
        ({"default_headers": {"anthropic-beta": "threads"}}, "BadRequestError"),
    ],
)
def test_wrong_headers(options: dict[str, Any], error: str) -> None:
    with (
        FakeAnthropic([fake.text("x")]) as server,
        connected(server, **options) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
    ):
        ask(client)
    assert type(caught.value).__name__ == error and len(server.problems) == 1


def test_a_lone_surrogate_is_no_json() -> None:
    with FakeAnthropic([fake.text("x")]) as server, connected(server) as client:
        raw = {"method": "POST", "headers": client.default_headers | client.auth_headers}
        url, sent = f"{server.url}/v1/messages", rb'{"model": "\ud800"}'
        answer = client._client.request(url=url, content=sent, **raw)
    assert answer.status_code == 400 and "not valid JSON" in server.problems[0]


def test_an_empty_script_and_a_failing_reviewer_are_problems() -> None:
    def failing(request: Request) -> Reply:
        raise ZeroDivisionError

    for reviewer, name in (([], "no reply left"), (failing, "ZeroDivisionError")):
        with (
            FakeAnthropic(reviewer) as server,
            connected(server) as client,
            pytest.raises(anthropic.InternalServerError),
        ):
            ask(client)
        assert len(server.problems) == 1 and name in server.problems[0]


def test_other_routes() -> None:
    with FakeAnthropic([], counts=False) as server, connected(server) as client:
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("claude-opus-5-5")
        with pytest.raises(anthropic.NotFoundError):
            client.messages.count_tokens(model="m", messages=[USER])
        assert server.lookups == ["claude-opus-5-5"] and server.problems == []
        with (
            connected(server, base_url=f"{server.url}/v1") as wrong,
            pytest.raises(anthropic.NotFoundError),
        ):
            ask(wrong)
    assert server.problems == ["no such route: POST /v1/v1/messages"]


def test_many_clients_at_once() -> None:
    with (
        FakeAnthropic(lambda request: fake.text(request.user_text)) as server,
        connected(server) as client,
    ):
        answers: dict[str, str] = {}

        def one(name: str) -> None:
            found = ask(client, stream=True, messages=[user(said(name))])
            answers[name] = found.content[0].text

        threads = [threading.Thread(target=one, args=(str(n),)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert answers == {str(n): str(n) for n in range(20)}
    assert len(server.requests) == 20 and server.problems == []


def test_every_answer_has_a_request_id_of_its_own() -> None:
    script = [fake.text("x"), fake.html(), fake.status(500, "api_error"), fake.text("x")]
    with FakeAnthropic(script) as server, connected(server) as client:
        create = client.messages.with_raw_response.create
        found = [create(**body()).request_id, create(**body()).request_id]
        with pytest.raises(anthropic.InternalServerError) as caught:
            ask(client)
        with client.messages.stream(**body()) as events:
            found += [caught.value.request_id, events.request_id]
    assert found == [f"req_fake{number:08}" for number in range(1, 5)]
