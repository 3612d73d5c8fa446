"""`review-service doctor`: each thing that can be wrong is named, with what to do about it."""

import io
import os
import re

import pytest
from anthropic_replies import status, text
from fake_anthropic import FakeAnthropic
from fake_github import FakeGitHub
from github_setup import READS
from postgres_server import postgres, program

from webhooks import doctor, doctor_github, manifest, service, store
from webhooks.diagnosis import hider
from webhooks.service_settings import service_settings

SECRET = "7d1f0c8a5be64b0f9d7a1c3e2b4f6a8d7d1f0c8a5be64b0f9d7a1c3e2b4f6a8d"
HOOK = {"url": f"https://reviews.example{manifest.PATH}"}


class At:
    """An App on the fake GitHub, and an environment in which all is well."""

    def __init__(self, hub, folder):
        self.hub = hub
        hub.repo("acme/shop")
        self.app = hub.app(
            permissions=dict(manifest.PERMISSIONS), events=[*manifest.EVENTS], secret=SECRET
        )
        self.app.hook = dict(HOOK)
        self.installation = hub.install(self.app)
        hub.missed(hub.ping(), code=200)
        self.environ = {
            "PATH": os.environ["PATH"],
            "ARCHITRAVE_DATA_DIR": str(folder / "data"),
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_APP_ID": str(self.app.id),
            "GITHUB_APP_PRIVATE_KEY": hub.private_key(self.app),
            "GITHUB_API_URL": hub.api_url,
        }

    def look(self, **environ):
        """Exit code and lines."""
        self.environ |= environ
        out = io.StringIO()
        code = doctor.run(self.environ, out)
        self.text = out.getvalue()
        for value in (SECRET, self.environ["GITHUB_APP_PRIVATE_KEY"][40:80]):
            assert not value or value not in self.text
        return code, self.text.splitlines()


@pytest.fixture
def at(tmp_path):
    with FakeGitHub(tmp_path / "hub") as hub:
        yield At(hub, tmp_path)
        assert hub.problems == []


def said(lines, standing, what):
    """What is said of a thing, with what to do."""
    found = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(f"{standing:8} {what:12} "):
            found.append(line + (after if after.startswith(" " * 21) else ""))
    return "\n".join(found)


def test_where_all_is_well_it_says_so(at):
    with FakeAnthropic([text("ok")]) as model:
        code, lines = at.look(ANTHROPIC_API_KEY="test-key", ANTHROPIC_BASE_URL=model.url)
        assert model.problems == []
    assert code == 0, at.text
    assert lines[-1] == "problems: 0, warnings: 0", at.text
    for what in (
        "settings", "secret", "data folder", "store", "git", "model", "clock", "credentials",
        "permissions", "events", "installed", "webhook", "deliveries",
    ):  # fmt: skip
        assert said(lines, "ok", what), what
    assert "tokens" in said(lines, "ok", "model")


def test_the_command(at, monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", dict(at.environ))
    assert service.main(["doctor"]) == 0
    assert "problems: 0, warnings: 1" in capsys.readouterr().out
    del os.environ["GITHUB_WEBHOOK_SECRET"]
    assert service.main(["doctor"]) == 2
    assert service.main(["doctor", "now"]) == 2


def test_it_changes_nothing(at, tmp_path):
    at.look()
    assert not (tmp_path / "data").exists()
    wrote = [each for each in at.hub.writes() if not each.path.endswith("/access_tokens")]
    assert wrote == []


@pytest.mark.parametrize(
    ("given", "standing"),
    [("", "problem"), ("hunter2", "problem"), ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "problem"),
     ("correct-horse-batt", "warning"), (f"{SECRET},{SECRET[::-1]}", "warning"), (SECRET, "ok")],
)  # fmt: skip
def test_how_well_a_secret_is_chosen(given, standing):
    line = doctor.secret(given)
    assert line.standing == standing
    assert standing == "ok" or line.do
    assert not given or given not in line.says + line.do


def test_everything_that_is_wrong_with_the_environment_is_said_at_once(at):
    code, lines = at.look(
        PORT="http", GITHUB_WEBHOOK_SECRET="", GITHUB_APP_ID="", GITHUB_APP_PRIVATE_KEY="",
        ANTHROPIC_API_KEY="two words",
    )  # fmt: skip
    assert code == 2
    assert "PORT must be a number" in said(lines, "problem", "settings")
    assert "GITHUB_WEBHOOK_SECRET is not set" in said(lines, "problem", "secret")
    assert "no credentials" in said(lines, "problem", "credentials")
    assert "ANTHROPIC_API_KEY" in said(lines, "problem", "model")


