"""Whether a one-file change costs more in a large repository: 100 files beside 12,000.

    python benchmarks/size.py

The same change, committed and not, nothing kept and everything kept, in turn in one run.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 9
CODE = "import os\n\n\ndef f(x):\n    return os.path.join(x, '{number}')\n" * 20


def main() -> None:
    """Run it and print the figures."""
    for name, ratio in ratios():
        print(f"{name:20} 12,000 files / 100 files: {ratio:.2f}", flush=True)


def ratios() -> Iterator[tuple[str, float]]:
    """Of each way of asking, the median of the large repository to the small one."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (make(Path(folder, str(count)), count) for count in (100, 12_000))
        cache = Path(folder, "cache")
        for name, arguments in (("committed", ["HEAD^..HEAD"]), ("not committed", [])):
            for way in ("cold", "warm"):
                found = []
                for _ in range(ROUNDS):
                    seconds = []
                    for repository in (small, large):
                        if way == "cold":
                            shutil.rmtree(cache, ignore_errors=True)
                        else:
                            review(repository, arguments, cache)
                        seconds.append(review(repository, arguments, cache))
                    found.append(seconds[1] / seconds[0])
                yield f"{name}, {way}", statistics.median(found)


def make(folder: Path, count: int) -> Path:
    for number in range(count):
        path = folder / f"package{number % 40}" / f"module{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CODE.format(number=number))
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        git(folder, *command)
    change = folder / "package0" / "module0.py"
    change.write_text(CODE.format(number=0) + "\n\ndef g(x):\n    return eval(x)\n")
    git(folder, "commit", "-q", "-a", "-m", "change")
    change.write_text(change.read_text() + "\n\ndef h(x):\n    return eval(x)\n")
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Maren", "-c", "user.email=maren@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def review(repository: Path, arguments: list[str], cache: Path) -> float:
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    started = time.perf_counter()
    ran = subprocess.run(
        [BIN / "review-local", *arguments],
        cwd=repository,
        env=environ,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if ran.returncode != 1:
        sys.exit(f"expected a finding: {ran.stderr.decode()}")
    return seconds


if __name__ == "__main__":
    main()
