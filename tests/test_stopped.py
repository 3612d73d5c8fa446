"""A review that nobody waits for any more: it ends within moments, and leaves nothing running."""

import os
import threading
import time
from contextlib import closing

import fake_anthropic as fake
import judge_reviewers as reviewers
import pytest
from conftest import Repo
from judge_reviewers import GOOD, INTENT, Oracle, asked, house, rule, serving

from bot import judged, pipeline, settings
from bot.domain import Request as Wish
from bot.errors import Stopped
from bot.judge_settings import judge_settings
from bot.outside import commands
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.sources import local

SOON = 5.0


class Wanted:
    """Whether a review is wanted: until the event, and then no more."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self) -> None:
        if self.over.is_set():
            raise Stopped("a newer one follows")


def models() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("model")]


def until(ready) -> None:
    ends = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < ends
        time.sleep(0.02)


def reviewed(repo: Repo, folder: str, stop) -> pipeline.Review:
    environ = dict(os.environ)
    given = settings.load(environ)
    with (
        closing(Repository(str(repo.path), environ)) as repository,
        closing(Cache(folder)) as cache,
    ):
        change = local.read(Wish(base="main"), repository)
        asks = judged.Asked(judge_settings(environ), stop=stop)
        around = pipeline.Surroundings(given, repository, cache, judge=asks, stop=stop)
        return pipeline.review(change, around)


@pytest.mark.parametrize("slow", [fake.hang(60), fake.hang_in_stream(60), fake.trickle(1)])
def test_a_model_that_is_slow_is_left_and_what_it_said_before_is_kept(
    repo: Repo, tmp_path, monkeypatch: pytest.MonkeyPatch, slow: fake.Reply
) -> None:
    said = rule(INTENT, "warning", "options: {about: intent}")
    base = house(**{".architrave/rules/said.md": said})
    reviewers.changed(repo, {"shop.py": GOOD + "\n\nA = 1\n"}, base, "Add A")
    stop = Wanted()

    def hangs(request: fake.Request) -> fake.Reply:
        stop.over.set()
        return slow

    with serving(monkeypatch, Oracle(intent=hangs)) as server:
        started = time.monotonic()
        with pytest.raises(Stopped):
            reviewed(repo, str(tmp_path / "cache"), stop)
        assert time.monotonic() - started < SOON + 3
        assert asked(server) == ["finder", "intent"]
        until(lambda: not models())
        # What was answered was paid for, and is not paid for again.
        server._review = Oracle()
        assert not reviewed(repo, str(tmp_path / "cache"), Wanted()).blocking
        assert asked(server) == ["intent"]


def test_a_pause_before_another_try_ends_as_well(
    repo: Repo, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": GOOD + "\n\nA = 1\n"})
    stop = Wanted()

    def busy(request: fake.Request) -> fake.Reply:
        stop.over.set()
        return fake.status(429, "rate_limit_error", headers={"retry-after": "60"})

    with serving(monkeypatch, busy):
        with pytest.raises(Stopped):
            reviewed(repo, str(tmp_path / "cache"), stop)
        until(lambda: not models())


def test_tools_that_run_are_killed_with_all_that_they_have_started(tmp_path) -> None:
    stop, stem = Wanted(), str(tmp_path / "tool")
    script = "sleep 60 & echo $! > child; wait"
    tool = commands.Running(
        ["/bin/sh", "-c", script],
        environ={"PATH": os.environ["PATH"]},
        cwd=str(tmp_path),
        stem=stem,
    )
    until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip())
    child = int((tmp_path / "child").read_text())
    stop.over.set()
    with pytest.raises(Stopped):
        tool.wait(60, stop)
    assert tool.process.returncode == -9
    until(lambda: not is_running(child))


def test_whoever_ends_kills_what_still_runs(tmp_path) -> None:
    stem, environ = str(tmp_path / "tool"), {"PATH": os.environ["PATH"]}
    tool = commands.Running(["sleep", "60"], environ=environ, cwd=str(tmp_path), stem=stem)
    commands.stop_all()
    assert tool.wait(60).trouble == "killed by SIGKILL"
    commands.stop_all()


def is_running(number: int) -> bool:
    """A process that has ended may wait for whoever takes it up."""
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_is_waited_for_is_killed_and_what_it_is_given_is_given_once() -> None:
    environ, stop = {"PATH": os.environ["PATH"]}, Wanted()
    data = b"x" * 300_000
    slow = "import sys, time; time.sleep(0.6); print(len(sys.stdin.buffer.read()))"
    finished = commands.run(["python3", "-c", slow], environ=environ, stdin=data)
    assert (finished.code, finished.output) == (0, b"300000\n")
    finished = commands.run(["sleep", "60"], environ=environ, seconds=0.6)
    assert finished.trouble
    stop.over.set()
    started = time.monotonic()
    with pytest.raises(Stopped):
        commands.run(["sleep", "60"], environ=environ, stop=stop)
    assert time.monotonic() - started < SOON
