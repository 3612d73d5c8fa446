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
    over = []
    for _ in range(ROUNDS):
        bare = timed([sys.executable, "-c", "pass"])
        over.append(timed([BIN / "review-local", "--version"]) - bare)
    print(f"median over a bare Python: {statistics.median(over) * 1000:.0f} ms")


def timed(command: list[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
