"""A model that answers: what it is asked, what is made of the answer, and what is kept secret."""

import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("anthropic")

import fake_anthropic as fake
from asking import KEY, MARK, SCHEMA, SECRET, TOOL, ask, call, configured, model
from fake_anthropic import FakeAnthropic

from bot.outside import llm_requests
from bot.outside.llm import Call, LlmFailure, Model

ROOT = Path(__file__).parents[1]


def test_a_question_in_its_wire_form() -> None:
    with FakeAnthropic([fake.json_answer({"verdict": "fine"})]) as server:
        answer = ask(model(server))
    assert server.problems == []
    (sent,) = server.requests
    assert sent.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 16_000,
        "stream": True,
        "system": [{"type": "text", "text": "Be exact.\n", "cache_control": MARK}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": f"{SECRET} é"}]}],
        "tools": [TOOL],
        "output_config": {
            "format": {"type": "json_schema", "schema": SCHEMA},
            "effort": "medium",
        },
    }
    assert (answer.text, answer.stop, answer.uses) == ('{"verdict": "fine"}', "end_turn", ())
    assert answer.model == "claude-sonnet-5-5" and answer.request_id == "req_fake00000001"
    assert answer.usage.input > 0 and answer.usage.output > 0


def test_a_question_may_leave_out_what_is_optional() -> None:
    with FakeAnthropic([fake.text("Fine.")]) as server:
        ask(model(server), call(system=(), tools=(), schema=None, effort=""))
    assert server.problems == []
    assert set(server.requests[0].body) == {"model", "max_tokens", "stream", "messages"}


@pytest.mark.parametrize("thinking", [False, True])
def test_tools_are_used_and_turns_sent_back(thinking: bool) -> None:
    script = [
        fake.tool_calls([("read_file", {"path": "ä"}), ("read_file", {"path": ""})], text="Look."),
        fake.text("Fine."),
    ]
    with FakeAnthropic(script, thinking=thinking) as server:
        asked = model(server)
        first = ask(asked)
        results = [
            {"type": "tool_result", "tool_use_id": use.id, "content": "text"} for use in first.uses
        ]
        messages = (*call().messages, first.turn, {"role": "user", "content": results})
        last = ask(asked, call(messages=messages))
    assert server.problems == []
    assert first.stop == "tool_use" and first.text == "Look." and last.text == "Fine."
    assert [(use.name, use.arguments) for use in first.uses] == [
        ("read_file", {"path": "ä"}),
        ("read_file", {"path": ""}),
    ]
    assert (first.turn["content"][0]["type"] == "thinking") == thinking


def test_the_cache_is_counted() -> None:
    long = {"type": "text", "text": "All of this is said each time. " * 400, "cache_control": MARK}
    with FakeAnthropic([fake.text("a"), fake.text("b")]) as server:
        asked = model(server)
        first, second = ask(asked, call(system=(long,))), ask(asked, call(system=(long,)))
    assert server.problems == []
    assert first.usage.cache_write_1h > 1000 and first.usage.cache_read == 0
    assert second.usage.cache_read == first.usage.cache_write_1h
    assert second.usage.cache_write_5m == second.usage.cache_write_1h == 0


def test_a_refusal_is_an_answer() -> None:
    with FakeAnthropic([fake.refusal("bio"), fake.refusal(None, "No.")]) as server:
        asked = model(server)
        first, second = ask(asked), ask(asked)
    assert (first.stop, first.text, first.category) == ("refusal", "", "bio")
    assert (second.stop, second.text, second.category) == ("refusal", "No.", "")
    assert server.problems == []


def test_a_truncated_answer_says_so() -> None:
    with FakeAnthropic([fake.truncated('{"verd')]) as server:
        answer = ask(model(server))
    assert (answer.stop, answer.text) == ("max_tokens", '{"verd') and server.problems == []


def test_several_threads_ask_at_once() -> None:
    met = threading.Barrier(4, timeout=20)

    def reviewer(request: fake.Request) -> fake.Reply:
        met.wait()
        return fake.text(request.user_text)

    def one(words: str) -> str:
        content = [{"type": "text", "text": words}]
        return ask(asked, call(messages=({"role": "user", "content": content},))).text

    with FakeAnthropic(reviewer) as server, ThreadPoolExecutor(4) as pool:
        asked = model(server)
        assert list(pool.map(one, "abcd")) == list("abcd")
    assert server.problems == []


@pytest.mark.parametrize(
    ("lacks", "dropped"),
    [
        ({"format"}, ("format",)),
        ({"effort"}, ("effort",)),
        ({"cache"}, ("cache_control",)),
        ({"tools"}, ("tools",)),
        ({"format", "effort"}, ("effort", "format")),
        (
            {"format", "effort", "cache", "tools"},
            ("cache_control", "effort", "format", "tools"),
        ),
    ],
)
def test_what_an_endpoint_refuses_is_left_out(lacks: set[str], dropped: tuple[str, ...]) -> None:
    supports = {"format", "effort", "cache", "tools"} - lacks
    with FakeAnthropic(lambda _: fake.text("Fine."), supports=supports) as server:
        slept: list[float] = []
        asked = model(server, slept)
        assert ask(asked).text == "Fine."
        refusals = len(server.refused)
        assert refusals > 0
        assert ask(asked).text == "Fine." and len(server.refused) == refusals
    assert asked.dropped == dropped and (slept, server.problems) == ([], [])


