"""Merged pull requests: what the service attests of them, and hands out."""

import json
import subprocess
import sys

import pytest
from recording import attested, pair
from service_world import BASE, HEAD, world
from sqlalchemy import create_engine

from bot import attestations, envelopes
from bot.errors import ArchitraveError
from bot.merges import Merged
from bot.precision import NOTHING, Outcome, Tally
from webhooks import ledger, retention
from webhooks.jobs import Job
from webhooks.service_settings import service_settings

KEYS = pair()
TRUSTED = [envelopes.public_key(KEYS.public, "a test")]
CLAUDE = "work\n\nCo-authored-by: Claude <noreply@anthropic.com>"


@pytest.fixture
def at(tmp_path):
    (tmp_path / "key.pem").write_bytes(KEYS.private)
    with world(tmp_path, ARCHITRAVE_SIGNING_KEY_FILE=str(tmp_path / "key.pem")) as found:
        found.service.start()
        yield found


def exported(at, repository="acme/shop"):
    ran = subprocess.run(
        [sys.executable, "-m", "webhooks.service", "records", repository],
        env=at.service.environ, capture_output=True, check=True,
    )  # fmt: skip
    lines = list(envelopes.opened(ran.stdout, TRUSTED))
    assert all(each.trust == "sound" for each in lines), lines
    return [
        told for each in lines if (told := attestations.read(each.payload))
    ], ran.stderr.decode()


def told(at):
    at.tell()
    at.settle()


def test_a_merged_pull_request_is_attested_with_who_answered(at):
    assert exported(at) == ([], "review-service: no pull request of acme/shop was attested yet\n")
    pull = at.hub.open(at.repo, HEAD, message=CLAUDE)
    told(at)
    at.tell()
    at.hub.reply(pull.threads[0], by="bob", text="accept: it runs on our own input")
    told(at)
    base = at.repo.store.resolve("main")
    merged = at.hub.merge(pull, by="alice", how="squash")
    told(at)
    ((record,), _) = exported(at)
    assert record.pull == f"{at.hub.url}/acme/shop/pull/1"
    assert (record.head, record.base, record.merged) == (pull.head_sha, base, merged)
    assert record.tree == record.merged_tree != record.base_tree
    (decision,) = record.decisions
    assert decision[1:4] == ("security/code-execution", "app/api.py", "accepted")
    assert decision.by.startswith("bob+")
    assert decision.reason == "it runs on our own input"
    assert [each.split("+")[0] for each in record.people] == ["bob", "alice"]
    assert (record.agents, record.ai_lines) == (("Claude Code",), 1)
    assert [each.commit for each in record.commits] == [pull.head_sha]
    assert record.commits[0].patch == record.patch != ""
    query = "SELECT number, rule, how, login, is_author FROM ledger_outcomes"
    assert at.ledger(query) == [(1, "security/code-execution", "accepted", "bob", 0)]


def test_what_nobody_answered_is_attested_as_open_and_no_review_as_nothing(at):
    pull = at.hub.open(at.repo, HEAD)
    told(at)
    at.hub.merge(pull, by="root")
    told(at)
    ((record,), _) = exported(at)
    assert record.open == 1
    assert record.people == ()
    unseen = at.hub.open(at.repo, {**BASE, "app/more.py": "x = 1\n"}, branch="more")
    at.told = len(at.hub.events)
    at.hub.merge(unseen, by="root")
    told(at)
    assert len(exported(at)[0]) == 1
    assert "merged without a review" in at.service.log.read_text()
    at.hub.close(at.hub.open(at.repo, {**BASE, "app/less.py": ""}, branch="less"))
    told(at)
    assert len(exported(at)[0]) == 1


def audited(at, folder, *arguments):
    """What `review-local audit` says of main in a clone, with the records that were handed out."""
    (folder / "records").write_text(
        subprocess.run(
            [sys.executable, "-m", "webhooks.service", "records", "acme/shop"],
            env=at.service.environ, capture_output=True, check=True, text=True,
        ).stdout
    )  # fmt: skip
    (folder / "key.pub").write_bytes(KEYS.public)
    ran = subprocess.run(
        [sys.executable, "-c", "from bot.cli import entry; entry()", "audit", f"{at.start}..main", "--format", "json",
         "--records", str(folder / "records"), "--key", str(folder / "key.pub"), *arguments],
        env=at.service.environ, cwd=at.repo.store.path, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert ran.returncode < 2, ran.stderr
    return {each["sha"]: each["standing"] for each in json.loads(ran.stdout)["commits"]}


def test_what_the_button_does_is_told_apart_afterwards(at, tmp_path):
    at.start = at.repo.store.resolve("main")
    pulls = {
        how: at.hub.open(at.repo, {**BASE, f"app/{how}.py": "x = 1\n"}, branch=how, message=CLAUDE)
        for how in ("merge", "squash", "rebase")
    }
    told(at)
    merged = {how: at.hub.merge(pull, by="bob", how=how) for how, pull in pulls.items()}
    told(at)
    assert audited(at, tmp_path) == {
        pulls["merge"].head_sha: "answered",
        merged["squash"]: "squashed",
        # A pull request of one commit is the same either way.
        merged["rebase"]: "squashed",
    }


def test_without_a_key_nothing_is_signed(tmp_path):
    with world(tmp_path) as at:
        at.service.start()
        pull = at.hub.open(at.repo, BASE | {"app/more.py": "x = 1\n"})
        told(at)
        at.hub.merge(pull, by="root")
        told(at)
        assert exported(at) == (
            [],
            "review-service: no pull request of acme/shop was attested yet\n",
        )
        assert at.ledger("SELECT number, bundle FROM ledger_records") == [(1, "")]


def test_the_ledger_learns_of_merged_pull_requests_and_forgets_with_the_repository(tmp_path):
    engine = create_engine("sqlite://")
    ledger.migrate(engine)
    wrong = Outcome("python/x", "f1", "false positive", "kim", 12, code="c1")
    job = Job("record", "Acme/Shop", 7, installation=5)
    for _ in range(2):
        outcomes = [wrong, wrong._replace(fingerprint="f2", is_author=True)]
        ledger.merged(engine, job, Merged(attested(), outcomes), "a bundle")
    found = ledger.learned(engine, "acme/SHOP")
    assert found.dismissed == {("f1", "c1")}
    assert found.tallies == (Tally("python/x", 0, 1, 1),)
    retention.forget_old(engine, 8)
    assert ledger.records(engine, "acme/shop") == ["a bundle"]
    assert ledger.learned(engine, "acme/other") == NOTHING
    retention.forget(engine, 5)
    assert ledger.learned(engine, "acme/shop") == NOTHING
    assert ledger.records(engine, "acme/shop") == []
    engine.dispose()


@pytest.mark.parametrize("text", [None, b"", b"no key"])
def test_a_key_that_is_none_is_said_at_the_start(tmp_path, text):
    path = tmp_path / "key.pem"
    if text is not None:
        path.write_bytes(text)
    environ = {
        "ARCHITRAVE_SIGNING_KEY_FILE": str(path),
        "GITHUB_WEBHOOK_SECRET": "s" * 16,
        "GITHUB_TOKEN": "x",
        "ARCHITRAVE_DATA_DIR": str(tmp_path),
    }
    with pytest.raises(ArchitraveError, match="ARCHITRAVE_SIGNING_KEY_FILE"):
        service_settings(environ)
