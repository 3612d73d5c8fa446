"""Deliveries on their way to jobs, on both stores, without anybody who does those jobs."""

import contextlib
import threading
import time

import pytest
from sqlalchemy import select, update

from webhooks import figures, intake, jobs, ledger, retention, store
from webhooks.bench import Bench
from webhooks.inbox import Inbox
from webhooks.jobs import Job
from webhooks.sealing import Seal
from webhooks.service_settings import service_settings
from webhooks.tables import DELIVERIES, HAS_NO_JOB

REVIEW = Job("review", "Acme/Shop", 7, installation=3, event="pull_request")
SETTLE = REVIEW._replace(kind="settle")


class Door:
    """A worker's bench and the web side's inbox on one store."""

    def __init__(self, settings, stack) -> None:
        client, engine = store.client(settings), store.ledger_engine(settings)
        stack.callback(client.destroy)
        stack.callback(engine.dispose)
        jobs.queues(client, 2, 2)
        self.bench = Bench(settings, client, engine, {}, {}, set(), Seal(["s"]))
        own = store.inbox_engine(settings)
        stack.callback(own.dispose)
        self.inbox = Inbox(own, client)

    def put(self, name: str, job: Job = REVIEW) -> str:
        return self.inbox.put(job._replace(delivery=name))

    def led(self) -> dict[str, str]:
        """What deliveries have led to; None while they wait."""
        with self.bench.ledger.connect() as connection:
            rows = connection.execute(select(DELIVERIES).order_by(DELIVERIES.c.id))
            return {row.id: None if row.job else row.led_to for row in rows}

    def jobs(self) -> dict[str, str]:
        rows = self.bench.client.list_workflows(load_input=False, load_output=False)
        return {row.workflow_id: row.status for row in rows}

    def change(self, name: str, **values) -> None:
        with self.bench.ledger.begin() as connection:
            one = update(DELIVERIES).where(DELIVERIES.c.id == name)
            connection.execute(one.values(**values))


@contextlib.contextmanager
def opened(folder, url=""):
    """A door to a new store."""
    given = {
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITHUB_TOKEN": "t",
        "ARCHITRAVE_DATA_DIR": str(folder),
        "ARCHITRAVE_PATIENCE": "60",
        "DATABASE_URL": url,
    }
    settings = service_settings(given)
    store.prepare(settings)
    jobs._seen.clear()
    with contextlib.ExitStack() as stack:
        yield Door(settings, stack)


@pytest.fixture(params=["embedded", "postgres"])
def door(request, tmp_path):
    is_embedded = request.param == "embedded"
    with opened(tmp_path, "" if is_embedded else request.getfixturevalue("database")) as found:
        yield found


def test_all_that_comes_of_a_pull_request_becomes_one_job_of_a_kind(door):
    for count in range(5):
        assert door.put(f"r{count}") == door.put(f"s{count}", SETTLE) == "queued"
    door.put("other", SETTLE._replace(number=8))
    assert not intake.take(door.bench)
    review, settle = "review:acme/shop#7:000001", "settle:acme/shop#7:000001"
    assert door.led() == {
        **{f"r{count}": review for count in range(5)},
        **{f"s{count}": settle for count in range(5)},
        "other": "settle:acme/shop#8:000001",
    }
    assert door.jobs() == {
        review: "DELAYED", settle: "ENQUEUED", "settle:acme/shop#8:000001": "ENQUEUED"
    }  # fmt: skip
    door.put("later")
    intake.take(door.bench)
    assert door.led()["later"] == review
    assert len(door.jobs()) == 3


def test_a_command_is_a_job_of_its_own_each_time(door):
    door.put("one", SETTLE._replace(by="bob"))
    door.put("two", SETTLE._replace(by="bob"))
    door.put("queue", Job("settle", "acme/shop", commit="a" * 40, installation=3))
    intake.take(door.bench)
    assert door.led() == {name: f"quick:{name}" for name in ("one", "two", "queue")}
    assert door.jobs().keys() == {"quick:one", "quick:two", "quick:queue"}


def test_more_than_one_look_takes_is_taken_all_the_same(door):
    for count in range(intake._AT_ONCE + 1):
        door.put(f"s{count}", SETTLE)
    stop = threading.Event()
    thread = threading.Thread(target=intake.watch, args=(door.bench, stop, 0.05))
    thread.start()
    ends = time.monotonic() + 30
    while None in door.led().values() and time.monotonic() < ends:
        time.sleep(0.02)
    stop.set()
    thread.join(30)
    assert set(door.led().values()) == {"settle:acme/shop#7:000001"}


