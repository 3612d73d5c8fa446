"""What a review would send to a model, and about what that would cost: `--dry-run-llm`."""

import json
from collections.abc import Iterator

from bot import wording
from bot.checkers.judge.desk import Desk, finder_call
from bot.checkers.judge.plans import Plan
from bot.outside.llm import Call


def render(plan: Plan, desk: Desk) -> str:
    """The estimate, what there is no room for, and every first question in full."""
    return "".join(f"{line}\n" for line in _lines(plan, desk))


def _lines(plan: Plan, desk: Desk) -> Iterator[str]:
    money = "price unknown" if plan.usd is None else f"about {plan.usd:.2f} US dollars"
    files = {file.path for task in plan.tasks for file in task.files}
    pairs = sum(len(task.pairs) for task in plan.tasks)
    yield f"Model: {desk.model}, verified by {desk.verify_model}"
    count = len(plan.tasks) + (plan.intent is not None)
    yield f"Estimate: {wording.plural(count, 'conversation')}, about {plan.tokens:,} tokens, {money}"
    yield f"To judge: {pairs} pairs of file and rule in {len(files)} files; known: {len(plan.known)}"
    if not plan.explore:
        yield "Without reading besides the change: the budget has no room for it"
    for (path, rule), reason in sorted(plan.missed.items()):
        yield f"Not judged: {desk.material.name(path)} {rule}: {reason}"
    for number, task in enumerate(plan.tasks, 1):
        yield ""
        yield f"=== conversation {number} ==="
        yield from _call(finder_call(desk._replace(explore=plan.explore), task))
    if plan.intent is not None:
        yield ""
        yield f"=== conversation {count} ==="
        yield from _call(plan.intent)


def _call(call: Call) -> Iterator[str]:
    yield "tools: " + ", ".join(tool["name"] for tool in call.tools)
    yield "schema: " + json.dumps(call.schema)
    for block in call.system:
        yield f"--- system ---\n{block['text'].rstrip()}"
    for message in call.messages:
        for block in message["content"]:
            yield f"--- {message['role']} ---\n{block['text'].rstrip()}"