def test_rights_that_are_missing_and_rights_that_are_too_many(at):
    at.app.permissions.clear()
    at.app.permissions |= READS | {"administration": "write", "contents": "write", "pages": "read"}
    at.app.events.remove("check_run")
    at.app.events.append("push")
    code, lines = at.look()
    assert code == 2
    missing = said(lines, "problem", "permissions")
    assert "Pull requests: write, Checks: write, Issues: read" in missing
    assert "accept it" in missing
    grave, *others = said(lines, "warning", "permissions").splitlines()
    assert "Administration: write; it could change who may merge" in grave
    assert "Contents: write; it could push" in others[0]
    assert "Set it to read." in others[0]
    assert "Pages: read" in others[1]
    assert "check_run" in said(lines, "problem", "events")
    assert "push" in said(lines, "warning", "events")


def test_what_may_be_had_besides_is_no_warning():
    given = {**manifest.PERMISSIONS, "members": "read", "merge_queues": "read"}
    lines = [*doctor_github.rights(given, [*manifest.EVENTS, "merge_group"])]
    assert {line.standing for line in lines} == {"ok"}
    lines = [*doctor_github.rights(given, manifest.EVENTS)]
    assert [line.standing for line in lines] == ["ok", "warning"]


def test_an_installation_that_has_not_accepted_or_is_suspended(at):
    at.installation.permissions = dict(READS)
    other = at.hub.install(at.app, "umbrella")
    other.suspended = True
    code, lines = at.look()
    assert code == 2
    assert "acme has not accepted: Pull requests: write" in said(lines, "problem", "installed")
    assert "suspended: umbrella" in said(lines, "warning", "installed")


def test_an_app_that_is_installed_nowhere(at):
    at.hub.state.installations.remove(at.installation)
    code, lines = at.look()
    assert code == 0
    assert "/installations/new" in said(lines, "warning", "installed")


def test_an_installation_that_gives_no_token(at):
    at.hub.fail("POST", "/access_tokens", 500)
    code, lines = at.look()
    assert code == 2
    assert "acme: GitHub answered 500" in said(lines, "problem", "installed")


@pytest.mark.parametrize("ahead", [-400, -900, 300])
def test_a_clock_that_is_off_is_said_beside_the_refusal(at, ahead):
    at.hub.skew = float(-ahead)
    code, lines = at.look()
    assert code == 2
    found = said(lines, "problem", "clock")
    assert ("ahead of" if ahead > 0 else "behind") in found
    # It is measured, to the second and on a machine that may be busy.
    assert int(re.search(r"is (\d+) s", found)[1]) == pytest.approx(abs(ahead), abs=10)
    assert "401" in said(lines, "problem", "credentials")


def test_a_clock_that_is_a_little_off_is_a_warning():
    assert [each.standing for each in doctor_github.clock(-45)] == ["warning"]
    assert [each.standing for each in doctor_github.clock(2)] == ["ok"]
    assert [*doctor_github.clock(None)] == []


