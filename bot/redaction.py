"""Taking keys, tokens and logins out of a text before anybody else sees it.

A value is replaced by `[redacted: KIND]`, so that a line stays where it was and can be understood.
Nothing that the text says about itself (`pragma: allowlist secret`) keeps a value in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.domain import Finding
from bot.secret_patterns import compiled
from bot.secret_values import Value, find, is_code


class Found(NamedTuple):
    """A line, 1-based, that held a value, and what kind of value it was."""

    line: int
    kind: str


class Redacted(NamedTuple):
    """A text without its secret values, line for line the text that was given."""

    text: str
    found: tuple[Found, ...] = ()


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


# Bandit's messages about passwords end in what it takes for one.
_WORD_CODES = frozenset({"B105", "B106", "B107"})
_TOLD = r"(?s).*?: '(.{3,})'"
_NAMED = "[redacted: named-value]"


class MaskedTexts(Mapping[str, tuple[str, ...]]):
    """The lines of files by path, each file masked when it is first asked for."""

    def __init__(
        self, texts: Mapping[str, tuple[str, ...]], words: Iterable[tuple[Finding, str]] = ()
    ) -> None:
        self._texts, self._words = texts, tuple(words)
        self._masked: dict[str, tuple[str, ...]] = {}
        self._in_pieces: set[str] = set()

    def holds_pieces(self, path: str) -> bool:
        """Whether a line of a file may be part of a value and tell nothing of that by itself."""
        return path in self._texts and bool(self[path]) and path in self._in_pieces

    def __getitem__(self, path: str) -> tuple[str, ...]:
        if path not in self._masked:
            self._masked[path] = self._mask(path)
        return self._masked[path]

    def _mask(self, path: str) -> tuple[str, ...]:
        lines = self._texts[path]
        shown = list(lines)
        for number, values in find("\n".join(lines), path).items():
            shown[number - 1] = masked_line(lines[number - 1], values)
            if any(value.whole or value.kind == "private-key" for value in values):
                self._in_pieces.add(path)
        for finding, word in self._words:
            if finding.path == path:
                for at in range(finding.start_line - 1, min(finding.end_line, len(shown))):
                    shown[at] = _without(word, shown[at])
        return tuple(shown)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def masked(
    findings: Iterable[Finding], texts: Mapping[str, tuple[str, ...]]
) -> tuple[list[Finding], MaskedTexts]:
    """The findings and the lines of their files, fit for anybody to read: no value in them."""
    findings = list(findings)
    words = {index: word for index, each in enumerate(findings) if (word := _password(each))}
    shown = MaskedTexts(texts, [(findings[index], word) for index, word in words.items()])
    pieces = {index for index, each in enumerate(findings) if shown.holds_pieces(each.path)}
    holding = words.keys() | _holding(findings) | pieces
    told = [
        _masked(each, words.get(index, ""), texts, shown) if index in holding else each
        for index, each in enumerate(findings)
    ]
    return told, shown


def _holding(findings: Sequence[Finding]) -> set[int]:
    """Which findings may hold a value, found in one look at all of them."""
    parts: list[str] = []
    owners: list[int] = []
    for index, each in enumerate(findings):
        said = [each.quote, each.message, each.key, each.subject]
        if each.fix is not None:
            said += [each.fix.message, *(edit.text for edit in each.fix.edits)]
        text = "\n".join(said)
        parts.append(text)
        owners += [index] * (text.count("\n") + 1)
    return {owners[number - 1] for number in find("\n".join(parts), "")}


def _password(finding: Finding) -> str:
    """What Bandit says in plain words that a password is."""
    if finding.code not in _WORD_CODES:
        return ""
    match = compiled(_TOLD).fullmatch(finding.message)
    return match[1] if match else ""


def _masked(
    finding: Finding,
    word: str,
    texts: Mapping[str, tuple[str, ...]],
    shown: Mapping[str, tuple[str, ...]],
) -> Finding:
    if word:
        finding = finding._replace(
            message=_without(word, finding.message),
            quote=_without(word, finding.quote),
            subject=_without(word, finding.subject),
        )
    quote = _quote(finding, texts, shown)
    # Most findings hold nothing, which one look tells.
    if find(f"{finding.message}\n{finding.key}", ""):
        finding = finding._replace(message=_clean(finding.message), key=_clean(finding.key))
    if finding.subject:
        finding = finding._replace(subject=_clean(finding.subject))
    fix = finding.fix
    if fix is not None and find(
        "\n".join((fix.message, *(e.text for e in fix.edits))), finding.path
    ):
        # A repair that would write a mask into the code is none.
        fix = fix._replace(message=_clean(fix.message), edits=())
    return finding._replace(quote=quote, fix=fix)


def _quote(
    finding: Finding,
    texts: Mapping[str, tuple[str, ...]],
    shown: Mapping[str, tuple[str, ...]],
) -> str:
    quote = finding.quote
    if finding.path in texts:
        # A line of a key's block, or a piece of a value, tells nothing by itself.
        whole = dict(zip(texts[finding.path], shown[finding.path], strict=True))
        quote = "\n".join(whole.get(line, line) for line in quote.split("\n"))
    return Redactor().redact(quote, finding.path).text


def _clean(text: str) -> str:
    return Redactor().redact(text, "").text


def _without(word: str, text: str) -> str:
    for mark in ("'", '"'):
        text = text.replace(f"{mark}{word}{mark}", f"{mark}{_NAMED}{mark}")
    return text


_DENIED_NAMES = (
    r"\.env.*|.*\.(?:pem|key|p12|pfx|jks|kdbx|tfstate|tfvars)|.*\.tfstate\..*|.*\.tfvars\.json"
    r"|id_(?:rsa|dsa|ecdsa|ed25519).*|\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|credentials.*"
    r"|secrets\.(?:ya?ml|json|toml)|service-account.*\.json|\.htpasswd|\.pgpass"
)
_ALLOWED_NAMES = r"\.env\.(?:example|sample|template|dist)|.*\.pub"
_DENIED_FOLDERS = frozenset({".ssh", ".aws", ".gnupg"})


def denied(path: str) -> bool:
    """Whether a file is by its name one of secrets, whatever it holds; source code never is."""
    *folders, name = path.casefold().split("/")
    if is_code(name) or compiled(_ALLOWED_NAMES).fullmatch(name):
        return False
    return (
        not _DENIED_FOLDERS.isdisjoint(folders)
        or compiled(_DENIED_NAMES).fullmatch(name) is not None
    )
