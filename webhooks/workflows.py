"""Jobs as durable workflows: every step's result is kept, and a finished step is not done again.

Workflows branch on what steps return, never on exceptions: those change their class on the way
through the store. The order of steps is part of what is stored; change it behind `DBOS.patch`.
"""

import functools
from collections.abc import Callable
from typing import Any

from webhooks import chores, logs, work
from webhooks.bench import Bench
from webhooks.jobs import QUICK, REVIEWS
from webhooks.work import Row

Workflow = Callable[[Row], Row]


class Steps:
    """The steps, made durable."""

    def __init__(self, bench: Bench) -> None:
        from dbos import DBOS

        def step(
            name: str, act: Callable[..., Any], *, patient: bool = False
        ) -> Callable[..., Any]:
            # Those that only need the store try again; the others say themselves when to.
            tries = 6 if patient else 1
            durable = DBOS.step(
                name=name, retries_allowed=patient, max_attempts=tries, interval_seconds=0.5
            )
            return durable(act)

        self.patience = bench.settings.patience
        self.choose = step("choose", functools.partial(work.choose, bench), patient=True)
        self.put = step("put", functools.partial(work.put, bench), patient=True)
        self.settles = step("settles", functools.partial(work.settles, bench), patient=True)
        self.do = step("do", functools.partial(work.do, bench))
        self.look = step("look", functools.partial(work.look, bench))
        self.publish = step("publish", functools.partial(work.publish, bench))
        self.admit = step("admit", functools.partial(work.admit, bench))
        self.again = step("again", work.again)
        self.chore = step("chore", functools.partial(chores.do, bench))

    def place(self, row: Row, delay: float | None = None) -> str:
        """Have a pull request reviewed or settled as it is now; the identity of the job. By default
        a review waits a moment for more pushes."""
        identity, is_new = self.choose(row)
        if delay is None:
            delay = self.patience if row["kind"] == "review" else 0.0
        if is_new:
            self.put(identity, row, delay)
        return str(identity)

    def follow(self, row: Row, outcome: Row) -> Row:
        """What came of a job, with what is tried next where it came to nothing."""
        if outcome["ok"] or outcome["again_in"] is None:
            return outcome
        later, delay = self.again(row, outcome), outcome["again_in"]
        if row["kind"] in work.QUEUES and row["number"] and not row["by"]:
            return outcome | {"next": self.place(later, delay)}
        identity = f"quick:{row['delivery']}:{later['attempt']}"
        self.put(identity, later, delay)
        return outcome | {"next": identity}


def review(steps: Steps, identity: str, row: Row) -> Row:
    """A review; the gate is settled once more where somebody has answered meanwhile, since nobody
    knows which of the two told it last."""
    before = steps.settles(row)
    outcome = reviewed(steps, identity, row)
    if outcome["ok"] and steps.settles(row) != before:
        steps.do(row | {"kind": "settle"}, identity)
    return steps.follow(row, outcome)


def reviewed(steps: Steps, identity: str, row: Row) -> Row:
    """What came of a review: a look, which costs, and its publishing, which may be done again.

    There are no more steps than that: a look that is done anew finds Git's objects, answers of tools
    and verdicts of the model where they are kept one by one, and what it holds between reading code
    and knowing what to tell is code.
    """
    looked: Row = steps.look(row, identity)
    if "examined" not in looked:
        return looked
    outcome: Row = steps.publish(row, identity, looked)
    if outcome["failure"] != work.UNREADABLE:
        return outcome
    looked = steps.look(row, identity)
    return dict(steps.publish(row, identity, looked)) if "examined" in looked else looked


def quick(steps: Steps, identity: str, row: Row) -> Row:
    """Whatever takes a moment: settling, commands, merge queues, chores."""
    if row["kind"] in chores.KINDS:
        return dict(steps.chore(row))
    if row["by"] or not row["number"]:
        admitted = steps.admit(row)
        if not admitted["ok"] or not admitted["numbers"]:
            return steps.follow(row, admitted)
        if row["kind"] in work.QUEUES:
            meant = [row | {"by": "", "number": number} for number in admitted["numbers"]]
            return {"ok": True, "next": [steps.place(each) for each in meant][-1]}
    outcome: Row = steps.do(row, identity)
    if outcome.get("is_due"):
        return outcome | {"next": steps.place(row | {"kind": "review"}, 0.0)}
    return steps.follow(row, outcome)


def register(bench: Bench) -> None:
    """Make the workflows known to the engine; before it is launched."""
    from dbos import DBOS

    steps = Steps(bench)
    # A job that kills its process is given up after that many times.
    for name, act in ((REVIEWS, review), (QUICK, quick)):
        DBOS.workflow(name=name, max_recovery_attempts=5)(_known(bench, steps, act))


def _known(bench: Bench, steps: Steps, act: Callable[[Steps, str, Row], Row]) -> Workflow:
    from dbos import DBOS

    def run(row: Row) -> Row:
        identity = str(DBOS.workflow_id)
        bench.running.add(identity)
        try:
            with logs.about(job=identity, delivery=str(row.get("delivery", ""))):
                return act(steps, identity, row)
        finally:
            bench.running.discard(identity)

    run.__name__ = run.__qualname__ = act.__name__
    return run
