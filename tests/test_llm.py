"""A model that answers: what it is asked, what is made of the answer, and what is kept secret."""

import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anthropic")

import fake_anthropic as fake
from asking import KEY, MARK, SCHEMA, SECRET, TOOL, ask, call, configured, model
from fake_anthropic import FakeAnthropic

from bot.errors import ArchitraveError
from bot.judge_settings import OFFICIAL, JudgeSettings, judge_settings
from bot.outside import llm_answers, llm_requests
from bot.outside.llm import Call, LlmFailure, Model, ToolUse, Usage
from bot.outside.llm_failures import Trouble

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


def test_an_answer_without_end_is_given_up() -> None:
    endless = (piece(0, type="text_delta", text="x" * 1_000_000) for _ in iter(int, 1))

    def events() -> Any:
        yield start(0, {"type": "text", "text": ""})
        yield from endless

    with pytest.raises(Trouble, match="without end"):
        llm_answers.assemble(events())


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


def test_no_settings_without_a_key() -> None:
    assert judge_settings({}) is None
    assert judge_settings({"ANTHROPIC_API_KEY": " \n"}) is None
    assert judge_settings({"ARCHITRAVE_LLM_RECORD": "x"}) is None


def test_settings() -> None:
    plain = judge_settings({"ANTHROPIC_API_KEY": "sk-1\n"})
    model_ = "claude-sonnet-5-5"
    assert plain == JudgeSettings("anthropic", "sk-1", "", model_, model_)
    assert plain.host == "api.anthropic.com" and plain.official and "sk-1" not in repr(plain)
    own = judge_settings(
        {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": "http://Gateway:4000/anthropic/v1/",
            "ARCHITRAVE_MODEL": "qwen3:8b",
            "ARCHITRAVE_LLM_REPLAY": "folder",
        }
    )
    assert own == JudgeSettings(
        "anthropic", "k", "http://Gateway:4000/anthropic", "qwen3:8b", "qwen3:8b", "", "folder"
    )
    assert not own.official and own.host == "Gateway:4000"
    two = judge_settings(
        {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": f"{OFFICIAL}/v1",
            "ARCHITRAVE_VERIFY_MODEL": "claude-opus-5-5",
            "ARCHITRAVE_LLM_RECORD": "folder",
        }
    )
    assert two and two.official and (two.model, two.verify_model) == (model_, "claude-opus-5-5")
    assert two.record == "folder"


def test_settings_of_clouds() -> None:
    bedrock = judge_settings({"ARCHITRAVE_PROVIDER": "Bedrock", "AWS_REGION": "eu-west-1"})
    assert bedrock and (bedrock.region, bedrock.key) == ("eu-west-1", "")
    assert bedrock.host == "bedrock-runtime.eu-west-1.amazonaws.com" and not bedrock.official
    vertex = {
        "ARCHITRAVE_PROVIDER": "vertex",
        "CLOUD_ML_REGION": "global",
        "ANTHROPIC_VERTEX_PROJECT_ID": "mine",
        "ANTHROPIC_VERTEX_BASE_URL": "https://example.org/v1/",
    }
    found = judge_settings(vertex)
    assert found and (found.region, found.project) == ("global", "mine")
    assert found.base_url == "https://example.org/v1"
    foundry = {
        "ARCHITRAVE_PROVIDER": "foundry",
        "ANTHROPIC_FOUNDRY_API_KEY": "k",
        "ANTHROPIC_FOUNDRY_RESOURCE": "house",
    }
    found = judge_settings(foundry)
    assert found and found.base_url == "https://house.services.ai.azure.com/anthropic"
    found = judge_settings(foundry | {"ANTHROPIC_FOUNDRY_BASE_URL": "https://example.org/a/"})
    assert found and found.base_url == "https://example.org/a"
    replayed = judge_settings({"ARCHITRAVE_PROVIDER": "bedrock", "ARCHITRAVE_LLM_REPLAY": "x"})
    assert replayed and replayed.replay == "x"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ARCHITRAVE_PROVIDER": "openai"}, "ARCHITRAVE_PROVIDER"),
        ({"ANTHROPIC_API_KEY": "sec\nret"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "sec\x07ret"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "secrét"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "ftp://secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://a:secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://[secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://u:secret@a"}, "more than"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://a?secret"}, "more than"),
        ({"ANTHROPIC_API_KEY": "k", "ARCHITRAVE_MODEL": "a secret"}, "ARCHITRAVE_MODEL"),
        ({"ARCHITRAVE_LLM_RECORD": "a", "ARCHITRAVE_LLM_REPLAY": "b"}, "both set"),
        ({"ARCHITRAVE_PROVIDER": "bedrock"}, "AWS_REGION is not set"),
        ({"ARCHITRAVE_PROVIDER": "bedrock", "AWS_REGION": "a.b/secret"}, "host's name"),
        ({"ARCHITRAVE_PROVIDER": "vertex"}, "CLOUD_ML_REGION"),
        ({"ARCHITRAVE_PROVIDER": "vertex", "CLOUD_ML_REGION": "us"}, "PROJECT_ID"),
        ({"ARCHITRAVE_PROVIDER": "foundry"}, "ANTHROPIC_FOUNDRY_API_KEY"),
        (
            {"ARCHITRAVE_PROVIDER": "foundry", "ANTHROPIC_FOUNDRY_API_KEY": "k"},
            "ANTHROPIC_FOUNDRY_RESOURCE",
        ),
    ],
)
def test_settings_that_cannot_be_right(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ArchitraveError, match=said) as caught:
        judge_settings(environ)
    assert "secret" not in caught.value.message + caught.value.hint and caught.value.hint


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
        settings = configured(server)._replace(provider=provider, key="house-key", region="eu")
        with pytest.raises(LlmFailure, match=variable) as caught:
            ask(Model(settings))
    assert caught.value.kind == "rejected key" and server.problems == [problem]


def test_a_cloud_whose_package_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with FakeAnthropic([]) as server:
        settings = configured(server)._replace(
            provider="vertex", key="", region="eu", project="mine"
        )
        with pytest.raises(LlmFailure, match=r"pip install 'anthropic\[bedrock,vertex\]'"):
            ask(Model(settings))


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with FakeAnthropic([]) as server, pytest.raises(LlmFailure, match="pip install") as caught:
        ask(model(server))
    assert caught.value.kind == "connection"


def test_a_call_has_defaults() -> None:
    assert Call("intent", "m", (), ()).max_tokens == 16_000
