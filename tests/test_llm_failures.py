"""A model that fails: each fault of a server, or of the way to it, is named and told."""

import contextlib
import datetime as dt
import email.utils
import threading
import time

import pytest

pytest.importorskip("anthropic")

import fake_anthropic as fake
from asking import KEY, SECRET, Outcome, ask, call, model
from fake_anthropic import FakeAnthropic, Reply

from bot.outside import llm_client, llm_failures
from bot.outside.llm import TRIES, LlmFailure

FINE = fake.text("Fine.")


def test_a_web_page_is_no_answer() -> None:
    found = Outcome(fake.html())
    assert (found.kind, found.tries) == ("malformed", 1)
    assert "a web page" in found.said and "ANTHROPIC_BASE_URL" in found.said


def test_other_json_is_no_answer() -> None:
    found = Outcome(fake.other_json())
    assert (found.kind, found.tries) == ("malformed", 1) and "request req_fake" in found.said


def test_cut_json_is_asked_for_once_more() -> None:
    found = Outcome(fake.cut_json(), FINE)
    assert (found.failure, found.tries) == (None, 2)
    again = Outcome(fake.cut_json())
    assert (again.kind, again.tries) == ("malformed", 2)


def test_a_list_and_plain_words_are_no_answers() -> None:
    assert "JSON that is no message" in Outcome(Reply(raw=b"[]")).said
    assert "no JSON" in Outcome(Reply(raw=b"Hello.", media="text/plain")).said


def test_a_page_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_client, "_LONGEST_BODY", 10)
    assert "without end" in Outcome(fake.html()).said


def test_an_event_that_is_no_json_is_none() -> None:
    for data in (b"event: message_start\ndata: {\n\n", b"event: message_start\ndata: \xff\n\n"):
        found = Outcome(Reply(raw=data, media="text/event-stream"))
        assert (found.kind, found.tries) == ("malformed", 2) and "event" in found.said


def test_a_fault_of_the_client_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(llm_client, "_client", fails)
    found = Outcome(FINE)
    assert (found.kind, found.tries) == ("connection", 0) and "LookupError" in found.said


def test_an_answer_of_only_unknown_blocks_is_none() -> None:
    assert Outcome(fake.unknown_block()).kind == "malformed"


def test_an_answer_without_content_is_none() -> None:
    assert Outcome(fake.empty_content()).kind == "malformed"


def test_an_answer_of_blanks_is_none() -> None:
    assert Outcome(fake.text(" \n")).kind == "malformed"


def test_an_answer_without_a_count_of_tokens_is_none() -> None:
    found = Outcome(fake.no_usage())
    assert found.kind == "malformed" and "tokens" in found.said


def test_an_answer_without_a_stop_reason_is_none() -> None:
    found = Outcome(fake.stop_reason_none())
    assert found.kind == "malformed" and "why it ended" in found.said


def test_an_unknown_stop_reason_is_none() -> None:
    assert Outcome(fake.stop("bored", "x")).kind == "malformed"


def test_a_stop_for_tools_without_any_call_is_none() -> None:
    assert Outcome(fake.stop("tool_use", "x")).kind == "malformed"


def test_a_reset_is_tried_again() -> None:
    found = Outcome(fake.reset(), FINE)
    assert found.answer and (found.tries, found.slept) == (2, [1.0])
    found = Outcome(fake.reset())
    assert (found.kind, found.tries, found.slept) == ("connection", TRIES, [1.0, 2.0, 4.0])


def test_nobody_listens() -> None:
    with FakeAnthropic([]) as server:
        asked = model(server)
    with pytest.raises(LlmFailure, match="cannot be reached") as caught:
        ask(asked)
    assert caught.value.kind == "connection"


def test_a_cut_stream_is_tried_again() -> None:
    found = Outcome(fake.cut_stream(3), FINE)
    assert found.answer and found.tries == 2
    assert Outcome(fake.cut_stream(4)).kind == "cut off"


