"""What the running service tells of itself, and what it does with what it no longer needs."""

import io
import json
import logging
import os
import threading
import time
from types import SimpleNamespace

import pytest
from alembic import command
from fake_github import FakeGitHub
from postgres_server import postgres, program
from sqlalchemy import insert, inspect, select, text

from bot.sources.pull_request import mirror_name
from webhooks import chores, figures, ledger, logs, mirrors, renames, retention, store
from webhooks.metrics import Metrics
from webhooks.migrations.versions import operated
from webhooks.service_settings import ServiceSettings
from webhooks.tables import ANSWERS, CASES, DELIVERIES, FIGURES, GATES, GONE


@pytest.fixture
def settings(tmp_path):
    found = ServiceSettings({}, ("secret",), "127.0.0.1", 0, str(tmp_path / "data"), "")
    store.prepare(found)
    return found


@pytest.fixture
def engine(settings):
    found = store.ledger_engine(settings)
    yield found
    found.dispose()


def gate(engine, repository, number=1, installation=7, says="old"):
    row = {
        "repository": repository, "number": number, "installation": installation, "head": "a" * 40,
        "state": "success", "says": says, "waiting": 0, "at": time.time(),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(GATES).values(**row))


def rows(engine, table):
    with engine.connect() as connection:
        return connection.execute(select(table)).all()


# Figures --------------------------------------------------------------------------------------


def test_many_may_count_at_once(engine):
    def count():
        for _ in range(10):
            figures.count(engine, figures.FAILURES, "git")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures.read(engine, figures.FAILURES) == {"git": 40}


def test_what_was_counted_stays_and_what_was_seen_goes(engine):
    figures.count(engine, figures.FAILURES, "git")
    figures.put(engine, figures.REMAINING, "core 1", 5000)
    figures.forget_old(engine, time.time() - 60)
    assert figures.read(engine, figures.REMAINING) == {"core 1": 5000}
    figures.forget_old(engine, time.time() + 60)
    assert figures.read(engine, figures.REMAINING) == {}
    assert figures.read(engine, figures.FAILURES) == {"git": 1}


@pytest.mark.skipif(not program("initdb"), reason="no Postgres is installed")
def test_a_postgres_tells_and_renames_alike(tmp_path):
    with postgres() as url:
        given = ServiceSettings({}, ("secret",), "127.0.0.1", 0, str(tmp_path / "data"), url)
        store.prepare(given)
        engine, jobs = store.ledger_engine(given), store.read_engine(given)
        figures.count(engine, figures.FAILURES, "git")
        gate(engine, "acme/old")
        renames.rename(engine, "acme/old", "acme/new", 9)
        assert [row.repository for row in rows(engine, GATES)] == ["acme/new"]
        with jobs.begin() as connection:
            now = int(time.time() * 1000)
            connection.execute(
                text(
                    "INSERT INTO dbos.workflow_status (workflow_uuid, status, created_at,"
                    " updated_at, priority) VALUES ('a', 'SUCCESS', :at, :at, 0)"
                ),
                {"at": now},
            )
            connection.execute(
                text(
                    "INSERT INTO dbos.operation_outputs (workflow_uuid, function_id, function_name,"
                    " started_at_epoch_ms, completed_at_epoch_ms, retention_timestamp)"
                    " VALUES ('a', 1, 'look', :at, :at + 1500, 0)"
                ),
                {"at": now},
            )
        told = Metrics(jobs, engine).text()
        assert "architrave_store_up 1\n" in told
        assert 'architrave_steps_recent_seconds{step="look"} 1.5\n' in told
        engine.dispose()
        jobs.dispose()


def test_a_number_is_as_it_was_seen_last_and_not_for_ever(engine):
    figures.put(engine, figures.REMAINING, "core 1", 5000)
    figures.put(engine, figures.REMAINING, "core 1", 4000)
    assert figures.read(engine, figures.REMAINING, time.time() - 60) == {"core 1": 4000}
    assert figures.read(engine, figures.REMAINING, time.time() + 60) == {}


