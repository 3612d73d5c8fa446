"""The whole story of a review, from a change to a verdict, on one screen."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from bot import (
    authorship,
    compared,
    coverage,
    gate,
    introduced,
    judged,
    paths,
    precision,
    single_files,
    standards,
    wording,
)
from bot.analysis import Analysed, Workshop
from bot.checkers import FILE_CHECKERS, KINDS, bandit, judge, ruff
from bot.domain import (
    REGULAR_MODES,
    SEVERITIES,
    Authorship,
    Change,
    Coverage,
    Finding,
    Review,
)
from bot.errors import unstoppable
from bot.located import LINE_LENGTH, QUOTE_LINES
from bot.outside import commands
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.provenance import findings as credit
from bot.settings import Settings


class Surroundings(NamedTuple):
    """What a review needs besides the change: the doors and what the entrance asked for."""

    settings: Settings
    repository: Repository
    cache: Cache
    fail_on: str | None = None
    # Who wrote what is not committed, in the words of the person at hand: "ai", "human" or "".
    declared: str = ""
    progress: Callable[[int], None] = lambda files: None
    judge: judged.Asked = judged.Asked()
    # Fingerprints, and the versions of their code, that people have answered as false; a model does
    # not raise them again.
    dismissed: frozenset[tuple[str, str]] = frozenset()
    # Raises `Stopped` when nobody waits for the review any more.
    stop: Callable[[], None] = unstoppable
    # How often rules were right, as people have answered.
    tallies: tuple[precision.Tally, ...] = ()


class _Seen(NamedTuple):
    """All that was looked at, and what was found in it. *found* is as tools and the model said it, and
    *texts* are the lines around; *noisy* are the rules that have become notes."""

    standard: standards.Standards
    noisy: Sequence[precision.Tally]
    authorship: Authorship
    files: Sequence[coverage.Eligible]
    analysed: Analysed
    compared: Mapping[str, coverage.Compared]
    judged: judged.Judged
    found: Sequence[Finding]
    texts: Mapping[str, tuple[str, ...]]


def review(change: Change, around: Surroundings) -> Review:
    """Check *change* and decide. Reads everything, decides purely, writes nothing."""
    started = time.perf_counter()
    environ = commands.tool_environment(around.settings.environ)
    with closing(Workshop(around.cache, environ, around.stop)) as workshop:
        seen = _look(change, around, workshop)
    seen = _unspoken(seen)
    findings, dismissed = _told(seen, around.dismissed)
    policy, rules = seen.standard.policy, {rule.id: rule for rule in seen.standard.rules}
    held = credit.hold(credit.credit(findings, seen.authorship), policy, rules)
    covered = _covered(change, seen)
    blocked = gate.blocking(held.findings, around.fail_on or policy.fail_on)
    notes = (
        *change.notes,
        *standards.notes(change, seen.standard),
        *seen.judged.notes,
        *wording.left_to_others(held.outside),
        *(precision.says(each) for each in seen.noisy),
        *dismissed,
    )
    return Review(
        change=change._replace(notes=notes),
        findings=tuple(sorted(held.findings, key=_order)),
        coverage=covered,
        verdict=gate.decide(blocked, covered),
        blocking=blocked,
        rules=rules,
        texts=seen.texts,
        seconds=time.perf_counter() - started,
        cached=seen.analysed.cached,
        analysed=seen.analysed.fresh,
        authorship=seen.authorship,
        cost=seen.judged.cost,
        policy=policy,
    )


def _look(change: Change, around: Surroundings, workshop: Workshop) -> _Seen:
    """Ask the tools of the files, the checkers of the two trees, and the model, in this order."""
    repository, cache = around.repository, around.cache
    workshop.anticipate(bandit.PROGRAM, _blobs(change))
    standard, noisy = _demoted(standards.read(change, repository, KINDS, ruff.codes, cache), around)
    written = authorship.read(change, repository, standard.policy, around.declared, cache)
    files, texts = coverage.eligible(
        change, standard.policy, repository, single_files.readers(standard)
    )
    work = single_files.work(files, standard, workshop.environ)
    analysed = workshop.run(work, texts, around.progress)
    question = compared.Question(change, standard, files, analysed.results, written)
    comparison = compared.comparison(question, repository, workshop)
    around.stop()
    of_trees = compared.compare(question, comparison, cache)
    answers = single_files.Answers(files, texts, analysed.results)
    of_files = single_files.judge(change, standard, answers, repository, cache)
    reported = [*of_files.findings, *of_trees.findings]
    around.stop()
    folder = around.settings.cache_folder
    verdicts = judged.review(question, reported, comparison, around.judge, cache, folder)
    of_model = compared.placed(verdicts.findings, comparison)
    return _Seen(
        standard, noisy, written, files, analysed, of_trees.compared, verdicts,
        [*reported, *of_model.findings], {**of_files.texts, **of_trees.texts, **of_model.texts},
    )  # fmt: skip


def _told(
    seen: _Seen, dismissed: frozenset[tuple[str, str]]
) -> tuple[list[Finding], tuple[str, ...]]:
    """The findings by their numbers, without what a model raises again that people call false, and a
    note on that."""
    every = introduced.numbered([_whole(each, seen.texts) for each in seen.found])
    told = [
        each
        for each in every
        if each.checker != judge.NAME or (each.fingerprint, each.version) not in dismissed
    ]
    return told, wording.dismissed(len(every) - len(told))


def _covered(change: Change, seen: _Seen) -> tuple[Coverage, ...]:
    active = [checker for checker in FILE_CHECKERS if seen.standard.of_kind(checker.NAME)]
    of_tools = coverage.account(
        change, seen.files, seen.analysed.results, active, seen.standard.policy, seen.compared
    )
    return (*of_tools, *seen.judged.coverage)


def _demoted(
    standard: standards.Standards, around: Surroundings
) -> tuple[standards.Standards, Sequence[precision.Tally]]:
    """The standard with noisy rules as notes; under a key of its own, since results are kept by it."""
    rules, noisy = precision.demote(standard.rules, standard.policy, around.tallies)
    if not noisy:
        return standard, ()
    key = "|".join([standard.key, "noisy", *(each.rule for each in noisy)])
    return standard._replace(rules=tuple(rules), key=key), noisy


def _unspoken(seen: _Seen) -> _Seen:
    """What was found, and the code around it, without the keys and passwords that stand there."""
    if not seen.found:
        return seen
    from bot import redaction

    found, texts = redaction.masked(seen.found, seen.texts)
    return seen._replace(found=found, texts=texts)


def _whole(finding: Finding, texts: Mapping[str, tuple[str, ...]]) -> Finding:
    """The finding with all its lines as its subject, where its quote is cut. A number is about none."""
    is_cut = finding.end_line >= finding.start_line + QUOTE_LINES or any(
        len(line) >= LINE_LENGTH for line in finding.quote.split("\n")
    )
    if finding.subject or finding.measure or not is_cut:
        return finding
    lines = texts.get(finding.path, ())[finding.start_line - 1 : finding.end_line]
    return finding._replace(subject="\n".join(lines))


def _blobs(change: Change) -> list[str]:
    """The blobs at head whose names say that they are Python."""
    return [
        file.new_blob
        for file in change.files
        if file.new_mode in REGULAR_MODES and paths.is_python(file.path)
    ]


def _order(finding: Finding) -> tuple[Any, ...]:
    return (finding.path, finding.start_line, SEVERITIES.index(finding.severity), finding.rule)
