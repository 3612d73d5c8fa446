"""What the web side answers, over a socket: good deliveries, bad ones, and hostile ones."""

import contextlib
import http.client
import json
import socket
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest
from github_deliveries import sign
from running_service import SECRET, Service, serving

PULL = {
    "action": "opened",
    "repository": {"full_name": "acme/shop"},
    "pull_request": {"number": 7},
    "installation": {"id": 12},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    with serving(Service(folder, GITHUB_WEBHOOK_SECRET=f"new-one, {SECRET}"), "web") as running:
        yield running
        assert not any("Traceback" in row.get("trace", "") for row in running.logged())


def without(*path):
    """The event with one part of another type."""
    event = json.loads(json.dumps(PULL))
    *parents, last = path
    inside = event
    for name in parents:
        inside = inside[name]
    inside[last] = ["no", {"such": "thing"}]
    return event


def rows(service, query):
    with (
        contextlib.closing(
            sqlite3.connect(service.folder / "data" / "ledger.sqlite3")
        ) as connection,
        connection,
    ):
        return connection.execute(query).fetchall()


def test_a_delivery_is_kept_and_acknowledged(service):
    guid = str(uuid.uuid4())
    answer = service.deliver("pull_request", PULL, guid=guid)
    assert (answer.status, json.loads(answer.text)) == (202, {"says": "review is queued"})
    query = "SELECT kind, repository, number, installation, led_to FROM ledger_deliveries"
    assert rows(service, f"{query} WHERE id='{guid}'") == [("review", "acme/shop", 7, 12, "")]


def test_a_delivery_that_comes_again_is_not_queued_again(service):
    guid = str(uuid.uuid4())
    assert service.deliver("pull_request", PULL, guid=guid).status == 202
    assert service.deliver("pull_request", PULL, guid=guid).status == 200
    assert rows(service, f"SELECT COUNT(*) FROM ledger_deliveries WHERE id='{guid}'") == [(1,)]


@pytest.mark.parametrize("secret", ["new-one", SECRET])
def test_while_a_secret_is_replaced_both_are_believed(service, secret):
    assert service.deliver("ping", {"zen": "calm"}, secret=secret).status == 200


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=é", sign("other", b"{}"),
     sign(f"new-one, {SECRET}", b"{}")],
)  # fmt: skip
def test_who_does_not_sign_is_refused_before_anything_is_read(service, signature):
    answer = service.deliver("ping", b"{}", X_Hub_Signature_256=signature)
    assert answer.status == 401
    assert service.deliver("ping", b"not json", X_Hub_Signature_256=signature).status == 401


def test_a_body_that_was_changed_is_refused(service):
    body = json.dumps(PULL).encode()
    signature = sign(SECRET, body)
    answer = service.deliver("pull_request", body + b" ", X_Hub_Signature_256=signature)
    assert answer.status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b'"text"', b"null", b"\xff\xfe", b"{", b"[" * 200_000,
     b'{"a":' * 100_000, b'{"a": ' + b"9" * 50_000 + b"}", b"payload=%7B%7D"],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(service, body):
    assert service.deliver("pull_request", body).status == 400


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("ping", {"zen": "calm"}),
        ("star", {"action": "created"}),
        ("no-such-event", PULL),
        ("", PULL),
        ("pull_request", {}),
        ("pull_request", PULL | {"action": "labeled"}),
        ("installation", {"action": "created", "installation": {"id": 1}}),
        ("installation", {"action": "deleted"}),
        ("installation_repositories", {"action": "added", "installation": {"id": 1}}),
        ("check_suite", {"action": "requested", "repository": {"full_name": "acme/shop"}}),
        ("pull_request", without("repository")),
        ("pull_request", without("repository", "full_name")),
        ("pull_request", without("pull_request", "number")),
        ("pull_request", without("action")),
        ("pull_request", PULL | {"repository": {"full_name": "acme/../shop x"}}),
        ("pull_request", PULL | {"repository": {"full_name": "\ud800/\x00"}}),
        ("pull_request", PULL | {"pull_request": {"number": -1}}),
        ("pull_request", PULL | {"pull_request": {"number": 1 << 80}}),
    ],
)
def test_what_asks_for_nothing_is_answered_so(service, name, event):
    assert service.deliver(name, event).status == 200


