"""Kill -9 at random moments: `python benchmarks/chaos.py {embedded|postgres} [KILLS] [SEED]`.

Runs the service against the fake GitHub and the fake model, opens and pushes to pull requests, and
kills web, worker or both at random moments. On a Postgres there are two workers with folders of their
own; one of them is killed for good at the end, with work in hand. Then it counts: pull requests whose
head has no review, heads with two, questions that the model was asked again, of these the ones about
a head whose review was being published already, and how long it took until a review was done after a
kill. What was under way at a kill may be asked again; what a finished step has paid for may not.
"""

import contextlib
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fake_anthropic import FakeAnthropic, Request
from judge_reviewers import Oracle, house, kind
from postgres_server import postgres
from service_world import World, world

_OPEN = 6
# More work in an hour than GitHub takes of one App, and more than the fake does of its key.
_UNBOUND = 1_000_000


class Model:
    """Answers as the oracle does, after a moment, and knows what it was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.too_late: list[str] = []
        # Whether the review of a push is published, or is about to be.
        self.is_published: Callable[[int], bool] = lambda push: False
        self._oracle, self._lock = Oracle(), threading.Lock()

    def __call__(self, request: Request) -> Any:
        # Whatever is shown of a push says which it is.
        push = max(int(number) for number in re.findall(r"push (\d+)", request.user_text))
        name = f"{kind(request)} {push}"
        with self._lock:
            self.asked[name] += 1
            if self.is_published(push):
                self.too_late.append(name)
        time.sleep(random.uniform(0.05, 0.6))
        return self._oracle(request)


class Chaos:
    """The drill: what is open, and who is killed."""

    def __init__(self, at: World, chance: random.Random, apart: bool) -> None:
        self.at, self.chance, self.apart = at, chance, apart
        self.pulls: list[Any] = []
        self.roles: dict[str, Any] = {}
        self.folders = {"worker-a": "a", "worker-b": "b"}
        self.kills: Counter[str] = Counter()
        self.pushes = 0
        self.heads: dict[int, str] = {}

    def start(self, role: str) -> None:
        """Start a process of that role, in a folder of its own."""
        service = self.at.service
        service.environ["ARCHITRAVE_DATA_DIR"] = str(
            service.folder / self.folders.get(role, "data")
        )
        arguments = () if role == "both" else (role.partition("-")[0],)
        self.roles[role] = service.start(*arguments)

    def kill(self, role: str) -> None:
        """Kill -9, with all that it has started."""
        process = self.roles.pop(role)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.at.service.processes.remove(process)
        self.kills[role] += 1

    def work(self) -> None:
        """A pull request is opened or pushed to, and GitHub tells of it; later, if nobody listens."""
        self.pushes += 1
        line = f"    return flawed(order, 'push {self.pushes}')"
        tree = house(**{"shop.py": f"def handle(order):\n{line}\n"})
        waiting = [pull for pull in self.pulls if not _reviewed(pull)]
        if len(self.pulls) < _OPEN or (len(waiting) < _OPEN and self.chance.random() < 0.6):
            pull = self.at.hub.open(self.at.repo, tree, branch=f"b{self.pushes}")
            self.pulls.append(pull)
        else:
            pull = self.chance.choice(self.pulls[-_OPEN:])
            self.at.hub.push(pull, tree)
        self.heads[self.pushes] = pull.head_sha
        self.tell()

    def tell(self) -> None:
        """Deliver what is not delivered; what nobody took is delivered again, as GitHub is asked to."""
        told = self.at.told
        with contextlib.suppress(OSError):
            answers = self.at.tell()
            if all(each.status < 500 for each in answers):
                return
        self.at.told = told

    def is_published(self, push: int) -> bool:
        """Whether GitHub was sent the review of a push, so that it was looked at to the end."""
        return any(
            each.path.endswith("/reviews") and each.json["commit_id"] == self.heads.get(push)
            for each in self.at.hub.writes()
            if isinstance(each.json, dict) and "commit_id" in each.json
        )

    def is_done(self) -> bool:
        """Whether every head is reviewed and nothing is left to do."""
        self.tell()
        return all(_reviewed(pull) for pull in self.pulls) and self.at.service.is_idle()


def _unbind(at: World) -> None:
    limits = at.hub.limits
    limits.nobody = limits.content_per_hour = limits.content_per_minute = _UNBOUND


def _reviewed(pull: Any) -> int:
    return sum(each.commit == pull.head_sha and bool(each.body) for each in pull.reviews)


@contextlib.contextmanager
def _store(kind: str) -> Iterator[dict[str, str]]:
    if kind == "embedded":
        yield {}
        return
    with postgres() as url:
        yield {"DATABASE_URL": url}


def _drill(chaos: Chaos, kills: int) -> list[float]:
    """Kill again and again; how long each time until a job was done after the kill."""
    recoveries = []
    for _ in range(kills):
        for _ in range(chaos.chance.randint(1, 2)):
            chaos.work()
        time.sleep(chaos.chance.uniform(0.0, 2.0))
        role = chaos.chance.choice([*chaos.roles])
        done = _done(chaos)
        chaos.kill(role)
        killed = time.monotonic()
        chaos.start(role)
        chaos.at.service.wait(lambda done=done: _done(chaos) > done or chaos.is_done(), 120)
        recoveries.append(time.monotonic() - killed)
    return recoveries


def _done(chaos: Chaos) -> int:
    return sum(len(pull.reviews) for pull in chaos.pulls)


def main() -> int:
    """Run it and print the table; 1 where something was lost, told twice or paid twice."""
    store = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    apart, model = store == "postgres", Model()
    with (
        tempfile.TemporaryDirectory() as folder,
        _store(store) as given,
        FakeAnthropic(model) as server,
    ):
        environ = {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": server.url, **given}
        with world(Path(folder), house(), **environ) as at:
            _unbind(at)
            chaos = Chaos(at, chance, apart)
            model.is_published = chaos.is_published
            for role in ("web", "worker-a", "worker-b") if apart else ("both",):
                chaos.start(role)
            began = time.monotonic()
            recoveries = _drill(chaos, kills)
            if apart:
                chaos.work()
                time.sleep(1.0)
                chaos.kill("worker-b")
            gone = time.monotonic()
            at.service.wait(chaos.is_done, 300)
            lasted = time.monotonic() - gone
            return _told(chaos, model, store, recoveries, (lasted, time.monotonic() - began))


def _told(
    chaos: Chaos, model: Model, store: str, recoveries: list[float], took: tuple[float, float]
) -> int:
    heads = [(pull, commit) for pull in chaos.pulls for commit in {r.commit for r in pull.reviews}]
    twice = sum(
        sum(r.commit == commit and bool(r.body) for r in pull.reviews) > 1 for pull, commit in heads
    )
    lost = sum(not _reviewed(pull) for pull in chaos.pulls)
    repeated = sum(count - 1 for count in model.asked.values())
    recoveries = sorted(recoveries)
    middle, longest = recoveries[len(recoveries) // 2], recoveries[-1]
    print("| store | kills | pull requests | pushes | lost | reviewed twice | questions |", end="")
    print(
        " asked again | of a finished look | a review done after a kill p50 / max | end | seconds |"
    )
    print("|" + "---|" * 11)
    print(
        f"| {store} | {dict(chaos.kills)} | {len(chaos.pulls)} | {chaos.pushes} | {lost} | {twice}",
        end="",
    )
    print(
        f" | {sum(model.asked.values())} | {repeated} | {len(model.too_late)} | {middle:.1f} / {longest:.1f} s",
        end="",
    )
    print(f" | {took[0]:.1f} s | {took[1]:.0f} |")
    return int(bool(lost or twice or model.too_late))


if __name__ == "__main__":
    sys.exit(main())
