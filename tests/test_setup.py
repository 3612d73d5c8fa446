"""`review-service setup`: a browser makes the App, and what GitHub gives for it is kept."""

import contextlib
import io
import os
import re
import stat
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

import pytest
from fake_github import FakeGitHub

from bot.errors import ArchitraveError
from bot.github_settings import github_settings
from webhooks import doctor, manifest, service, setup
from webhooks.setup_page import Page

ADDRESS = "https://reviews.example"


class Form(HTMLParser):
    """The one form of a page."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = "", {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            assert given["method"] == "post"
            self.action = given["action"]
        elif tag == "input":
            self.fields[given["name"]] = given["value"]


class Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def get(address, **headers):
    request = urllib.request.Request(address, headers={"User-Agent": "browser"} | headers)
    try:
        with urllib.request.build_opener(Stays).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def browse(said):
    """What a person does: open the page, press the button, say yes at GitHub, come back."""
    address = re.search(r"http://127\.0\.0\.1:\d+/\S+", said)[0]
    form = Form(get(address)[1])
    data = urllib.parse.urlencode(form.fields).encode()
    request = urllib.request.Request(form.action, data, {"User-Agent": "browser"})
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(Stays).open(request, timeout=10)
    with raised.value as answer:
        assert answer.code == 302, answer.read()
        return get(answer.headers["Location"])


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with FakeGitHub(tmp_path / "hub") as hub:
        yield hub
        assert hub.problems == []


def environ_of(hub):
    return {"GITHUB_API_URL": hub.api_url, "GITHUB_SERVER_URL": hub.url}


def set_up(hub, *arguments, ask=lambda question: False, browser=browse):
    """Runs the command with a browser; what was said, and what the browser saw."""
    said, seen, threads = [], [], []

    def say(text):
        said.append(text)
        if "Open this" in text:
            threads.append(threading.Thread(target=lambda: seen.append(browser(text))))
            threads[0].start()

    try:
        setup.run([ADDRESS, *arguments], environ_of(hub), ask, say, seconds=10)
    finally:
        for thread in threads:
            thread.join()
    return said, seen


def test_an_app_is_made_with_exactly_what_is_needed(at, tmp_path):
    said, seen = set_up(at, "--organization", "acme")
    (app,) = at.state.apps
    assert app.permissions == manifest.PERMISSIONS
    assert app.events == [*manifest.EVENTS]
    assert (app.owner.login, app.owner.type) == ("acme", "Organization")
    assert app.hook == {"url": f"{ADDRESS}/webhooks/github"}
    assert seen[0][0] == 200
    assert "installations/new" in said[-1]
    assert "review-service doctor" in said[-1]
    assert stat.S_IMODE((tmp_path / "architrave.env").stat().st_mode) == 0o600
    assert {*os.listdir(tmp_path)} - {"hub"} == {"architrave.env"}
    assert app.secret not in "".join(said)


def test_what_is_written_is_what_the_service_needs(at, tmp_path):
    set_up(at)
    (app,) = at.state.apps
    assert app.owner.login == "alice"
    at.install(app)
    shell = "set -a; . ./architrave.env; env -0"
    told = subprocess.run(
        ["sh", "-c", shell], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    environ = dict(each.split("=", 1) for each in told.stdout.decode().split("\0") if each)
    environ["ARCHITRAVE_DATA_DIR"] = str(tmp_path / "data")
    assert github_settings(environ).private_key == at.private_key(app)
    out = io.StringIO()
    assert doctor.run(environ, out) == 0, out.getvalue()


def test_the_file_is_read_alike_by_docker(at, tmp_path):
    """`--env-file` takes what stands after `=`, quotes too."""
    set_up(at)
    lines = (tmp_path / "architrave.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line[:1] != "#")
    assert github_settings(environ).private_key == at.private_key(at.state.apps[0])


def test_with_a_merge_queue(at):
    set_up(at, "--merge-queue")
    (app,) = at.state.apps
    assert app.permissions == {**manifest.PERMISSIONS, "merge_queues": "read"}
    assert app.events[-1] == "merge_group"


def test_a_file_is_never_replaced_without_asking(at, tmp_path):
    file = tmp_path / "architrave.env"
    file.write_text("precious")
    questions = []
    with pytest.raises(ArchitraveError, match=r"architrave\.env exists"):
        set_up(at, ask=lambda question: bool(questions.append(question)))
    assert questions == ["architrave.env exists. Replace it?"]
    assert file.read_text() == "precious"
    assert at.requests == []
    file.chmod(0o644)
    set_up(at, ask=lambda question: True)
    assert "GITHUB_APP_ID" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_appears_meanwhile_is_not_replaced_either(at, tmp_path):
    file = tmp_path / "architrave.env"

    def browser(said):
        file.write_text("another's")
        return browse(said)

    with pytest.raises(ArchitraveError, match=r"all is in architrave\.env\.\d+\.new"):
        set_up(at, browser=browser)
    assert file.read_text() == "another's"
    (draft,) = tmp_path.glob("*.new")
    assert "GITHUB_APP_PRIVATE_KEY" in draft.read_text()
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600


def test_a_link_is_not_followed(at, tmp_path):
    (tmp_path / "architrave.env").symlink_to(tmp_path / "elsewhere")
    set_up(at, ask=lambda question: True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_said_before_github_is_asked(at):
    with pytest.raises(ArchitraveError, match="cannot be written"):
        set_up(at, "--file", "no/such/folder")
    assert at.requests == []


@pytest.mark.parametrize(
    "address", ["reviews.example", "ftp://reviews.example", "https://", "https://a@b", "https://a?b",
                "https://localhost:8000", "https://127.0.0.1"],
)  # fmt: skip
def test_an_address_that_github_could_not_reach(address):
    with pytest.raises(ArchitraveError, match=r"GitHub"):
        setup.run([address], {}, lambda question: False, print)


def test_on_github_itself_only_https_will_do():
    with pytest.raises(ArchitraveError, match="could reach"):
        setup.run(["http://reviews.example"], {}, lambda question: False, print)


def test_an_organisation_that_is_none():
    with pytest.raises(ArchitraveError, match="organisation"):
        setup.run([ADDRESS, "--organization", "../x"], {}, lambda question: False, print)


def test_a_code_that_github_does_not_know(at, tmp_path):
    def browser(said):
        page = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
        form = Form(get(re.search(r"http://\S+", said)[0])[1])
        state = urllib.parse.urlsplit(form.action).query
        return get(f"{page}/done?{state}&code={'0' * 40}")

    with pytest.raises(ArchitraveError, match="404"):
        set_up(at, browser=browser)
    assert not [*tmp_path.glob("architrave*")]


def test_nobody_comes_back(at, tmp_path):
    with pytest.raises(ArchitraveError, match="nobody back"):
        setup.run([ADDRESS], environ_of(at), lambda question: False, lambda text: None, 0.01)
    assert not [*tmp_path.glob("architrave*")]


def test_a_webhook_secret_that_github_did_not_make_is_said_to_be_missing(at, tmp_path):
    def browser(said):
        at.when("POST", "/conversions", lambda: setattr(at.state.apps[0], "secret", ""))
        return browse(said)

    said, _ = set_up(at, browser=browser)
    assert "lacks a webhook secret" in said[-1]
    assert "\nGITHUB_WEBHOOK_SECRET=" not in (tmp_path / "architrave.env").read_text()


@pytest.fixture
def page():
    with Page() as found:
        found.show("https://github.example/settings/apps/new", '{"name": "a\'<\\"&b"}')
        yield found


def test_only_who_was_told_the_address_sees_the_page(page):
    origin = page.address.rpartition("/")[0]
    for path in ("/", "/done", "/done?code=0123456789", "/x", f"/{'x' * 43}"):
        status, text, _ = get(origin + path)
        assert status in (403, 404)
        assert "state=" not in text
    status, text, headers = get(page.address)
    assert status == 200
    assert Form(text).fields["manifest"] == '{"name": "a\'<\\"&b"}'
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "evil.example:80"])
def test_another_name_for_the_address_is_refused(page, host):
    assert get(page.address, Host=host)[0] == 421


def test_a_code_needs_the_state_that_was_sent(page):
    state = Form(get(page.address)[1]).action.partition("state=")[2]
    for query in ("code=0123456789abcdef", "state=&code=0123456789abcdef",
                  f"state={state[:-1]}&code=0123456789abcdef", "state=%ff&code=0123456789abcdef"):  # fmt: skip
        assert get(f"{page.redirect}?{query}")[0] == 403
    for code in ("", "short", "../../app", "a b c d e f g h"):
        query = urllib.parse.urlencode({"state": state, "code": code})
        assert get(f"{page.redirect}?{query}")[0] == 400
    assert page.wait(0) == ""
    assert get(f"{page.redirect}?state={state}&code=0123456789abcdef")[0] == 200
    assert get(f"{page.redirect}?state={state}&code=another-code-later")[0] == 400
    assert page.wait(0) == "0123456789abcdef"


def test_it_listens_on_this_machine_only(page):
    assert page._server.server_address[0] == "127.0.0.1"
    with contextlib.closing(urllib.request.urlopen(page.address)) as answer:
        assert answer.status == 200


def test_the_command(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert service.main(["setup", "not-an-address"]) == 2
    assert "https://YOUR.HOST" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        service.main(["setup", "--help"])
    assert ended.value.code == 0
    assert "--organization" in capsys.readouterr().out
