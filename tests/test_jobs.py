"""Jobs in a store of their own, without anybody who does them."""

import contextlib
import inspect
import sqlite3
import time

import pytest
from dbos import DBOS
from dbos._sys_db import SystemDatabase

from bot.errors import Stopped
from webhooks import jobs, store, watch, work, workflows
from webhooks.bench import Bench
from webhooks.jobs import Job
from webhooks.sealing import Seal
from webhooks.service_settings import service_settings

JOB = Job("review", "Acme/Shop", 7, installation=3, delivery="a")


@pytest.fixture
def bench(tmp_path):
    given = {
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITHUB_TOKEN": "t",
        "ARCHITRAVE_DATA_DIR": str(tmp_path),
    }
    settings = service_settings(given)
    DBOS.migrate(store.jobs_url(settings))
    client = store.client(settings)
    jobs.queues(client, 2, 2)
    engine = store.ledger_engine(settings)
    yield Bench(settings, client, engine, {}, {}, set(), Seal(["s"]))
    client.destroy()
    engine.dispose()


def change(bench, statement, *values):
    path = f"{bench.settings.folder}/jobs.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(statement, values).fetchall()
        connection.commit()
    return rows


def begun(bench, identity, executor="worker-1"):
    """As the engine notes that an executor has begun a job."""
    statement = "UPDATE workflow_status SET status='PENDING', executor_id=? WHERE workflow_uuid=?"
    change(bench, statement, executor, identity)


def states(bench):
    return dict(change(bench, "SELECT workflow_uuid, status FROM workflow_status"))


def put(bench, job=JOB):
    place = jobs.place(bench.client, "review", job)
    if place.is_new:
        jobs.put(bench.client, jobs.REVIEWS, place.identity, job)
    return place.identity


def test_the_engine_takes_up_what_the_dead_had_begun_as_we_ask_it_to(bench):
    """The one call that is private to the engine. If this fails, so does `executors.orphans`."""
    asked = inspect.signature(SystemDatabase.reenqueue_for_recovery).parameters
    assert [*asked] == ["self", "workflow_id", "executor_ids", "recovery_queue_name"]
    identity = put(bench)
    begun(bench, identity)
    again = bench.client._sys_db.reenqueue_for_recovery
    assert again(identity, ["worker-2"], jobs.QUICK) is False
    assert states(bench) == {identity: "PENDING"}
    assert again(identity, ["worker-1"], jobs.QUICK) is True
    rows = change(
        bench, "SELECT status, queue_name, owner_xid, queue_partition_key FROM workflow_status"
    )
    assert rows == [("ENQUEUED", jobs.REVIEWS, None, "3")]
    # Whoever comes second does nothing.
    assert again(identity, ["worker-1"], jobs.QUICK) is False


def test_of_a_pull_request_one_review_waits_and_one_runs(bench):
    first = put(bench)
    assert put(bench) == first
    begun(bench, first)
    second = put(bench)
    assert put(bench) == second != first
    assert watch.place(bench, first) == watch.Place("a newer one follows", True)
    assert watch.place(bench, second) == watch.Place("", False)
    change(bench, "UPDATE workflow_status SET status='SUCCESS' WHERE workflow_uuid=?", first)
    assert watch.place(bench, second) == watch.Place("", True)
    # One that a dead worker had begun comes again, late.
    begun(bench, first)
    assert watch.place(bench, first).ends


def test_the_watch_tells_every_thread_and_survives_a_store_that_is_away(bench, monkeypatch):
    identity = put(bench)
    wanted = watch.Watch(bench, identity)
    wanted()
    monkeypatch.setattr(wanted, "_next", 0.0)
    with monkeypatch.context() as away:
        away.setattr(jobs, "around", lambda *_: 1 / 0)
        wanted()
    begun(bench, identity)
    put(bench)
    wanted._next = 0.0
    for _ in range(2):
        with pytest.raises(Stopped, match="newer"):
            wanted()


