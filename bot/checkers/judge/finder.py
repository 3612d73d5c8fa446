"""The conversation that looks for violations: candidates whose quotes exist, and what was checked."""

import contextlib
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import answers, scope
from bot.checkers.judge.answers import Found
from bot.checkers.judge.conversations import BudgetSpent
from bot.checkers.judge.desk import Desk, finder_call
from bot.checkers.judge.dialogue import TooLong, complete, say
from bot.checkers.judge.evidence import Grounds, Proven, once, prove
from bot.checkers.judge.exploration import Exploration
from bot.checkers.judge.scope import Pair, Task
from bot.outside.llm import Answer, Call, LlmFailure

# A model that finds more in one go is not reviewing; what is beyond is said not to be reviewed.
_MOST_CANDIDATES = 30


class Search(NamedTuple):
    """What came of a task: what is proven, the pairs that were not judged and why, how many
    candidates were dropped for which reason, and of which files of the change tools told."""

    proven: tuple[Proven, ...]
    missed: Mapping[Pair, str]
    dropped: Mapping[str, int]
    told: frozenset[str] = frozenset()


def find(task: Task, desk: Desk) -> Generator[Call, Answer, Search]:
    """Look for violations. Raises `LlmFailure` when nothing can be said about the task."""
    exploration = Exploration(desk.material, desk.fence, task.files)
    try:
        found = yield from _ask(task, desk, exploration)
    except TooLong:
        smaller = scope.halves(task)
        if not smaller:
            raise LlmFailure("too large", "its answer about this file has no end") from None
        first = yield from _part(smaller[0], desk)
        second = yield from _part(smaller[1], desk)
        return _together([first, second])
    return weigh(found, task, desk)._replace(told=frozenset(exploration.told))


def _part(task: Task, desk: Desk) -> Generator[Call, Answer, Search]:
    """One half of a task; that it fails costs the other half nothing."""
    try:
        return (yield from find(task, desk))
    except (LlmFailure, BudgetSpent) as failure:
        return Search((), dict.fromkeys(task.pairs, str(failure)), {})


def _ask(task: Task, desk: Desk, exploration: Exploration) -> Generator[Call, Answer, Found]:
    call = finder_call(desk, task)
    found, going_on = yield from complete(
        call, answers.found, exploration.use, desk.other_model, exploration.begin_again
    )
    found = _by_path(found, task, desk)
    missing = sorted(task.pairs - found.checked)
    if missing:
        # What was found stands, whatever becomes of the rest: `weigh` says what was not judged.
        with contextlib.suppress(LlmFailure, BudgetSpent, TooLong):
            rest = yield from _remind(going_on, missing, task, desk, exploration)
            rest = _by_path(rest, task, desk)
            found = Found(
                tuple(dict.fromkeys((*found.candidates, *rest.candidates))),
                found.checked | rest.checked,
            )
    return found


def _remind(
    going_on: Call, missing: Sequence[Pair], task: Task, desk: Desk, exploration: Exploration
) -> Generator[Call, Answer, Found]:
    """What a model says to what it has left out; where it refuses, what the other one does."""
    try:
        found, _ = yield from complete(
            say(going_on, _reminder(missing, desk)), answers.found, exploration.use
        )
    except LlmFailure as failure:
        if failure.kind != "refused" or desk.other_model in ("", going_on.model):
            raise
        # What a model has thought is not for another one: it is asked from the start.
        left = scope.part(task, missing)
        anew = Exploration(desk.material, desk.fence, left.files)
        call = finder_call(desk, left)._replace(model=desk.other_model)
        found, _ = yield from complete(call, answers.found, anew.use)
        exploration.told |= anew.told
    return found


def _by_path(found: Found, task: Task, desk: Desk) -> Found:
    """The answer with the files' own names, which were made visible to be asked about."""
    names = {desk.material.name(file.path): file.path for file in task.files}
    return Found(
        tuple(each._replace(path=names.get(each.path, each.path)) for each in found.candidates),
        frozenset((names.get(path, path), rule) for path, rule in found.checked),
    )


def _reminder(missing: Sequence[Pair], desk: Desk) -> str:
    said = (
        "`files` leaves these out. Hold them against the rules now and answer about them alone,"
        " in the same form:"
    )
    rows = "\n".join(f"- {desk.material.name(path)}: {rule}" for path, rule in missing)
    return f"{said}\n{desk.fence.around(rows)}"


def weigh(found: Found, task: Task, desk: Desk) -> Search:
    """The candidates held against the code."""
    grounds = Grounds(
        desk.material,
        {file.path: file for file in task.files},
        {rule.id: rule for rule in task.rules},
        task.pairs,
        desk.reported,
    )
    dropped: Counter[str] = Counter()
    missed: dict[Pair, str] = dict.fromkeys(
        task.pairs - found.checked, "the model did not say that it looked"
    )
    proven = []
    for candidate in found.candidates[:_MOST_CANDIDATES]:
        result = prove(candidate, grounds)
        if isinstance(result, str):
            dropped[result] += 1
        else:
            proven.append(result)
    for candidate in found.candidates[_MOST_CANDIDATES:]:
        dropped["too many"] += 1
        pair = (candidate.path, candidate.rule)
        if pair in task.pairs:
            missed[pair] = f"the model told more than {_MOST_CANDIDATES} findings at once"
    kept, again = once(proven)
    if again:
        dropped["told twice"] += again
    return Search(tuple(kept), missed, dropped)


def _together(parts: list[Search]) -> Search:
    dropped: Counter[str] = Counter()
    missed: dict[Pair, str] = {}
    for part in parts:
        dropped.update(part.dropped)
        missed.update(part.missed)
    proven = tuple(each for part in parts for each in part.proven)
    return Search(proven, missed, dropped, frozenset().union(*(part.told for part in parts)))
