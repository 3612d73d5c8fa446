"""The conversation that tries to refute what the finder suspects, without knowing why it does."""

import itertools
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import answers, dossier
from bot.checkers.judge.answers import Judgement
from bot.checkers.judge.desk import Desk, verifier_call
from bot.checkers.judge.dialogue import TooLong, complete, no_tool
from bot.checkers.judge.evidence import Proven, holds
from bot.domain import ChangedFile
from bot.outside.llm import Answer, Call, LlmFailure

# Of the function around a place, lines on each side; and at least so many wherever it ends.
_AROUND, _LEAST_AROUND = 30, 10
_AROUND_SUPPORT = 8
AT_ONCE = 4


class Verified(NamedTuple):
    """One candidate: confirmed, or why it is dropped."""

    proven: Proven
    dropped: str = ""


def grouped(several: Iterable[Proven], desk: Desk) -> list[tuple[Proven, ...]]:
    """The candidates by what is at hand and by file, `AT_ONCE` in one question.

    What a change says of itself is for those about the intent alone: they have their own.
    """
    of_intent = {rule.id for rule in desk.intent_rules}

    def together(proven: Proven) -> tuple[bool, str]:
        candidate = proven.candidate
        return candidate.rule in of_intent, desk.besides(candidate.path)

    found = sorted(several, key=lambda proven: (*together(proven), proven.candidate.path))
    groups = []
    for _, alike in itertools.groupby(found, together):
        members = list(alike)
        groups += [tuple(members[at : at + AT_ONCE]) for at in range(0, len(members), AT_ONCE)]
    return groups


def files(several: Iterable[Proven]) -> frozenset[str]:
    """The paths of head that a verifier is shown something of."""
    return frozenset(
        path
        for proven in several
        for path in (
            proven.candidate.path,
            *(support for side, support, _ in proven.supports if side == "head"),
        )
    )


def verify(
    several: Sequence[Proven], files: Mapping[str, ChangedFile], desk: Desk
) -> Generator[Call, Answer, tuple[Verified, ...]]:
    """Try to refute each, all of one group. Raises `LlmFailure`."""
    data = desk.besides(several[0].candidate.path)
    wanted = {proven.candidate.rule for proven in several}
    rules = [rule for rule in (*desk.rules, *desk.intent_rules) if rule.id in wanted]
    codes = [shown(proven, files[proven.candidate.path], desk) for proven in several]
    parts = []
    if any(rule in desk.intent_rules for rule in rules):
        parts.append("What the change says of itself:\n" + desk.fence.around(desk.statement))
    for number, proven in enumerate(several, 1):
        text = _told(proven, files[proven.candidate.path], desk)
        parts.append(f"# Suspicion {number}: rule {proven.candidate.rule}\n{text}")
    try:
        given, _ = yield from complete(
            verifier_call(desk, rules, data, parts),
            lambda text: answers.judgements(text, len(several)),
            no_tool,
            desk.model if desk.other_model else "",
        )
    except TooLong:
        raise LlmFailure("too large", "its answer has no end") from None
    return tuple(
        Verified(proven, _reason(given[number], f"{code}\n{data}"))
        for number, (proven, code) in enumerate(zip(several, codes, strict=True), 1)
    )


def _reason(judgement: Judgement, shown: str) -> str:
    if judgement.verdict == "does_not":
        return "refuted"
    if judgement.verdict == "cannot_tell":
        return "not provable"
    return "" if holds(judgement.quote, shown) else "confirmed without a quote that exists"


def shown(proven: Proven, file: ChangedFile, desk: Desk) -> str:
    """The code that a candidate is about, and that it rests on."""
    return "\n".join([_code(proven, file, desk), *_supports(proven, desk)])


def _told(proven: Proven, file: ChangedFile, desk: Desk) -> str:
    """What is said of a candidate: where it is, and the code that is not at hand."""
    side = "head" if proven.side == "head" else "base, removed by the change"
    where = f"Marked: lines {proven.start} to {proven.end} of {side}."
    rows = _code(proven, file, desk).split("\n")
    if desk.besides(file.path):
        known = set(dossier.diff(desk.material, file).split("\n"))
        rows = [row for row in rows if row not in known or _is_marked(row, proven)]
        where += " What is shown above already is not repeated."
    code = desk.fence.around("\n".join(rows), file=desk.material.name(file.path))
    return "\n".join([where, code, *_supports(proven, desk)])


def _is_marked(row: str, proven: Proven) -> bool:
    mark, _, _ = row.partition("|")
    is_of_side = mark.startswith("-") == (proven.side == "base")
    return is_of_side and proven.start <= int(mark[1:]) <= proven.end


def _code(proven: Proven, file: ChangedFile, desk: Desk) -> str:
    return dossier.window(desk.material, file, *_window(proven, desk), around=0)


def _window(proven: Proven, desk: Desk) -> tuple[int, int]:
    """The lines of head that are shown: the function around the place, as far as it is near."""
    start, end = proven.head_start, proven.head_end
    first, last = start - _LEAST_AROUND, end + _LEAST_AROUND
    symbol = desk.material.symbol("head", proven.candidate.path, start)
    if symbol is not None:
        first = min(first, max(symbol.start_line, start - _AROUND))
        last = max(last, min(symbol.end_line, end + _AROUND))
    return first, last


def _supports(proven: Proven, desk: Desk) -> Sequence[str]:
    parts = []
    for side, path, line in proven.supports[:4]:
        lines = desk.material.lines(side, path) or ()
        code = dossier.numbered(lines, line - _AROUND_SUPPORT, line + _AROUND_SUPPORT)
        parts.append(
            f"Elsewhere, at {side}:\n{desk.fence.around(code, file=desk.material.name(path))}"
        )
    return parts
