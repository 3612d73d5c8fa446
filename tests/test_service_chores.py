"""What the service does now and then, and what it does about jobs that nobody does."""

import contextlib
import os
import signal
import sqlite3
import time

from service_world import HEAD, world


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


def change(at, statement, *values):
    path = at.service.folder / "data" / "jobs.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        count = connection.execute(statement, values).rowcount
        connection.commit()
    return count


def due(at, kind):
    """Let a chore be due again."""
    for table in ("operation_outputs", "workflow_status"):
        change(at, f"DELETE FROM {table} WHERE workflow_uuid LIKE ?", f"{kind}:%")


def test_after_downtime_open_pull_requests_are_listed(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        settled = at.hub.open(at.repo, HEAD)
        at.tell()
        at.settle()
        at.service.wait(lambda: at.jobs("missed:"))
        at.service.kill()
        fresh = at.hub.open(at.repo, {**HEAD, "app/more.py": ""}, branch="more")
        at.hub.resolve(settled.threads[0], by="bob")
        hour = int((time.time() - 3600) * 1000)
        change(at, "UPDATE workflow_status SET created_at=? WHERE name='quick'", hour)
        at.service.start()
        at.service.wait(lambda: at.hub.gate(settled) == "success" and reviewed(fresh))
        at.settle()
        assert reviewed(settled) == [settled.head_sha]
        assert reviewed(fresh) == [fresh.head_sha]


def test_a_job_that_ends_its_process_is_given_up_and_said_to_be(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        at.service.wait(lambda: at.jobs("given-up:"))
        at.settle()
        due(at, "given-up")
        pull = at.hub.open(at.repo, HEAD)
        deaths = []

        def kill():
            deaths.append(True)
            for process in at.service.processes:
                os.killpg(process.pid, signal.SIGKILL)

        for _ in range(8):
            at.hub.when("POST", "/graphql", kill)
        at.tell()
        for count in range(1, 7):
            at.service.wait(lambda count=count: len(deaths) == count)
            at.service.kill()
            if count == 6:
                at.hub.calm()
            at.service.start()
        at.service.wait(
            lambda: dict(at.jobs("review:")).popitem()[1] == "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
        )
        due(at, "given-up")
        at.service.kill()
        at.service.start()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        assert not reviewed(pull)


def test_what_is_too_old_is_forgotten(tmp_path):
    with world(tmp_path, ARCHITRAVE_KEEP_DAYS="8") as at:
        at.service.start()
        at.hub.open(at.repo, HEAD)
        at.tell()
        at.settle()
        at.service.wait(lambda: at.jobs("tidy:"))
        at.settle()
        at.service.kill()
        old = time.time() - 20 * 86_400
        path = at.service.folder / "data" / "ledger.sqlite3"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE ledger_reviews SET at=?", [old])
            connection.commit()
        statement = "UPDATE workflow_status SET created_at=?, updated_at=?, completed_at=?"
        change(at, f"{statement} WHERE status='SUCCESS'", *[int(old * 1000)] * 3)
        due(at, "tidy")
        at.service.start()
        at.service.wait(lambda: not at.jobs("review:"))
        assert at.ledger("SELECT COUNT(*) FROM ledger_findings") in ([(0,)], [(1,)])
