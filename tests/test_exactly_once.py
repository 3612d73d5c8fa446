"""Whatever happens between any two requests: in the end one review, each finding once, the gate right.

Each schedule is fixed by its seed. More of them: `SCHEDULES=200 pytest tests/test_exactly_once.py`.
"""

import os
import random
from pathlib import Path

import pytest
from bot_on_github import BAD, EVAL, SHELL, Bot, Shop, opening, reviews, said, told
from fake_github import FakeGitHub

SCHEDULES = int(os.environ.get("SCHEDULES", "12"))
# Three things to answer; then one is gone and another is new.
FIRST = {**BAD, "app/two.py": EVAL.replace("handler", "second")}
THEN = {"app/run.py": "X = 1\n", "app/more.py": SHELL.replace("run", "more")}


class Trouble:
    """Errors, lost answers and crashes, by a seed."""

    def __init__(self, seed: int, hub: FakeGitHub) -> None:
        self._dice, self._hub, self._seed = random.Random(seed), hub, seed

    def starts(self, attempt: int) -> None:
        """Some trouble for one run of the bot: a storm, or the bot dies between two requests."""
        self._hub.calm()
        kind = self._dice.choice(("storm", "storm", "crash", "both"))
        if kind in ("storm", "both"):
            self._hub.storm(self._seed * 100 + attempt, rate=0.4, most=self._dice.randint(1, 8))
        if kind in ("crash", "both"):
            self._hub.cut(after=self._dice.randint(0, 14))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_exactly_once(seed: int, tmp_path: Path, cache: str) -> None:
    with opening(tmp_path) as shop:
        if seed % 2:
            app = shop.hub.app(permissions={"contents": "read", "metadata": "read",
                                            "pull_requests": "write", "checks": "write"})  # fmt: skip
            shop.hub.install(app)
            shop = shop._replace(bot=Bot(shop.hub, shop.repo, tmp_path / "bot", app))
        shop.bot.environ["XDG_CACHE_HOME"] = cache
        trouble = Trouble(seed, shop.hub)
        pull = shop.hub.open(shop.repo, FIRST)
        until_quiet(shop, trouble, "opened")
        assert len(reviews(pull, pull.head_sha)) == 1
        assert len(told(pull)) == len(set(told(pull))) == 3
        assert shop.gate(pull) == ("failure", "3 findings wait for a human")
        shop.hub.advance(30)
        shop.hub.push(pull, THEN)
        shop.hub.resolve(next(each for each in pull.threads if each.path == "app/two.py"), "eve")
        until_quiet(shop, trouble, "synchronize")
        assert len(reviews(pull, pull.head_sha)) == 1
        assert len(told(pull)) == len(set(told(pull))) == 4
        assert shop.gate(pull) == ("failure", "3 findings wait for a human")
        replies = {thread.path: len(said(thread)) for thread in pull.threads}
        assert replies == {"app/api.py": 0, "app/run.py": 1, "app/two.py": 1, "app/more.py": 0}


def until_quiet(shop: Shop, trouble: Trouble, act: str) -> None:
    """Run after run, as a queue does it, each with trouble; the last one has none."""
    for attempt in range(3):
        trouble.starts(attempt)
        ran = shop.bot.hears("pull_request", act)
        assert "Traceback" not in ran.out
        assert ran.code in (0, 3)
        # A queue comes again later, and not sooner than GitHub has asked for.
        shop.hub.advance(120)
    shop.hub.calm()
    assert shop.bot.hears("pull_request", act).code == 0
