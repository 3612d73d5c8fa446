"""The bot at work on the fake GitHub: as the Action runs it, or with its functions by themselves."""

import contextlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from fake_github import FakeGitHub
from github_model import App, Pull, Repository, Thread, Token

from bot import action, markers, offices, pull_requests, settings
from bot.github_settings import github_settings
from bot.judge_settings import judge_settings
from bot.judged import Asked
from bot.outside import github
from bot.outside.cache import Cache

BASE = {
    "app/__init__.py": "",
    "app/api.py": "def handler(request):\n    return 1\n",
    "README.md": "# Shop\n",
    ".architrave.toml": 'fail-on = "warning"\n',
}
EVAL = "def handler(request):\n    return eval(request)\n"
SHELL = "import os\n\n\ndef run(name):\n    os.system(name)\n"
# A tree is what differs from the one before it. Here are two things that must be answered.
BAD = {"app/api.py": EVAL, "app/run.py": SHELL}


class Ran(NamedTuple):
    """What a job has left behind."""

    code: int
    out: str
    summary: str
    outputs: dict[str, str]


class Bot:
    """The bot on one repository, with a token or as an App."""

    def __init__(
        self, hub: FakeGitHub, repo: Repository, folder: Path, who: Token | App, **more: str
    ) -> None:
        self.hub, self.repo, self.folder = hub, repo, folder
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "GITHUB_REPOSITORY": repo.full_name,
            "GITHUB_API_URL": hub.api_url,
            "GITHUB_GRAPHQL_URL": hub.graphql_url,
            "GITHUB_SERVER_URL": hub.url,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_ACTIONS": "true",
            **more,
        }
        if isinstance(who, App):
            self.environ["GITHUB_APP_ID"] = str(who.id)
            self.environ["GITHUB_APP_PRIVATE_KEY"] = hub.private_key(who)
        else:
            self.environ["GITHUB_TOKEN"] = who.value
        self.as_app = isinstance(who, App)

    def hears(self, name: str, act: str | None = None) -> Ran:
        """The newest event of that kind starts the Action."""
        return self.job(*self.hub.event(name, act))

    def job(self, name: str, payload: Any) -> Ran:
        """The Action on one event, in this process."""
        (self.folder / "event.json").write_text(json.dumps(payload))
        for each in ("output", "summary"):
            (self.folder / each).unlink(missing_ok=True)
        environ = {**self.environ, "GITHUB_EVENT_NAME": name}
        out = io.StringIO()
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            self._quick(),
            contextlib.redirect_stdout(out),
        ):
            code = action.main()
        return Ran(code, out.getvalue(), self._left("summary"), outputs(self._left("output")))

    @contextlib.contextmanager
    def office(self) -> Iterator[offices.Office]:
        """An office, for the functions of `bot.pull_requests`."""
        given = settings.load(self.environ)
        with self._quick(), contextlib.closing(Cache(given.cache_folder)) as cache:
            door = github.open_hub(github_settings(self.environ), self.repo.full_name)
            asked = Asked(judge_settings(self.environ))
            yield offices.office(door, given, cache, asked)

    def review(self, pull: Pull) -> offices.Gate:
        with self.office() as office:
            return pull_requests.review(pull.number, office)

    def settle(self, pull: Pull) -> offices.Gate:
        with self.office() as office:
            return pull_requests.settle(pull.number, office)

    def _quick(self) -> Any:
        """Time passes on the fake GitHub's clock instead of ours."""
        given: dict[str, Any] = github.Hub.__init__.__kwdefaults__ or {}
        return mock.patch.dict(given, {"sleep": self.hub.advance})

    def _left(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    # What is to be seen on GitHub --------------------------------------------------------------

    def gate(self, commit: str) -> tuple[str, str]:
        """State and words of the gate on a commit; ("", "") where there is none."""
        if self.as_app:
            runs = [each for each in self.repo.checks if each.sha == commit]
            if not runs:
                return "", ""
            data = runs[-1].data
            return data.get("conclusion") or data["status"], data["output"]["title"]
        found = [each for each in self.repo.statuses if each.sha == commit]
        assert all(each.context == "architrave" for each in found)
        return (found[-1].state, found[-1].description or "") if found else ("", "")


def outputs(text: str) -> dict[str, str]:
    """What a step has written to GITHUB_OUTPUT."""
    return {
        found[1]: found[3] for found in re.finditer(r"(?ms)^([\w-]+)<<(\S+)\n(.*?)\n?^\2$", text)
    }


def reviews(pull: Pull, commit: str | None = None) -> list[str]:
    """The bodies of the bot's reviews that hold a record, of one commit or all."""
    return [
        each.body
        for each in pull.reviews
        if "<!-- architrave:review " in each.body and commit in (None, each.commit)
    ]


def told(pull: Pull, secret: str = "") -> list[str]:
    """The names of the findings that the threads of a pull request are about."""
    found = [markers.read_told(thread.comments[0].body, secret) for thread in pull.threads]
    return sorted(each.fingerprint for each in found if each is not None)


def about(pull: Pull, text: str) -> Thread:
    """The newest thread whose first comment holds a text."""
    found = [each for each in pull.threads if text in each.comments[0].body]
    assert found, [each.comments[0].body for each in pull.threads]
    return found[-1]


def said(thread: Thread) -> list[str]:
    """Who has said what after the first comment, without marks."""
    return [f"{each.user.login}: {plain(each.body)}" for each in thread.comments[1:]]


def plain(body: str) -> str:
    return re.sub(r"\s*<!-- .*? -->", "", body)


def payload(repo: Repository, **more: Any) -> Mapping[str, Any]:
    """The payload of an event that the fake does not make."""
    return {"repository": {"full_name": repo.full_name}, **more}


class Shop(NamedTuple):
    """A repository of some people, with the bot as the Action runs it there."""

    hub: FakeGitHub
    repo: Repository
    bot: Bot

    def opened(self, tree: Mapping[str, Any] | None = None, **more: Any) -> Pull:
        """A pull request that the bot has reviewed."""
        pull = self.hub.open(self.repo, dict(tree or BAD), **more)
        self.bot.hears("pull_request")
        return pull

    def pushed(self, pull: Pull, tree: Mapping[str, Any]) -> Ran:
        """One more commit, and what the Action makes of it."""
        self.hub.push(pull, dict(tree))
        return self.bot.hears("pull_request", "synchronize")

    def gate(self, pull: Pull) -> tuple[str, str]:
        return self.bot.gate(pull.head_sha)


PEOPLE = {"alice": "write", "bob": "write", "carol": "maintain", "eve": "read", "root": "admin"}


@contextlib.contextmanager
def opening(
    folder: Path, tree: Mapping[str, Any] | None = None, *, private: bool = True
) -> Iterator[Shop]:
    """The shop, as long as it is open; afterwards the bot has broken none of GitHub's rules."""
    (folder / "bot").mkdir()
    with FakeGitHub(folder / "hub") as hub:
        repo = hub.repo("acme/shop", dict(tree or BASE), private=private, collaborators=PEOPLE)
        yield Shop(hub, repo, Bot(hub, repo, folder / "bot", hub.actions_token(repo)))
        assert hub.problems == [], hub.problems


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opening(tmp_path) as found:
        yield found