def test_the_newest_review_is_found_however_many_others_have_put(bench):
    """What a process has seen last is where it looks, and not what it believes."""
    for count in range(1, 15):
        identity = put(bench)
        assert identity == f"review:acme/shop#7:{count:06}"
        change(bench, "UPDATE workflow_status SET status='SUCCESS'")
    others = [f"review:acme/shop#7:{count:06}" for count in range(15, 40)]
    for name in others:
        jobs.put(bench.client, jobs.REVIEWS, name, JOB)
        change(bench, "UPDATE workflow_status SET status='SUCCESS'")
    assert put(bench) == "review:acme/shop#7:000040"
    assert put(bench) == "review:acme/shop#7:000040"
    change(bench, "DELETE FROM workflow_status")
    assert put(bench) == "review:acme/shop#7:000001"


def test_what_is_gone_is_called_off_and_nothing_else(bench):
    names = [
        put(bench, JOB._replace(repository=name, installation=of))
        for name, of in (("acme/shop", 3), ("acme/other", 3), ("else/where", 4))
    ]
    begun(bench, names[0])
    jobs.call_off(bench.client, 3, "Acme/Shop")
    assert [states(bench)[name] for name in names] == ["CANCELLED", "ENQUEUED", "ENQUEUED"]
    assert watch.place(bench, names[0]).ends == "it was called off"
    jobs.call_off(bench.client, 3)
    assert [states(bench)[name] for name in names] == ["CANCELLED", "CANCELLED", "ENQUEUED"]


def test_reviews_are_shared_out_by_installation_or_owner():
    assert JOB.account == "3"
    assert JOB._replace(installation=0).account == "acme"


def test_a_review_waits_for_its_turn_and_not_for_ever(bench, monkeypatch):
    first = put(bench)
    begun(bench, first)
    second = put(bench)
    begun(bench, second)
    monkeypatch.setattr(watch, "_MOST_SECONDS", 0.1)
    monkeypatch.setattr(watch, "_EVERY", 0.01)
    assert not watch.turn(bench, second)
    with pytest.raises(Stopped):
        watch.turn(bench, first)
    change(bench, "UPDATE workflow_status SET status='SUCCESS' WHERE workflow_uuid=?", first)
    assert watch.turn(bench, second)


class Scripted:
    """Steps that answer from a script."""

    def __init__(self, **answers):
        self.answers, self.done = {name: [*rows] for name, rows in answers.items()}, []

    def look(self, row, identity):
        self.done.append("look")
        return self.answers["look"].pop(0)

    def publish(self, row, identity, looked):
        self.done.append(f"publish {looked['examined']}")
        return self.answers["publish"].pop(0)


def test_what_another_release_has_found_is_looked_for_again():
    fine, unread = {"ok": True, "failure": ""}, {"ok": False, "failure": work.UNREADABLE}
    steps = Scripted(
        look=[fine | {"examined": "old"}, fine | {"examined": "new"}], publish=[unread, fine]
    )
    assert workflows.reviewed(steps, "review:a/b#1:000001", {}) == fine
    assert steps.done == ["look", "publish old", "look", "publish new"]
    steps = Scripted(look=[fine | {"examined": "old"}, fine | {"says": "closed"}], publish=[unread])
    assert workflows.reviewed(steps, "review:a/b#1:000001", {})["says"] == "closed"


def test_a_review_that_has_nothing_to_publish_is_over_with_its_look():
    ended = {"ok": True, "failure": "", "says": "ended: a newer one follows"}
    steps = Scripted(look=[ended])
    assert workflows.reviewed(steps, "review:a/b#1:000001", {}) == ended
    assert steps.done == ["look"]


def test_the_store_tells_the_time_as_the_engine_asks_for_it_on_every_python(bench):
    """SQLite before 3.42 knows no "subsec", and would answer nothing."""
    engine = store.embedded_engine(bench.settings, 1, sync="FULL")
    with engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT unixepoch('subsec')").scalar()
    engine.dispose()
    assert told == pytest.approx(time.time(), abs=5)
