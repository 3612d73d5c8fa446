"""What is kept between runs: used again, never trusted blindly, never in the way."""

import concurrent.futures
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from conftest import Command, Repo

from bot.outside import cache as cache_module
from bot.outside.cache import Cache

pytestmark = pytest.mark.usefixtures("tools_alone")

BAD = "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"


def cost(repo: Repo, review: Command, *arguments: str) -> tuple[int, int]:
    found = review.json(repo, *arguments).review["cost"]
    return found["analysed"], found["from_cache"]


def stored(home: Path) -> Path:
    return home / "cache" / "architrave" / "results-13.sqlite3"


def test_a_second_run_analyses_nothing(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": BAD})
    assert cost(repo, review) == (6, 0)
    assert cost(repo, review) == (0, 6)
    assert cost(repo, review, "--no-cache") == (6, 0)


def test_only_what_changed_is_analysed_again(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": BAD, "b.py": "x = 1\n"})
    repo.write({"a.py": BAD + "\n", "b.py": "x = 2\n"})
    review(repo)
    repo.write({"b.py": "x = 3\n"})
    assert cost(repo, review) == (3, 9)


def test_the_same_review_comes_out_of_the_cache(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": BAD, "broken.py": "x = = 1\n"})
    first, second = review.json(repo).review, review.json(repo).review
    del first["cost"], second["cost"]
    assert first == second


def test_other_rules_are_not_answered_from_the_cache(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"a.py": "def f(x):\n    if x:\n        return 1\n    return x\n"})
    assert review.json(repo).review["findings"] == []
    repo.commit({".architrave.toml": "[options]\n'complexity/cyclomatic-complexity' = {max = 1}\n"})
    repo.write({"b.py": "def f(x):\n    if x:\n        return 1\n    return x\n"})
    assert len(review.json(repo).review["findings"]) == 1
    repo.commit({"ruff.toml": "lint.ignore = ['F821']\n"})
    repo.write({"c.py": "undefined\n"})
    assert ("python/undefined-name", "c.py", 1) not in review.json(repo).labelled("introduced")


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_broken_file_is_replaced(repo: Repo, review: Command, home: Path, damage: bytes) -> None:
    repo.write({"a.py": BAD})
    review(repo)
    for path in stored(home).parent.iterdir():
        path.unlink()
    stored(home).write_bytes(damage)
    assert cost(repo, review) == (3, 0)
    assert cost(repo, review) == (0, 3)


def test_a_value_that_is_no_json_is_forgotten(repo: Repo, review: Command, home: Path) -> None:
    repo.write({"a.py": BAD})
    review(repo)
    with contextlib.closing(sqlite3.connect(stored(home))) as connection, connection:
        connection.execute("UPDATE results SET value = '{'")
    connection.close()
    assert review.json(repo).labelled("introduced") == [("security/shell-injection", "a.py", 5)]
    assert cost(repo, review) == (0, 3)


def test_a_folder_that_cannot_be_made_means_no_cache(
    repo: Repo, review: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "file"))
    repo.write({"a.py": BAD})
    assert cost(repo, review) == (3, 0)
    assert cost(repo, review) == (3, 0)


def test_a_locked_file_does_not_stop_the_review(
    repo: Repo, review: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({"a.py": BAD})
    review(repo)
    repo.write({"a.py": BAD + "x = 1\n"})
    monkeypatch.setattr(cache_module, "_WAIT_SECONDS", 0.01)
    holder = sqlite3.connect(stored(home), isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        assert review(repo).code == 1
    finally:
        holder.close()


def test_without_a_home_there_is_no_cache(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    repo.write({"a.py": BAD})
    assert review(repo).code == 1


def test_it_stays_within_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "SIZE_LIMIT", 200_000)
    cache = Cache(str(tmp_path))
    for number in range(60):
        cache.put({f"key {number} {n}": "x" * 500 for n in range(20)})
    cache.put({"last": 1})
    assert cache.get(["last"]) == {"last": 1}
    cache.close()
    assert (tmp_path / "results-13.sqlite3").stat().st_size < 400_000


def test_what_is_used_is_kept_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(str(tmp_path))
    cache.put({"old": 1, "used": 2})
    with (
        contextlib.closing(sqlite3.connect(tmp_path / "results-13.sqlite3")) as connection,
        connection,
    ):
        connection.execute("UPDATE results SET used = used - 9")
    assert cache.get(["used"]) == {"used": 2}
    monkeypatch.setattr(cache_module, "SIZE_LIMIT", 1)
    cache.put({"new": 3})
    assert "used" in cache.get(["old", "used"])
    assert "old" not in cache.get(["old", "used"])
    cache.close()


def _fill(arguments: tuple[str, int]) -> int:
    folder, worker = arguments
    cache = Cache(folder)
    for number in range(30):
        cache.put({f"{worker} {number}": number})
    found = len(cache.get([f"{worker} {number}" for number in range(30)]))
    cache.close()
    return found


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    with concurrent.futures.ProcessPoolExecutor(4) as pool:
        assert list(pool.map(_fill, [(str(tmp_path), worker) for worker in range(4)])) == [30] * 4


def test_unseen_tells_which_beginnings_are_unknown(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    cache.put({"bandit|abc|1": 1})
    assert cache.unseen(["bandit|abc|", "bandit|ab|", "bandit|abcd|"]) == [
        "bandit|ab|",
        "bandit|abcd|",
    ]
    cache.close()
    assert cache.unseen(["bandit|abc|"]) == ["bandit|abc|"]


def test_nothing_of_the_code_under_review_is_kept_but_what_tools_said(
    repo: Repo, review: Command, home: Path
) -> None:
    repo.write({"a.py": BAD + "SECRET_SAUCE = 1\n"})
    review(repo)
    with contextlib.closing(sqlite3.connect(stored(home))) as connection, connection:
        rows = connection.execute("SELECT value FROM results").fetchall()
    connection.close()
    assert "SECRET_SAUCE" not in json.dumps(rows)