def test_two_that_are_refused_at_once_both_learn() -> None:
    met = threading.Barrier(2, timeout=20)
    refusal = fake.status(400, "invalid_request_error", "output_config.effort: not here")

    def reviewer(request: fake.Request) -> fake.Reply:
        if request.effort:
            met.wait()
            return refusal
        return fake.text("Fine.")

    with FakeAnthropic(reviewer) as server, ThreadPoolExecutor(2) as pool:
        asked = model(server)
        found = list(pool.map(lambda _: ask(asked).text, range(2)))
    assert found == ["Fine.", "Fine."] and asked.dropped == ("effort",)
    assert server.problems == []


def test_tools_in_use_are_not_left_out() -> None:
    sent = {
        "tools": [{"name": "x"}],
        "messages": [{"role": "user", "content": [{"type": "tool_result"}]}],
    }
    assert llm_requests.refused("tools: no", sent, official=False) == ()
    assert llm_requests.refused("tools: no", sent | {"messages": []}, official=False) == ("tools",)


def test_the_official_address_may_refuse_only_effort() -> None:
    sent = llm_requests.body(call())
    said = "output_config.effort: This model does not support the effort parameter."
    assert llm_requests.refused(said, sent, official=True) == ("effort",)
    for said in ("output_config.format: no", "system.0.cache_control: no", "tools: no", "strict"):
        assert llm_requests.refused(said, sent, official=True) == ()
        assert llm_requests.refused(said, sent, official=False) != ()


def test_strict_tools_are_made_plain() -> None:
    sent = llm_requests.body(call())
    said = "tools.0.custom.strict: Extra inputs are not permitted"
    assert llm_requests.refused(said, sent, official=False) == ("strict",)
    assert "strict" not in llm_requests.body(call(), ["strict"])["tools"][0]
    assert TOOL["strict"]


def test_lone_surrogates_do_not_stop_a_question() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "a\udce9b"}]}
    with FakeAnthropic([fake.text("Fine.")]) as server:
        ask(model(server), call(messages=(message,)))
    assert server.requests[0].user_text == "a?b" and server.problems == []


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeAnthropic([fake.text("Fine."), fake.status(401, "authentication_error")]) as server:
        asked = model(server)
        ask(asked)
        with pytest.raises(LlmFailure):
            ask(asked)
    assert caplog.records == []


SCRIPT = """
import logging, sys, time
from bot.judge_settings import judge_settings
from bot.outside.llm import Call, Model
assert "anthropic" not in sys.modules
settings = judge_settings({"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": sys.argv[1]})
question = Call("finder", "m", (), ({"role": "user", "content": "Go."},))
print(Model(settings).ask(question, time.monotonic() + 30).text)
assert not logging.root.handlers and "anthropic" in sys.modules
"""


def test_the_environment_changes_and_leaks_nothing(tmp_path: Path) -> None:
    environ = os.environ | {
        "ANTHROPIC_LOG": "debug",
        "ANTHROPIC_CUSTOM_HEADERS": "anthropic-version: 2023-06-01\nAuthorization: Bearer x\nx-a: b",
        "ANTHROPIC_API_KEY": "another",
        "ANTHROPIC_AUTH_TOKEN": "a-third",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "ANTHROPIC_CONFIG_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    with FakeAnthropic([fake.text("Fine.")]) as server:
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, server.url],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Fine.\n", "")
    headers = server.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}" and "x-a" not in headers
    assert server.problems == []


@pytest.mark.parametrize(
    ("provider", "variable", "problem"),
    [
        # The fake wants Anthropic's header, which Foundry's client does not send.
        ("foundry", "ANTHROPIC_FOUNDRY_API_KEY", "Authorization header is required"),
        ("bedrock", "AWS_BEARER_TOKEN_BEDROCK", "invalid bearer token"),
    ],
)
def test_clouds_are_asked_with_their_own_keys(
    provider: str, variable: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with FakeAnthropic([]) as server:
        clouds = configured(server)._replace(provider=provider, key="house-key", region="eu")
        with pytest.raises(LlmFailure, match=variable) as caught:
            ask(Model(clouds))
    assert caught.value.kind == "rejected key" and server.problems == [problem]


def test_a_cloud_whose_package_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with FakeAnthropic([]) as server:
        clouds = configured(server)._replace(provider="vertex", key="", region="eu", project="mine")
        with pytest.raises(LlmFailure, match=r"pip install 'anthropic\[bedrock,vertex\]'"):
            ask(Model(clouds))


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with FakeAnthropic([]) as server, pytest.raises(LlmFailure, match="pip install") as caught:
        ask(model(server))
    assert caught.value.kind == "connection"


def test_a_call_has_defaults() -> None:
    assert Call("intent", "m", (), ()).max_tokens == 16_000