def test_a_stream_that_ends_early_in_good_order_is_cut_off() -> None:
    found = Outcome(fake.early_eof(), FINE)
    assert found.answer and found.answer.text == "Fine." and found.tries == 2
    assert Outcome(fake.early_eof()).kind == "cut off"


def test_overloaded_within_a_stream_is_tried_again() -> None:
    found = Outcome(fake.stream_error(), FINE)
    assert found.answer and found.tries == 2
    found = Outcome(fake.stream_error())
    assert (found.kind, found.tries) == ("overloaded", TRIES)


def test_a_bad_request_within_a_stream_is_not_tried_again() -> None:
    found = Outcome(fake.stream_error("invalid_request_error"))
    assert (found.kind, found.tries) == ("bad request", 1)


def test_json_instead_of_a_stream_is_an_answer() -> None:
    found = Outcome(fake.json_instead_of_stream("All of it."))
    assert found.answer and found.answer.text == "All of it." and found.tries == 1


@pytest.mark.parametrize(
    "reply", [fake.hang(30), fake.hang_in_stream(30), fake.trickle(0.1)], ids=lambda it: it.fault
)
def test_silence_ends_with_the_deadline(reply: Reply) -> None:
    found = Outcome(reply, seconds=0.6)
    assert (found.kind, found.tries) == ("timeout", 1)
    assert 0.5 < found.seconds < 1.6 and "in time" in found.said


def test_what_was_left_behind_ends_too() -> None:
    with FakeAnthropic(lambda _: fake.trickle(0.05)) as server:
        with pytest.raises(LlmFailure):
            ask(model(server), seconds=0.5)
        left = [thread for thread in threading.enumerate() if thread.name == "model"]
        for thread in left:
            thread.join(10)
        assert not any(thread.is_alive() for thread in left)


def test_a_late_answer_within_the_deadline_is_one() -> None:
    assert Outcome(fake.hang_in_stream(0.3)).answer


def test_no_question_leaves_after_the_deadline() -> None:
    with FakeAnthropic([]) as server, pytest.raises(LlmFailure, match="time for it is over"):
        ask(model(server), seconds=-1)
    assert server.requests == []


def test_no_pause_goes_past_the_deadline() -> None:
    found = Outcome(fake.status(500, "api_error"), seconds=2.5)
    assert (found.kind, found.slept) == ("server error", [1.0, 2.0])
    assert "no time left" in found.said


def test_a_redirect_is_not_followed() -> None:
    with FakeAnthropic([]) as other:
        found = Outcome(fake.redirect(f"{other.url}/v1/messages"))
        assert (found.kind, found.tries) == ("redirected", 1)
    assert (other.requests, other.problems) == ([], [])


@pytest.mark.parametrize(
    ("code", "error", "kind", "tries"),
    [
        (400, "invalid_request_error", "bad request", 1),
        (401, "authentication_error", "rejected key", 1),
        (402, "billing_error", "spend limit", 1),
        (403, "permission_error", "rejected key", 1),
        (404, "not_found_error", "not found", 1),
        (408, "timeout_error", "server error", TRIES),
        (409, "conflict_error", "server error", TRIES),
        (413, "request_too_large", "too large", 1),
        (429, "rate_limit_error", "rate limit", TRIES),
        (500, "api_error", "server error", TRIES),
        (503, "api_error", "overloaded", TRIES),
        (529, "overloaded_error", "overloaded", TRIES),
    ],
)
def test_statuses(code: int, error: str, kind: str, tries: int) -> None:
    said = f"messages.0.content: {SECRET} {KEY}"
    found = Outcome(fake.status(code, error, said))
    assert (found.kind, found.tries) == (kind, tries)
    assert f"(HTTP {code})" in found.said
    assert found.failure and found.failure.request_id == f"req_fake{found.tries:08}"
    if tries > 1:
        assert Outcome(fake.status(code, error), FINE).answer


