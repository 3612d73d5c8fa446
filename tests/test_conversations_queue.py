"""Conversations that end in a merge queue: what a merge brings about is judged before it is merged."""

from pathlib import Path

import pytest
from bot_on_github import BASE, EVAL, Shop, opening, shop
from github_model import Pull

from bot import merge_queue
from bot.domain import Change, Coverage, Finding, Review

__all__ = ["shop"]
FINE = {"app/new.py": "X = 1\n"}
# Each is fine by itself; together they import each other.
TWO_WAYS = {"app/carts.py": "def total():\n    return 1\n", "app/prices.py": "PRICE = 1\n"}
THERE = {"app/carts.py": "from app import prices\n\n\ndef total():\n    return prices.PRICE\n"}
BACK = {"app/prices.py": "from app import carts\n\nPRICE = carts.total()\n"}
NOTHING = ("success", "Nothing has to be answered")


def queued(shop: Shop, *pulls: Pull) -> tuple[str, str]:
    """What the gate says of pull requests that are queued together."""
    commit = shop.hub.merge_queue(*pulls)
    assert shop.bot.hears("merge_group").code in (0, 3)
    return shop.bot.gate(commit)


def test_what_is_ahead_closes_a_cycle(tmp_path: Path) -> None:
    with opening(tmp_path, BASE | TWO_WAYS) as shop:
        there, back = shop.opened(THERE, branch="there"), shop.opened(BACK, branch="back")
        assert shop.gate(there) == shop.gate(back) == NOTHING
        state, says = queued(shop, there, back)
        assert state == "failure"
        assert says.startswith(
            "The merge adds 1 finding not reviewed: modularity/import-cycle app/"
        )
        assert says.endswith("; rebase to have it reviewed")
        assert len(says) <= 140
        # Nothing is said about it where it could not be answered, and by itself each may go in.
        assert there.threads == back.threads == []
        assert queued(shop, there) == NOTHING
        # The first one is in; the other one is rebased, as it was told, and people answer.
        shop.hub.merge(there, by="bob")
        assert queued(shop, back)[0] == "failure"
        shop.hub.rebase(back)
        shop.bot.hears("pull_request", "synchronize")
        assert queued(shop, back) == ("failure", "1 finding waits for a human")
        shop.hub.resolve(back.threads[0], by="bob")
        assert queued(shop, back) == ("success", "Answered by bob")


def test_the_job_lists_what_the_merge_adds(tmp_path: Path) -> None:
    with opening(tmp_path, BASE | TWO_WAYS) as shop:
        pulls = shop.opened(THERE, branch="there"), shop.opened(BACK, branch="back")
        shop.hub.merge_queue(*pulls)
        ran = shop.bot.hears("merge_group")
        assert ran.outputs["waiting"] == "1"
        assert "modularity/import-cycle" in ran.summary


def test_another_one_of_the_group_waits_for_an_answer(shop: Shop) -> None:
    first = shop.opened({"app/api.py": EVAL}, branch="first")
    second = shop.opened(FINE, branch="second")
    assert queued(shop, first, second) == ("failure", "#1: 1 finding waits for a human")
    shop.hub.resolve(first.threads[0], by="bob")
    assert queued(shop, first, second) == NOTHING


def test_nobody_joins_a_queue_by_opening_the_same_again(shop: Shop) -> None:
    first, second = shop.opened(FINE, branch="first"), shop.opened({"README.md": "# Hi\n"})
    fork = shop.hub.repo("mallory/shop", fork_of="acme/shop")
    shop.hub.open(shop.repo, sha=first.head_sha, author="mallory", fork=fork)
    assert queued(shop, first, second) == NOTHING


def test_what_was_answered_is_not_asked_again(shop: Shop) -> None:
    pull = shop.opened({"app/api.py": EVAL})
    shop.hub.reply(pull.threads[0], "bob", "false-positive: only numbers get here")
    shop.hub.push_to_base(shop.repo, {"NEWS.md": "Open on Sundays.\n"})
    assert queued(shop, pull) == ("success", "Answered by bob")


def test_rules_that_came_after_the_review_hold_for_the_merge(tmp_path: Path) -> None:
    lax = 'disable = ["security/code-execution"]\nfail-on = "error"\n'
    with opening(tmp_path, BASE | {".architrave.toml": lax}) as shop:
        pull = shop.opened({"app/api.py": EVAL})
        assert shop.gate(pull) == NOTHING
        shop.hub.push_to_base(shop.repo, {".architrave.toml": BASE[".architrave.toml"]})
        state, says = queued(shop, pull)
        assert (state, "security/code-execution app/api.py:2" in says) == ("failure", True)


