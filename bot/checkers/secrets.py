"""Rules about keys and passwords that a change commits: `check: secrets`.

Every text file that the change wrote in is looked into, whatever its language. What base had in
any changed file is not new, wherever it stands now. No value and nothing made of one leaves here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options, paths
from bot.comparison import Comparison
from bot.coverage import ANY_TEXT
from bot.domain import REGULAR_MODES, ChangedFile, Coverage, Finding, Rule
from bot.outside.git_objects import OBJECT_LIMIT
from bot.redaction import masked_line
from bot.secret_patterns import is_dummy
from bot.secret_values import Value, find

NAME = "secrets"
READS = ANY_TEXT
OPTIONS: options.Table = {}

# Where values are made up, only what has the shape of a vendor's key is taken for one.
_MADE_UP = re.compile(
    r"(?:.*/)?(?:tests?|testing|test[-_]?data|__tests__|specs?|fixtures?|mocks?|cassettes|examples?|samples?"
    r"|docs?|documentation)/.*"
    r"|(?:.*/)?(?:test_[^/]*|[^/]*[._-](?:test|spec)\.\w+|conftest\.py|[^/]*\.(?:md|rst|adoc)"
    r"|[^/]*[._-](?:example|sample|template|dist)(?:\.\w+)?)",
    re.IGNORECASE,
)
_SAYS = {
    "named-value": "a value that its name says is secret",
    "url-login": "an address with a password in it",
    "private-key": "a private key",
    "jwt": "a signed token (JWT)",
    "authorization": "the authorization of a request",
}
_KEY_LENGTH = 200


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Never: that a file holds no key does not make it a file that was reviewed."""
    return False


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """A finding for each line that the change wrote a secret value in."""
    fresh = [
        file
        for file in comparison.change.files
        if file.new_mode in REGULAR_MODES
        and file.new_blob != file.old_blob
        and not paths.names_binary(file.path)
        and not comparison.ignores(file.path)
    ]
    comparison.read((file.new_blob for file in fresh), OBJECT_LIMIT)  # all in one question
    found = []
    for file in fresh:
        lines = _lines(comparison, file.new_blob)
        every = find("\n".join(lines), file.path)
        values = {
            number: within
            for number, within in _told(every, lines, file.path).items()
            if comparison.is_added(file, number)
        }
        if values:
            found.append((file, lines, every, values))
    if not found:
        return
    known = _known(comparison, comparison.change.files)
    for file, lines, every, values in found:
        for number, value in _new(lines, values, known):
            for rule in rules:
                yield _finding(file, rule, number, value.kind, lines, every)


def _lines(comparison: Comparison, blob: str) -> Sequence[str]:
    """The lines of a text; none of a file that is none."""
    data = comparison.read([blob], OBJECT_LIMIT)[blob]
    return () if data is None or b"\0" in data else paths.lines(data)


def _told(
    every: Mapping[int, Sequence[Value]], lines: Sequence[str], path: str
) -> dict[int, list[Value]]:
    """What is told of a file, by line."""
    shape_only = _MADE_UP.fullmatch(path) is not None
    told = {
        number: [
            each
            for each in within
            if (each.is_vendors or not shape_only) and not is_dummy(_whole(each, lines[number - 1]))
        ]
        for number, within in every.items()
    }
    return {number: within for number, within in told.items() if within}


def _whole(value: Value, line: str) -> str:
    return value.whole or line[value.start : value.end]


def _known(comparison: Comparison, files: Sequence[ChangedFile]) -> set[str]:
    """Every value that base had in the files that are changed."""
    known: set[str] = set()
    for file in files:
        if file.old_mode in REGULAR_MODES and not paths.names_binary(file.old_path):
            lines = _lines(comparison, file.old_blob)
            for number, within in find("\n".join(lines), file.old_path).items():
                known.update(_whole(each, lines[number - 1]) for each in within)
    return known


def _new(
    lines: Sequence[str], values: Mapping[int, Sequence[Value]], known: set[str]
) -> Iterator[tuple[int, Value]]:
    """The lines with a value that base did not have; a private key once, and what is in pieces."""
    block, whole = 0, ""
    for number, within in sorted(values.items()):
        for value in within:
            if value.kind == "private-key":
                is_next, block = block == number - 1, number
                if is_next:
                    continue
            is_told, whole = bool(whole) and value.whole == whole, value.whole
            if not is_told and _whole(value, lines[number - 1]) not in known:
                yield number, value
                break


def _finding(
    file: ChangedFile,
    rule: Rule,
    number: int,
    kind: str,
    lines: Sequence[str],
    every: Mapping[int, Sequence[Value]],
) -> Finding:
    # Of a private key, the line that says what it is: its body is not quoted.
    line = number - 1 if kind == "private-key" and "-----BEGIN" not in lines[number - 1] else number
    shown = masked_line(lines[line - 1], every.get(line, ()))
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=file.path,
        start_line=max(1, line),
        end_line=max(1, line),
        message=f"The change commits {_SAYS.get(kind) or _a(kind)}; whoever can read the repository has it",
        key=f"{kind}|{' '.join(shown.split())[:_KEY_LENGTH]}",
    )


def _a(kind: str) -> str:
    words = kind.replace("-", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
