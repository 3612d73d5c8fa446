"""A review's steps: what is done is not done again, and what nobody waits for ends."""

import os
import signal
import threading
import time

import fake_anthropic as fake
import pytest
from fake_anthropic import FakeAnthropic
from github_checks import gate
from judge_reviewers import BAD, INTENT, Oracle, asked, house, rule
from service_world import BASE, HEAD, world

FLAWED = {"shop.py": BAD}


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


def judged(server):
    return {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": server.url}


def kill(at):
    for process in at.service.processes:
        os.killpg(process.pid, signal.SIGKILL)


def test_what_the_model_was_paid_for_is_not_paid_again(tmp_path):
    """The process dies while it publishes; the cache is gone, only the store is left."""
    with FakeAnthropic(Oracle()) as model, world(tmp_path, house(), **judged(model)) as at:
        at.service.start()
        pull = at.hub.open(at.repo, house() | FLAWED)
        killed = threading.Event()
        at.hub.when("POST", "/reviews$", lambda: (kill(at), killed.set()))
        at.tell()
        assert killed.wait(60)
        assert asked(model) == ["finder", "verifier"]
        at.service.kill()
        for path in (at.service.folder / "data" / "cache").glob("results*"):
            path.unlink()
        at.service.start()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        at.settle()
        assert reviewed(pull) == [pull.head_sha]
        assert asked(model) == []
        assert model.problems == []
        assert b"flawed(" not in b"".join(
            path.read_bytes() for path in (at.service.folder / "data").glob("jobs*")
        )


def test_a_push_ends_the_review_of_the_older_head_within_moments(tmp_path):
    said = {".architrave/rules/said.md": rule(INTENT, "warning", "options: {about: intent}")}
    slow = threading.Event()

    def intent(request):
        if slow.is_set():
            return Oracle().intent(request)
        slow.set()
        return fake.hang(120)

    tree = house(**said)
    with (
        FakeAnthropic(Oracle(intent=intent)) as model,
        world(tmp_path, tree, **judged(model)) as at,
    ):
        at.service.start()
        pull = at.hub.open(at.repo, tree | FLAWED)
        at.tell()
        assert slow.wait(60)
        older = pull.head_sha
        at.hub.push(pull, tree | {"shop.py": BAD + "\n\nA = 1\n"})
        pushed = time.monotonic()
        at.tell()
        at.service.wait(lambda: reviewed(pull))
        # The older one would have gone on for two minutes.
        assert time.monotonic() - pushed < 60
        at.settle()
        assert reviewed(pull) == [pull.head_sha]
        ended = [row for row in at.service.logged() if "a newer one follows" in row["says"]]
        assert len(ended) == 1
        assert gate(at.repo, older, "architrave") == "failure"


def test_of_five_pushes_at_once_the_newest_is_reviewed(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        at.tell()
        for count in range(5):
            at.hub.push(pull, {**BASE, "app/api.py": f"A = eval('{count}')\n"})
            at.tell()
            time.sleep(0.3)
        at.service.wait(lambda: reviewed(pull)[-1:] == [pull.head_sha])
        at.settle()
        # A head whose review was done before the next push came may have been told of.
        assert reviewed(pull).count(pull.head_sha) == 1
        assert len(reviewed(pull)) <= 2


@pytest.mark.parametrize("how", ["closed", "uninstalled"])
def test_a_review_that_is_called_off_ends(tmp_path, how):
    with world(tmp_path, ARCHITRAVE_REVIEWS_AT_ONCE="1") as at:
        other = at.hub.repo("else/where", BASE, collaborators={"alice": "write"})
        at.hub.install(at.app, "else")
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        held = at.hub.hold("GET", "/info/refs")
        at.tell()
        assert held.arrived.wait(60)
        if how == "closed":
            at.hub.close(pull)
        else:
            at.hub.emit_installation("deleted", at.app)
            at.told = len(at.hub.events) - 1
        at.tell()
        # Git still waits for an answer: nothing but the end of the review ends it.
        at.settle()
        assert not pull.reviews
        says = "a newer one follows" if how == "closed" else "called off"
        at.service.wait(lambda: says in at.service.log.read_text())
        # Nobody sees a check that runs for good.
        assert at.hub.gate(pull) == "failure"
        # There is room for another one.
        one = at.hub.open(other, {**BASE, "app/api.py": "B = 1\n"})
        at.tell()
        at.service.wait(lambda: at.hub.gate(one) == "success")
        held.release()


def test_an_account_with_much_to_do_leaves_room_for_others(tmp_path):
    """One review at a time: whoever comes last is not the last."""
    with world(tmp_path, ARCHITRAVE_REVIEWS_AT_ONCE="1") as at:
        other = at.hub.repo("else/where", BASE, collaborators={"alice": "write"})
        at.hub.install(at.app, "else")
        held = at.hub.hold("GET", "/info/refs")
        at.service.start()
        busy = [
            at.hub.open(at.repo, {**BASE, "app/api.py": f"A = {count}\n"}, branch=f"b{count}")
            for count in range(8)
        ]
        at.tell()
        assert held.arrived.wait(60)
        one = at.hub.open(other, {**BASE, "app/api.py": "B = 1\n"})
        at.tell()
        at.service.wait(lambda: len(at.jobs("review:")) == 9)
        held.release()
        at.service.wait(lambda: at.hub.gate(one) == "success")
        assert any(at.hub.gate(pull) != "success" for pull in busy)


def test_reviews_wait_for_the_next_hour_and_answers_do_not(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        # A look takes two calls, and so does publishing it.
        at.hub.limits.hourly["installation"] = 2
        at.tell()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        at.settle()
        at.told = len(at.hub.events)
        later = at.hub.open(at.repo, {**BASE, "app/api.py": "A = 1\n"}, branch="later")
        at.tell()
        at.service.wait(lambda: ("review:acme/shop#2:000002", "DELAYED") in at.jobs("review:"))
        assert not later.reviews
        at.hub.limits.hourly["installation"] = 5000
        at.hub.resolve(pull.threads[0], by="bob")
        at.tell()
        at.service.wait(lambda: at.hub.gate(pull) == "success")
        assert not later.reviews


def test_an_answer_is_settled_while_reviews_wait(tmp_path):
    """Ten reviews wait for one that does not end; the answer to another is not among them."""
    with world(tmp_path, ARCHITRAVE_REVIEWS_AT_ONCE="1") as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        at.tell()
        at.settle()
        at.told = len(at.hub.events)
        held = at.hub.hold("GET", "/info/refs")
        for count in range(11):
            at.hub.open(at.repo, {**BASE, "app/api.py": f"A = {count}\n"}, branch=f"b{count}")
        at.tell()
        assert held.arrived.wait(60)
        at.hub.resolve(pull.threads[0], by="bob")
        at.tell()
        at.service.wait(lambda: at.hub.gate(pull) == "success")
        states = [status for _, status in at.jobs("review:") if status != "SUCCESS"]
        assert sorted(states) == ["ENQUEUED"] * 10 + ["PENDING"]
        held.release()