def test_errors_in_another_form_are_understood() -> None:
    body = b'{"detail": [{"loc": ["body", "output_config", "effort"], "msg": "Extra", "input": "tools"}]}'
    found = Outcome(Reply(status=422, raw=body), FINE)
    assert found.answer and found.tries == 2
    found = Outcome(Reply(status=422, raw=f"no: {SECRET}".encode(), media="text/html"))
    assert (found.kind, found.tries) == ("bad request", 1)


def test_a_bad_request_says_which_part_is_bad() -> None:
    found = Outcome(fake.status(400, "invalid_request_error", f"messages.0.content: {SECRET}"))
    assert "at `messages.0.content`" in found.said


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("prompt is too long: 250000 tokens > 200000 maximum", "too large"),
        ("Your credit balance is too low to access the Anthropic API.", "spend limit"),
    ],
)
def test_bad_requests_that_are_something_else(said: str, kind: str) -> None:
    assert Outcome(fake.status(400, "invalid_request_error", said)).kind == kind


def test_a_spend_limit_is_not_tried_again() -> None:
    reply = fake.status(
        429, "rate_limit_error", error_code="enforced_spend_limit_reached", headers={}
    )
    found = Outcome(reply)
    assert (found.kind, found.tries) == ("spend limit", 1) and "Raise its limit" in found.said


def test_a_short_pause_is_kept() -> None:
    found = Outcome(fake.status(429, "rate_limit_error", headers={"Retry-After": "1"}), FINE)
    assert found.answer and found.slept == [1.5]


def test_a_long_pause_is_told_instead() -> None:
    found = Outcome(fake.status(429, "rate_limit_error", headers={"Retry-After": "86400"}), FINE)
    assert (found.kind, found.tries, found.slept) == ("rate limit", 1, [])
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert "come back in 24 h 00 min" in found.said and f"{tomorrow:%Y-%m-}" in found.said


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 -0000"}, 0),
        ({"retry-after": "-7"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_pauses(headers: dict[str, str], seconds: float | None) -> None:
    assert llm_failures.pause(headers, dt.datetime.now(dt.UTC)) == seconds


def test_a_pause_may_be_a_date() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for then, seconds in ((now + dt.timedelta(seconds=30), 30), (now - dt.timedelta(1), 0)):
        header = email.utils.format_datetime(then, usegmt=True)
        assert llm_failures.pause({"retry-after": header}, now) == seconds


def test_an_endpoint_that_fails_three_times_is_left_alone() -> None:
    with FakeAnthropic(lambda _: fake.status(500, "api_error")) as server:
        asked = model(server)
        for _ in range(3):
            with pytest.raises(LlmFailure, match="^127"):
                ask(asked)
        sent = len(server.requests)
        with pytest.raises(LlmFailure, match="was not asked: 3 questions in a row") as caught:
            ask(asked)
    assert caught.value.kind == "server error" and sent == 3 * TRIES == len(server.requests)
    assert server.problems == []


def test_refusals_and_bad_questions_are_no_failures_of_an_endpoint() -> None:
    bad = fake.status(400, "invalid_request_error", "messages: no")
    down = fake.status(404, "not_found_error")
    script = [down, down, bad, bad, bad, fake.refusal(), down, down, FINE]
    with FakeAnthropic(script) as server:
        asked = model(server)
        for _ in script:
            with contextlib.suppress(LlmFailure):
                found = ask(asked)
    assert found.text == "Fine." and server.problems == []


def test_time_passes_for_real_between_tries() -> None:
    from asking import configured

    from bot.outside.llm import Model

    with FakeAnthropic([fake.status(500, "api_error"), FINE]) as server:
        began = time.monotonic()
        assert ask(Model(configured(server), draw=lambda: 0.1), call())
    assert 0.2 <= time.monotonic() - began < 2
