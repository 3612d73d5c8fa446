"""The service on a Postgres, with more than one worker."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_anthropic import FakeAnthropic
from judge_reviewers import BAD as BAD_SHOP
from judge_reviewers import Oracle, asked, house
from ledger_world import RULE, Notes, answered, finding, gate, review, settings
from page_world import Pages
from postgres_server import postgres, program
from service_world import BAD, BASE, HEAD, world

from webhooks import ledger, store
from webhooks.pages.sight import Sight

pytestmark = pytest.mark.skipif(not program("initdb"), reason="no Postgres is installed")


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


def test_web_and_two_workers(tmp_path, database):
    with world(tmp_path, DATABASE_URL=database) as at:
        at.service.start("web")
        at.service.start("worker")
        at.service.start("worker")
        pulls = []
        for count in range(4):
            tree = {**BASE, "app/api.py": BAD + f"# {count}\n"}
            pulls.append(at.hub.open(at.repo, tree, branch=f"b{count}"))
        assert {each.status for each in at.tell()} == {202}
        at.service.wait(lambda: all(reviewed(pull) for pull in pulls))
        at.settle()
        assert all(reviewed(pull) == [pull.head_sha] for pull in pulls)
        assert at.service.get("/readyz").status == 200
        assert at.service.stop() == [0, 0, 0]


def test_what_a_dead_worker_had_paid_for_is_not_paid_again_by_another(tmp_path, database):
    """Two machines; one dies for good while it publishes what the model has said."""
    with (
        FakeAnthropic(Oracle()) as model,
        world(
            tmp_path,
            house(),
            DATABASE_URL=database,
            ANTHROPIC_API_KEY="test-key",
            ANTHROPIC_BASE_URL=model.url,
        ) as at,
    ):
        at.service.start("web")
        at.service.environ["ARCHITRAVE_DATA_DIR"] = str(tmp_path / "one")
        doomed = at.service.start("worker")
        pull = at.hub.open(at.repo, house() | {"shop.py": BAD_SHOP})
        gate = at.hub.hold("POST", "/reviews$")
        at.tell()
        assert gate.arrived.wait(60)
        assert asked(model) == ["finder", "verifier"]
        at.service.environ["ARCHITRAVE_DATA_DIR"] = str(tmp_path / "other")
        at.service.start("worker")
        os.killpg(doomed.pid, signal.SIGKILL)
        gate.release()
        started = time.monotonic()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        assert time.monotonic() - started > 10
        at.settle()
        assert reviewed(pull) == [pull.head_sha]
        # Not even where the whole look is done again: by a command, on the other machine.
        at.hub.say(pull, "bob", "/architrave review")
        at.tell()
        at.service.wait(lambda: len(review_jobs(database)) == 2)
        at.settle()
        assert asked(model) == []
        assert model.problems == []


def review_jobs(database):
    import psycopg

    with psycopg.connect(database) as connection:
        query = "SELECT workflow_uuid FROM dbos.workflow_status WHERE name = 'reviews'"
        return connection.execute(query).fetchall()


def test_a_database_that_is_away_is_answered_at_once(tmp_path):
    with postgres() as url, world(tmp_path, DATABASE_URL=url) as at:
        at.service.start("web")
        at.hub.open(at.repo, HEAD)
        kill_server(url)
        (answer,) = at.tell()
        assert answer.status == 503
        assert answer.seconds < 2
        assert at.service.get("/readyz").status == 503
        assert at.service.get("/healthz").status == 200


def kill_server(url):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()[0]
    with open(f"{folder}/postmaster.pid") as file:
        os.kill(int(file.readline()), signal.SIGQUIT)
    time.sleep(1)


def test_the_pages_show_the_same_on_both_stores(tmp_path, database):
    on = store.ledger_engine(settings(tmp_path, DATABASE_URL=database))
    ledger.migrate(on)
    texts = []
    for at in (Pages(tmp_path), Pages(tmp_path, on)):
        one, two = finding(2), finding(5, severity="note")
        at.note(gate(review(one, finding(7), advice=[two])))
        at.note(gate(review(one, advice=[two]), answered(one, "accepted", reason="x")))
        at.note(gate(review(finding(9), missed="a.py"), state="error"), number=2)
        at.door.sight = Sight("bob", frozenset({"acme/shop"}), frozenset({5}))
        places = ("/", "/pulls/acme/shop/1", "/rules", "/authorship", "/ledger?text=API", "/health")
        texts.append([at.get(place) for place in places])
        assert len(at.get("/ledger.csv").splitlines()) == 5
    assert texts[0] == texts[1]
    assert "1 finding keeps" in texts[1][0]
    on.dispose()


def test_reviews_of_one_repository_write_its_rules_at_the_same_time(tmp_path, database):
    on = store.ledger_engine(settings(tmp_path, DATABASE_URL=database))
    ledger.migrate(on)
    rules = {f"house/r{each}": RULE._replace(id=f"house/r{each}") for each in range(20)}
    found = [finding(each, rule=name) for each, name in enumerate(rules, 1)]
    note = Notes(on)

    def work(number):
        for _ in range(5):
            note(gate(review(*found, rules=rules)), number=number)

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(work, number) for number in (1, 2, 3)]:
            each.result()
    on.dispose()
