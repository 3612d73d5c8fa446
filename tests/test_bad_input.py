"""Deliveries that are wrong, hostile, late or about what is not there any more: one answer each.

Forged, unsigned, replayed, oversized and deeply nested ones are in test_service_web.py, suspended
installations and deleted repositories in test_service.py.
"""

import json
import socket
import time
import urllib.parse
import uuid

import pytest
from github_deliveries import sign
from running_service import SECRET, ask
from service_world import BAD, BASE, HEAD, world

from bot.sources.pull_request import mirror_name
from webhooks import lifecycle


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with world(tmp_path_factory.mktemp("bad")) as found:
        found.service.start()
        yield found
        log = [row for row in found.service.logged() if row.get("trace")]
        assert not log


def reviewed(pull):
    return [review.commit for review in pull.reviews if review.body]


def repository(at, name):
    people = {"alice": "write", "bob": "write"}
    return at.hub.repo(f"acme/{name}", BASE, collaborators=people)


def tell(at, only=0):
    """Deliver what has happened since the last time, or the newest ones *only*; the answers."""
    at.told = max(at.told, len(at.hub.events) - only) if only else at.told
    answers = at.tell()
    at.settle()
    return answers


def newest(at, prefix):
    return [status for _, status in at.jobs(prefix)][-1]


def folders(at):
    return at.service.folder / "data" / "cache" / "repositories"


def test_a_body_that_was_cut_on_its_way_is_not_believed(at):
    body = json.dumps({"action": "opened"}).encode()
    signature = sign(SECRET, body)
    answer = at.service.deliver("pull_request", body[:-1], X_Hub_Signature_256=signature)
    assert answer.status == 401


def test_a_sender_who_ends_in_the_middle_leaves_nothing_behind(at):
    address = urllib.parse.urlsplit(at.service.url)
    guid = str(uuid.uuid4())
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Delivery: {guid}\r\n"
        connection.sendall(head.encode() + b'Content-Length: 100\r\n\r\n{"action":')
    assert at.service.get("/healthz").status == 200
    assert at.ledger(f"SELECT * FROM ledger_deliveries WHERE id = '{guid}'") == []


