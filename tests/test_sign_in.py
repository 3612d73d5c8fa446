"""Who sees the pages: whoever GitHub knows, and only what they may read there."""

import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_github import FakeGitHub
from flask import Flask
from html_reading import words
from ledger_world import Notes, engine, finding, gate, review, settings
from page_world import Queue
from sqlalchemy import select, update

from bot.errors import ArchitraveError
from webhooks import pages
from webhooks.pages import sessions
from webhooks.pages.sign_in import safe_next
from webhooks.tables import SESSIONS

URL = "https://review.example"
COOKIE, BEGUN = "__Host-architrave", "__Host-architrave-begun"
PLACES = ("/", "/pulls/acme/shop/1", "/rules", "/authorship", "/ledger", "/ledger.csv", "/ledger.json",
          "/health", "/pulls/no/such/1")  # fmt: skip


class At:
    """The fake GitHub, a ledger of two repositories, and pages before it; browsers are clients."""

    def __init__(self, folder, hub):
        self.hub = hub
        hub.repo("acme/shop", collaborators={"alice": "write", "bob": "read"})
        hub.repo("acme/secret", collaborators={"alice": "write"})
        hub.repo("eve/own", collaborators={"eve": "admin"})
        self.app = hub.app()
        self.on = hub.install(self.app)
        client_id, client_secret = hub.client(self.app, f"{URL}/sign-in/callback")
        self.settings = settings(
            folder, GITHUB_SERVER_URL=hub.url, GITHUB_API_URL=hub.api_url, ARCHITRAVE_URL=URL,
            GITHUB_CLIENT_ID=client_id, GITHUB_CLIENT_SECRET=client_secret,
            GITHUB_APP_ID=str(self.app.id), GITHUB_APP_PRIVATE_KEY=hub.private_key(self.app),
        )  # fmt: skip
        self.engine = engine(folder)
        note = Notes(self.engine)
        note(gate(review(finding(2))), installation=self.on.id)
        note(gate(review(finding(5, path="secret.py"))), "acme/secret", installation=self.on.id)
        self.flask = Flask("architrave", static_folder=None)
        pages.attach(self.flask, self.settings, self.engine, Queue(), ("0.0.0.0", 8000))

    def browser(self):
        return self.flask.test_client()

    def get(self, browser, path, **headers):
        return browser.get(path, base_url=URL, headers=headers)

    def sign_in(self, login, browser=None, there="/"):
        browser = browser or self.browser()
        begun = self.get(browser, f"/sign-in/github?next={there}")
        back = self.hub.consent(begun.location, login)
        self.last = self.get(browser, back.removeprefix(URL))
        return browser

    def cookie(self, browser):
        found = browser.get_cookie(COOKIE, "review.example")
        return found and found.value

    def rows(self):
        with self.engine.connect() as connection:
            return [*connection.execute(select(SESSIONS)).mappings()]

    def change(self, **values):
        with self.engine.begin() as connection:
            connection.execute(update(SESSIONS).values(**values))


@pytest.fixture
def at(tmp_path):
    with FakeGitHub(tmp_path / "hub") as hub:
        found = At(tmp_path, hub)
        yield found
        found.engine.dispose()
        assert hub.problems == []


def test_a_person_signs_in_and_sees_what_they_may_read(at):
    alice = at.sign_in("alice", there="/ledger%3Ftext%3Dapi")
    assert (at.last.status_code, at.last.location) == (303, "/ledger?text=api")
    page = words(at.get(alice, "/").text)
    assert "2 findings keep a gate closed" in page
    assert "alice Sign out" in page
    bob = at.sign_in("bob")
    page = words(at.get(bob, "/").text)
    assert "1 finding keeps a gate closed" in page
    assert "acme/shop #1" in page
    assert "secret" not in page


@pytest.mark.parametrize("login", ["eve", "mallory"])
def test_who_may_read_nothing_sees_nothing(at, login):
    browser = at.sign_in(login)
    assert at.cookie(browser)
    seen = "".join(at.get(browser, place).text for place in PLACES)
    assert "acme" not in seen
    assert "api.py" not in seen
    assert "code-execution" not in seen
    assert at.get(browser, "/pulls/acme/shop/1").text == at.get(browser, "/pulls/no/such/1").text
    assert at.get(browser, "/pulls/acme/shop/1").status_code == 404


