"""The fake GitHub: who may do what, and how much of it."""

import pytest
from github_client import PULL, Client, World, basic, on_line, world
from github_keys import sign
from github_setup import READS, REVIEWS

__all__ = ["world"]
REPO = "/repos/acme/shop"


def test_a_token_of_an_app_for_one_repository_and_less(world: World) -> None:
    world.hub.repo("acme/other", {"a": "1\n"})
    app = world.app_client()
    number = app.get(f"{REPO}/installation")["id"]
    path = f"/app/installations/{number}/access_tokens"
    asked = {"repository_ids": [world.repo.id], "permissions": {"contents": "read"}}
    got = app("POST", path, asked)
    assert got.status == 201 and len(got.json["token"]) > 60
    assert got.json["permissions"] == {"contents": "read", "metadata": "read"}
    small = Client(world.hub, got.json["token"])
    assert small("GET", REPO).status == 200 and small("GET", "/repos/acme/other").status == 404
    assert small("GET", PULL).error == "Resource not accessible by integration"
    assert [r["name"] for r in small.get("/installation/repositories")["repositories"]] == ["shop"]
    assert app("POST", path, {"repositories": ["none"]}).status == 422
    assert world.hub.problems == []
    assert app("POST", path, {"permissions": {"contents": "write"}}).status == 422
    assert len(world.hub.problems) == 1


@pytest.mark.parametrize(
    ("token", "status", "error"),
    [
        (lambda app: sign(app.id, which=1), 401, "could not be decoded"),
        (lambda app: sign(app.id, issued=0), 401, "'exp'"),
        (lambda app: sign(app.id, life=1200), 401, "too far in the future"),
        (lambda app: sign(999), 404, "Integration not found"),
        (lambda app: "ghs_x", 401, "could not be decoded"),
    ],
)
def test_a_wrong_token_of_an_app(world: World, token: object, status: int, error: str) -> None:
    got = Client(world.hub, token(world.app))("GET", "/app")  # type: ignore[operator]
    assert got.status == status and error in got.json["message"]


def test_tokens_end(world: World) -> None:
    world.hub.advance(3599)
    assert world.bot("GET", REPO).status == 200
    world.hub.advance(2)
    assert world.bot("GET", REPO).error == "Bad credentials"
    world.hub.state.installations[0].suspended = True
    number = world.hub.state.installations[0].id
    world.hub.advance(-3601)
    got = world.app_client()("POST", f"/app/installations/{number}/access_tokens", {})
    assert got.status == 403 and "suspended" in got.json["message"]


def test_what_is_out_of_reach_is_not_there(world: World) -> None:
    stranger = world.client(world.hub.personal_token("mallory"))
    assert stranger("GET", REPO).status == 404 and stranger.review(on_line(16)).status == 404
    elsewhere = world.hub.install(world.app, "globex")
    token = world.hub.installation_token(elsewhere)
    assert world.client(token)("GET", REPO).status == 404
    world.repo.private = False
    assert world.client(token)("GET", PULL).status == 200
    assert world.client(token).review(on_line(16)).status == 403
    assert Client(world.hub, None)("GET", PULL).status == 200
    assert Client(world.hub, None).review(on_line(16)).status == 401
    assert world.hub.problems == []


def test_the_token_of_a_workflow(world: World) -> None:
    token = world.hub.actions_token(world.repo)
    bot = world.client(token)
    assert bot.review(on_line(16)).json["user"]["login"] == "github-actions[bot]"
    assert bot("GET", "/user").status == 403 and token.value.startswith("ghs_")
    assert bot("GET", REPO).headers["X-RateLimit-Limit"] == "1000"
    weak = world.client(world.hub.actions_token(world.repo, permissions=READS))
    assert weak("POST", f"{REPO}/statuses/{world.pull.head_sha}", {"state": "error"}).status == 403
    assert set(REVIEWS) > set(READS) and world.hub.problems == []


def test_basic_and_token_schemes(world: World) -> None:
    nobody = Client(world.hub, None)
    value = world.token.value
    for header in (basic(value), f"token {value}", f"bearer {value}"):
        assert nobody("GET", REPO, Authorization=header).status == 200
    assert nobody("GET", REPO, Authorization="Basic ?").status == 401


def test_a_known_answer_costs_nothing(world: World) -> None:
    first = world.bot("GET", PULL)
    again = world.bot("GET", PULL, If_None_Match=first.headers["ETag"])
    assert again.status == 304 and again.json == b""
    remaining = [a.headers["X-RateLimit-Remaining"] for a in (first, again)]
    assert remaining[0] == remaining[1]
    world.hub.edit(world.pull, title="New")
    assert world.bot("GET", PULL, If_None_Match=first.headers["ETag"]).status == 200


def test_too_many_requests(world: World) -> None:
    world.hub.limits.hourly["installation"] = 3
    assert [world.bot("GET", REPO).status for _ in range(4)] == [200, 200, 200, 403]
    got = world.bot("GET", REPO)
    assert got.headers["X-RateLimit-Remaining"] == "0" and "rate limit exceeded" in got.error
    world.hub.advance(3601 - 3600 * 0)
    world.token.expires = None
    assert world.bot("GET", REPO).status == 200


def test_too_much_content(world: World) -> None:
    world.hub.limits.content_per_minute = 2
    path = f"{REPO}/issues/1/comments"
    assert [world.bot("POST", path, {"body": "x"}).status for _ in range(2)] == [201, 201]
    got = world.bot("POST", path, {"body": "x"})
    assert got.status == 403 and "secondary rate limit" in got.error
    assert 0 < int(got.headers["Retry-After"]) <= 61
    world.hub.advance(61)
    assert world.bot("POST", path, {"body": "x"}).status == 201
