"""What web and worker hold in memory: `python benchmarks/memory.py [MINUTES] [SECONDS]`.

Runs the service against the fake GitHub with mixed work: pull requests are opened, pushed to, answered
and closed, every so many seconds one of it. Prints resident memory in MB of web and worker every
minute, and how many threads, processes below and open files the worker has.
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from service_world import BASE, World, world

_UNBOUND = 1_000_000


def _status(process: int) -> dict[str, int]:
    rows = (row.partition(":") for row in Path(f"/proc/{process}/status").read_text().splitlines())
    found = {name: text.split()[0] for name, _, text in rows if name in ("VmRSS", "Threads")}
    return {name: int(text) for name, text in found.items()}


def _children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    found = [int(each) for each in text.split()]
    for task in Path(f"/proc/{process}/task").iterdir():
        if task.name != str(process):
            found += [int(each) for each in (task / "children").read_text().split()]
    return found


def _work(at: World, chance: random.Random, pulls: list[Any], number: int) -> None:
    tree = {
        **BASE,
        **{
            f"app/part{n}.py": f"def part{n}(x):\n    return eval(x + '{number}')\n"
            for n in range(5)
        },
    }
    what = chance.random()
    if len(pulls) < 5 or what < 0.4:
        pulls.append(at.hub.open(at.repo, tree, branch=f"b{number}"))
    elif what < 0.7:
        at.hub.push(chance.choice(pulls[-5:]), tree)
    elif what < 0.9:
        threads = [thread for pull in pulls[-5:] for thread in pull.threads if not thread.resolved]
        if threads:
            at.hub.resolve(chance.choice(threads), by="bob")
    else:
        at.hub.close(pulls.pop(-5))
    at.tell()


def main() -> None:
    """Run it and print the table."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    every = float(sys.argv[2]) if len(sys.argv) > 2 else 3
    chance, pulls, number = random.Random(1), [], 0  # type: ignore[var-annotated]
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as at:
        limits = at.hub.limits
        limits.nobody = limits.content_per_hour = limits.content_per_minute = _UNBOUND
        web = at.service.start().pid
        at.service.wait(lambda: "is ready" in at.service.log.read_text())
        (worker,) = _children(web)
        print("| minute | work | reviews | web MB | worker MB | threads | children | files |")
        print("|---|---|---|---|---|---|---|---|")
        began = told = time.monotonic()
        while True:
            now = time.monotonic()
            if number == 0 or now - told >= 60:
                told = now
                own = _status(worker)
                (reviews,) = at.ledger("SELECT COUNT(*) FROM ledger_reviews")[0]
                print(
                    f"| {(now - began) / 60:.0f} | {number} | {reviews}"
                    f" | {_status(web)['VmRSS'] / 1024:.0f} | {own['VmRSS'] / 1024:.0f}"
                    f" | {own['Threads']} | {len(_children(worker))}"
                    f" | {len([*Path(f'/proc/{worker}/fd').iterdir()])} |",
                    flush=True,
                )
            if now - began >= minutes * 60:
                return
            number += 1
            _work(at, chance, pulls, number)
            time.sleep(every)


if __name__ == "__main__":
    main()
