"""Taking keys, tokens and logins out of a text before anybody else sees it.

A value is replaced by `[redacted: KIND]`, so that a line stays where it was and can be understood.
Nothing that the text says about itself (`pragma: allowlist secret`) keeps a value in.
"""

import bisect
import functools
import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bot import secret_patterns
from bot.secret_patterns import BARE, BORROWED, PATTERNS, QUOTED, Borrowed, Pattern


class Found(NamedTuple):
    """A line, 1-based, that held a value, and what kind of value it was."""

    line: int
    kind: str


class Redacted(NamedTuple):
    """A text without its secret values, line for line the text that was given."""

    text: str
    found: tuple[Found, ...] = ()


class Value(NamedTuple):
    """Where in a line a value stands; *is_vendors* where its shape alone is proof."""

    start: int
    end: int
    kind: str
    is_vendors: bool


class Redactor:
    """Masks texts."""

    def redact(self, text: str, path: str) -> Redacted:
        """*text* of a file (or of none: "") with every secret value in it masked."""
        lines = text.split("\n")
        values = find(text, path)
        if not values:
            return Redacted(text)
        found = []
        for number, within in sorted(values.items()):
            lines[number - 1] = masked_line(lines[number - 1], within)
            found += [Found(number, kind) for kind in dict.fromkeys(each.kind for each in within)]
        return Redacted("\n".join(lines), tuple(found))


def masked_line(line: str, values: Sequence[Value]) -> str:
    """A line with these values, which are in order and apart, masked."""
    parts, at = [], 0
    for value in values:
        parts += [line[at : value.start], f"[redacted: {value.kind}]"]
        at = value.end
    return "".join([*parts, line[at:]])


def find(text: str, path: str) -> dict[int, list[Value]]:
    """The secret values of a text by line, 1-based, in order and apart from each other."""
    lowered = text.lower()
    starts: list[int] = []
    lines: list[str] = []
    chosen: dict[int, list[Pattern | Borrowed]] = {}
    blocks: list[int] = []
    named = (QUOTED,) if _is_code(path) else (QUOTED, BARE)
    for pattern in (*PATTERNS, *named, *BORROWED):
        for anchor in pattern.anchors:
            if anchor not in lowered:
                continue
            starts = starts or _starts(lowered)
            for number in _lines_with(anchor, lowered, starts):
                wanted = chosen.setdefault(number, [])
                if pattern not in wanted:
                    wanted.append(pattern)
    if secret_patterns.KEY_ANCHOR in lowered:
        starts = starts or _starts(lowered)
        blocks = _lines_with(secret_patterns.KEY_ANCHOR, lowered, starts)
    if not chosen and not blocks:
        return {}
    lines = text.split("\n")
    found: dict[int, list[Value]] = {}
    for number, patterns in chosen.items():
        values = [each for pattern in patterns for each in _matches(pattern, lines[number - 1])]
        if values:
            found[number] = values
    for number, value in _key_blocks(lines, blocks):
        found.setdefault(number, []).append(value)
    return {number: _apart(values) for number, values in found.items()}


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
    for match in pattern.compiled().finditer(line):
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
            yield number, Value(match.end(), match.end() + body.end(), "private-key", True)
        if re.search(secret_patterns.KEY_ENDS, rest):
            continue
        for done in range(number + 1, len(lines) + 1):
            line = lines[done - 1]
            ends = re.search(secret_patterns.KEY_ENDS, line)
            if ends or not re.fullmatch(secret_patterns.KEY_LINE, line):
                break
            if line.strip():
                start = len(line) - len(line.lstrip())
                yield done, Value(start, len(line.rstrip()), "private-key", True)


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
_CODE = re.compile(
    r"(?i).*\.(?:pyi?|pyw|pyx|ipynb|[mc]?[jt]s|[jt]sx|java|kt|go|rs|rb|php|[ch]|cc|cpp|hpp|cs|swift"
    r"|scala|md|rst)"
)


def _is_code(path: str) -> bool:
    return _CODE.fullmatch(path) is not None


_DENIED_NAMES = re.compile(
    r"\.env.*|.*\.(?:pem|key|p12|pfx|jks|kdbx|tfstate|tfvars)|.*\.tfstate\..*|.*\.tfvars\.json"
    r"|id_(?:rsa|dsa|ecdsa|ed25519).*|\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|credentials.*"
    r"|secrets\.(?:ya?ml|json|toml)|service-account.*\.json|\.htpasswd|\.pgpass"
)
_ALLOWED_NAMES = re.compile(r"\.env\.(?:example|sample|template|dist)|.*\.pub")
_DENIED_FOLDERS = frozenset({".ssh", ".aws", ".gnupg"})


def denied(path: str) -> bool:
    """Whether a file is by its name one of secrets, whatever it holds; source code never is."""
    *folders, name = path.casefold().split("/")
    if _is_code(name) or _ALLOWED_NAMES.fullmatch(name):
        return False
    return not _DENIED_FOLDERS.isdisjoint(folders) or _DENIED_NAMES.fullmatch(name) is not None