@pytest.mark.parametrize("key", ["no key at all", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_is_none(at, key):
    code, lines = at.look(GITHUB_APP_PRIVATE_KEY=key.ljust(90, "A"))
    assert code == 2
    assert "cannot be used" in said(lines, "problem", "credentials")


def test_a_key_of_another_app(at):
    from github_keys import private_key

    code, lines = at.look(GITHUB_APP_PRIVATE_KEY=private_key(1))
    assert code == 2
    assert "Compare GITHUB_APP_ID" in said(lines, "problem", "credentials")


def test_github_that_is_not_there(at):
    code, lines = at.look(GITHUB_API_URL="http://127.0.0.1:9")
    assert code == 2
    assert "did not answer" in said(lines, "problem", "credentials")


def test_a_token_instead_of_an_app(at):
    at.environ |= {"GITHUB_APP_ID": "", "GITHUB_APP_PRIVATE_KEY": "x" * 50}
    del at.environ["GITHUB_APP_ID"], at.environ["GITHUB_APP_PRIVATE_KEY"]
    token = at.hub.personal_token("root").value
    out = io.StringIO()
    assert doctor.run(at.environ | {"GITHUB_TOKEN": token}, out) == 0
    assert "calls left" in out.getvalue()
    assert token not in out.getvalue()
    out = io.StringIO()
    assert doctor.run(at.environ | {"GITHUB_TOKEN": "ghp_revoked-long-ago"}, out) == 2
    assert "Make a new GITHUB_TOKEN" in out.getvalue()


@pytest.mark.parametrize(
    ("hook", "says"),
    [
        ({"url": ""}, "no webhook URL"),
        ({"url": "https://reviews.example/"}, f"path must be {manifest.PATH}"),
        ({"url": "http://reviews.example/webhooks/github"}, "Use https"),
        ({"insecure_ssl": "1"}, "verify it"),
        ({"content_type": "form"}, "application/json"),
        ({"secret": ""}, "signs nothing"),
    ],
)
def test_a_webhook_that_is_not_as_it_should_be(hook, says):
    good = {"content_type": "json", "insecure_ssl": "0", "secret": "********", **HOOK}
    assert [each.standing for each in doctor_github.hook(good)] == ["ok"]
    (line,) = doctor_github.hook(good | hook)
    assert line.standing == "problem"
    assert says in line.says + line.do


@pytest.mark.parametrize(
    ("codes", "standing", "says"),
    [
        ([], "warning", "none"),
        ([200, 202], "ok", "the last 2 arrived"),
        ([401, 202], "problem", "secret at the App's page is not the one here"),
        ([404], "problem", "must end in /webhooks/github"),
        ([0], "problem", "can GitHub reach it"),
        ([503], "problem", "the log"),
        ([200, 500], "warning", "1 of the last 2 failed"),
    ],
)
def test_how_deliveries_went(codes, standing, says):
    from bot.outside.github_app import Delivery

    rows = [Delivery(n, f"guid-{n}", "ping", "", code) for n, code in enumerate(codes)]
    # An older try of one that arrived later.
    rows += [rows[0]._replace(status=500)] if codes else []
    (line,) = doctor_github.delivered(rows)
    assert line.standing == standing
    assert says in line.says + line.do


def test_a_model_that_refuses_the_key(at):
    with FakeAnthropic([status(401, "authentication_error")]) as model:
        code, lines = at.look(ANTHROPIC_API_KEY="wrong-key", ANTHROPIC_BASE_URL=model.url)
    assert code == 2
    assert "did not accept the key" in said(lines, "problem", "model")
    assert "wrong-key" not in at.text


def test_without_a_git_nothing_can_be_fetched(at, tmp_path):
    code, lines = at.look(PATH=str(tmp_path))
    assert code == 2
    assert "Install Git" in said(lines, "problem", "git")
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.17.1\n")
    (tmp_path / "git").chmod(0o755)
    assert "too old" in said(at.look()[1], "problem", "git")


def test_a_data_folder_that_cannot_be(at):
    code, lines = at.look(ARCHITRAVE_DATA_DIR="/proc/version/data")
    assert code == 2
    assert "cannot be written" in said(lines, "problem", "data folder")


def test_a_store_that_is_there_that_is_old_and_that_is_none(at, tmp_path):
    settings = service_settings(at.environ)
    store.prepare(settings)
    assert said(at.look()[1], "ok", "store").endswith("embedded")
    jobs = tmp_path / "data" / "jobs.sqlite3"
    jobs.rename(tmp_path / "kept")
    assert "at the next start" in said(at.look()[1], "ok", "store")
    assert not jobs.exists()
    (tmp_path / "kept").rename(jobs)
    (tmp_path / "data" / "ledger.sqlite3").write_bytes(b"no database at all" * 100)
    code, lines = at.look()
    assert code == 2
    assert "cannot be used" in said(lines, "problem", "store")


@pytest.mark.skipif(not program("initdb"), reason="no Postgres is installed")
def test_a_postgres(at):
    with postgres() as url:
        assert "at the next start" in said(at.look(DATABASE_URL=url)[1], "ok", "store")
        store.prepare(service_settings(at.environ))
        assert said(at.look()[1], "ok", "store").endswith("Postgres")
    code, lines = at.look(DATABASE_URL=url.replace("@", ":a-password-of-mine@"))
    assert code == 2
    assert "cannot be used" in said(lines, "problem", "store")
    assert "a-password-of-mine" not in at.text


def test_no_secret_is_shown_whoever_puts_it_into_a_message():
    environ = {
        "DATABASE_URL": "postgresql://architrave:hunter2-hunter2@db/architrave",
        "ANTHROPIC_API_KEY": "sk-ant-0123456789",
        "GITHUB_WEBHOOK_SECRET": "one-of-two-secrets, the-other-secret",
        "GITHUB_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKC\\nx",
        "HOME": "/home/architrave",
    }
    text = "hunter2-hunter2 sk-ant-0123456789 the-other-secret one-of-two-secrets MIIEowIBAAKC"
    assert hider(environ)(text) == "*** *** *** *** ***"
    assert hider(environ)("architrave at /home/architrave") == "architrave at /home/architrave"
