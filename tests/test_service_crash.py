"""The service when it is killed, drained, started twice, or started where it cannot work."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from running_service import Service, serving
from service_world import BAD, BASE, HEAD, world


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_every_head_is_reviewed_once(tmp_path, seed):
    chance = random.Random(seed)
    with world(tmp_path) as at:
        pulls = []
        at.service.start()
        for count in range(6):
            tree = {**BASE, "app/api.py": BAD + f"# {count}\n"}
            pulls.append(at.hub.open(at.repo, tree, branch=f"b{count}"))
            at.told = len(at.hub.events) - 1
            at.tell()
            time.sleep(chance.uniform(0.1, 2.5))
            at.service.kill()
            at.service.start()
        at.service.wait(lambda: all(reviewed(pull) for pull in pulls), 90)
        at.settle()
        for pull in pulls:
            assert reviewed(pull) == [pull.head_sha]
            assert len(pull.threads) == 1
            assert at.hub.gate(pull) == "failure"
        assert {status for _, status in at.jobs("review:")} == {"SUCCESS"}


@pytest.mark.parametrize("path", ["/reviews$", "/check-runs", "/graphql"])
@pytest.mark.parametrize("after", [False, True])
def test_killed_just_when_it_writes(tmp_path, path, after):
    with world(tmp_path) as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        killed = []

        def kill():
            for process in at.service.processes:
                os.killpg(process.pid, signal.SIGKILL)
            killed.append(True)

        at.hub.when("POST", path, kill, after=after)
        at.tell()
        at.service.wait(lambda: killed)
        at.service.kill()
        at.service.start()
        at.service.wait(lambda: at.hub.gate(pull) == "failure")
        at.settle()
        assert reviewed(pull) == [pull.head_sha]
        assert len(pull.threads) == 1


def test_a_worker_that_dies_is_started_again(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        at.service.wait(lambda: "is ready" in at.service.log.read_text())
        subprocess.run(["pkill", "-9", "-P", str(at.service.processes[0].pid)], check=True)
        pull = at.hub.open(at.repo, HEAD)
        assert at.tell()[0].status == 202
        at.service.wait(lambda: reviewed(pull))
        assert any("started again" in row["says"] for row in at.service.logged())


def test_a_worker_ends_with_the_web_side(tmp_path):
    with serving(Service(tmp_path)) as service:
        service.wait(lambda: "is ready" in service.log.read_text())
        os.kill(service.processes[0].pid, signal.SIGKILL)
        service.wait(lambda: "drains" in service.log.read_text())


def test_sigterm_lets_what_runs_end(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        gate = at.hub.hold("POST", "/graphql")
        at.tell()
        gate.arrived.wait(30)
        at.service.processes[0].terminate()
        time.sleep(0.5)
        gate.release()
        assert at.service.stop() == [0]
        assert reviewed(pull) == [pull.head_sha]


def test_web_and_worker_apart_in_either_order(tmp_path):
    with world(tmp_path) as at:
        at.service.start("web")
        pull = at.hub.open(at.repo, HEAD)
        assert at.tell()[0].status == 202
        at.service.start("worker")
        at.service.wait(lambda: reviewed(pull))
        at.settle()
        assert at.service.stop() == [0, 0]


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    service = Service(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs.sqlite3").write_bytes(b"not a database at all" * 100)
    ended = run(service)
    assert ended.returncode == 2
    assert "jobs.sqlite3" in ended.stderr


def run(service, *arguments):
    ended = subprocess.run(
        [sys.executable, "-m", "webhooks.service", *arguments],
        env=service.environ, cwd=service.folder, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    return ended


@pytest.mark.parametrize("arguments", [(), ("web",), ("worker",)])
@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"GITHUB_WEBHOOK_SECRET": ""}, "GITHUB_WEBHOOK_SECRET is not set"),
        ({"GITHUB_WEBHOOK_SECRET": " , "}, "GITHUB_WEBHOOK_SECRET is not set"),
        ({"GITHUB_TOKEN": ""}, "no credentials"),
        ({"GITHUB_APP_ID": "12"}, "belong together"),
        ({"DATABASE_URL": "mysql://somewhere"}, "postgresql://"),
        ({"ARCHITRAVE_DATA_DIR": "/proc/nowhere"}, "cannot be written"),
        ({"PORT": "http"}, "PORT must be a number"),
        ({"PORT": "99999999999999"}, "PORT must be a number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_starts(tmp_path, arguments, environ, says):
    ended = run(Service(tmp_path, **environ), *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("review-service: ")
    assert says in ended.stderr


def test_an_address_that_is_in_use_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run(Service(tmp_path, PORT=str(taken.getsockname()[1])))
    assert ended.returncode == 2
    assert "is in use" in ended.stderr


def test_words_it_does_not_know(tmp_path):
    assert run(Service(tmp_path), "serve").returncode == 2
    assert "usage" in run(Service(tmp_path), "--help").stdout


def test_an_older_store_is_kept(tmp_path):
    with serving(Service(tmp_path), "web") as service:
        assert service.deliver("pull_request", event(), guid="first").status == 202
    with serving(service, "web") as service:
        assert service.deliver("pull_request", event(), guid="first").status == 200


def event():
    pull = {"number": 7}
    return {"action": "opened", "repository": {"full_name": "a/b"}, "pull_request": pull}


def test_a_store_that_is_away_is_no_reason_to_say_yes(tmp_path):
    with serving(Service(tmp_path), "web") as service:
        shutil.rmtree(tmp_path / "data")
        os.mkdir(tmp_path / "data", 0o500)
        codes = {service.deliver("pull_request", event()).status for _ in range(3)}
        assert codes <= {202, 503}
