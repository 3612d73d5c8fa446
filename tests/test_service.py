"""Reviews by the service, from a delivery to the gate, against the fake GitHub."""

import time

import pytest
from service_world import BAD, BASE, HEAD, world


@pytest.fixture
def at(tmp_path):
    with world(tmp_path) as found:
        found.service.start()
        yield found


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


def test_a_pull_request_is_reviewed_and_its_gate_follows_the_answers(at):
    pull = at.hub.open(at.repo, HEAD)
    assert [each.status for each in at.tell()] == [202]
    at.settle()
    assert reviewed(pull) == [pull.head_sha]
    assert at.hub.gate(pull) == "failure"
    at.tell()
    at.hub.resolve(pull.threads[0], by="bob")
    at.tell()
    started = time.monotonic()
    at.service.wait(lambda: at.hub.gate(pull) == "success")
    assert time.monotonic() - started < 2
    at.settle()
    assert reviewed(pull) == [pull.head_sha]
    rows = at.ledger("SELECT rule, path, severity, is_blocking FROM ledger_findings")
    assert rows == [("security/code-execution", "app/api.py", "error", 1)]
    assert at.ledger("SELECT how, login, number FROM ledger_answers") == [("resolved", "bob", 1)]
    assert at.ledger("SELECT state, waiting, head FROM ledger_gates") == [
        ("success", 0, pull.head_sha)
    ]
    assert at.ledger("SELECT COUNT(*) FROM ledger_deliveries") > [(0,)]
    first = at.hub.find_event("pull_request", "opened").guid
    (line,) = [row for row in at.service.logged() if row.get("job") == "review:acme/shop#1:000001"]
    assert line["delivery"] == first
    assert all(row.get("delivery") for row in at.service.logged() if "answered" in row["says"])
    assert any("steps_recent_seconds{" in name for name in at.service.figures())
    assert at.ledger("SELECT state, login, thread FROM ledger_cases") == [
        ("resolved", "bob", pull.threads[0].comments[0].id)
    ]
    at.told = len(at.hub.events)
    at.hub.close(pull)
    at.tell()
    at.service.wait(lambda: at.ledger("SELECT state FROM ledger_gates") == [("closed",)])


def test_what_there_was_no_room_for_is_told_when_the_others_are_answered(at):
    many = "".join(f"def f{n}(x):\n    return eval(x + '{n}')\n\n\n" for n in range(27))
    pull = at.hub.open(at.repo, {"app/api.py": many})
    at.tell()
    at.settle()
    assert len(pull.threads) == 25
    for thread in pull.threads:
        at.hub.resolve(thread, by="bob")
    at.tell()
    at.settle()
    assert len(pull.threads) == 27
    assert at.hub.gate(pull) == "failure"


def test_a_delivery_that_comes_again_changes_nothing(at):
    pull = at.hub.open(at.repo, HEAD)
    event = at.hub.events[-1]
    at.tell()
    at.settle()
    writes = len(at.hub.writes())
    for _ in range(3):
        assert at.service.deliver(event.name, event.payload, guid=event.guid).status == 200
    at.settle()
    assert len(at.hub.writes()) == writes
    assert reviewed(pull) == [pull.head_sha]


def test_commands_are_for_people_who_may_write(at):
    pull = at.hub.open(at.repo, HEAD)
    at.told = len(at.hub.events)
    at.hub.say(pull, "eve", "/architrave review")
    assert at.tell()[0].status == 202
    at.settle()
    assert not reviewed(pull)
    at.hub.say(pull, "bob", "/architrave review")
    at.tell()
    at.service.wait(lambda: reviewed(pull))
    at.hub.say(pull, "bob", "/architrave explain security/code-execution")
    at.tell()
    at.settle()
    assert any("code-execution" in each.body for each in pull.comments[2:])


def test_a_closed_pull_request_is_left_alone(at):
    pull = at.hub.open(at.repo, HEAD)
    at.hub.close(pull)
    at.tell()
    at.settle()
    assert not pull.reviews


def test_github_is_left_alone_as_long_as_it_asks(at):
    pull = at.hub.open(at.repo, HEAD)
    at.hub.secondary("POST", "/graphql", retry_after=5)
    at.tell()
    started = time.monotonic()
    at.service.wait(lambda: reviewed(pull))
    assert time.monotonic() - started > 5
    at.settle()
    assert [status for _, status in at.jobs("review:")][-1] == "SUCCESS"
    assert len(at.jobs("review:")) == 2


