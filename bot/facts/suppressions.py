"""Comments by which a Python file silences a check: `# noqa`, `# type: ignore` and their kin.

The same words in a string are none (`bot.facts.comments`).
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.facts import comments

# In one file; more is generated, and is said to be too much.
LIMIT = 1_000
_TEXT_LIMIT = 120
_CANDIDATE = re.compile(
    r"noqa|nosec|nosem|nosonar|ignore|pylint|pragma|pyright|mypy|pyre-|ruff:|skipcq|lgtm|codeql"
    r"|gitleaks|trufflehog",
    re.IGNORECASE,
)
_HASH = re.compile("#.+")
_CODES = r"[A-Z]+\d+(?:(?:\s*,\s*|\s+)[A-Z]+\d+)*"
_BRACKETS = r"\s*\[(?P<codes>[^\]]*)\]"
_LINT = "Ruff and Flake8"
# Tool, scope, pattern. A comment is cut at every `#`; each piece is held against these in order.
_PATTERNS = [
    (tool, scope, re.compile(pattern, re.IGNORECASE))
    for tool, scope, pattern in (
        (_LINT, "file", rf"(?:ruff|flake8)\s*[:=]\s*noqa\b(?:\s*:\s*(?P<codes>{_CODES}))?"),
        (_LINT, "line", rf"noqa\b(?:\s*:\s*(?P<codes>{_CODES}))?"),
        (_LINT, "file", rf"ruff:\s*file-ignore{_BRACKETS}"),
        (_LINT, "range", rf"ruff:\s*disable{_BRACKETS}"),
        (_LINT, "line", rf"ruff:\s*ignore{_BRACKETS}"),
        ("Bandit", "line", r"nosec\b:?\s*(?P<codes>(?:(?:B\d{3}|[a-z]+_\w+)[\s,]*)*)"),
        ("the type checker", "line", rf"type:\s*ignore\b(?:{_BRACKETS})?"),
        ("Pyright", "line", rf"pyright:\s*ignore\b(?:{_BRACKETS})?"),
        ("ty", "line", rf"ty:\s*ignore\b(?:{_BRACKETS})?"),
        ("Pyrefly", "line", rf"pyrefly:\s*ignore\b(?:{_BRACKETS})?"),
        ("Pyre", "file", r"pyre-ignore-all-errors(?:\s*\[(?P<codes>[^\]]*)\])?"),
        ("Pyre", "line", rf"pyre-(?:ignore|fixme)\b(?:{_BRACKETS})?"),
        ("Pylint", "file", r"pylint:\s*skip-file\b"),
        ("Pylint", "line", r"pylint:\s*disable(?:-next)?\s*=\s*(?P<codes>[\w-]+(?:\s*,\s*[\w-]+)*)"),
        ("the secret scanner", "line", r"pragma:\s*allowlist\s+(?:nextline\s+)?secret\b"),
        ("the secret scanner", "line", r"(?:gitleaks:\s*allow|trufflehog:\s*ignore)\b"),
        ("coverage", "line", r"pragma[:\s]\s*no\s*cover\b"),
        ("Semgrep", "line", r"nosem(?:grep)?\b(?::\s*(?P<codes>[\w.\-]+(?:\s*,\s*[\w.\-]+)*))?"),
        ("CodeQL", "line", rf"(?:codeql|lgtm){_BRACKETS}"),
        ("SonarQube", "line", r"nosonar\b"),
        ("DeepSource", "line", r"skipcq\b(?::\s*(?P<codes>[\w\-]+(?:\s*,\s*[\w\-]+)*))?"),
    )
]  # fmt: skip
_MYPY = re.compile(r"mypy:\s*(?P<options>\S.*)", re.IGNORECASE)
_PYRIGHT = re.compile(r"pyright:\s*(?P<options>\S.*)", re.IGNORECASE)
_ENABLE = re.compile(r"#\s*(?:ruff:\s*enable\s*\[|pylint:\s*enable\s*=)", re.IGNORECASE)
# A word that says something; the names of other comments for tools do not.
_WORD = re.compile(r"[^\W\d_]{4,}")
_NO_REASON = re.compile(
    r"(?:isort|fmt|yapf|black)\s*:\s*\w+|\b(?:todo|fixme|xxx|hack|type|noqa|ignore|skip)\b",
    re.IGNORECASE,
)


class Suppression(NamedTuple):
    """One comment that silences one tool. *codes* is empty where it silences all the tool says.

    *scope* is line, range (up to a comment that ends it) or file; *text* the comment as written.
    """

    line: int
    tool: str
    scope: str
    codes: list[str]
    has_reason: bool
    text: str


def collect(tree: ast.Module, text: str) -> list[Suppression]:
    """The suppressions of a file in order, one more than `LIMIT` at most."""
    wanted = _candidates(text)
    if not wanted:
        return []
    lines = text.split("\n")
    found: list[Suppression] = []
    first = tree.body[0].lineno if tree.body else len(lines) + 1
    at = comments.on_lines(tree, lines, wanted)
    last_enable = max((line for line, comment in at.items() if _ENABLE.match(comment)), default=0)
    for line, comment in at.items():
        above = lines[line - 2].strip() if line > 1 else ""
        column = len(lines[line - 1]) - len(lines[line - 1].lstrip())
        is_alone = lines[line - 1].startswith("#", column)
        for each in _read(comment, line):
            scope = each.scope
            if is_alone:
                is_ended = last_enable > line or column > 0
                scope = _scope_alone(each, line < first, is_ended)
            reason = each.has_reason or _explains(above)
            found.append(each._replace(has_reason=reason, scope=scope))
        if len(found) > LIMIT:
            break
    return found


def _candidates(text: str) -> list[int]:
    """The lines on which such a comment may be."""
    found, line, end = [], 1, 0
    for match in _HASH.finditer(text):
        if _CANDIDATE.search(match.group()):
            line += text.count("\n", end, match.start())
            end = match.start()
            found.append(line)
    return found


def _read(comment: str, line: int) -> Iterator[Suppression]:
    pieces = [piece.strip() for piece in comment.split("#")[1:]]
    rest = [_rest(piece) for piece in pieces]
    has_reason = any(_is_reason(text) for _, text in rest)
    for found, _ in rest:
        for tool, scope, codes, text in found:
            yield Suppression(line, tool, scope, codes, has_reason, text[:_TEXT_LIMIT])


def _rest(piece: str) -> tuple[list[tuple[str, str, list[str], str]], str]:
    """What one piece of a comment silences, and what else it says."""
    start = piece.lower().find("pylint:")
    for tool, scope, pattern in _PATTERNS:
        at = start if tool == "Pylint" and start > 0 else 0
        match = pattern.match(piece, at)
        if match:
            codes = _codes(match.groupdict().get("codes") or "", tool)
            rest = piece[:at] + " " + piece[match.end() :]
            return [(tool, scope, codes, f"# {match.group(0).strip()}")], rest
    for tool, pattern, loosens in (
        ("mypy", _MYPY, _loosens_mypy),
        ("Pyright", _PYRIGHT, _loosens_pyright),
    ):
        match = pattern.match(piece)
        if match:
            options = [each.strip() for each in match["options"].split(",")]
            codes = [each for each in options if loosens(each.replace("_", "-").replace(" ", ""))]
            return [(tool, "file", [code], f"# {tool.lower()}: {code}") for code in codes], ""
    return [], piece


def _codes(text: str, tool: str) -> list[str]:
    codes = dict.fromkeys(code for code in re.split(r"[\s,]+", text) if code)
    if tool == _LINT:
        codes = dict.fromkeys(code.upper() if code[-1].isdigit() else code for code in codes)
    return list(codes)


def _loosens_mypy(option: str) -> bool:
    name, _, value = option.lower().partition("=")
    if name.startswith(("disallow", "check", "warn", "strict", "no-implicit", "no-allow")):
        return value == "false"
    loose = ("ignore", "disable-error-code", "allow", "no-", "follow-imports", "implicit")
    return name.startswith(loose) and value != "false"


def _loosens_pyright(option: str) -> bool:
    name, _, value = option.lower().partition("=")
    if name.startswith(("report", "strict")) and value:
        return value in ("false", "none", "information", "warning")
    return name in ("basic", "standard", "off")


def _scope_alone(each: Suppression, is_first: bool, is_ended: bool) -> str:
    """How far a comment reaches that has its line for itself."""
    if each.tool == "the type checker":
        return "file" if is_first else each.scope  # above all code, it silences the module
    if each.scope == "range" or (each.tool == "Pylint" and "next" not in each.text):
        return "range" if is_ended and each.scope != "file" else "file"
    return each.scope


def _explains(line: str) -> bool:
    """Whether a line is a comment that says something, and silences nothing itself."""
    if not line.startswith("#"):
        return False
    found = [_rest(piece.strip()) for piece in line.split("#")[1:]]
    return not any(each for each, _ in found) and any(_is_reason(text) for _, text in found)


def _is_reason(text: str) -> bool:
    return "://" in text or len(_WORD.findall(_NO_REASON.sub(" ", text))) > 0
