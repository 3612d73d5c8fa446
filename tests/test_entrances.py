"""One change through all three entrances: the command, the Action and the service say the same of it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import judge_reviewers as reviewers
import pytest
from bot_on_github import Bot, told
from conftest import Command
from fake_anthropic import FakeAnthropic
from fake_github import FakeGitHub
from github_model import Pull, Repository
from running_service import SECRET
from service_world import World

from bot.checkers.judge import NAME as JUDGE

Tree = dict[str, str | None]

_LONG = "    if n > {0}:\n        n -= {0}\n"
BASE: Tree = {
    ".architrave.toml": 'fail-on = "warning"\njudge = "required"\n',
    reviewers.RULE_FILE: reviewers.rule(),
    "app/__init__.py": "",
    "app/api.py": "from app import data\n\n\ndef handler(request):\n    return data.load(request)\n",
    "app/data.py": "def load(name):\n    return open(name).read()\n\n\ndef count(n):\n"
    + "".join(_LONG.format(at) for at in range(20))
    + "    return n\n",
    "app/old.py": "import os\n\n\ndef run(name):\n    os.system(name)\n",
    "tests/test_data.py": "from app import data\n\n\ndef test_load():\n    assert data.count(1) == 0\n",
    "README.md": "# Shop\n",
}
# One of each kind: found by a tool, by comparing trees, by a model; a number that grew; code that only
# moved; a test that went; what a person has silenced.
BAD: Tree = {
    "app/api.py": "from app import data\n\n\ndef handler(request):\n    return eval(request)\n\n\n"
    "def quiet(request):\n    return eval(request)  # noqa: S307\n",
    "app/data.py": "from app import api\n\n\ndef load(name):\n    return api.handler(name)\n\n\n"
    "def count(n):\n" + "".join(_LONG.format(at) for at in range(30)) + "    return n\n",
    "app/old.py": None,
    "app/moved.py": "import os\n\n\ndef run(name):\n    os.system(name)\n",
    "app/shop.py": reviewers.BAD,
    "app/größe.py": "KEY = 'AKIA" + "QYLPMN5HHHFPZAM2'\n",
    "requirements.txt": "reqeusts==2.32.0\n",
    "tests/test_data.py": None,
}
CHANGES: Mapping[str, tuple[str, Tree]] = {
    "blocked": ("blocked", BAD),
    "passed": ("passed", {"README.md": "# The shop\n", "app/shop.py": "def handle(order):\n    return order\n"}),
    "unreadable": ("incomplete", {**BAD, "app/broken.py": "def broken(:\n"}),
    "softened": (
        "blocked",
        {**BAD, ".architrave.toml": 'fail-on = "never"\npacks = []\n', "ruff.toml": "exclude = ['app']\n"},
    ),
}  # fmt: skip


class Said(NamedTuple):
    """What an entrance says of a change, as far as it can say it."""

    verdict: str
    blocking: tuple[str, ...]
    missed: int


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAnthropic]:
    with reviewers.serving(monkeypatch) as server:
        yield server


def _key(server: FakeAnthropic) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": server.url}


def _opened(hub: FakeGitHub, repo: Repository, tree: Tree) -> Pull:
    written = "Answer faster\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
    return hub.open(repo, dict(tree), title="Answer faster", message=written)


def _results(path: Path) -> Any:
    """All that a SARIF file says, but for the commit, which is of each entrance's own repository."""
    (run,) = json.loads(path.read_text())["runs"]
    return run["results"], run["tool"], run["invocations"]


