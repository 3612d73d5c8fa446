"""Objects are fetched, nothing is checked out, and the token is in no file and no list of processes."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from bot_on_github import BAD, Shop, shop

from bot.outside import commands

__all__ = ["shop"]


def test_the_token_is_in_no_file_and_no_argument(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    run = commands.run

    def noted(command: list[str], *rest: Any, **more: Any) -> Any:
        ran.append(list(command))
        return run(command, *rest, **more)

    monkeypatch.setattr(commands, "run", noted)
    pull = shop.opened()
    assert len(pull.threads) == 2
    fetches = [command for command in ran if "fetch" in command]
    assert len(fetches) == 1
    token = shop.bot.environ["GITHUB_TOKEN"]
    assert not any(token in argument for command in ran for argument in command)
    folder = Path(shop.bot.environ["XDG_CACHE_HOME"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes()]
    # Objects only: no file of the pull request lies anywhere.
    assert not [path for path in files if path.name in ("api.py", "run.py", *BAD)]


def test_history_is_not_fetched(shop: Shop) -> None:
    for number in range(30):
        shop.hub.push_to_base(shop.repo, {"NEWS.md": f"{number}\n"})
    pull = shop.opened()
    shop.pushed(pull, {"README.md": "# Hi\n"})
    (mirror,) = Path(shop.bot.environ["XDG_CACHE_HOME"]).rglob("*.git")
    log = commands.run(["git", "log", "--oneline", pull.head_sha], environ=dict(shop.bot.environ), cwd=str(mirror), seconds=20)  # fmt: skip
    assert len(log.output.splitlines()) <= 6


def test_half_a_repository_is_made_anew(shop: Shop) -> None:
    pull = shop.opened()
    (mirror,) = Path(shop.bot.environ["XDG_CACHE_HOME"]).rglob("*.git")
    shutil.rmtree(mirror / "refs")
    shutil.rmtree(mirror / "objects")
    # As long as the one that is to replace it is not whole, it stays beside.
    (mirror.parent / f"{mirror.name}.new").mkdir()
    shop.pushed(pull, {"README.md": "# Hi\n"})
    assert shop.gate(pull)[0] == "failure"