def test_trouble_that_passes_is_waited_for(at):
    pull = at.hub.open(at.repo, HEAD)
    at.hub.fail("POST", "/graphql", 502, times=5)
    at.tell()
    at.service.wait(lambda: reviewed(pull))
    at.settle()
    assert reviewed(pull) == [pull.head_sha]


@pytest.mark.parametrize("how", ["suspended", "uninstalled", "deleted"])
def test_what_cannot_be_mended_is_not_tried_again(at, how):
    pull = at.hub.open(at.repo, HEAD)
    if how == "suspended":
        at.installation.suspended = True
    elif how == "uninstalled":
        at.hub.state.installations.remove(at.installation)
    else:
        del at.hub.state.repos["acme/shop"]
    at.tell()
    at.service.wait(lambda: at.jobs("review:"))
    at.settle()
    assert len(at.jobs("review:")) == 1
    assert not pull.reviews


def test_a_delivery_that_came_to_nothing_may_be_delivered_again(at):
    pull = at.hub.open(at.repo, HEAD)
    event = at.hub.events[-1]
    at.installation.suspended = True
    at.tell()
    at.service.wait(lambda: at.jobs("review:"))
    at.settle()
    at.installation.suspended = False
    assert at.service.deliver(event.name, event.payload, guid=event.guid).status == 202
    at.service.wait(lambda: reviewed(pull))
    at.settle()
    assert at.service.deliver(event.name, event.payload, guid=event.guid).status == 200


def test_an_installation_that_is_gone_is_forgotten(at):
    at.hub.open(at.repo, HEAD)
    at.tell()
    at.settle()
    assert at.ledger("SELECT COUNT(*) FROM ledger_findings") == [(1,)]
    at.hub.emit_installation("deleted", at.app)
    at.told = len(at.hub.events) - 1
    assert [each.status for each in at.tell()] == [202]
    at.settle()
    for table in ("reviews", "findings", "coverage", "answers", "gates"):
        assert at.ledger(f"SELECT COUNT(*) FROM ledger_{table}") == [(0,)], table
    # Of deliveries stays that they came, so that none of them is done again.
    told = "SELECT DISTINCT repository, number, job, led_to FROM ledger_deliveries"
    assert at.ledger(told) == [("", 0, "", "")]


def test_of_many_pushes_only_the_newest_is_reviewed(tmp_path):
    with world(tmp_path, ARCHITRAVE_PATIENCE="2") as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        at.tell()
        for count in range(4):
            time.sleep(0.4)
            at.hub.push(pull, {**BASE, "app/api.py": BAD + f"# {count}\n"})
            at.tell()
        at.service.wait(lambda: reviewed(pull))
        at.settle()
        assert reviewed(pull) == [pull.head_sha]
        assert len(at.jobs("review:")) == 1


def test_a_push_during_a_review_is_reviewed_after_it(at):
    pull = at.hub.open(at.repo, HEAD)
    gate = at.hub.hold("POST", "/graphql")
    at.tell()
    gate.arrived.wait(30)
    for count in range(3):
        at.hub.push(pull, {**BASE, "app/api.py": BAD + f"# {count}\n"})
        at.tell()
    placed = "SELECT COUNT(*) FROM ledger_deliveries WHERE job = ''"
    at.service.wait(lambda: at.ledger(placed) == [(4,)])
    # However many pushes, one waits, be it in the queue or for its turn; it asks nothing before.
    at.service.wait(lambda: sum(each != "SUCCESS" for _, each in at.jobs("review:")) == 2)
    assert sum(each.is_graphql for each in at.hub.requests) == 1
    gate.release()
    at.settle()
    assert reviewed(pull)[-1] == pull.head_sha
    assert len({*reviewed(pull)}) == len(reviewed(pull))


def test_what_was_missed_is_asked_for(at):
    at.service.kill()
    pull = at.hub.open(at.repo, HEAD)
    at.hub.missed(at.hub.events[-1], code=502)
    for path in (at.service.folder / "data").glob("jobs.sqlite3*"):
        path.unlink()
    at.service.environ["PORT"] = str(free_port())
    at.hub.webhook_url = f"http://127.0.0.1:{at.service.environ['PORT']}/webhooks/github"
    at.service.start()
    at.service.wait(lambda: reviewed(pull))


def free_port():
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
