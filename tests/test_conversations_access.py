"""Conversations by who may do what: Apps and tokens, forks, commands, merge queues, events of all kinds."""

import re
from pathlib import Path

import pytest
from bot_on_github import BAD, EVAL, Bot, Shop, opening, payload, reviews, shop, told
from github_model import Token
from github_setup import READS

__all__ = ["shop"]
TWO = ("failure", "2 findings wait for a human")
WAITS = ("failure", "1 finding waits for a human")
ONE = {"app/api.py": EVAL}


def as_app(shop: Shop, tmp_path: Path, **more: str) -> Shop:
    app = shop.hub.app(permissions=READS | {"pull_requests": "write", "checks": "write"})
    shop.hub.install(app)
    return shop._replace(bot=Bot(shop.hub, shop.repo, tmp_path / "bot", app, **more))


def test_an_app_speaks_in_check_runs(shop: Shop, tmp_path: Path) -> None:
    shop = as_app(shop, tmp_path)
    pull = shop.hub.open(shop.repo, BAD)
    states: list[str] = []
    shop.hub.when("GET", r"/compare/", lambda: states.append(shop.gate(pull)[0]))
    shop.bot.hears("pull_request", "opened")
    assert states == ["in_progress"]
    assert shop.gate(pull) == TWO
    for thread in pull.threads:
        shop.hub.resolve(thread, by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("success", "Answered by bob")
    assert pull.reviews[0].user.login == "architrave[bot]"
    assert shop.repo.statuses == []
    conclusions = {each.data.get("conclusion") for each in shop.repo.checks}
    assert conclusions <= {None, "success", "failure"}


def test_an_app_asks_for_no_more_than_it_needs(shop: Shop, tmp_path: Path) -> None:
    shop = as_app(shop, tmp_path)
    shop.opened()
    (asked,) = [each for each in shop.hub.requests if each.path.endswith("access_tokens")]
    assert asked.json == {
        "repositories": ["shop"],
        "permissions": {"contents": "read", "pull_requests": "write", "checks": "write"},
    }


def test_an_app_signs_its_marks_where_a_secret_lasts(shop: Shop, tmp_path: Path) -> None:
    shop = as_app(shop, tmp_path, GITHUB_WEBHOOK_SECRET="kept")
    pull = shop.opened()
    assert len(told(pull, "kept")) == 2
    assert told(pull, "another") == []
    shop.pushed(pull, {"README.md": "# The shop\n"})
    assert len(pull.threads) == 2


def test_an_app_that_fails_says_so(shop: Shop, tmp_path: Path) -> None:
    shop = as_app(shop, tmp_path)
    pull = shop.hub.open(shop.repo, BAD)
    shop.hub.fail("GET", r"/compare/", 500, times=9)
    assert shop.bot.hears("pull_request").code == 3
    state, says = shop.gate(pull)
    assert state == "failure"
    assert says.startswith("Not reviewed: ")


def test_a_public_repository_and_an_enterprise_server(tmp_path: Path) -> None:
    with opening(tmp_path, private=False) as shop:
        # The server of these tests has the addresses of an enterprise server.
        assert shop.bot.environ["GITHUB_API_URL"].endswith("/api/v3")
        del shop.bot.environ["GITHUB_GRAPHQL_URL"]
        pull = shop.opened()
        assert shop.gate(pull) == TWO


def test_there_is_no_token(shop: Shop) -> None:
    shop.hub.open(shop.repo, BAD)
    del shop.bot.environ["GITHUB_TOKEN"]
    ran = shop.bot.hears("pull_request")
    assert ran.code == 2
    assert "\n::error title=Architrave::There is no GITHUB_TOKEN" in ran.out
    assert shop.hub.requests == []


def test_the_token_is_none(shop: Shop) -> None:
    shop.hub.open(shop.repo, BAD)
    shop.bot.environ["GITHUB_TOKEN"] = "ghs_of_yesterday"
    ran = shop.bot.hears("pull_request")
    assert ran.code == 3
    assert "401" in ran.out
    assert "Traceback" not in ran.out


@pytest.mark.parametrize(("tree", "code"), [(BAD, 1), ({"README.md": "# Hi\n"}, 0)])
def test_a_fork_with_a_token_that_may_only_read(
    shop: Shop, tree: dict[str, str], code: int
) -> None:
    fork = shop.hub.repo("mallory/shop", fork_of="acme/shop", private=False)
    pull = shop.hub.open(shop.repo, tree, author="mallory", fork=fork)
    reader = shop.hub.actions_token(shop.repo, permissions=READS | {"pull_requests": "read"})
    shop.bot.environ["GITHUB_TOKEN"] = reader.value
    ran = shop.bot.hears("pull_request")
    assert ran.code == code
    assert "may not write to the pull request" in ran.summary
    assert "pull_request_target" in ran.out
    assert ("Text is run as code" in ran.summary) == (code == 1)
    assert ("::error" in ran.out and "app/api.py" in ran.out) == (code == 1)
    assert ran.outputs["verdict"] == ("blocked" if code else "passed")
    # What GitHub shows in any case: what to do, and what it comes to.
    commands = re.findall(r"(?m)^::(?:error|notice) title=Architrave::(.*)$", ran.out)
    assert commands[0].startswith("The token of this workflow may not write to the pull request")
    assert commands[1].startswith("Blocked" if code else "Passed")
    assert len(commands) == 2
    assert pull.reviews == []
    # The refused write is what such a token is known by.
    shop.hub.problems[:] = [each for each in shop.hub.problems if "Resource not acc" not in each]


def test_a_fork_with_a_token_that_may_write(shop: Shop) -> None:
    fork = shop.hub.repo("mallory/shop", fork_of="acme/shop", private=False)
    pull = shop.hub.open(shop.repo, BAD, author="mallory", fork=fork)
    shop.bot.job("pull_request_target", shop.hub.event("pull_request")[1])
    assert shop.gate(pull) == TWO


def test_a_merge_queue_asks(shop: Shop) -> None:
    pull = shop.opened(ONE)
    waiting = shop.hub.merge_queue(pull)
    assert shop.bot.hears("merge_group").code == 0
    assert shop.bot.gate(waiting) == WAITS
    shop.hub.resolve(pull.threads[0], by="bob")
    shop.bot.hears("merge_group")
    assert shop.bot.gate(waiting) == ("success", "Answered by bob")


def test_nobody_opens_a_gate_by_another_pull_request_of_the_same_commit(shop: Shop) -> None:
    pull = shop.opened(ONE)
    lax = shop.hub.commit(shop.repo, {".architrave.toml": 'fail-on = "never"\n'}, on=pull.base_sha)
    shop.hub.branch(shop.repo, "lax", lax)
    other = shop.hub.open(shop.repo, sha=pull.head_sha, base="lax", branch="also")
    shop.bot.hears("pull_request", "opened")
    says = "#1, of the same commit: 1 finding waits for a human"
    assert shop.gate(other) == ("failure", says)
    shop.bot.settle(other)
    assert shop.gate(other) == ("failure", says)
    # Whose answers count says the stricter one, and who is closed does not count.
    shop.hub.resolve(pull.threads[0], by="bob")
    shop.bot.settle(other)
    assert shop.gate(other) == ("success", "Nothing has to be answered")
    shop.hub.unresolve(pull.threads[0], by="bob")
    shop.hub.close(pull)
    shop.bot.settle(other)
    assert shop.gate(other) == ("success", "Nothing has to be answered")


def test_the_schedule_settles_all(shop: Shop) -> None:
    pulls = [shop.opened(ONE, branch=f"topic-{n}") for n in range(2)]
    for pull in pulls:
        shop.hub.resolve(pull.threads[0], by="bob")
    # GitHub names no repository in the event of a schedule.
    assert shop.bot.job("schedule", {"schedule": "*/15 * * * *"}).code == 0
    assert [shop.gate(pull)[0] for pull in pulls] == ["success", "success"]


def test_one_that_cannot_be_settled_keeps_none_of_the_others_waiting(shop: Shop) -> None:
    pulls = [shop.opened({"app/api.py": EVAL + f"# {n}\n"}, branch=f"topic-{n}") for n in range(3)]
    for pull in pulls:
        shop.hub.resolve(pull.threads[0], by="bob")
    shop.hub.fail("POST", rf"/statuses/{pulls[1].head_sha}", 500, times=4)
    ran = shop.bot.job("schedule", {"schedule": "*/15 * * * *"})
    assert ran.code == 3
    assert f"#{pulls[1].number} was passed over: GitHub answered 500" in ran.out
    assert [shop.gate(pull)[0] for pull in pulls] == ["success", "failure", "success"]


def test_a_schedule_that_is_too_fast_stops(shop: Shop) -> None:
    pulls = [shop.opened(ONE, branch=f"topic-{n}") for n in range(2)]
    for pull in pulls:
        shop.hub.resolve(pull.threads[0], by="bob")
    shop.hub.exhaust("POST", r"/statuses/", reset=shop.hub.now() + 1800)
    before = len(shop.hub.calls())
    assert shop.bot.job("schedule", {"schedule": "*/15 * * * *"}).code == 3
    # The others are for the next time.
    asked = [f"{call.method} {call.target}" for call in shop.hub.calls()[before:]]
    assert [each for each in asked if "/statuses/" in each] == [asked[-1]], asked
    assert [shop.gate(pull) for pull in pulls] == [WAITS, WAITS]


def test_by_hand_with_what_is_no_number(shop: Shop) -> None:
    shop.opened(ONE)
    before = len(shop.hub.requests)
    event = payload(shop.repo, inputs={"pull-request": "the last one"})
    ran = shop.bot.job("workflow_dispatch", event)
    assert (ran.code, ran.outputs["verdict"]) == (0, "none")
    assert "`pull-request` must be the number of one" in ran.out
    assert len(shop.hub.requests) == before


@pytest.mark.parametrize("name", ["pull_request_review", "pull_request_review_comment"])
def test_a_reply_settles(shop: Shop, name: str) -> None:
    pull = shop.opened(ONE)
    shop.hub.reply(pull.threads[0], "bob", "accept: only numbers get here")
    ran = shop.bot.job(name, payload(shop.repo, pull_request={"number": pull.number}))
    assert (ran.code, ran.outputs["verdict"]) == (0, "none")
    assert "#1: Answered by bob." in ran.out
    assert shop.gate(pull) == ("success", "Answered by bob")


def test_a_workflow_is_started_by_hand(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    event = payload(shop.repo, inputs={"pull-request": "1"})
    assert shop.bot.job("workflow_dispatch", event).outputs["waiting"] == "2"
    assert shop.gate(pull) == TWO


def test_answers_heard_with_a_token_that_may_only_read(shop: Shop) -> None:
    pull = shop.opened(ONE)
    shop.hub.resolve(pull.threads[0], by="bob")
    reader: Token = shop.hub.actions_token(shop.repo, permissions=READS | {"pull_requests": "read"})
    shop.bot.environ["GITHUB_TOKEN"] = reader.value
    ran = shop.bot.job("pull_request_review", payload(shop.repo, pull_request={"number": 1}))
    assert ran.code == 2
    assert "/architrave settle" in ran.out
    assert shop.gate(pull) == WAITS
    shop.hub.problems[:] = [each for each in shop.hub.problems if "Resource not acc" not in each]


def test_a_settling_makes_up_for_a_review_that_was_dropped(shop: Shop) -> None:
    # Of the runs that wait for one another GitHub keeps the newest only.
    pull = shop.opened()
    shop.hub.push(pull, {"app/run.py": "X = 1\n"})
    shop.hub.reply(pull.threads[0], "bob", "accept: only numbers get here")
    shop.bot.hears("pull_request_review_comment", "created")
    assert shop.gate(pull) == ("success", "Answered by bob")
    assert len(reviews(pull, pull.head_sha)) == 1


def test_sarif_is_written_where_the_next_step_looks(shop: Shop, tmp_path: Path) -> None:
    shop.bot.environ |= {"GITHUB_WORKSPACE": str(tmp_path), "INPUT_SARIF_FILE": "out.sarif"}
    shop.hub.open(shop.repo, BAD)
    ran = shop.bot.hears("pull_request")
    assert ran.outputs["sarif-file"] == str(tmp_path / "out.sarif")
    assert "security/code-execution" in (tmp_path / "out.sarif").read_text()
