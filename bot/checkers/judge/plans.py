"""What a review will ask: what is known already, what there is room for, and what that should cost."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import budget, dossier, intent, scope
from bot.checkers.judge.budget import Meter
from bot.checkers.judge.desk import Desk, finder_call
from bot.checkers.judge.scope import Pair, Task
from bot.checkers.judge.verdicts import Verdict, Verdicts
from bot.domain import ChangedFile, Rule
from bot.outside.llm import Call, Usage

# What a conversation sends again with tools, and what verifying takes: shares of its first question.
_TOOLS_SHARE, _VERIFY_SHARE = 0.6, 0.3
_OUTPUT, _VERIFY_OUTPUT = 1_500, 500


class Wanted(NamedTuple):
    """What is to be judged: files with the rules for their code, and with those about intent."""

    pairs: Sequence[tuple[ChangedFile, Rule]]
    intent: Sequence[tuple[ChangedFile, Rule]]


class Plan(NamedTuple):
    """What will be asked, what is known, what there is no room for, and what that should cost.

    *intent* is the question about what the change says of itself; None where there is none.
    """

    tasks: Sequence[Task]
    known: Mapping[Pair, Verdict]
    missed: Mapping[Pair, str]
    explore: bool
    tokens: int
    usd: float | None
    intent: Call | None = None


def plan(wanted: Wanted, desk: Desk, verdicts: Verdicts, meter: Meter) -> Plan:
    """What to ask. Under the budget goes first the reading besides, then rules that only note,
    then files, the largest first.

    What was judged without that reading is judged again as soon as there is room for it.
    """
    known = verdicts.known(wanted.pairs)
    call = _intent_call(wanted, desk, verdicts)
    whole = {pair: verdict for pair, verdict in known.items() if verdict.is_whole}
    if len(whole) < len(known):
        better = _planned(wanted, Plan((), whole, {}, True, 0, 0.0, call), desk, meter)
        if better.explore:
            return better
    return _planned(wanted, Plan((), known, {}, True, 0, 0.0, call), desk, meter)


def _intent_call(wanted: Wanted, desk: Desk, verdicts: Verdicts) -> Call | None:
    if not wanted.intent:
        return None
    files = list({file.path: file for file, _ in wanted.intent}.values())
    outline = intent.outline(files, desk.reported, desk.material)
    is_known = verdicts.intent(verdicts.intent_key(outline)) is not None
    return None if is_known else next(intent.compare(files, desk))


def _planned(wanted: Wanted, empty: Plan, desk: Desk, meter: Meter) -> Plan:
    pairs = [(file, rule) for file, rule in wanted.pairs if (file.path, rule.id) not in empty.known]
    sizes = {
        file.path: len(dossier.diff(desk.material, file).encode(errors="replace"))
        for file in {file.path: file for file, _ in pairs}.values()
    }
    missed: dict[Pair, str] = {}
    # An empty file has nothing to judge, and one that may not be shown is not judged.
    pairs = [
        pair
        for pair in pairs
        if sizes[pair[0].path] or not dossier.is_shown(desk.material, pair[0])
    ]
    for file, rule in pairs:
        if sizes[file.path] == 0:
            missed[file.path, rule.id] = "it is binary, too large or may hold secrets"
        elif sizes[file.path] > scope.BYTES_AT_ONCE:
            missed[file.path, rule.id] = "more of it changed than one question to a model holds"
        elif desk.material.is_cut(file):
            missed[file.path, rule.id] = "a line that changed is too long to be shown"
    pairs = [(file, rule) for file, rule in pairs if (file.path, rule.id) not in missed]
    return _fitted(empty._replace(missed=missed), pairs, sizes, desk, meter)


def _fitted(
    empty: Plan,
    pairs: Sequence[tuple[ChangedFile, Rule]],
    sizes: Mapping[str, int],
    desk: Desk,
    meter: Meter,
) -> Plan:
    dropped: dict[Pair, str] = {}
    explore, notes = True, True
    while True:
        tasks = scope.tasks(pairs, sizes)
        asked = empty._replace(tasks=tasks, missed={**empty.missed, **dropped}, explore=explore)
        tokens, usd = _estimate(asked, sizes, desk)
        calls = len(tasks) + (empty.intent is not None)
        problem = meter.problem(tokens, usd or 0.0, calls) if tasks else ""
        if not problem:
            return asked._replace(tokens=tokens, usd=usd)
        if explore:
            explore = False
            continue
        if notes:
            notes = False
            kept = [pair for pair in pairs if pair[1].severity != "note"]
        else:
            largest = sorted({file.path for file, _ in pairs}, key=lambda path: -sizes[path])
            gone = set(largest[: max(1, len(largest) // 10)])
            kept = [pair for pair in pairs if pair[0].path not in gone]
        left = {(file.path, rule.id) for file, rule in kept}
        before = ((file.path, rule.id) for file, rule in pairs)
        dropped |= dict.fromkeys((pair for pair in before if pair not in left), problem)
        pairs = kept


def _estimate(plan: Plan, sizes: Mapping[str, int], desk: Desk) -> tuple[int, float | None]:
    """Tokens and US dollars that a plan should take, with tools, verifying and the intent."""
    uses: list[tuple[str, Usage]] = []
    if plan.intent is not None:
        sends = budget.estimate(plan.intent)
        uses.append((plan.intent.model, Usage(input=sends, output=_OUTPUT)))
    if plan.tasks:
        nothing = plan.tasks[0]._replace(files=(), pairs=frozenset())
        fixed = budget.estimate(finder_call(desk._replace(explore=plan.explore), nothing))
        data = sum(sizes[file.path] for task in plan.tasks for file in task.files)
        asks = fixed * len(plan.tasks) + data / budget.BYTES_PER_TOKEN
        share, count = 1 + (_TOOLS_SHARE if plan.explore else 0), len(plan.tasks)
        verifies = Usage(input=int(_VERIFY_SHARE * asks), output=_VERIFY_OUTPUT * count)
        uses.append((desk.model, Usage(input=int(share * asks), output=_OUTPUT * count)))
        uses.append((desk.verify_model, verifies))
    costs = [budget.price(model, usage) for model, usage in uses]
    tokens = sum(sum(usage) for _, usage in uses)
    return tokens, None if None in costs else sum(cost for cost in costs if cost is not None)