def test_a_reader_of_one_repository_cannot_tell_the_other_from_none(at):
    bob = at.sign_in("bob")
    one, none = at.get(bob, "/pulls/acme/secret/1"), at.get(bob, "/pulls/acme/other/1")
    assert (one.status_code, one.text) == (none.status_code, none.text)
    ledger = json.loads(at.get(bob, "/ledger.json").text)
    assert {row["repository"] for row in ledger["findings"]} == {"acme/shop"}
    for query in ("repository=acme/secret", "text=secret"):
        assert json.loads(at.get(bob, f"/ledger.json?{query}").text)["findings"] == []
        assert "Nothing fits" in at.get(bob, f"/ledger?{query}").text


def test_who_is_not_signed_in_is_sent_to_sign_in_whatever_they_ask_for(at):
    for place in PLACES:
        answer = at.get(at.browser(), f"{place}?page=2")
        assert answer.status_code == 303
        found = urlsplit(answer.location)
        assert found.path == "/sign-in"
        assert parse_qs(found.query) == {"next": [f"{place}?page=2"]}
    assert "Sign in with GitHub" in at.get(at.browser(), "/sign-in").text


def test_a_made_up_session_is_none(at):
    at.sign_in("alice")
    for cookie in ("", "x", "x" * 43, "x" * 3000, "\u00e9", "' OR 1=1 --"):
        browser = at.browser()
        browser.set_cookie(COOKIE, cookie, domain="review.example", secure=True)
        assert at.get(browser, "/").status_code == 303


def test_what_the_ledger_keeps_of_a_session_opens_nothing(at):
    browser = at.sign_in("alice")
    (row,) = at.rows()
    token = next(value for value in at.hub.state.tokens if value.startswith("ghu_"))
    assert token not in str(dict(row))
    assert at.cookie(browser) not in str(dict(row))
    assert token not in str(browser.get_cookie(COOKIE, "review.example"))
    thief = at.browser()
    thief.set_cookie(COOKIE, row["id"], domain="review.example", secure=True)
    assert at.get(thief, "/").status_code == 303


def test_a_cookie_is_for_this_host_and_no_script(at):
    at.sign_in("alice")
    kept = [text for text in at.last.headers.getlist("Set-Cookie") if text.startswith(f"{COOKIE}=")]
    assert len(kept) == 1
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={sessions.LIFE}"):
        assert part in kept[0]
    assert "Domain" not in kept[0]


def test_signing_in_again_makes_another_session_and_ends_the_first(at):
    browser = at.sign_in("alice")
    first = at.cookie(browser)
    at.sign_in("bob", browser)
    assert at.cookie(browser) != first
    old = at.browser()
    old.set_cookie(COOKIE, first, domain="review.example", secure=True)
    assert at.get(old, "/").status_code == 303
    assert [row["login"] for row in at.rows()] == ["bob"]


def test_a_session_that_was_planted_is_not_taken_over(at):
    browser = at.browser()
    browser.set_cookie(COOKIE, "planted" * 6, domain="review.example", secure=True)
    at.sign_in("alice", browser)
    assert at.cookie(browser) != "planted" * 6


def test_a_session_ends(at):
    browser = at.sign_in("alice")
    at.change(ends=1.0)
    assert at.get(browser, "/").status_code == 303


def test_signing_out_needs_a_form_of_ours(at):
    browser = at.sign_in("alice")
    for form in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "\u00e9"}):
        assert browser.post("/sign-out", base_url=URL, data=form).status_code == 403
    assert browser.get("/sign-out", base_url=URL).status_code == 405
    assert at.get(browser, "/").status_code == 200
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', at.get(browser, "/").text)[1]
    assert at.browser().post("/sign-out", base_url=URL, data={"csrf": token}).status_code == 403
    answer = browser.post("/sign-out", base_url=URL, data={"csrf": token})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert at.rows() == []
    assert at.get(browser, "/").status_code == 303


def test_nobody_is_signed_in_by_a_link_of_somebody_else(at):
    begun = at.get(at.browser(), "/sign-in/github")
    back = at.hub.consent(begun.location, "eve").removeprefix(URL)
    victim = at.browser()
    assert at.get(victim, back).status_code == 400
    assert at.get(victim, "/sign-in/github").status_code == 303
    assert at.get(victim, back).status_code == 400
    assert at.rows() == []
    assert at.cookie(victim) is None


def test_a_code_is_taken_once_and_only_with_its_proof(at):
    browser = at.browser()
    begun = at.get(browser, "/sign-in/github")
    assert "code_challenge_method=S256" in begun.location
    back = at.hub.consent(begun.location, "alice").removeprefix(URL)
    assert at.get(browser, back).status_code == 303
    assert at.get(browser, back).status_code == 400
    begun = at.get(browser, "/sign-in/github")
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    other = at.get(at.browser(), "/sign-in/github")
    code = parse_qs(urlsplit(at.hub.consent(other.location, "eve")).query)["code"][0]
    assert at.get(browser, f"/sign-in/callback?code={code}&state={state}").status_code == 403


