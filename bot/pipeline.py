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
from bot.analysis import Workshop
from bot.checkers import FILE_CHECKERS, KINDS, bandit, judge, ruff
from bot.domain import (
    REGULAR_MODES,
    SEVERITIES,
    Change,
    Finding,
    Review,
)
from bot.errors import unstoppable
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
    # Fingerprints that people have answered as false; a model does not raise them again.
    dismissed: frozenset[str] = frozenset()
    # Raises `Stopped` when nobody waits for the review any more.
    stop: Callable[[], None] = unstoppable
    # How often rules were right, as people have answered.
    tallies: tuple[precision.Tally, ...] = ()


def review(change: Change, around: Surroundings) -> Review:
    """Check *change* and decide. Reads everything, decides purely, writes nothing."""
    started = time.perf_counter()
    environ = commands.tool_environment(around.settings.environ)
    with closing(Workshop(around.cache, environ, around.stop)) as workshop:
        workshop.anticipate(bandit.PROGRAM, _blobs(change))
        standard, noisy = _demoted(
            standards.read(change, around.repository, KINDS, ruff.codes, around.cache), around
        )
        written = authorship.read(
            change, around.repository, standard.policy, around.declared, around.cache
        )
        files, texts = coverage.eligible(
            change, standard.policy, around.repository, single_files.readers(standard)
        )
        analysed = workshop.run(single_files.work(files, standard, environ), texts, around.progress)
        question = compared.Question(change, standard, files, analysed.results, written)
        comparison = compared.comparison(question, around.repository, workshop)
        around.stop()
        outcome = compared.compare(question, comparison, around.cache)
        answers = single_files.Answers(files, texts, analysed.results)
        found = single_files.judge(change, standard, answers, around.repository, around.cache)
        reported = [*found.findings, *outcome.findings]
        around.stop()
        verdicts = judged.review(question, reported, comparison, around.judge, around.cache)
        told = compared.placed(verdicts.findings, comparison)
    clean, shown = _unspoken(
        [*reported, *told.findings], {**found.texts, **outcome.texts, **told.texts}
    )
    findings = introduced.numbered(clean)
    findings = [
        each
        for each in findings
        if each.checker != judge.NAME or each.fingerprint not in around.dismissed
    ]
    rules = {rule.id: rule for rule in standard.rules}
    held = credit.hold(credit.credit(findings, written), standard.policy, rules)
    active = [checker for checker in FILE_CHECKERS if standard.of_kind(checker.NAME)]
    covered = coverage.account(
        change, files, analysed.results, active, standard.policy, outcome.compared
    )
    covered = (*covered, *verdicts.coverage)
    blocked = gate.blocking(held.findings, around.fail_on or standard.policy.fail_on)
    return Review(
        change=change._replace(
            notes=(
                *change.notes,
                *standards.notes(change, standard),
                *verdicts.notes,
                *wording.left_to_others(held.outside),
                *(precision.says(each) for each in noisy),
                *wording.dismissed(len(clean) - len(findings)),
            )
        ),
        findings=tuple(sorted(held.findings, key=_order)),
        coverage=covered,
        verdict=gate.decide(blocked, covered),
        blocking=blocked,
        rules=rules,
        texts=shown,
        seconds=time.perf_counter() - started,
        cached=analysed.cached,
        analysed=analysed.fresh,
        authorship=written,
        cost=verdicts.cost,
        policy=standard.policy,
    )


def _demoted(
    standard: standards.Standards, around: Surroundings
) -> tuple[standards.Standards, Sequence[precision.Tally]]:
    """The standard with noisy rules as notes; under a key of its own, since results are kept by it."""
    rules, noisy = precision.demote(standard.rules, standard.policy, around.tallies)
    if not noisy:
        return standard, ()
    key = "|".join([standard.key, "noisy", *(each.rule for each in noisy)])
    return standard._replace(rules=tuple(rules), key=key), noisy


def _unspoken(
    findings: list[Finding], texts: Mapping[str, tuple[str, ...]]
) -> tuple[list[Finding], Mapping[str, tuple[str, ...]]]:
    """The findings and the code around them without the keys and passwords that stand there."""
    if not findings:
        return findings, texts
    from bot import redaction

    return redaction.masked(findings, texts)


def _blobs(change: Change) -> list[str]:
    """The blobs at head whose names say that they are Python."""
    return [
        file.new_blob
        for file in change.files
        if file.new_mode in REGULAR_MODES and paths.is_python(file.path)
    ]


def _order(finding: Finding) -> tuple[Any, ...]:
    return (finding.path, finding.start_line, SEVERITIES.index(finding.severity), finding.rule)
