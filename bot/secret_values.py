"""Where in a text keys, tokens and logins stand, in time linear in the text."""

import bisect
import functools
import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bot import secret_patterns, secret_pieces
from bot.secret_patterns import BARE, BORROWED, PATTERNS, QUOTED, Borrowed, Pattern
from bot.secret_pieces import Whole


class Value(NamedTuple):
    """Where in a line a value stands; *is_vendors* where its shape alone is proof.

    *whole* is all of a value of which only a piece stands here.
    """

    start: int
    end: int
    kind: str
    is_vendors: bool
    whole: str = ""


def find(text: str, path: str) -> dict[int, list[Value]]:
    """The secret values of a text by line, 1-based, in order and apart from each other."""
    lowered = text.lower()
    starts: list[int] = []
    chosen: dict[int, list[Pattern | Borrowed]] = {}
    blocks: list[int] = []
    skipped = BARE if is_code(path) else None
    for anchor, patterns in _by_anchor().items():
        if anchor not in lowered:
            continue
        starts = starts or _starts(lowered)
        for number in _lines_with(anchor, lowered, starts):
            wanted = chosen.setdefault(number, [])
            wanted += [each for each in patterns if each is not skipped and each not in wanted]
    if secret_patterns.KEY_ANCHOR in lowered:
        starts = starts or _starts(lowered)
        blocks = _lines_with(secret_patterns.KEY_ANCHOR, lowered, starts)
    lines = text.split("\n")
    found: dict[int, list[Value]] = {}
    for whole in secret_pieces.wholes(text, lines, is_code(path)):
        for number, value in _in_pieces(whole):
            found.setdefault(number, []).append(value)
    for number, patterns in chosen.items():
        values = [each for pattern in patterns for each in _matches(pattern, lines[number - 1])]
        if values:
            found.setdefault(number, []).extend(values)
    for number, value in _key_blocks(lines, blocks):
        found.setdefault(number, []).append(value)
    return {number: _apart(values) for number, values in found.items()}


def _in_pieces(whole: Whole) -> Iterator[tuple[int, Value]]:
    """The pieces of values that stand in several, or on another line than their name."""
    lowered = whole.line.lower()
    patterns = (
        pattern
        for anchor, several in _by_anchor().items()
        if anchor in lowered
        for pattern in several
    )
    for pattern in dict.fromkeys(patterns):
        for value in _matches(pattern, whole.line):
            places = list(whole.places(value.start, value.end))
            if len(places) == 1 and places[0][0] == whole.number:
                continue
            said = whole.line[value.start : value.end]
            for number, start, end in places:
                yield number, value._replace(start=start, end=end, whole=said)


@functools.cache
def _by_anchor() -> dict[str, list[Pattern | Borrowed]]:
    found: dict[str, list[Pattern | Borrowed]] = {}
    for pattern in (*PATTERNS, QUOTED, BARE, *BORROWED):
        for anchor in pattern.anchors:
            found.setdefault(anchor, []).append(pattern)
    return found


def _starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _lines_with(anchor: str, text: str, starts: Sequence[int]) -> list[int]:
    numbers = []
    at = text.find(anchor)
    while at >= 0:
        number = bisect.bisect_right(starts, at)
        numbers.append(number)
        at = text.find(anchor, starts[number]) if number < len(starts) else -1
    return numbers


def _matches(pattern: Pattern | Borrowed, line: str) -> Iterator[Value]:
    if isinstance(pattern, Borrowed):
        yield from _borrowed(pattern, line)
        return
    for match in secret_patterns.compiled(pattern.expression).finditer(line):
        groups = match.re.groupindex
        start, end = match.span(groups.get("value", 0))
        if "about" in groups and secret_patterns.is_about(match["about"]):
            continue
        if pattern.accepts(line[start:end]):
            yield Value(start, end, pattern.kind, pattern.is_vendors)


def _borrowed(pattern: Borrowed, line: str) -> Iterator[Value]:
    if not re.search(pattern.expression, line):
        return
    for text in dict.fromkeys(_detector(pattern.module, pattern.name).analyze_string(line)):
        at = line.find(text) if text else -1
        while at >= 0:
            yield Value(at, at + len(text), pattern.kind, True)
            at = line.find(text, at + len(text))


@functools.cache
def _detector(module: str, name: str) -> Any:
    """A detector itself, without the filters of detect-secrets: those obey comments in the text."""
    return getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()


def _key_blocks(lines: Sequence[str], beginnings: Sequence[int]) -> Iterator[tuple[int, Value]]:
    """The body of every private key, line by line."""
    done = 0
    for number in beginnings:
        match = re.search(secret_patterns.KEY_BEGINS, lines[number - 1])
        if number <= done or match is None:
            continue
        rest = lines[number - 1][match.end() :]
        body = re.match(r"(?:\\[nr]|[A-Za-z0-9+/=\s])*", rest)
        if body is not None and len(body[0].strip()) >= _LEAST_BODY:
            yield number, Value(match.end(), match.end() + body.end(), "private-key", False)
        if re.search(secret_patterns.KEY_ENDS, rest):
            continue
        for done in range(number + 1, len(lines) + 1):
            line = lines[done - 1]
            ends = re.search(secret_patterns.KEY_ENDS, line)
            if ends or not re.fullmatch(secret_patterns.KEY_LINE, line):
                break
            if line.strip():
                start = len(line) - len(line.lstrip())
                yield done, Value(start, len(line.rstrip()), "private-key", False)


_LEAST_BODY = 16


def _apart(values: Sequence[Value]) -> list[Value]:
    """The values in order; of two that overlap, both are covered by the name of the surer one."""
    kept: list[Value] = []
    for value in sorted(values):
        if kept and value.start < kept[-1].end:
            last = kept[-1]
            surer = last if last.is_vendors or not value.is_vendors else value
            kept[-1] = surer._replace(start=last.start, end=max(last.end, value.end))
        else:
            kept.append(value)
    return kept


# In these a value without quotes is a name.
_CODE = (
    r"(?i).*\.(?:pyi?|pyw|pyx|ipynb|[mc]?[jt]s|[jt]sx|java|kt|go|rs|rb|php|[ch]|cc|cpp|hpp|cs|swift"
    r"|scala|md|rst)"
)


def is_code(path: str) -> bool:
    """Whether a file is by its name source code or prose about it."""
    return secret_patterns.compiled(_CODE).fullmatch(path) is not None
