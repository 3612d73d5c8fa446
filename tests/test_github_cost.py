"""What the bot costs GitHub: calls to the API and fetches, for a first review and for settling."""

from pathlib import Path

import pytest
from bot_on_github import BASE, Bot, Shop, opening

FILES = {f"app/part{n}.py": f"def part{n}(x):\n    return eval(x + '{n}')\n" for n in range(20)}
MOST_CALLS, MOST_TO_SETTLE = 12, 4


def spent(shop: Shop, since: int) -> tuple[list[str], int]:
    """The calls to the API since a request, and how many fetches there were."""
    requests = shop.hub.requests[since:]
    calls = [f"{each.method} {each.path}" for each in requests if not each.is_git]
    return calls, sum(each.is_git and each.path.endswith("/info/refs") for each in requests)


@pytest.mark.parametrize("as_app", [False, True])
def test_a_first_review_and_its_settling(tmp_path: Path, as_app: bool) -> None:
    with opening(tmp_path, {**BASE, **{f"lib/old{n}.py": "X = 1\n" for n in range(50)}}) as shop:
        if as_app:
            app = shop.hub.app()
            shop.hub.install(app)
            shop = shop._replace(bot=Bot(shop.hub, shop.repo, tmp_path / "bot", app))
        pull = shop.hub.open(shop.repo, FILES)
        since = len(shop.hub.requests)
        assert shop.bot.hears("pull_request", "opened").code == 0
        calls, fetches = spent(shop, since)
        assert len(pull.threads) == 20
        assert len(calls) <= MOST_CALLS, calls
        assert len(calls) == (7 if as_app else 6), calls
        assert fetches == 1
        for thread in pull.threads:
            shop.hub.resolve(thread, by="bob")
        since = len(shop.hub.requests)
        event = shop.hub.event("pull_request_review_thread")
        shop.bot.job(*event)
        calls, fetches = spent(shop, since)
        assert shop.gate(pull) == ("success", "Answered by bob")
        assert len(calls) == (4 if as_app else 3) <= MOST_TO_SETTLE, calls
        assert fetches == 0


def test_an_answer_after_a_push_brings_only_what_is_new(tmp_path: Path) -> None:
    with opening(tmp_path) as shop:
        pull = shop.opened(FILES)
        since = len(shop.hub.requests)
        shop.pushed(pull, {"app/part0.py": "X = 1\n"})
        calls, fetches = spent(shop, since)
        # One more for the reply that a finding is gone.
        assert len(calls) <= 7, calls
        assert fetches == 1