def test_who_comes_back_without_having_gone_is_told(at):
    for query in ("", "?code=x", "?state=x&code=y", "?error=access_denied"):
        assert at.get(at.browser(), f"/sign-in/callback{query}").status_code == 400


def test_who_refuses_is_told(at):
    browser = at.browser()
    state = parse_qs(urlsplit(at.get(browser, "/sign-in/github").location).query)["state"][0]
    answer = at.get(browser, f"/sign-in/callback?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "You are not signed in" in answer.text


OUTSIDE = ("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
           "/a\r\nLocation: //evil", "///evil.example", "evil.example", "", "/%0d\n", "/sign-out", "/" + "x" * 600,
           "http:/evil.example", "/\t/evil.example")  # fmt: skip


@pytest.mark.parametrize("there", OUTSIDE)
def test_no_place_elsewhere_is_gone_to(there):
    assert safe_next(there) == "/"


def test_after_signing_in_nobody_is_sent_elsewhere(at):
    for there in OUTSIDE:
        browser = at.browser()
        begun = browser.get("/sign-in/github", base_url=URL, query_string={"next": there})
        back = at.get(browser, at.hub.consent(begun.location, "alice").removeprefix(URL))
        assert back.location == "/"
        answer = browser.get("/sign-in", base_url=URL, query_string={"next": there})
        assert 'href="/sign-in/github?next=%2F"' in answer.text


def test_access_that_is_taken_away_is_gone_in_minutes(at):
    browser = at.sign_in("bob")
    assert "acme/shop" in at.get(browser, "/").text
    del at.hub.state.repos["acme/shop"].collaborators["bob"]
    asked = len(at.hub.requests)
    assert "acme/shop" in at.get(browser, "/").text
    assert len(at.hub.requests) == asked
    at.change(looked=1.0)
    assert "acme/shop" not in at.get(browser, "/").text


def test_a_token_that_github_no_longer_knows_ends_the_session(at):
    browser = at.sign_in("alice")
    at.hub.state.tokens.clear()
    at.change(looked=1.0)
    assert at.get(browser, "/").status_code == 303
    assert at.rows() == []


def test_while_github_is_away_nothing_old_is_shown_for_long(at):
    import time

    browser = at.sign_in("alice")
    at.hub.fail("GET", "/user/installations", 502, times=9)
    at.change(looked=time.time() - 400)
    assert at.get(browser, "/").status_code == 200
    at.change(looked=time.time() - 1000)
    answer = at.get(browser, "/")
    assert answer.status_code == 503
    assert "acme" not in answer.text


def test_while_many_ask_github_the_others_are_told_to_wait(at, monkeypatch):
    monkeypatch.setattr("webhooks.pages.person._AT_ONCE", threading.Semaphore(0))
    monkeypatch.setattr("webhooks.pages.person._PATIENCE", 0.01)
    at.sign_in("alice")
    assert at.last.status_code == 503
    assert at.rows() == []


def test_a_suspended_installation_shows_nothing(at):
    at.on.suspended = True
    assert "acme" not in at.get(at.sign_in("alice"), "/").text


def test_many_repositories_are_read_page_by_page(at):
    for number in range(105):
        at.hub.state.repos[f"acme/r{number}"] = repo = at.hub.state.repos["acme/shop"]
    del repo
    at.sign_in("alice")
    pages_asked = [r for r in at.hub.requests if r.path.endswith("/repositories")]
    assert [request.query["page"] for request in pages_asked] == ["1", "2"]


@pytest.mark.parametrize(
    "given",
    [
        {"GITHUB_CLIENT_ID": "x"},
        {"GITHUB_CLIENT_ID": "x", "GITHUB_CLIENT_SECRET": "y"},
        {"GITHUB_CLIENT_ID": "x", "GITHUB_CLIENT_SECRET": "y", "ARCHITRAVE_URL": "https://a.example"},
        {"ARCHITRAVE_URL": "http://a.example"},
        {"ARCHITRAVE_URL": "https://a.example/path"},
        {"ARCHITRAVE_URL": "nonsense"},
    ],
)  # fmt: skip
def test_a_sign_in_that_is_half_set_up_is_refused_at_the_start(tmp_path, given):
    if len(given) == 1 and "ARCHITRAVE_URL" in given:
        given = {"GITHUB_CLIENT_ID": "x", "GITHUB_CLIENT_SECRET": "y", "GITHUB_APP_ID": "1",
                 "GITHUB_APP_PRIVATE_KEY": "k", **given}  # fmt: skip
    with pytest.raises(ArchitraveError):
        settings(tmp_path, **given)
