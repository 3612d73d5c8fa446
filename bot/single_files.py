"""What tools say about single files: what to ask them, and what their answers come to between two sides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot import introduced, outline, paths, ruff_settings, second_look, star_imports
from bot.analysis import Results, Tool
from bot.checkers import FILE_CHECKERS, bandit, pattern, radon, ruff
from bot.coverage import Eligible
from bot.domain import BLOCKING_LABELS, Change, Finding, Hunk, Source, Symbol
from bot.located import Pair, Side
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.outside.worker import Failure
from bot.standards import Standards

# From the first line to beyond the last.
_ALL = (Hunk(1, 1 << 30, 1, 1 << 30),)


class Answers(NamedTuple):
    """The files of a change, their texts by blob, and what the tools answered about them."""

    files: Sequence[Eligible]
    texts: Mapping[str, bytes]
    results: Results


class Outcome(NamedTuple):
    """Labelled findings, and the lines of the files they are in."""

    findings: list[Finding]
    texts: dict[str, tuple[str, ...]]


def readers(standard: Standards) -> Callable[[str], bool]:
    """Tells of a path whether any tool reads such a file."""
    readers = [
        (checker.applies, rules)
        for checker in FILE_CHECKERS
        if (rules := standard.of_kind(checker.NAME))
    ]

    def is_read(path: str) -> bool:
        return paths.may_be_python(path) or any(applies(path, rules) for applies, rules in readers)

    return is_read


def work(
    files: Sequence[Eligible], standard: Standards, environ: Mapping[str, str]
) -> list[tuple[Tool, list[Source]]]:
    """Which tool is to read which files."""
    everything = [source for file in files for source in file.sources]
    sources = [source for source in everything if paths.may_be_python(source.path)]
    modules = [source for source in sources if not source.path.endswith(".pyi")]
    # The slowest first: it starts while the others are prepared.
    work: list[tuple[Tool, list[Source]]] = []
    if standard.of_kind(bandit.NAME):
        work.append((bandit.tool(standard.of_kind(bandit.NAME)), modules))
    work.append((outline.tool(radon.index_below(standard.of_kind(radon.NAME))), modules))
    if standard.of_kind(ruff.NAME):
        work.append((ruff.RuffTool(standard.ruff.texts, environ), sources))
    if rules := standard.of_kind(pattern.NAME):
        fitting = [source for source in everything if pattern.applies(source.path, rules)]
        work.append((pattern.tool(rules), fitting))
    return work


def judge(
    change: Change, standard: Standards, answers: Answers, repository: Repository, cache: Cache
) -> Outcome:
    """What the answers mean under the rules, head less base."""
    files, texts, results = answers
    found = {
        source: _findings(source, standard, results) for file in files for source in file.sources
    }
    telling = [file for file in files if any(_tells(found[source]) for source in file.sources)]
    hunks = _hunks(change, telling, repository)
    pairs = [_pair(file, found, results, texts, hunks) for file in telling]
    findings = second_look.told_once(introduced.label(pairs))
    findings = star_imports.pardon(findings, change, repository)
    return Outcome(_pardon(findings, files, standard, texts, cache), _shown_texts(pairs))


def _hunks(
    change: Change, files: Sequence[Eligible], repository: Repository
) -> dict[tuple[str, str], tuple[Hunk, ...]]:
    """How lines map where both sides were read and differ."""
    differ = [
        file.change
        for file in files
        if file.base and file.head and file.base.blob != file.head.blob
    ]
    found = repository.hunks(change.base, change.head, differ) if differ else {}
    for file in differ:
        # A rename that Git sees otherwise among fewer files: no line is taken for the same.
        found.setdefault((file.old_path, file.path), _ALL)
    return found


def _pair(
    file: Eligible,
    found: Mapping[Source, Sequence[Finding]],
    results: Results,
    texts: Mapping[str, bytes],
    hunks: Mapping[tuple[str, str], Sequence[Hunk]],
) -> Pair:
    # Symbols of one side alone would make everything on the other look renamed.
    outlines = [_symbols(source, results) for source in file.sources]
    named = all(each is not None for each in outlines)

    def side(source: Source | None) -> Side | None:
        if source is None:
            return None
        symbols = outlines[file.sources.index(source)]
        lines = paths.lines(texts[source.blob])
        return Side(source.path, lines, symbols or (), found[source], named)

    return Pair(
        side(file.base),
        side(file.head),
        hunks.get((file.change.old_path, file.change.path), ()),
        _unread(file.base, results),
        _unread(file.head, results),
    )


def _symbols(source: Source, results: Results) -> Sequence[Symbol] | None:
    """The symbols of one side of a file: those of Python, or of a language that patterns know."""
    answer = results["outline"].get(source)
    if answer is None:
        answer = results.get(pattern.NAME, {}).get(source)
    return outline.symbols(answer)


def _unread(source: Source | None, results: Results) -> frozenset[str]:
    """The checkers whose answer for this side is missing or not whole."""
    if source is None:
        return frozenset()
    unread = []
    for checker in FILE_CHECKERS:
        answer = results.get(checker.READS, {}).get(source)
        if answer is not None and (isinstance(answer, Failure) or checker.shortfall(answer)):
            unread.append(checker.NAME)
    return frozenset(unread)


def _findings(source: Source, standard: Standards, results: Results) -> list[Finding]:
    """All that the rules say about one side of a file, numbers within their limits too."""
    found: list[Finding] = []
    outlined = results["outline"].get(source)
    for checker in FILE_CHECKERS:
        answer = results.get(checker.READS, {}).get(source)
        if answer is not None and not isinstance(answer, Failure):
            rules = [
                rule
                for rule in standard.of_kind(checker.NAME)
                if paths.matches(source.path, rule.paths)
            ]
            own = checker.findings(answer, source, rules) if rules else iter(())
            if checker is ruff and ruff_settings.excludes(standard.ruff, source.path):
                stated = frozenset(rule.id for rule in rules if rule.severity_is_fixed)
                own = second_look.at_most_noted(own, stated)
            if outlined is not None and not isinstance(outlined, Failure):
                own = second_look.weighed(own, outlined["facts"]["circumstances"])
            found.extend(own)
    return found


def _tells(findings: Iterable[Finding]) -> bool:
    """Whether there is anything but numbers within their limits."""
    return any(not finding.measure or finding.measure.exceeded for finding in findings)


def _pardon(
    findings: list[Finding],
    files: Sequence[Eligible],
    standard: Standards,
    texts: Mapping[str, bytes],
    cache: Cache,
) -> list[Finding]:
    """Findings, less those in files whose syntax tree is the same on both sides."""
    charged = {finding.path for finding in findings if finding.label in BLOCKING_LABELS}
    blobs = {
        file.head.path: (file.base.blob, file.head.blob)
        for file in files
        if file.base
        and file.head
        and file.head.path in charged
        and paths.may_be_python(file.head.path)
    }
    keys = {path: f"syntax|{base}|{head}" for path, (base, head) in blobs.items()}
    known = cache.get(keys.values()) if keys else {}
    fresh = {}
    for path, key in keys.items():
        if key not in known:
            from bot import syntax

            base, head = blobs[path]
            fresh[key] = syntax.equal(texts[base], texts[head])
    cache.put(fresh)
    equal = known | fresh
    same = frozenset(path for path, key in keys.items() if equal[key])
    # Rules that look into comments: equal syntax says nothing about them.
    looking = {checker.NAME for checker in FILE_CHECKERS if checker.COMMENTS}
    keep = frozenset(
        rule.id for rule in standard.rules if rule.options.get("comments") or rule.check in looking
    )
    return introduced.pardon(findings, same, keep)


def _shown_texts(pairs: Iterable[Pair]) -> dict[str, tuple[str, ...]]:
    return {
        side.path: tuple(side.lines)
        for pair in pairs
        if (side := pair.head or pair.base) is not None
    }
