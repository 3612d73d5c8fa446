"""The fake GitHub: trouble on demand, webhooks, and what a careful client makes of both."""

import http.client
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from github_client import PULL, World, on_line, world
from github_deliveries import sign
from github_faults import KINDS

__all__ = ["world"]
REVIEWS = r"/pulls/\d+/reviews$"
REPO = "/repos/acme/shop"
LOST = (http.client.RemoteDisconnected, ConnectionError, TimeoutError)


def test_an_error_before_the_work_and_one_after_it(world: World) -> None:
    world.hub.fail("POST", REVIEWS, 502)
    world.hub.fail("POST", REVIEWS, 502, done=True, skip=1)
    assert world.bot.review(on_line(16)).status == 502 and world.pull.reviews == []
    assert world.bot.review(on_line(16)).status == 200
    assert world.bot.review(on_line(16)).status == 502 and len(world.pull.reviews) == 2
    assert len(world.hub.writes()) == 2 and world.hub.problems == world.hub.refused == []
    assert [r.fault for r in world.hub.requests] == ["502", None, "502"]


def test_a_lost_connection_before_the_work_and_after_it(world: World) -> None:
    world.hub.drop("POST", REVIEWS)
    with pytest.raises(LOST):
        world.bot.review(on_line(16))
    assert world.pull.reviews == []
    world.hub.drop("POST", REVIEWS, done=True)
    with pytest.raises(LOST):
        world.bot.review(on_line(16))
    assert len(world.pull.reviews) == len(world.hub.writes()) == 1
    assert [(r.status, r.done) for r in world.hub.requests] == [(0, False), (0, True)]


def test_limits(world: World) -> None:
    world.hub.secondary("GET", PULL, retry_after=30)
    got = world.bot("GET", PULL)
    assert got.status == 403 and got.headers["Retry-After"] == "30"
    world.bot("GET", PULL)
    assert "before Retry-After" in world.hub.problems.pop()
    world.hub.advance(30)
    world.hub.secondary("GET", PULL, status=429, retry_after=None)
    assert world.bot("GET", PULL).status == 429
    world.hub.exhaust("GET", PULL, reset=world.hub.now() + 60)
    assert world.bot("GET", PULL).headers["X-RateLimit-Remaining"] == "0"
    assert world.bot("GET", PULL).status == 200 and world.hub.problems == []


def test_a_stale_read_and_a_list_in_the_other_order(world: World) -> None:
    world.bot.review(on_line(16))
    world.bot.review(on_line(16))
    world.hub.stale("GET", REVIEWS)
    assert [len(world.bot.get(f"{PULL}/reviews")) for _ in range(2)] == [1, 2]
    world.hub.reverse("GET", REVIEWS)
    first, second = (world.bot.get(f"{PULL}/reviews") for _ in range(2))
    assert first == second[::-1]
    old = world.pull.head_sha
    new = world.hub.push(world.pull, {"new.py": "one = 2\n"})
    world.hub.stale("GET", f"{PULL}$")
    assert [world.bot.get(PULL)["head"]["sha"] for _ in range(2)] == [old, new]


def test_a_held_request_is_overtaken(world: World) -> None:
    gate = world.hub.hold("POST", REVIEWS)
    slow = threading.Thread(target=world.bot.review, args=(on_line(16),))
    slow.start()
    assert gate.arrived.wait(5)
    assert world.bot.review(on_line(16), body="Fast.").status == 200
    gate.release()
    slow.join()
    assert [review.body for review in world.pull.reviews] == ["Fast.", "Brief."]


def test_something_happens_between_two_requests(world: World) -> None:
    head = world.pull.head_sha
    world.hub.when("POST", REVIEWS, lambda: world.hub.force_push(world.pull, {"q.py": "1\n"}))
    assert world.bot.review(on_line(16), commit_id=head).status == 422
    world.hub.when("GET", PULL, lambda: world.hub.close(world.pull), after=True)
    assert [world.bot.get(PULL)["state"] for _ in range(2)] == ["open", "closed"]


