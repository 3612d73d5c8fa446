"""How long `review-local` takes beside Ruff, Bandit and Radon run by hand on the same files.

    python benchmarks/compare.py --commits 5 REPOSITORY [REPOSITORY ...]
    python benchmarks/compare.py --range BASE..HEAD REPOSITORY

By hand is head only: `ruff check`, `bandit`, `radon cc`, one after another, on a copy of the
changed Python files. `review-local` reads both sides from Git, subtracts and prints. Everything
is measured in turn in one run, so that only ratios count; a figure is the best of the rounds.

cold: nothing kept. base: the results of the base side are kept, those of head are not.
warm: all results are kept. `mi` adds `radon mi`, whose index `review-local` works out too.
"""

import argparse
import contextlib
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=5, help="how many recent commits of each")
    parser.add_argument("--range", action="append", default=[], help="instead: BASE..HEAD")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    print(f"{'change':34}{'files':>6}{'by hand':>9}{'cold':>7}{'base':>7}{'warm':>7}   seconds")
    for repository in options.repositories:
        ranges = options.range or [f"{sha}^..{sha}" for sha in recent(repository, options.commits)]
        for revisions in ranges:
            row = measure(repository, revisions, options.rounds)
            if row:
                rows.append(row)
                name = f"{repository.name} {revisions[:8]}"
                print(f"{name:34}{row['files']:6.0f}{row['hand']:9.3f}{row['cold']:7.3f}"
                      f"{row['base']:7.3f}{row['warm']:7.3f}", flush=True)  # fmt: skip
    if not rows:
        sys.exit("no range changes Python files")
    print(
        f"\nmedian ratio to by hand, {len(rows)} changes, median {statistics.median(r['files'] for r in rows):.0f} files"
    )
    for way in ("cold", "base", "warm"):
        plain = ratio(rows, way)
        with_mi = statistics.median(row[way] / (row["hand"] + row["mi"]) for row in rows)
        print(f"  {way:5} {plain:.2f}   (with radon mi by hand too: {with_mi:.2f})")


def ratio(rows: list[dict[str, float]], way: str) -> float:
    """The median of one way to by hand."""
    return statistics.median(row[way] / row["hand"] for row in rows)


def recent(repository: Path, count: int) -> list[str]:
    """The newest commits on the main line that change Python files and no more than they did."""
    listed = git(
        repository,
        "log",
        "--no-merges",
        "--first-parent",
        "--format=%H",
        f"-n{count}",
        "--",
        "*.py",
    )
    return listed.split()


def measure(repository: Path, revisions: str, rounds: int) -> dict[str, float] | None:
    base, head = revisions.split("..")
    names = git(
        repository,
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--diff-filter=AMR",
        base,
        head,
        "--",
        "*.py",
    )
    files = [name for name in names.split("\0") if name]
    if not files:
        return None
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy, kept, used = (Path(folder, name) for name in ("copy", "kept", "used"))
        for name in files:
            path = copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                subprocess.check_output(["git", "-C", str(repository), "show", f"{head}:{name}"])
            )
        review(repository, revisions, kept)
        for _ in range(rounds):
            times = {
                "hand": by_hand(copy, files),
                "mi": timed([BIN / "radon", "mi", *files], copy),
                "cold": from_cache(repository, revisions, None, used),
                "base": from_cache(
                    repository, revisions, kept, used, forget=blobs(repository, base, head)
                ),
                "warm": from_cache(repository, revisions, kept, used),
            }
            for way, seconds in times.items():
                best[way] = min(seconds, best.get(way, seconds))
    return {"files": float(len(files)), **best}


def by_hand(folder: Path, files: list[str]) -> float:
    commands: list[list[str | Path]] = [
        [BIN / "ruff", "check", "--isolated", "--no-cache", "-q", *files],
        [BIN / "bandit", "-q", "-f", "json", *files],
        [BIN / "radon", "cc", *files],
    ]
    return sum(timed(command, folder) for command in commands)


def from_cache(
    repository: Path, revisions: str, kept: Path | None, used: Path, forget: tuple[str, ...] = ()
) -> float:
    shutil.rmtree(used, ignore_errors=True)
    used.mkdir()
    if kept is not None:
        shutil.copytree(kept, used, dirs_exist_ok=True)
        for path in used.rglob("*.sqlite3"):
            with contextlib.closing(sqlite3.connect(path)) as connection, connection:
                for blob in forget:
                    connection.execute("DELETE FROM results WHERE key LIKE ?", (f"%{blob}%",))
            connection.close()
    return review(repository, revisions, used)


def review(repository: Path, revisions: str, cache: Path) -> float:
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return timed(
        [BIN / "review-local", revisions, "--no-llm", "--fail-on", "never"], repository, environ
    )


def blobs(repository: Path, base: str, head: str) -> tuple[str, ...]:
    """The blobs that only head has."""
    lines = git(repository, "diff-tree", "-r", base, head).splitlines()
    return tuple(line.split()[3] for line in lines)


def timed(command: list[str | Path], folder: Path, environ: dict[str, str] | None = None) -> float:
    started = time.perf_counter()
    finished = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True)
    seconds = time.perf_counter() - started
    if finished.returncode > 3 or finished.returncode < 0:
        sys.exit(f"{command[0]} ended with {finished.returncode}")
    return seconds


def git(repository: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", "-C", str(repository), *arguments], text=True)


if __name__ == "__main__":
    main()