def test_a_form_is_refused_with_what_to_set(at):
    event = {"action": "opened"}
    body = urllib.parse.urlencode({"payload": json.dumps(event)}).encode()
    answer = at.service.deliver(
        "pull_request", body, Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status == 400
    assert "content type of the webhook to JSON" in answer.text


def test_a_body_that_is_packed_is_not_unpacked(at):
    import gzip

    body = gzip.compress(b"{}" + b" " * 1000)
    assert at.service.deliver("ping", body, Content_Encoding="gzip").status == 400


def test_without_a_signature_nothing_is_done(at):
    answer = ask(f"{at.service.url}/webhooks/github", b"{}", {"X-GitHub-Event": "ping"})
    assert answer.status == 401


def test_an_installation_that_is_not_ours(at):
    repo = repository(at, "unknown")
    pull = at.hub.open(repo, HEAD)
    at.hub.events[-1].payload["installation"]["id"] = 4_242_424_242
    assert [each.status for each in tell(at, only=1)] == [202]
    at.service.wait(lambda: at.jobs("review:acme/unknown#1:"))
    at.settle()
    assert not pull.reviews
    assert len(at.jobs("review:acme/unknown#1:")) == 1
    assert at.service.logged()[-1]["failure"] == "github 404"


def test_a_token_that_is_revoked_in_the_middle_is_replaced(at):
    repo = repository(at, "revoked")
    pull = at.hub.open(repo, HEAD)
    at.hub.when("POST", "/reviews$", at.hub.state.tokens.clear)
    tell(at)
    assert reviewed(pull) == [pull.head_sha]
    assert at.hub.gate(pull) == "failure"
    assert len(at.jobs("review:acme/revoked#1:")) == 2


def test_while_a_clock_is_off_reviews_wait(at):
    repo = repository(at, "clock")
    pull = at.hub.open(repo, HEAD)
    at.hub.skew = 2000.0
    at.tell()
    at.service.wait(lambda: len(at.jobs("review:acme/clock#1:")) == 2)
    failed = [row for row in at.service.logged() if row.get("failure") == "github 401"]
    assert "Expiration time" in failed[-1]["says"]
    at.hub.skew = 0.0
    at.service.wait(lambda: reviewed(pull))
    at.settle()
    assert reviewed(pull) == [pull.head_sha]


def test_a_pull_request_from_a_fork_is_reviewed_where_it_goes(at):
    repo = repository(at, "upstream")
    fork = at.hub.repo("eve/upstream", fork_of="acme/upstream")
    pull = at.hub.open(repo, HEAD, author="eve", fork=fork)
    assert at.hub.events[-1].payload["pull_request"]["head"]["repo"]["full_name"] == "eve/upstream"
    assert [each.status for each in tell(at, only=1)] == [202]
    assert reviewed(pull) == [pull.head_sha]
    assert not fork.pulls


def test_a_check_suite_of_a_fork_names_no_pull_request(at):
    event = {
        "action": "rerequested",
        "check_suite": {"head_sha": "0" * 40, "pull_requests": []},
        "repository": {"full_name": "acme/shop"},
        "installation": {"id": at.installation.id},
    }
    answer = at.service.deliver("check_suite", event)
    assert answer.status == 200
    assert "belongs to no pull request here" in answer.text


def test_a_renamed_repository_keeps_its_ledger_and_goes_on(at):
    repo = repository(at, "Old-Name")
    pull = at.hub.open(repo, HEAD)
    tell(at)
    at.hub.resolve(pull.threads[0], by="bob")
    tell(at)
    count = "SELECT COUNT(*) FROM ledger_{} WHERE repository='acme/{}'"
    tables = ("deliveries", "reviews", "answers", "gates")
    before = [at.ledger(count.format(table, "old-name"))[0][0] for table in tables]
    assert all(before)
    mirror = folders(at) / mirror_name(at.hub.url, "acme/Old-Name")
    assert mirror.is_dir()

    fresh = at.hub.open(repo, {**HEAD, "app/more.py": ""}, branch="fresh")
    # Nobody has told of it when the name changes.
    at.told = len(at.hub.events)
    at.hub.rename(repo, "acme/new-name")
    assert [each.status for each in tell(at, only=1)] == [202]
    at.service.wait(lambda: reviewed(fresh))
    at.settle()
    after = [at.ledger(count.format(table, "new-name"))[0][0] for table in tables]
    assert all(new >= old for new, old in zip(after, before, strict=True))
    assert [at.ledger(count.format(table, "old-name"))[0][0] for table in tables] == [0, 0, 0, 0]
    assert reviewed(pull) == [pull.head_sha]
    assert at.hub.gate(pull) == "success"

    at.hub.push(pull, {"app/api.py": BAD + "# more\n"})
    tell(at)
    assert reviewed(pull)[-1] == pull.head_sha
    assert len(pull.threads) == 1


def test_a_repository_that_is_transferred_to_another_installation(at):
    repo = repository(at, "moving")
    pull = at.hub.open(repo, HEAD)
    tell(at)
    other = at.hub.install(at.app, "umbrella")
    at.told = len(at.hub.events)
    at.hub.rename(repo, "umbrella/moving")
    event = at.hub.events[-1]
    assert (event.name, event.action) == ("repository", "transferred")
    tell(at)
    rows = at.ledger("SELECT repository, installation FROM ledger_gates WHERE number=1")
    assert ("umbrella/moving", other.id) in rows
    at.hub.push(pull, {"app/api.py": BAD + "# more\n"})
    tell(at)
    assert reviewed(pull)[-1] == pull.head_sha


def test_of_a_repository_that_is_deleted_nothing_is_kept(at):
    repo = repository(at, "doomed")
    at.hub.open(repo, HEAD)
    tell(at)
    mirror = folders(at) / mirror_name(at.hub.url, "acme/doomed")
    assert mirror.is_dir()
    event = {
        "action": "deleted",
        "repository": {"full_name": "acme/doomed"},
        "installation": {"id": at.installation.id},
    }
    assert at.service.deliver("repository", event).status == 202
    at.settle()
    query = "SELECT COUNT(*) FROM ledger_reviews WHERE repository='acme/doomed'"
    assert at.ledger(query) == [(0,)]


def test_git_objects_go_with_the_installation_and_come_back_with_it(at):
    """The last one: it takes the world with it."""
    repo = repository(at, "last")
    pull = at.hub.open(repo, HEAD)
    tell(at)
    mirror = folders(at) / mirror_name(at.hub.url, "acme/last")
    assert mirror.is_dir()
    at.told = len(at.hub.events)
    at.hub.emit_installation("deleted", at.app)
    tell(at)
    # Those of the repositories that were renamed or deleted before, too.
    elsewhere = {mirror_name(at.hub.url, "umbrella/moving")}
    at.service.wait(lambda: {each.name for each in folders(at).glob("*.git")} <= elsewhere)
    at.hub.push(pull, {"app/api.py": BAD + "# again\n"})
    tell(at)
    assert reviewed(pull)[-1] == pull.head_sha
    made = (mirror / "HEAD").stat().st_mtime
    rows = at.ledger("SELECT at FROM ledger_gone WHERE repository='acme/last'")
    assert rows[0][0] < made <= time.time()


@pytest.mark.parametrize(
    ("name", "event", "kind", "argument"),
    [
        ("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": "b"}}}},
         "rename", "acme/b"),
        ("repository", {"action": "transferred", "changes": {"owner": {"from": {"user": {"login": "eve"}}}}},
         "rename", "eve/a"),
        ("repository", {"action": "deleted"}, "forget", "acme/a"),
        ("installation", {"action": "deleted"}, "forget", ""),
        ("installation_repositories", {"repositories_removed": [{"full_name": "acme/x"}, None]},
         "forget", "acme/x"),
    ],
)  # fmt: skip
def test_what_becomes_of_repositories(name, event, kind, argument):
    frame = {"repository": {"full_name": "acme/a"}, "installation": {"id": 7}}
    job, _ = lifecycle.job_of(name, frame | event, "d")
    assert (job.kind, job.argument, job.installation, job.event) == (kind, argument, 7, name)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("repository", {"action": "renamed"}),
        ("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": "../x y"}}}}),
        ("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": "A"}}}}),
        ("repository", {"action": "renamed", "changes": []}),
        ("repository", {"action": "transferred", "changes": {"owner": {"from": {"user": 3}}}}),
        ("repository", {"action": "edited"}),
        ("repository", {"action": "deleted", "repository": {"full_name": "no name"}}),
        ("repository", {"action": "deleted", "installation": {"id": "7"}}),
        ("installation", {"action": "deleted", "installation": {}}),
        ("installation", {"action": "suspend"}),
        ("installation_repositories", {"repositories_removed": [{"full_name": "a b"}]}),
    ],
)  # fmt: skip
def test_what_does_not_say_enough_changes_nothing(name, event):
    frame = {"repository": {"full_name": "acme/a"}, "installation": {"id": 7}}
    job, says = lifecycle.job_of(name, frame | event, "d")
    assert job is None
    assert says
