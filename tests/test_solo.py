"""The pages of who started the service: asked from this machine, by its own name, with the key."""

import pytest
from flask import Flask
from ledger_world import Notes, engine, finding, gate, review, settings
from page_world import Queue

from webhooks import pages
from webhooks.pages.solo import ADDRESS_FILE


class Solo:
    """Pages as they are where nothing is set up; asked as whoever the test likes."""

    def __init__(self, folder, bound="127.0.0.1", **environ):
        self.folder, self.engine = folder, engine(folder)
        Notes(self.engine)(gate(review(finding(2))))
        self.flask = Flask("architrave", static_folder=None)
        given = settings(folder, **environ)
        pages.attach(self.flask, given, self.engine, Queue(), (bound, 8000))
        self.browser = self.flask.test_client()

    @property
    def address(self):
        return (self.folder / ADDRESS_FILE).read_text().strip()

    def get(self, path, host="127.0.0.1:8000", peer="127.0.0.1", **headers):
        named = {"Host": host} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.browser.get(path, headers=named, environ_base={"REMOTE_ADDR": peer})

    def enter(self, host="127.0.0.1:8000", **more):
        return self.get("/enter/" + self.address.rpartition("/")[2], host, **more)


@pytest.fixture
def solo(tmp_path):
    found = Solo(tmp_path)
    yield found
    found.engine.dispose()


def test_the_key_opens_the_pages_and_nothing_else_does(solo):
    assert solo.get("/").status_code == 403
    assert "acme" not in solo.get("/").text
    assert solo.get("/enter/guess").status_code == 404
    assert solo.get("/enter/\u00e9").status_code == 404
    entered = solo.enter()
    assert (entered.status_code, entered.location) == (303, "/")
    assert "HttpOnly" in entered.headers["Set-Cookie"]
    assert "acme/shop" in solo.get("/").text
    assert "Sign out" not in solo.get("/").text


HERE = ("127.0.0.1:8000", "127.0.0.1", "localhost:8000", "localhost", "[::1]:8000", "[::1]")
ELSEWHERE = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1:8000",
             "0.0.0.0:8000", "[::2]:8000", "[", "a@127.0.0.1.b", "")  # fmt: skip


@pytest.mark.parametrize("host", HERE)
def test_the_machine_has_some_names_of_its_own(solo, host):
    assert solo.enter(host).status_code == 303


def test_a_name_that_was_made_to_point_here_opens_nothing(solo):
    solo.enter()
    for host in ELSEWHERE:
        for answer in (solo.get("/", host), solo.enter(host)):
            assert answer.status_code in (400, 404), host
            assert "acme" not in answer.text


@pytest.mark.parametrize(
    "header", ["X_Forwarded_For", "X_Forwarded_Host", "X_Forwarded_Proto", "Forwarded", "Via", "X_Real_IP",
               "CF_Connecting_IP", "X_Forwarded_Anything"],
)  # fmt: skip
def test_what_comes_through_a_proxy_opens_nothing(solo, header):
    solo.enter()
    assert solo.get("/", **{header: "127.0.0.1"}).status_code == 404
    assert solo.enter(**{header: "127.0.0.1"}).status_code == 404


def test_who_asks_from_elsewhere_opens_nothing(solo):
    solo.enter()
    assert solo.get("/", peer="10.0.0.7").status_code == 404


def test_the_key_is_kept_for_the_next_start_and_read_by_its_owner_only(solo):
    path = solo.folder / ADDRESS_FILE
    key = solo.address
    path.chmod(0o644)
    again = Solo(solo.folder)
    again.engine.dispose()
    assert again.address == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("short")
    other = Solo(solo.folder)
    other.engine.dispose()
    assert len(other.address) > 40


@pytest.mark.parametrize("bound", ["0.0.0.0", "10.0.0.1", "::"])
def test_a_service_that_others_reach_has_no_pages_without_a_sign_in(tmp_path, bound):
    found = Solo(tmp_path, bound)
    assert found.get("/").status_code == 404
    assert not (tmp_path / ADDRESS_FILE).exists()
    found.engine.dispose()


def test_a_service_on_a_database_for_many_has_none_either(tmp_path):
    found = Solo(tmp_path, DATABASE_URL="postgresql://x/y")
    assert found.get("/").status_code == 404
    found.engine.dispose()
