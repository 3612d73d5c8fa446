"""How long `review-local --version` takes over a bare Python.

python benchmarks/start.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 25


def main() -> None:
    """Run it and print the figures."""
    times = measure()
    over = statistics.median(own - bare for own, bare in times)
    print(f"median over a bare Python: {over * 1000:.0f} ms, {ratio(times):.2f} times as long")


def measure() -> list[tuple[float, float]]:
    """Seconds of the command, and of a bare Python, in turn."""
    return [
        (timed([BIN / "review-local", "--version"]), timed([sys.executable, "-c", "pass"]))
        for _ in range(ROUNDS)
    ]


def ratio(times: list[tuple[float, float]]) -> float:
    """The median of the command to a bare Python."""
    return statistics.median(own / bare for own, bare in times)


def timed(command: list[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
