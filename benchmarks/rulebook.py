"""How long all rules of the default packs take on changes of about five files.

    python benchmarks/rulebook.py REPOSITORY [REPOSITORY ...]

Takes the newest commits that change four to six Python files and prints seconds, cold (nothing
kept) and warm (the same again), each the best of three, with the number of Python files in the repository.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=5, help="how many of each")
    options = parser.parse_args()
    print(f"{'change':34}{'modules':>9}{'files':>7}{'cold':>8}{'warm':>8}   seconds")
    rows = []
    for repository in options.repositories:
        listed = git(repository, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
        modules = sum(name.endswith(".py") for name in listed)
        for commit, files in recent(repository, options.commits):
            cold, warm = measure(repository, commit)
            rows.append((cold, warm))
            name = f"{repository.resolve().name} {commit[:8]}"
            print(f"{name:34}{modules:9}{files:7}{cold:8.2f}{warm:8.2f}", flush=True)
    if rows:
        colds, warms = zip(*rows, strict=True)
        print(f"median {statistics.median(colds):.2f} cold, {statistics.median(warms):.2f} warm;"
              f" slowest {max(colds):.2f} cold, {max(warms):.2f} warm")  # fmt: skip


def recent(repository: Path, count: int) -> list[tuple[str, int]]:
    """The newest commits with four to six changed Python files, and how many."""
    found: list[tuple[str, int]] = []
    for commit in git(
        repository, "log", "--no-merges", "--format=%H", "-n2000", "--", "*.py"
    ).split():
        names = git(
            repository, "diff-tree", "-r", "--no-commit-id", "--name-only", commit, "--", "*.py"
        )
        files = len(names.splitlines())
        if 4 <= files <= 6:
            found.append((commit, files))
        if len(found) == count:
            break
    return found


def measure(repository: Path, commit: str) -> tuple[float, float]:
    colds, warms = [], []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(ROUNDS):
            shutil.rmtree(cache, ignore_errors=True)
            colds.append(review(repository, commit, cache))
            warms.append(review(repository, commit, cache))
    return min(colds), min(warms)


def review(repository: Path, commit: str, cache: str) -> float:
    environ = {**os.environ, "XDG_CACHE_HOME": cache}
    started = time.perf_counter()
    ran = subprocess.run(
        [BIN / "review-local", f"{commit}^!", "--fail-on", "never"],
        cwd=repository, env=environ, capture_output=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    if ran.returncode not in (0, 3):
        sys.exit(f"{commit}: ended with {ran.returncode}: {ran.stderr.decode()}")
    return seconds


def git(repository: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", "-C", str(repository), *arguments], text=True)


if __name__ == "__main__":
    main()