def _by_command(
    review: Command, hub: FakeGitHub, tree: Tree, folder: Path
) -> tuple[Said, list[dict[str, Any]]]:
    repo = hub.repo("acme/local", dict(BASE), collaborators={"alice": "write"})
    pull = _opened(hub, repo, tree)
    ran = review(
        repo.store.path, f"{pull.base_sha}...{pull.head_sha}", "--format", "json",
        "--output", str(folder / "local.json"), "--format", "sarif",
        "--output", str(folder / "local.sarif"),
    )  # fmt: skip
    document = json.loads((folder / "local.json").read_text())
    assert ran.code == {"passed": 0, "blocked": 1, "incomplete": 3}[document["verdict"]]
    names = sorted(each["fingerprint"] for each in document["findings"] if each["blocking"])
    missed = {e["path"] for e in document["coverage"] if e["status"] in ("skipped", "failed")}
    return Said(document["verdict"], tuple(names), len(missed)), document["findings"]


def _by_action(hub: FakeGitHub, tree: Tree, folder: Path, key: dict[str, str]) -> tuple[Said, Pull]:
    repo = hub.repo("acme/action", dict(BASE), collaborators={"alice": "write"})
    (folder / "action").mkdir()
    bot = Bot(
        hub, repo, folder / "action", hub.actions_token(repo), GITHUB_WORKSPACE=str(folder),
        INPUT_SARIF_FILE="action.sarif", **key,
    )  # fmt: skip
    pull = _opened(hub, repo, tree)
    ran = bot.hears("pull_request", "opened")
    names = told(pull)
    assert int(ran.outputs["waiting"]) <= len(names)
    state, says = bot.gate(pull.head_sha)
    assert state == {"passed": "success", "blocked": "failure", "incomplete": "error"}[ran.outputs["verdict"]]  # fmt: skip
    missed = int(says.split(": ")[1].split(" ")[0]) if state == "error" else 0
    return Said(ran.outputs["verdict"], tuple(names), missed), pull


def _by_service(
    hub: FakeGitHub, tree: Tree, folder: Path, key: dict[str, str]
) -> tuple[Said, Pull]:
    world = World(folder, hub, BASE, **key)
    world.told = len(hub.events)
    try:
        world.service.start()
        pull = _opened(hub, world.repo, tree)
        world.tell()
        world.settle()
        ((verdict, missed),) = world.ledger("SELECT verdict, files_missed FROM ledger_reviews")
        rows = world.ledger("SELECT fingerprint FROM ledger_findings WHERE is_blocking ORDER BY 1")
    finally:
        world.service.end()
    return Said(verdict, tuple(name for (name,) in rows), missed), pull


@pytest.mark.parametrize("name", CHANGES)
def test_all_three_entrances_say_the_same_of_a_change(
    name: str, review: Command, model: FakeAnthropic, tmp_path: Path
) -> None:
    verdict, tree = CHANGES[name]
    with FakeGitHub(tmp_path / "hub") as hub:
        here, found = _by_command(review, hub, tree, tmp_path)
        there, pull = _by_action(hub, tree, tmp_path, _key(model))
        served, other = _by_service(hub, tree, tmp_path, _key(model))
        assert hub.problems == []
    assert here.verdict == verdict
    assert served == here
    # What blocks nobody is told on GitHub too, but for mild hints.
    shown = [e["fingerprint"] for e in found if e["blocking"] or e["severity"] != "note"]
    assert sorted({*there.blocking}) == sorted(set(shown))
    assert there._replace(blocking=here.blocking) == here
    assert told(pull) == told(other, SECRET)
    assert _results(tmp_path / "action.sarif") == _results(tmp_path / "local.sarif")
    assert _words(pull) == _words(other)
    if name == "blocked":
        checkers = {each["checker"] for each in found if each["blocking"]}
        assert {JUDGE, "bandit", "imports", "radon", "ruff", "secrets"} <= checkers, checkers
        assert {each["authorship"] for each in found} == {"ai"}
        assert {"introduced", "worsened"} == {each["label"] for each in found}


def _words(pull: Pull) -> list[tuple[str, str]]:
    """Where each comment stands and what a person reads in it."""
    return sorted(
        (f"{each.path}:{each.line}", each.comments[0].body.partition("<!--")[0])
        for each in pull.threads
    )
