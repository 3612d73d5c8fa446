"""Whatever an endpoint does: tools' findings are told, what was not judged is said, nothing hangs."""

import time
from typing import Any

import fake_anthropic as fake
import judge_reviewers as reviewers
import pytest
from conftest import Command, Ran, Repo
from fake_anthropic import Reply, Request
from judge_reviewers import BAD, PRINTS, RULE, Oracle, asked, house, serving

MAIN = ("--base", "main")
LOUD = BAD + '\n\ndef loud():\n    print("x")\n'
SECONDS = "[budget]\nseconds = 1\n"
# The name of a fault; what the endpoint does; how often it is asked; what is said.
FAULTS: list[tuple[str, Reply, int, str]] = [
    ("html", fake.html(), 1, "did not answer as the Messages API does"),
    ("other json", fake.other_json(), 1, "did not answer as the Messages API does"),
    ("cut json", fake.cut_json(), 2, "did not answer as the Messages API does"),
    ("no json", fake.text("All is well."), 2, "cannot be read: no JSON object in the answer"),
    ("other form", fake.json_answer({"files": []}), 2, "cannot be read: $.findings is missing"),
    ("a list", fake.json_answer([]), 2, "cannot be read: $ must be of type object"),
    ("unknown block", fake.unknown_block(), 1, "did not answer as the Messages API does"),
    ("no content", fake.empty_content(), 1, "did not answer as the Messages API does"),
    ("no usage", fake.no_usage(), 1, "did not answer as the Messages API does"),
    ("no stop reason", fake.stop_reason_none(), 1, "did not answer as the Messages API does"),
    ("unknown stop reason", fake.stop("bored", "x"), 1, "did not answer as the Messages API does"),
    ("reset", fake.reset(), 4, "cannot be reached"),
    ("cut stream", fake.cut_stream(3), 4, "ended its answer in the middle"),
    ("early end", fake.early_eof(), 4, "ended its answer in the middle"),
    ("overloaded in stream", fake.stream_error(), 4, "is overloaded"),
    ("no stream", fake.json_instead_of_stream(), 2, "cannot be read"),
    ("redirect", fake.redirect("http://127.0.0.1:9/"), 1, "to another address (HTTP 307)"),
    ("refusal", fake.refusal("cyber"), 1, "it refused to answer (cyber)"),
    ("truncated", fake.truncated('{"files": ['), 1, "its answer about this file has no end"),
    (
        "context exceeded",
        fake.stop("model_context_window_exceeded", "x"),
        1,
        "its answer about this file has no end",
    ),
    ("overloaded", fake.status(529, "overloaded_error"), 4, "is overloaded (HTTP 529)"),
    ("failing", fake.status(500, "api_error"), 4, "failed (HTTP 500)"),
    ("key", fake.status(401, "authentication_error"), 1, "did not accept the key"),
    ("access", fake.status(403, "permission_error"), 1, "does not let this key use the model"),
    ("model", fake.status(404, "not_found_error"), 1, "knows no model"),
    ("size", fake.status(413, "request_too_large"), 1, "The question is too large"),
    ("invalid", fake.status(400, "invalid_request_error"), 1, "refused the question as invalid"),
    (
        "come back tomorrow",
        fake.status(429, "rate_limit_error", headers={"Retry-After": "86400"}),
        1,
        "It asks to come back in 24 h 00 min",
    ),
]


def not_judged(ran: Ran, path: str = "shop.py") -> str:
    """Why a file was not judged; the review is incomplete and tools' findings are in it."""
    assert (ran.code, ran.review["verdict"]) == (3, "incomplete")
    assert (PRINTS, "shop.py", 6) in ran.labelled("introduced")
    status = ran.status(path)["judge"]
    assert status.startswith("failed: not judged: ")
    return status


@pytest.mark.parametrize(
    ("name", "reply", "tries", "said"), FAULTS, ids=[each[0] for each in FAULTS]
)
def test_a_fault_of_the_endpoint(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    reply: Reply,
    tries: int,
    said: str,
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, lambda request: reply) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["finder"] * tries
        # Nothing of it is kept.
        again = review.json(repo, *MAIN)
        assert asked(server) == ["finder"] * tries
    for each in (ran, again):
        assert said in not_judged(each)
        assert f"({RULE})" in not_judged(each)


@pytest.mark.parametrize(
    "reply",
    [fake.hang(30), fake.hang_in_stream(30), fake.trickle(0.1)],
    ids=["hang", "stall", "trickle"],
)
def test_an_endpoint_that_does_not_come_to_an_end(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD}, house(SECONDS))
    started = time.monotonic()
    with serving(monkeypatch, lambda request: reply):
        ran = review.json(repo, *MAIN)
    assert "did not answer in time" in not_judged(ran)
    assert time.monotonic() - started < 10


