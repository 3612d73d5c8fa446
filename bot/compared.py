"""What the checkers say that look at a change as a whole, paid for once for the same two trees."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot import outline, paths
from bot.analysis import Results, Workshop
from bot.checkers import CHANGE_CHECKERS, change_checkers
from bot.comparison import ChangeChecker, Comparison, Subject
from bot.coverage import Compared, Eligible
from bot.domain import UNTOLD, Authorship, Change, Coverage, Edit, Finding, Fix, Measure
from bot.located import LINE_LENGTH, QUOTE_LINES, Enclosing
from bot.outside import installed
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.outside.worker import Failure
from bot.standards import Standards

# Libraries whose version changes an answer.
_LIBRARIES = ("grimp", "griffe", "ast_grep_py", "bandit", "yaml")


class Question(NamedTuple):
    """The change, what it is held to, and what tools said about its files."""

    change: Change
    standard: Standards
    files: Sequence[Eligible]
    results: Results
    authorship: Authorship = UNTOLD


class Outcome(NamedTuple):
    """Labelled findings, what each checker could judge, and the lines of files with findings."""

    findings: Sequence[Finding]
    compared: Mapping[str, Compared]
    texts: Mapping[str, tuple[str, ...]]


def compare(question: Question, comparison: Comparison, cache: Cache) -> Outcome:
    """What the change checkers of these standards say. A checker that breaks costs only itself.

    Raises `GitFailed` when the repository cannot be read.
    """
    kinds = [name for name in CHANGE_CHECKERS if question.standard.of_kind(name)]
    if not kinds or not question.change.files:
        return Outcome((), {}, {})
    key = _key(question)
    kept = cache.get([key]).get(key)
    if kept is not None:
        findings = [_finding(row) for row in kept["findings"]]
        compared = {
            name: Compared(reads, frozenset(applicable), failed)
            for name, (reads, applicable, failed) in kept["compared"].items()
        }
        return _outcome(findings, compared, comparison)
    findings, compared = [], {}
    # A tool that failed for once may say next time what a checker could not tell now.
    lasting = not any(
        isinstance(answer, Failure) and not answer.lasting
        for answers in question.results.values()
        for answer in answers.values()
    )
    for checker in change_checkers(kinds):
        found, outcome, sound = _run(checker, question, comparison)
        findings += found
        compared[checker.NAME] = outcome
        lasting = lasting and sound
    if lasting:
        rows = {
            name: [each.reads, sorted(each.applicable), each.failed]
            for name, each in compared.items()
        }
        cache.put({key: {"findings": findings, "compared": rows}})
    return _outcome(findings, compared, comparison)


def _outcome(
    findings: Sequence[Finding], compared: Mapping[str, Compared], comparison: Comparison
) -> Outcome:
    # After the cache, which keeps no code.
    return placed(findings, comparison)._replace(compared=compared)


def placed(findings: Sequence[Finding], comparison: Comparison) -> Outcome:
    """The findings with symbols and quotes, and the lines of the files they are in."""
    whole = [_placed(finding, comparison) for finding in findings]
    return Outcome(whole, {}, _texts(whole, comparison))


def _key(question: Question) -> str:
    change = question.change
    tags = [installed.ruff_tag(), *(installed.tag(name) for name in _LIBRARIES)]
    # What Ruff says depends on its settings too.
    ruff = f"{zlib.crc32(repr(sorted(question.standard.ruff.texts.items())).encode()):x}"
    # The same trees may come of other commits.
    commits = (f"{each.commit.id}" for each in question.authorship.credits)
    made = f"{zlib.crc32(' '.join(commits).encode()):x}"
    return "|".join(["compare", question.standard.key, ruff, change.base, change.head, made, *tags])


def comparison(question: Question, repository: Repository, workshop: Workshop) -> Comparison:
    """Both trees of the change in question, and the tools to look at them."""
    # Files of other languages are read too, where patterns look at them.
    files = [
        file
        for file in question.files
        if any(
            path and paths.may_be_python(path) for path in (file.change.path, file.change.old_path)
        )
    ]
    standard = question.standard
    subject = Subject(
        question.change,
        standard.policy,
        standard.rules,
        files,
        question.results,
        question.authorship,
    )
    return Comparison(subject, repository, workshop)


def _run(
    checker: ChangeChecker, question: Question, comparison: Comparison
) -> tuple[list[Finding], Compared, bool]:
    """The findings of one checker, what it could judge, and whether it would say the same again."""
    rules = question.standard.of_kind(checker.NAME)
    applicable = frozenset(
        file.path
        for file in question.change.files
        if not comparison.ignores(file.path) and checker.applies(file.path, rules)
    )
    findings: list[Finding] = []
    failed: dict[str, str] = {}
    by_id = {rule.id: rule for rule in rules}
    try:
        for each in checker.compare(comparison, rules):
            if isinstance(each, Coverage):
                failed[each.path] = each.reason
            elif not comparison.ignores(each.path) and paths.matches(
                each.path, by_id[each.rule].paths
            ):
                findings.append(each)
    except GitFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever breaks here is said, and is no pass
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        affected = applicable or {question.change.files[0].path}
        return [], Compared(checker.READS, applicable, dict.fromkeys(affected, reason)), False
    return findings, Compared(checker.READS, applicable, failed), not failed


def _placed(finding: Finding, comparison: Comparison) -> Finding:
    """The finding with symbol, quote and old path, where the checker did not give them."""
    file = comparison.changed(finding.path)
    is_gone = file is not None and not file.new_blob
    if not finding.quote:
        lines = comparison.lines("base" if is_gone else "head", finding.path)
        last = min(finding.end_line, finding.start_line + QUOTE_LINES - 1)
        quoted = [line[:LINE_LENGTH] for line in lines[finding.start_line - 1 : last]]
        finding = finding._replace(quote="\n".join(quoted))
    if file is None:
        return finding._replace(old_path=finding.old_path or finding.path)
    if not finding.symbol and not is_gone:
        known = [each.head for each in comparison.files if each.change is file and each.head]
        symbols = outline.symbols(comparison.known_outline(known[0])) if known else None
        finding = finding._replace(symbol=Enclosing(symbols or ()).name(finding.start_line))
    return finding._replace(old_path=finding.old_path or file.old_path)


def _texts(findings: Iterable[Finding], comparison: Comparison) -> dict[str, tuple[str, ...]]:
    found = {}
    for path in {finding.path for finding in findings}:
        file = comparison.changed(path)
        found[path] = comparison.lines("base" if file and not file.new_blob else "head", path)
    return found


def _finding(row: Sequence[Any]) -> Finding:
    finding = Finding(*row)
    fix, measure = finding.fix, finding.measure
    if fix is not None:
        message, safe, edits = fix
        fix = Fix(message, safe, tuple(Edit(*edit) for edit in edits))
    return finding._replace(
        fix=fix,
        measure=None if measure is None else Measure(*measure),
        agents=tuple(finding.agents),
    )
