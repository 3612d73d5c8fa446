"""The conversation that tries to refute what the finder suspects, without knowing why it does."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import answers, dossier, rules_text
from bot.checkers.judge.answers import Judgement
from bot.checkers.judge.desk import Desk, quiet_call
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
    """The candidates by file, `AT_ONCE` in one question.

    What a change says of itself is for those about the intent alone: they have their own.
    """
    of_intent = {rule.id for rule in desk.intent_rules}
    found = sorted(several, key=lambda proven: proven.candidate.path)
    kinds = [
        [each for each in found if (each.candidate.rule in of_intent) is is_intent]
        for is_intent in (False, True)
    ]
    return [
        tuple(kind[start : start + AT_ONCE])
        for kind in kinds
        for start in range(0, len(kind), AT_ONCE)
    ]


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
    """Try to refute each. Raises `LlmFailure`."""
    texts = [shown(proven, files[proven.candidate.path], desk) for proven in several]
    wanted = {proven.candidate.rule for proven in several}
    rules = [rule for rule in (*desk.rules, *desk.intent_rules) if rule.id in wanted]
    parts = [rules_text.render(rules)]
    if any(rule in desk.intent_rules for rule in rules):
        parts.append("What the change says of itself:\n" + desk.fence.around(desk.statement))
    for number, (proven, text) in enumerate(zip(several, texts, strict=True), 1):
        parts.append(f"# Suspicion {number}: rule {proven.candidate.rule}\n{text}")
    call = quiet_call(desk, "verifier", desk.verify_model, answers.VERIFIER_SCHEMA, parts)
    other = desk.model if desk.model != desk.verify_model else ""
    try:
        given, _ = yield from complete(
            call, lambda text: answers.judgements(text, len(texts)), no_tool, other
        )
    except TooLong:
        raise LlmFailure("too large", "its answer has no end") from None
    return tuple(
        Verified(proven, _reason(given[number], text))
        for number, (proven, text) in enumerate(zip(several, texts, strict=True), 1)
    )


def _reason(judgement: Judgement, shown: str) -> str:
    if judgement.verdict == "does_not":
        return "refuted"
    if judgement.verdict == "cannot_tell":
        return "not provable"
    return "" if holds(judgement.quote, shown) else "confirmed without a quote that exists"


def shown(proven: Proven, file: ChangedFile, desk: Desk) -> str:
    """The code that a candidate is about, and that it rests on."""
    side = "head" if proven.side == "head" else "base, removed by the change"
    code = dossier.window(desk.material, file, *_window(proven, desk), around=0)
    parts = [
        f"Marked: lines {proven.start} to {proven.end} of {side}.",
        desk.fence.around(code, file=desk.material.name(file.path)),
        *_supports(proven, desk),
    ]
    return "\n".join(parts)


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