def test_an_endpoint_that_is_not_there(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch):
        monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
        ran = review.json(repo, *MAIN)
    assert "127.0.0.1:9 cannot be reached" in not_judged(ran)


def test_an_answer_that_cannot_be_read_is_asked_for_once_more(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = Oracle()

    def finder(request: Request) -> Reply:
        return oracle.finder(request) if len(request.turns) > 1 else fake.text('{"files": [}')

    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, Oracle(finder=finder)) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["finder", "finder", "verifier"]
    assert (RULE, "shop.py", 2) in ran.labelled("introduced")


def test_a_fault_that_passes_is_not_told(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [fake.status(529, "overloaded_error"), fake.reset(), fake.early_eof()]
    oracle = Oracle()

    def finder(request: Request) -> Reply:
        return faults.pop() if faults else oracle.finder(request)

    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, Oracle(finder=finder)):
        ran = review.json(repo, *MAIN)
    assert (ran.code, ran.status("shop.py")["judge"]) == (1, "checked")


def test_a_refusal_is_taken_to_the_other_model_once(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = Oracle()
    willing = {"claude-opus-5-5"}

    def finder(request: Request) -> Reply:
        return oracle.finder(request) if request.model in willing else fake.refusal()

    monkeypatch.setenv("ARCHITRAVE_VERIFY_MODEL", "claude-opus-5-5")
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, Oracle(finder=finder)) as server:
        ran = review.json(repo, *MAIN, "--no-cache")
        assert (RULE, "shop.py", 2) in ran.labelled("introduced")
        assert asked(server) == ["finder", "finder", "verifier"]
        willing.clear()
        assert "it refused to answer (cyber)" in not_judged(review.json(repo, *MAIN, "--no-cache"))
        assert [request.model for request in server.requests] == [
            "claude-sonnet-5-5",
            "claude-opus-5-5",
        ]


def test_an_answer_without_end_is_asked_for_in_halves(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = Oracle()

    def finder(request: Request) -> Reply:
        paths = [each["path"] for each in reviewers.accounted(request)]
        return fake.truncated('{"fi') if "a.py" in paths else oracle.finder(request)

    head: dict[str, Any] = dict.fromkeys(("a.py", "b.py", "c.py"), BAD) | {"shop.py": LOUD}
    reviewers.changed(repo, head)
    with serving(monkeypatch, Oracle(finder=finder)) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server).count("finder") == 5
    assert "its answer about this file has no end" in not_judged(ran, "a.py")
    for path in ("b.py", "c.py", "shop.py"):
        assert (RULE, path, 2) in ran.labelled("introduced")
        assert ran.status(path)["judge"] == "checked"


def test_after_three_failures_an_endpoint_is_left_alone(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = BAD + "".join(f"# {at:060}\n" for at in range(2000))
    head: dict[str, Any] = {f"big_{at}.py": big for at in range(7)} | {"shop.py": LOUD}
    reviewers.changed(repo, head)
    with serving(monkeypatch, lambda request: fake.status(401, "authentication_error")) as server:
        ran = review.json(repo, *MAIN)
        assert len(server.requests) <= 6
    assert "did not accept the key" in not_judged(ran, "big_6.py")


def test_what_stands_from_before_is_told_though_nothing_answers(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch):
        review.json(repo, *MAIN)
    repo.commit({"shop.py": LOUD + "\n\ndef more():\n    return 1\n"})
    with serving(monkeypatch, lambda request: fake.status(401, "authentication_error")):
        ran = review.json(repo, *MAIN)
    assert "did not accept the key" in not_judged(ran)
    assert (RULE, "shop.py", 2) in ran.labelled("introduced")


def test_with_the_judge_required_what_fails_keeps_the_gate_closed_and_never_less(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for policy in ("auto", "required"):
        reviewers.changed(repo, {"shop.py": LOUD}, house(f"judge = '{policy}'\n"))
        with serving(monkeypatch, lambda request: fake.html()):
            for flags in ([], ["--llm"], ["--fail-on", "never"]):
                not_judged(review.json(repo, *MAIN, *flags))
        repo.git("checkout", "-q", "main")
        repo.git("branch", "-q", "-D", "topic")


@pytest.mark.parametrize("form", ["terminal", "markdown", "github", "sarif", "prompt"])
def test_every_format_says_what_was_not_judged(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    reviewers.changed(repo, {"shop.py": LOUD})
    with serving(monkeypatch, lambda request: fake.refusal()):
        ran = review(repo, *MAIN, "--format", form)
    assert ran.code == 3
    assert "it refused to answer" in ran.out.replace("\n", " ")
