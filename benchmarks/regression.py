"""Whether a ratio has grown beyond its limit in benchmarks/limits.toml: `make bench`.

    python benchmarks/regression.py [REPOSITORY ...]

Prints a row for each; the exit code is 1 where one is beyond it.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import compare
import size
import start

_HERE = Path(__file__).resolve().parent
_COMMITS, _ROUNDS = 5, 3


def ratios(repositories: list[Path]) -> Iterator[tuple[str, str, float]]:
    """Section and name of each limit, and what is measured."""
    yield "start-to-bare-python", "version", start.ratio(start.measure())
    rows = [
        row
        for repository in repositories
        for sha in compare.recent(repository, _COMMITS)
        if (row := compare.measure(repository, f"{sha}^..{sha}", _ROUNDS))
    ]
    for way in ("cold", "base", "warm"):
        yield "to-by-hand", way, compare.ratio(rows, way)
    for name, ratio in size.ratios():
        yield "large-to-small", name, ratio


def main() -> int:
    """Measure, print, and tell whether all is within its limits."""
    limits = tomllib.loads((_HERE / "limits.toml").read_text())
    repositories = [Path(name) for name in sys.argv[1:]] or [_HERE.parent]
    beyond = 0
    print("| ratio | measured | limit |\n|---|---|---|")
    for section, name, ratio in ratios(repositories):
        most = limits[section][name]
        beyond += ratio > most
        mark = " **beyond**" if ratio > most else ""
        print(f"| {section}: {name} | {ratio:.2f}{mark} | {most} |", flush=True)
    return min(beyond, 1)


if __name__ == "__main__":
    sys.exit(main())