def test_what_was_put_and_not_noted_is_the_same_job_again(door, monkeypatch):
    door.put("one", SETTLE._replace(by="bob"))
    door.put("two", SETTLE)
    with monkeypatch.context() as dying:
        dying.setattr(intake, "_note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            intake.take(door.bench)
    before = door.jobs()
    assert before.keys() == {"quick:one", "settle:acme/shop#7:000001"}
    assert door.led() == {"one": None, "two": None}
    intake.take(door.bench)
    assert door.jobs() == before
    assert door.led() == {"one": "quick:one", "two": "settle:acme/shop#7:000001"}


@pytest.mark.parametrize("kind", ["settle", "forget"])
def test_one_that_cannot_be_placed_keeps_no_other_waiting(door, kind, caplog):
    door.put("bad", Job(kind, "acme/shop", 7, installation=3))
    door.change("bad", job="{")
    door.put("good", SETTLE)
    while intake.take(door.bench):
        pass
    assert door.led() == {"bad": None, "good": "settle:acme/shop#7:000001"}
    assert "could not become a job" in caplog.text
    assert figures.read(door.bench.ledger, figures.FAILURES) == {"intake": 1}
    # It is tried again, later, and has waited since it came.
    assert not intake.take(door.bench)
    assert figures.read(door.bench.ledger, figures.FAILURES) == {"intake": 1}
    with door.bench.ledger.connect() as connection:
        (bad,) = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id == "bad"))
    assert 0 < bad.due - time.time() <= intake._PAUSE
    assert bad.at < time.time()
    door.change("bad", due=time.time())
    intake.take(door.bench)
    assert figures.read(door.bench.ledger, figures.FAILURES) == {"intake": 2}


def test_what_came_before_an_uninstallation_is_forgotten_and_what_comes_after_is_done(door):
    door.put("before", SETTLE)
    door.put("gone", Job("forget", installation=3, event="installation"))
    door.put("after", SETTLE._replace(installation=4))
    while intake.take(door.bench):
        pass
    assert door.led() == {"before": "", "gone": "", "after": "settle:acme/shop#7:000002"}
    assert door.jobs()["settle:acme/shop#7:000001"] == "CANCELLED"
    assert retention.gone(door.bench.ledger, 0.0)[0][0] == "acme/shop"
    with door.bench.ledger.connect() as connection:
        (before,) = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id == "before"))
    assert (before.repository, before.number, before.job) == ("", 0, "")
    # GitHub is asked for what is not known; it would be done anew.
    assert door.put("before", SETTLE) == "known"
    assert door.put("gone", Job("forget", installation=3)) == "known"
    assert ledger.taken(door.bench.ledger, ["before", "never"]) == {"before"}


def test_what_waits_of_a_repository_goes_with_its_new_name(door):
    door.put("before", SETTLE)
    door.put("named", Job("rename", "acme/new", argument="acme/shop", installation=3))
    door.put("after", SETTLE)
    while intake.take(door.bench):
        pass
    with door.bench.ledger.connect() as connection:
        rows = connection.execute(select(DELIVERIES.c.id, DELIVERIES.c.repository))
        assert {(row.id, row.repository) for row in rows} == {
            ("before", "acme/new"), ("named", "acme/new"), ("after", "acme/new")
        }  # fmt: skip
    assert "quick:named" in door.jobs()


def test_a_delivery_that_comes_again_is_done_again_where_it_came_to_nothing(door):
    job = SETTLE._replace(by="bob")
    assert [door.put("one", job), door.put("one", job)] == ["queued", "known"]
    intake.take(door.bench)
    assert door.put("one", job) == "known"
    door.bench.client.cancel_workflows(["quick:one"])
    assert door.put("one", job) == "queued"
    assert door.led() == {"one": None}
    assert door.put("one", job) == "known"
    intake.take(door.bench)
    assert door.led() == {"one": "quick:one"}
    assert door.jobs() == {"quick:one": "ENQUEUED"}
    # As when the web side dies after it has taken the failed job away.
    door.bench.client.delete_workflows(["quick:one"])
    assert [door.put("one", job), door.put("one", job)] == ["queued", "known"]


def test_a_store_that_is_away_is_asked_again(door, monkeypatch, caplog):
    looks, stop = [], threading.Event()

    def take(bench):
        looks.append(time.monotonic())
        if len(looks) == 1:
            raise OSError("the store is away")
        stop.set()
        return False

    monkeypatch.setattr(intake, "take", take)
    monkeypatch.setattr(intake, "_PAUSE", 0.05)
    intake.watch(door.bench, stop, 0.01)
    assert len(looks) == 2
    assert "cannot be taken in" in caplog.text


def test_of_workers_on_a_postgres_one_is_at_it_at_a_time(tmp_path, database):
    with opened(tmp_path, database) as door:
        door.put("one", SETTLE)
        with intake._turn(door.bench.ledger) as is_ours:
            assert is_ours
            assert not intake.take(door.bench)
            assert door.led() == {"one": None}
        intake.take(door.bench)
        assert door.led() == {"one": "settle:acme/shop#7:000001"}


def test_looking_for_what_waits_reads_no_more_than_that(tmp_path):
    """With a parameter in place of the constant the index of what waits would not be used."""
    query = select(DELIVERIES.c.id).where(HAS_NO_JOB).order_by(DELIVERIES.c.at)
    with opened(tmp_path) as door, door.bench.ledger.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.compile(connection)}")
        assert "ledger_deliveries_waiting" in str(plan.fetchall())