def test_the_queue_is_judged_by_the_base_and_not_by_what_it_merges(tmp_path: Path) -> None:
    with opening(tmp_path, BASE | TWO_WAYS) as shop:
        there, back = shop.opened(THERE, branch="there"), shop.opened(BACK, branch="back")
        weaker = {".architrave.toml": 'disable = ["modularity/import-cycle"]\n'}
        shop.hub.push(back, weaker)
        shop.bot.hears("pull_request", "synchronize")
        for thread in back.threads:
            shop.hub.resolve(thread, by="bob")
        state, says = queued(shop, there, back)
        assert (state, "import-cycle" in says) == ("failure", True)


def test_who_wrote_it_was_weighed_with_the_pull_request(tmp_path: Path) -> None:
    house = 'fail-on = "warning"\nunmarked = "human"\nscope = "ai"\n'
    with opening(tmp_path, BASE | {".architrave.toml": house}) as shop:
        pull = shop.opened({"app/api.py": EVAL})
        assert shop.gate(pull) == NOTHING
        shop.hub.push_to_base(shop.repo, {"NEWS.md": "Open on Sundays.\n"})
        assert queued(shop, pull) == NOTHING


def test_a_pull_request_that_moved_on_is_not_merged(shop: Shop) -> None:
    pull = shop.opened(FINE)
    commit = shop.hub.merge_queue(pull)
    shop.hub.push(pull, {"app/new.py": "X = 2\n"})
    shop.bot.hears("merge_group")
    # Nothing would come back to the queue's commit once the review is there.
    assert shop.bot.gate(commit) == ("error", "The newest commit is not reviewed yet.")


@pytest.mark.parametrize("path", [r"/compare/", r"/info/refs"])
def test_what_cannot_be_checked_is_not_merged(
    shop: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outside.git_fetch._PAUSE", 0.0)
    pull = shop.opened(FINE)
    shop.hub.fail("GET", path, 502, times=9)
    state, says = queued(shop, pull)
    assert state == "error"
    assert says.startswith("Not reviewed: ")


def test_a_base_that_is_no_commit_is_refused(shop: Shop) -> None:
    pull = shop.opened(FINE)
    commit = shop.hub.merge_queue(pull)
    name, event = shop.hub.event("merge_group")
    event["merge_group"]["base_sha"] = "--upload-pack=touch"
    assert shop.bot.job(name, event).code != 0
    assert shop.bot.gate(commit)[0] == "error"


FINDING = Finding("a/b", "imports", "error", "app/x.py", 3, 3, "No.", quote="import y")
KNOWN = (FINDING.fingerprint, FINDING.version)


def review(*coverage: Coverage) -> Review:
    change = Change("", "1" * 40, "2" * 40, "1" * 40, ())
    return Review(change, (FINDING,), coverage, "blocked", frozenset({FINDING}), {}, {})


def test_a_review_that_had_it_about_other_code_had_it_not() -> None:
    assert merge_queue.verdict(review(), {KNOWN}, "Answered by bob")[:2] == (
        "success",
        "Answered by bob",
    )
    assert merge_queue.verdict(review(), {(KNOWN[0], "other")}, "")[0] == "failure"


def test_a_model_is_not_missed_in_a_queue_and_tools_are() -> None:
    judge, tool = (Coverage("app/x.py", name, "failed", "-") for name in ("judge", "ruff"))
    assert merge_queue.verdict(review(judge), {KNOWN}, "")[0] == "success"
    assert merge_queue.verdict(review(tool), {KNOWN}, "")[:2] == (
        "error",
        "The merge is not fully reviewed: 1 file",
    )


def test_words_of_a_status_fit_into_one() -> None:
    long = FINDING._replace(path="app/" + "x" * 300)
    found = review()._replace(findings=(FINDING, long), blocking=frozenset({FINDING, long}))
    says = merge_queue.verdict(found, (), "")[1]
    assert len(says) <= 140
    assert "a/b app/x.py:3, …" in says
    found = review()._replace(findings=(long,), blocking=frozenset({long}))
    assert len(merge_queue.verdict(found, (), "")[1]) <= 140
