"""What looking for copies costs in a repository of 10,000 files of 100 lines.

    python benchmarks/duplicates.py [FILES]

A change adds ten functions, one of which is there already. Nothing kept; only what other files
say is kept, as for the next push; all kept.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 5
FUNCTION = '''
def {name}_{number}(items, limit):
    """Pick what {name} needs of {number}."""
    chosen = []
    for item in items:
        if item.{name}_weight > limit and item.kind_{number} is not None:
            chosen.append(settings.{name}_factor * item.{name}_weight)
        elif item.is_{name}:
            chosen.extend(registry.find_{name}(item.key, default={number}))
        else:
            logger.debug("left out %s", item)
    chosen.sort(key=operator.attrgetter("{name}"))
    return chosen[:limit]
'''
NAMES = ("price", "stock", "parcel", "invoice", "customer", "basket", "voucher")
POLICY = 'packs = ["modularity"]\nfail-on = "note"\n'


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        repository, cache = make(Path(folder, "repository"), files), Path(folder, "cache")
        for way in ("nothing kept", "next push", "all kept"):
            seconds = []
            for _ in range(ROUNDS):
                shutil.rmtree(cache, ignore_errors=True)
                if way == "next push":
                    review(repository, "HEAD~2..HEAD~1", cache)
                if way == "all kept":
                    review(repository, "HEAD~1..HEAD", cache)
                seconds.append(review(repository, "HEAD~1..HEAD", cache))
            print(f"{way:14} {statistics.median(seconds) * 1000:6.0f} ms")


def make(folder: Path, count: int) -> Path:
    for number in range(count):
        write(folder, f"package{number % 40}/module{number}.py", number)
    (folder / ".architrave.toml").write_text(POLICY)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        git(folder, *command)
    git(folder, "gc", "-q")
    for change in range(2):
        for number in range(10):
            # The last is a copy of one that is there, under other names.
            copied = count // 2 if number == 9 else count + 10 * change + number
            write(folder, f"added{change}/module{number}.py", copied, ("limit", "most"), NAMES[:1])
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "change")
    return folder


def write(
    folder: Path,
    name: str,
    number: int,
    renamed: tuple[str, str] = ("", ""),
    names: tuple[str, ...] = NAMES,
) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # As in real repositories, most words are those of a few files.
    text = "".join(FUNCTION.format(name=f"{each}{number % 500}", number=number) for each in names)
    path.write_text(
        "import logging\nimport operator\n\nlogger = logging.getLogger(__name__)\n"
        + text.replace(*renamed)
    )


def git(folder: Path, *arguments: str) -> None:
    # Nothing is to pack objects in the background while time is taken.
    identity = ["-c", "user.name=Maren", "-c", "user.email=maren@example.org", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def review(repository: Path, change: str, cache: Path) -> float:
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    started = time.perf_counter()
    ran = subprocess.run(
        [BIN / "review-local", change],
        cwd=repository,
        env=environ,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if ran.returncode != 1:
        sys.exit(f"expected a finding: {ran.stdout.decode()} {ran.stderr.decode()}")
    return seconds


if __name__ == "__main__":
    main()