def test_slow_hanging_and_dead(world: World) -> None:
    world.hub.slow("GET", PULL, 0.1)
    begun = time.monotonic()
    assert world.bot("GET", PULL).status == 200 and time.monotonic() - begun >= 0.1
    world.hub.hang("GET", PULL, 0.05)
    world.hub.cut(after=2)
    with pytest.raises(LOST):
        world.bot("GET", PULL)
    assert world.bot("GET", PULL).status == 200
    with pytest.raises(LOST):
        world.bot("GET", PULL)
    world.hub.calm()
    assert world.bot("GET", PULL).status == 200


@pytest.mark.parametrize("seed", range(20))
def test_a_careful_client_gets_through_a_storm(world: World, seed: int) -> None:
    """Looks for its own review before it writes: exactly one in the end."""
    world.hub.storm(seed, rate=0.5, most=6, kinds=[kind for kind in KINDS if kind != "stale"])
    for _ in range(40):
        world.hub.advance(61)
        try:
            found = world.bot("GET", f"{PULL}/reviews")
            if found.status == 200 and found.json:
                break
            if found.status == 200:
                world.bot.review(on_line(16), body="marker")
        except LOST:
            continue
    world.hub.calm()
    assert len(world.bot.get(f"{PULL}/reviews")) == len(world.hub.writes()) == 1
    assert world.hub.problems == []


def test_the_same_seed_is_the_same_storm(world: World) -> None:
    seen = []
    for _ in range(2):
        world.hub.storm(7, rate=0.5, most=9, kinds=["500", "503"])
        seen.append([world.bot("GET", REPO).status for _ in range(20)])
    assert seen[0] == seen[1] and {200, 500, 503} == set(seen[0])


@contextmanager
def listener(statuses: list[int]) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A service that takes webhooks."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            got.append((headers, self.rfile.read(size)))
            self.send_response(statuses.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_webhook_is_signed_and_delivered_again(world: World) -> None:
    thread, _ = world.threads()
    world.hub.resolve(thread, by="alice")
    name, payload = world.hub.event("pull_request_review_thread", "resolved")
    assert payload["sender"]["login"] == "alice" and payload["thread"]["node_id"] == thread.node_id
    event = world.hub.find_event(name)
    with listener([500, 202]) as (url, got):
        world.hub.webhook_url = url
        assert world.hub.send(event, world.app) == 500
        app = world.app_client()
        failed = app.get("/app/hook/deliveries?status=failure")
        path = f"/app/hook/deliveries/{failed[0]['id']}/attempts"
        assert app("POST", path).status == 202
        for _ in range(100):
            if len(world.hub.state.deliveries) == 2:
                break
            time.sleep(0.02)
        assert [d["status_code"] for d in app.get("/app/hook/deliveries")] == [202, 500]
    headers, body = got[1]
    assert headers["x-github-delivery"] == got[0][0]["x-github-delivery"] == failed[0]["guid"]
    assert headers["x-hub-signature-256"] == sign(world.app.secret, body)
    assert json.loads(body) == payload and headers["x-github-event"] == name
    world.hub.advance(4 * 86400)
    assert world.app_client().get("/app/hook/deliveries") == []


def test_the_merge_queue(world: World) -> None:
    other = world.hub.open(world.repo, {"other.py": "o = 1\n"}, branch="other")
    tip = world.hub.merge_queue(world.pull, other)
    _, payload = world.hub.event("merge_group", "checks_requested")
    group = payload["merge_group"]
    assert group["head_sha"] == tip == world.repo.store.resolve(group["head_ref"])
    assert f"/main/pr-{other.number}-{group['base_sha']}" in group["head_ref"]
    names = world.repo.store.text("ls-tree", "--name-only", tip).split()
    assert "other.py" in names and "new.py" in names
    world.hub.leave_queue(other, tip, reason="merged")
    assert world.hub.event("merge_group", "destroyed")[1]["reason"] == "merged"
    assert world.repo.store.resolve("main") == tip
