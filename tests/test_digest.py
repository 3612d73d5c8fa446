"""What waits in a repository, told once a day where its policy asks for it."""

from types import SimpleNamespace

import pytest
from github_model import Check
from ledger_world import RULE, Notes, answered, finding, gate, review
from ledger_world import engine as ledger_engine
from service_world import BASE, HEAD, world
from test_service_chores import due

from bot.outside.github_calls import GitHubFailed
from webhooks import desk, digest
from webhooks.service_settings import ServiceSettings

WANTED = {**BASE, ".architrave.toml": "digest = true\n"}


def digests(at) -> list[Check]:
    return [each for each in at.repo.checks if each.data["name"] == digest.NAME]


def again(at) -> list[Check]:
    """What the digest says that comes now; the one of the start may have seen the review or not."""
    at.service.kill()
    due(at, "digest")
    before = len(digests(at))
    at.service.start()
    at.service.wait(lambda: at.jobs("digest:"))
    at.settle()
    return digests(at)[before:]


def test_what_waits_is_told_on_the_default_branch_until_it_is_answered(tmp_path):
    with world(tmp_path, WANTED) as at:
        at.service.start()
        pull = at.hub.open(at.repo, HEAD)
        at.tell()
        at.settle()
        (told,) = again(at)
        assert told.sha == at.repo.store.resolve("main")
        assert told.data["conclusion"] == "neutral"
        output = told.data["output"]
        assert output["title"] == "1 finding waits for a human, the first for 0 days"
        link = f"[#1]({at.hub.url}/acme/shop/pull/1)"
        assert f"| {link} | Text is run as code | `app/api.py:2` | anybody" in output["summary"]
        at.hub.resolve(pull.threads[0], by="bob")
        at.tell()
        at.service.wait(lambda: at.hub.gate(pull) == "success")
        assert again(at) == []


@pytest.mark.parametrize("policy", ["", "digest = false\n", "digest = 1\n", "digest ="])
def test_where_the_policy_does_not_ask_for_it_nothing_is_told(tmp_path, policy):
    with world(tmp_path, {**BASE, ".architrave.toml": policy}) as at:
        at.service.start()
        at.hub.open(at.repo, HEAD)
        at.tell()
        at.settle()
        assert again(at) == []
        assert digests(at) == []


class Hub:
    """A repository whose policy is at hand, and what is said there."""

    def __init__(self, repository: str, settings: object, as_app: bool) -> None:
        self.repository, self.settings, self.as_app = repository, settings, as_app
        self.said: list[tuple[str, ...]] = []

    def newest(self) -> str:
        return "c" * 40

    def file(self, path: str, commit: str) -> bytes | None:
        return b"[tool.architrave]\ndigest = true\n" if path == "pyproject.toml" else None

    def inform(self, *words: str) -> None:
        self.said.append(words)


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What is told of the cases that a test notes, as an App or with a token."""
    ledger = ledger_engine(tmp_path)

    def run(as_app: bool = True, suspended: str = "") -> dict[str, tuple[str, ...]]:
        hubs = {}

        def hub_of(job, environ):
            if job.repository == suspended:
                raise GitHubFailed("This installation has been suspended", 403)
            server = SimpleNamespace(server_url="https://github.example")
            return hubs.setdefault(job.repository, Hub(job.repository, server, as_app))

        monkeypatch.setattr(desk, "hub_of", hub_of)
        bench = SimpleNamespace(ledger=ledger, environ={}, settings=ServiceSettings)
        run.count = digest.tell(bench)
        return {name: hub.said[0] for name, hub in hubs.items() if hub.said}

    run.note = Notes(ledger)
    yield run
    ledger.dispose()


def test_each_repository_is_told_of_its_own_only(told):
    told.note(gate(review(finding(2), finding(3))))
    told.note(gate(review(finding(4))), repository="acme/other", installation=6)
    told.note(gate(review(finding(5))), repository="acme/done", number=9)
    told.note(gate(None, answered(finding(5)), state="success"), repository="acme/done", number=9)
    found = told()
    assert told.count == 2
    assert {name: said[2][:10] for name, said in found.items()} == {
        "acme/shop": "2 findings",
        "acme/other": "1 finding ",
    }
    assert "acme/other" not in found["acme/shop"][3]


def test_what_is_told_is_no_markup_and_no_more_than_a_hundred_rows(told):
    path = "a|b`c @bob <img>.py"
    rule = RULE._replace(title="Ping @eve | [x](https://evil.example)")
    many = [finding(each, path=path) for each in range(1, 131)]
    told.note(gate(review(*many, rules={RULE.id: rule})))
    summary = told()["acme/shop"][3]
    rows = summary.split("\n")[2:]
    assert summary.endswith("\n\nAnd 30 more.")
    assert rows[0].count("|") - rows[0].count("\\|") == 6
    assert "``a\\|b`c @bob <img>.py:1``" in rows[0]
    assert "`@eve`" in rows[0]
    assert "`[x](https://evil.example)`" in rows[0]
    assert "@acme/guards" in rows[0]


def test_a_suspended_installation_keeps_no_other_one_waiting(told):
    for repository in ("acme/a", "acme/b", "acme/c"):
        told.note(gate(review(finding(2))), repository=repository)
    assert told(suspended="acme/b").keys() == {"acme/a", "acme/c"}


def test_with_a_token_nothing_is_told(told):
    told.note(gate(review(finding(2))))
    assert told(as_app=False) == {}
