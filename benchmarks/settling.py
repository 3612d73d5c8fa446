"""How soon a gate follows an answer while reviews wait: `python benchmarks/settling.py [ROUNDS]`.

One worker has ten reviews or more waiting all the time. In each round a person resolves a conversation of
another pull request, GitHub tells of it, and the time is taken until the check is green on GitHub.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from service_world import BAD, BASE, World, world

_WAITING = 10


def _waiting(at: World) -> int:
    return sum(status in ("ENQUEUED", "PENDING") for _, status in at.jobs("review:"))


def _fill(at: World, number: int) -> int:
    """Open pull requests until enough reviews wait; the number of the next one."""
    at.told = len(at.hub.events)
    for _ in range(2 * _WAITING + 5 - _waiting(at)):
        number += 1
        at.hub.open(at.repo, {**BASE, "app/api.py": f"A = {number}\n"}, branch=f"b{number}")
    at.tell()
    at.service.wait(lambda: _waiting(at) >= _WAITING)
    return number


def main() -> None:
    """Run it and print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    times, number = [], 0
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as at:
        limits = at.hub.limits
        limits.nobody = limits.content_per_hour = limits.content_per_minute = 1_000_000
        at.service.start()
        # Each with a commit of its own: of those that share one the gate waits for all.
        trees = [{**BASE, "app/api.py": f"{BAD}# {n}\n"} for n in range(rounds)]
        pulls = [at.hub.open(at.repo, tree, branch=f"b-{n}") for n, tree in enumerate(trees)]
        at.tell()
        at.service.wait(lambda: all(at.hub.gate(pull) == "failure" for pull in pulls), 600)
        for pull in pulls:
            number = _fill(at, number)
            at.told = len(at.hub.events)
            at.hub.resolve(pull.threads[0], by="bob")
            started = time.monotonic()
            at.tell()
            while at.hub.gate(pull) != "success":
                time.sleep(0.005)
            times.append(time.monotonic() - started)
            assert _waiting(at) > 1
    times.sort()
    print(
        f"{rounds} answers, each while {_WAITING} reviews waited: the gate followed after", end=" "
    )
    print(f"p50 {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s")


if __name__ == "__main__":
    main()