def test_parts_that_are_not_needed_may_be_anything(service):
    for event in (without("installation"), PULL | {"sender": None}):
        assert service.deliver("pull_request", event).status == 202


@pytest.mark.parametrize("guid", ["", "a b", "x" * 200, "' OR 1=1 --"])
def test_a_delivery_needs_a_name(service, guid):
    assert service.deliver("pull_request", PULL, X_GitHub_Delivery=guid).status == 400


def test_a_hostile_comment_is_only_an_argument(service):
    text = "/architrave explain \ud800\x00" + "x" * 10_000
    comment = {"body": text, "user": {"login": "eve", "type": "User"}}
    event = {
        "action": "created",
        "repository": {"full_name": "acme/shop"},
        "issue": {"number": 7, "pull_request": {}},
        "comment": comment,
    }
    assert service.deliver("issue_comment", event).status == 202
    comment["user"]["login"] = "eve'; --"
    assert service.deliver("issue_comment", event).status == 200


@pytest.mark.parametrize("size", [(25 << 20) + 1, 26 << 20, 1 << 50])
def test_what_is_too_large_is_refused_unread(service, size):
    address = urllib.parse.urlsplit(service.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest("POST", "/webhooks/github")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_the_largest_delivery_is_taken(service):
    body = json.dumps(PULL).encode()
    assert service.deliver("pull_request", body + b" " * ((25 << 20) - len(body))).status == 202


def test_who_sends_slowly_holds_nobody_up(service):
    address = urllib.parse.urlsplit(service.url)
    slow = [socket.create_connection((address.hostname, address.port)) for _ in range(40)]
    for each in slow:
        each.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nab")
    assert service.get("/healthz").seconds < 2
    for each in slow:
        each.close()


def test_other_addresses(service):
    assert service.get("/healthz").status == service.get("/readyz").status == 200
    assert service.get("/nothing").status == 404
    assert service.get("/webhooks/github").status == 405
    assert service.get("/console").status == 404
    assert "<" not in service.get("/nothing").text


def test_pages_are_for_who_can_read_the_key(service):
    path = service.folder / "data" / "pages-address"
    assert path.stat().st_mode & 0o777 == 0o600
    address = path.read_text().strip()
    assert address.startswith(f"{service.url}/enter/")
    for place in ("/", "/ledger.csv", "/health"):
        assert service.get(place).status == 403
    assert service.get("/enter/" + "x" * 43).status == 404
    cookies = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with cookies.open(address, timeout=10) as page:
        assert b"Nobody is waited for" in page.read()
    with cookies.open(f"{service.url}/health", timeout=10) as page:
        assert b"<dt>Deliveries</dt>" in page.read()
    proxied = urllib.request.Request(
        f"{service.url}/health", headers={"X-Forwarded-For": "1.2.3.4"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        cookies.open(proxied, timeout=10)
    refused.value.close()
    assert refused.value.code == 404
    assert address.rpartition("/")[2] not in service.log.read_text()


def test_answers_say_how_they_are_to_be_taken(service):
    headers = service.get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


def test_figures_say_what_was_answered_and_what_waits(service):
    service.deliver("made-up", {})
    found = service.figures()
    assert found['architrave_deliveries_total{event="other",status="200"}'] >= 1
    assert found["architrave_deliveries_waiting"] >= 1
    assert found["architrave_delivery_age_seconds"] > 0
    assert found["architrave_store_up"] == 1


def test_nothing_of_a_secret_is_logged(service):
    service.deliver("ping", {}, secret="wrong")
    text = service.log.read_text()
    assert SECRET not in text
    assert "new-one" not in text