def test_the_metrics_name_no_installation_and_tell_the_least(engine):
    for installation, left in ((111, 4000), (222, 17), (333, 4999)):
        figures.put(engine, figures.REMAINING, f"core {installation}", left)
    figures.put(engine, figures.REMAINING, "graphql 111", 5000)
    figures.count(engine, figures.FAILURES, "github 404")
    told = Metrics(None, engine).text()
    assert 'architrave_github_remaining{resource="core"} 17\n' in told
    assert 'architrave_github_remaining{resource="graphql"} 5000\n' in told
    assert 'architrave_failures_total{kind="github 404"} 1\n' in told
    assert "111" not in told
    assert "222" not in told


def test_steps_of_old_jobs_are_not_told(settings, engine):
    jobs = store.read_engine(settings)
    now = int(time.time() * 1000)
    with jobs.begin() as connection:
        for name, at, took in (("new", now, 1500), ("more", now, 500), ("old", now - 10**7, 9000)):
            connection.execute(
                text(
                    "INSERT INTO workflow_status (workflow_uuid, status, created_at, updated_at,"
                    " priority) VALUES (:name, 'SUCCESS', :at, :at, 0)"
                ),
                {"name": name, "at": at},
            )
            connection.execute(
                text(
                    "INSERT INTO operation_outputs (workflow_uuid, function_id, function_name,"
                    " started_at_epoch_ms, completed_at_epoch_ms, retention_timestamp)"
                    " VALUES (:name, 1, 'look', :at, :ends, 0)"
                ),
                {"name": name, "at": at, "ends": at + took},
            )
    told = Metrics(jobs, engine).text()
    jobs.dispose()
    assert 'architrave_steps_recent{step="look"} 2.0\n' in told
    assert 'architrave_steps_recent_seconds{step="look"} 2.0\n' in told
    assert 'architrave_steps_recent_seconds_max{step="look"} 1.5\n' in told


def test_budgets_are_asked_for_where_something_is_done(engine, tmp_path):
    with FakeGitHub(tmp_path / "hub") as hub:
        app = hub.app()
        active, gone, idle = (hub.install(app, name) for name in ("acme", "umbrella", "idle"))
        gone.suspended = True
        gate(engine, "acme/shop", installation=active.id)
        gate(engine, "umbrella/shop", installation=gone.id)
        environ = {
            "GITHUB_APP_ID": str(app.id), "GITHUB_APP_PRIVATE_KEY": hub.private_key(app),
            "GITHUB_API_URL": hub.api_url,
        }  # fmt: skip
        bench = SimpleNamespace(environ=environ, ledger=engine)
        assert chores.look_at_budgets(bench) == 2
        found = figures.read(engine, figures.REMAINING)
        assert set(found) == {f"core {active.id}", f"graphql {active.id}"}
        assert 4900 < found[f"core {active.id}"] <= 5000
        assert not [each for each in hub.requests if str(idle.id) in each.target]
        assert hub.problems == []


# Logs -----------------------------------------------------------------------------------------


def test_every_line_says_what_it_is_about():
    stream, logger = io.StringIO(), logging.getLogger("architrave.tests")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._Lines())
    logger.addHandler(handler)
    try:
        with logs.about(delivery="d-1", job=""):
            logger.warning("one")
            with logs.about(job="review:acme/shop#1:000001"):
                logger.warning("two")
            thread = threading.Thread(target=lambda: logger.warning("elsewhere"))
            thread.start()
            thread.join()
        logger.warning("three", extra={"delivery": "own"})
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    about = [(row.get("delivery"), row.get("job")) for row in lines]
    assert about == [
        ("d-1", None), ("d-1", "review:acme/shop#1:000001"), (None, None), ("own", None),
    ]  # fmt: skip


# The ledger -----------------------------------------------------------------------------------


