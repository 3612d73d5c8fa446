"""The conversation that tries to refute what the finder suspects, without knowing why it does."""

from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

from bot.checkers.judge import answers, dossier, rules_text
from bot.checkers.judge.answers import Judgement
from bot.checkers.judge.desk import Desk, quiet_call
from bot.checkers.judge.dialogue import TooLong, complete, no_tool
from bot.checkers.judge.evidence import Proven, holds
from bot.domain import ChangedFile
from bot.outside.llm import Answer, Call, LlmFailure

_AROUND = 40
_AROUND_SUPPORT = 8
AT_ONCE = 4


class Suspicions(NamedTuple):
    """Candidates in one file, few enough for one question."""

    file: ChangedFile
    several: tuple[Proven, ...]


class Verified(NamedTuple):
    """One candidate: confirmed, or why it is dropped."""

    proven: Proven
    dropped: str = ""


def grouped(several: Iterable[Proven], files: dict[str, ChangedFile]) -> list[Suspicions]:
    """The candidates by file, at most `AT_ONCE` together."""
    by_path: dict[str, list[Proven]] = {}
    for proven in several:
        by_path.setdefault(proven.candidate.path, []).append(proven)
    return [
        Suspicions(files[path], tuple(found[start : start + AT_ONCE]))
        for path, found in by_path.items()
        for start in range(0, len(found), AT_ONCE)
    ]


def verify(suspicions: Suspicions, desk: Desk) -> Generator[Call, Answer, tuple[Verified, ...]]:
    """Try to refute each. Raises `LlmFailure`."""
    texts = [shown(proven, suspicions.file, desk) for proven in suspicions.several]
    wanted = {proven.candidate.rule for proven in suspicions.several}
    rules = [rule for rule in (*desk.rules, *desk.intent_rules) if rule.id in wanted]
    parts = [rules_text.render(rules)]
    if any(rule in desk.intent_rules for rule in rules):
        parts.append("What the change says of itself:\n" + desk.fence.around(desk.statement))
    for number, (proven, text) in enumerate(zip(suspicions.several, texts, strict=True), 1):
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
        for number, (proven, text) in enumerate(zip(suspicions.several, texts, strict=True), 1)
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
    start, end = proven.head_start, proven.head_end
    code = dossier.window(desk.material, file, start, end, _AROUND)
    parts = [
        f"Marked: lines {proven.start} to {proven.end} of {side}.",
        desk.fence.around(code, file=desk.material.name(file.path)),
        *_supports(proven, desk),
    ]
    return "\n".join(parts)


def _supports(proven: Proven, desk: Desk) -> Sequence[str]:
    parts = []
    for side, path, line in proven.supports[:4]:
        lines = desk.material.lines(side, path) or ()
        code = dossier.numbered(lines, line - _AROUND_SUPPORT, line + _AROUND_SUPPORT)
        parts.append(
            f"Elsewhere, at {side}:\n{desk.fence.around(code, file=desk.material.name(path))}"
        )
    return parts