def test_a_ledger_of_the_shape_before_gets_what_is_new(settings, engine):
    config = ledger._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, operated.down_revision)
    assert not {GONE.name, FIGURES.name, CASES.name} & {*inspect(engine).get_table_names()}
    assert not store.is_migrated(settings)
    store.prepare(settings)
    assert store.is_migrated(settings)
    figures.count(engine, figures.FAILURES, "git")


def test_when_events_overtake_each_other_the_newer_record_stays(engine):
    gate(engine, "acme/old", 1)
    gate(engine, "acme/old", 2)
    gate(engine, "acme/new", 1, says="newer")
    answer = {
        "number": 1, "head": "a" * 40, "fingerprint": "f", "code": "c", "how": "resolved",
        "login": "bob", "account": 1, "reason": "", "at": 1.0,
    }  # fmt: skip
    with engine.begin() as connection:
        for name in ("acme/old", "acme/new"):
            connection.execute(insert(ANSWERS).values(repository=name, **answer))
        more = {"id": "d", "event": "e", "kind": "k", "number": 1, "installation": 7, "at": 1.0}
        connection.execute(insert(DELIVERIES).values(repository="acme/old", **more))
    for _ in range(2):
        renames.rename(engine, "Acme/Old", "Acme/New", 9)
    assert {(row.repository, row.number, row.says) for row in rows(engine, GATES)} == {
        ("acme/new", 1, "newer"), ("acme/new", 2, "old"),
    }  # fmt: skip
    assert [row.repository for row in rows(engine, ANSWERS)] == ["acme/new"]
    assert [(row.repository, row.installation) for row in rows(engine, DELIVERIES)] == [
        ("acme/new", 9)
    ]
    assert [row.repository for row in rows(engine, GONE)] == ["acme/old"]


# Git objects ----------------------------------------------------------------------------------


@pytest.fixture
def bench(settings, engine):
    return SimpleNamespace(environ={}, settings=settings, ledger=engine)


def mirror(bench, repository, made):
    path = os.path.join(mirrors.folder(bench), mirror_name("https://github.com", repository))
    os.makedirs(os.path.join(path, "refs", "architrave"))
    with open(os.path.join(path, "HEAD"), "w") as file:
        file.write("ref: refs/heads/main\n")
    for part in ("HEAD", "refs/architrave", ""):
        os.utime(os.path.join(path, part), (made, made))
    return path


def test_objects_are_removed_whatever_the_name_is_capitalised_like(bench, engine):
    path = mirror(bench, "Acme/Shop", time.time() - 60)
    other = mirror(bench, "acme/other", time.time() - 60)
    retention.forget(engine, 7, "acme/SHOP")
    assert mirrors.remove_gone(bench, 0.0) == 1
    assert not os.path.exists(path)
    assert os.path.exists(other)
    assert mirrors.remove_gone(bench, 0.0) == 0


def test_every_worker_removes_its_own(bench, engine, tmp_path):
    other = SimpleNamespace(
        environ={}, ledger=engine, settings=bench.settings._replace(folder=str(tmp_path / "other"))
    )
    paths = [mirror(each, "acme/shop", time.time() - 60) for each in (bench, other)]
    retention.forget(engine, 7, "acme/shop")
    assert [mirrors.remove_gone(each, 0.0) for each in (bench, other)] == [1, 1]
    assert not [path for path in paths if os.path.exists(path)]


def test_objects_that_were_fetched_afterwards_are_kept(bench, engine):
    retention.forget(engine, 7, "acme/shop")
    path = mirror(bench, "acme/shop", time.time() + 60)
    assert mirrors.remove_gone(bench, 0.0) == 0
    assert os.path.exists(path)


def test_a_worker_that_starts_removes_what_was_forgotten_before(bench, engine):
    path = mirror(bench, "acme/shop", time.time() - 60)
    retention.forget(engine, 7, "acme/shop")
    stop = threading.Event()
    stop.set()
    mirrors.watch(bench, stop)
    assert not os.path.exists(path)
