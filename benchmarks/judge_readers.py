"""Reviewers for the fake Anthropic server: one that knows the labels, one that lies, one as models are.

What a question holds is read from its text, as a model would: nothing is passed by beside it.
"""

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fake_anthropic import Reply, Request, json_answer, tool_calls  # noqa: E402

from bot.checkers.judge import prompts  # noqa: E402

_FILE = re.compile(r'<(data-[0-9a-f]{16}) file="(.*?)"[^>]*>\n(.*?)\n</\1>', re.DOTALL)
_ASKED = re.compile(r"^- '?(.*?)'?: (.*)$", re.MULTILINE)
_TASK = "Hold each of these files"
_RULES = re.compile(r"^Rules: (.*)$", re.MULTILINE)
_SUSPICION = re.compile(r"^# Suspicion (\d+): rule (\S+)$", re.MULTILINE)
_ADDED = re.compile(r"^\+(\d+)\|(.*)$", re.MULTILINE)
_CALLED = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]{4,})\(")


class Label(Protocol):
    """What the oracle and the liar know of a case."""

    @property
    def violates(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def quote(self) -> str: ...
    @property
    def base(self) -> dict[str, str]: ...
    @property
    def head(self) -> dict[str, str]: ...


class Added(NamedTuple):
    """A line that the change added, as a question shows it."""

    path: str
    line: int
    text: str


def purpose(request: Request) -> str:
    """finder, intent or verifier."""
    said = request.system_text + request.user_text
    return next(
        name for name in ("verifier", "intent", "finder") if prompts.read(name)[:60] in said
    )


def checked(request: Request) -> list[dict[str, Any]]:
    """The files of the task, each with every rule that it is to be held against."""
    text = request.user_text
    rules = _RULES.findall(text)[-1].split(", ")
    if purpose(request) == "intent":
        return [{"path": ".", "rules_checked": rules}]
    return [
        {
            "path": path,
            "rules_checked": rules if names == "all rules below" else names.split(", "),
        }
        for path, names in _ASKED.findall(text.partition(_TASK)[2])
    ]


def suspicions(request: Request) -> list[tuple[int, str]]:
    """The numbers of a verifier's suspicions with their rules."""
    return [(int(number), rule) for number, rule in _SUSPICION.findall(request.user_text)]


def added(request: Request) -> Iterator[Added]:
    """The lines that the change added, of the files shown."""
    for _, path, code in _FILE.findall(request.user_text):
        for number, text in _ADDED.findall(code):
            yield Added(path, int(number), text)


def finding(rule: str, path: str, line: int, quote: str, **other: Any) -> dict[str, Any]:
    """A finding in the form that the finder answers."""
    usual = {
        "side": "new",
        "supporting": [],
        "exception_considered": "none fits",
        "claim": "This code does what the rule forbids.",
        "instead": "Do as the rule says.",
        "kind": "introduced",
    }
    return {"rule": rule, "path": path, "line": line, "quote": quote, **usual, **other}


def verdict(number: int, word: str, quote: str) -> dict[str, Any]:
    """A verifier's answer about one suspicion."""
    return {"number": number, "verdict": word, "decisive_quote": quote, "reason": "as quoted"}


class Oracle:
    """Answers from the label of the case that is being reviewed, and finds nothing else."""

    def __init__(self) -> None:
        self.case: Label | None = None

    def __call__(self, request: Request) -> Reply:
        case = self.case
        assert case is not None
        if purpose(request) == "verifier":
            answers = [
                verdict(number, "violates" if rule == case.violates else "does_not", case.quote)
                for number, rule in suspicions(request)
            ]
            return json_answer({"answers": answers})
        files = checked(request)
        # What is true of the change as a whole is asked about under the path ".".
        asked = {
            rule
            for file in files
            if file["path"] in (case.path, ".")
            for rule in file["rules_checked"]
        }
        found = [finding(case.violates, case.path, case.line, case.quote)]
        return json_answer({"files": files, "findings": found if case.violates in asked else []})


class Liar:
    """Invents: quotes, lines, rules, files, code elsewhere; and confirms all that it is asked."""

    def __init__(self) -> None:
        self.case: Label | None = None

    def __call__(self, request: Request) -> Reply:
        case = self.case
        assert case is not None
        if purpose(request) == "verifier":
            return json_answer(
                {
                    "answers": [
                        verdict(number, "violates", "everything = permitted(forever)")
                        for number, _ in suspicions(request)
                    ]
                }
            )
        files = checked(request)
        return json_answer({"files": files, "findings": list(self._lies(case, files))})

    def _lies(self, case: Label, files: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        rule = files[0]["rules_checked"][0]
        path, line, quote = case.path, case.line, case.quote
        yield finding(rule, path, line, "delete_all_customers(without_asking=True)")
        yield finding(rule, path, line, f"{quote.strip()}  # and this is not there")
        yield finding(rule, path, line, "")
        yield finding(rule, path, line, quote, kind="preexisting")
        yield finding("architecture/invented", path, line, quote)
        yield finding(rule, "no/such/file.py", 1, quote)
        yield finding(rule, f"../{path}", line, quote)
        elsewhere = [{"path": path, "ref": "head", "quote": "no_such_helper(of=anybody)"}]
        yield finding(rule, path, line, quote, supporting=elsewhere)
        elsewhere = [{"path": "/etc/passwd", "ref": "head", "quote": "root:x:0:0:root"}]
        yield finding(rule, path, line, quote, supporting=elsewhere)
        for number, text in unchanged(case):
            yield finding(rule, path, number, text)
        # All of this exists: only the verifier's quote, which does not, gives it away.
        yield finding(rule, path, line, quote)


def unchanged(case: Label) -> list[tuple[int, str]]:
    """Three lines of the labelled file that stood there before and say something of their own."""
    before = [line.strip() for line in case.base.get(case.path, "").splitlines()]
    now = case.head[case.path].splitlines()
    found = [
        (number, line)
        for number, line in enumerate(now, 1)
        if len(line.strip()) > 12
        and line.strip() in before
        and sum(line.strip() in other for other in now) == 1
        and not line.lstrip().startswith(("def ", "class ", "async ", "@"))
    ]
    return found[:3]


class Usual:
    """As models are: two turns with tools, two suspicions a change, one of which is confirmed.

    Asked again about a small part of a change, it looks once and suspects once.
    """

    def __init__(self) -> None:
        self._suspects = self._turns = 2
        self._first = ""
        self._lock = threading.Lock()

    def begin(self, *, again: bool = False) -> None:
        """Another change is reviewed from here on."""
        self._suspects = self._turns = 1 if again else 2
        self._first = ""

    def __call__(self, request: Request) -> Reply:
        kind = purpose(request)
        if kind == "intent":
            return json_answer({"files": checked(request), "findings": []})
        if kind == "verifier":
            return json_answer({"answers": [self._verdict(request, *each) for each in suspicions(request)]})  # fmt: skip
        turns = sum(turn.role == "assistant" for turn in request.turns)
        rows = list(added(request))
        if turns < self._turns:
            return tool_calls(self._looks(rows, turns))
        return json_answer({"files": checked(request), "findings": self._suspected(request, rows)})

    def _looks(self, rows: list[Added], turn: int) -> list[tuple[str, dict[str, Any]]]:
        """What it reads: around a changed place, and who uses a name of the change."""
        names = list(dict.fromkeys(_CALLED.findall("\n".join(row.text for row in rows))))
        name = names[turn % len(names)] if names else "main"
        row = rows[(turn * len(rows)) // 2] if rows else Added("README.md", 1, "")
        start = max(1, row.line - 40)
        return [
            ("read_file", {"path": row.path, "start": start, "end": start + 80}),
            ("find_references", {"name": name}),
        ]

    def _suspected(self, request: Request, rows: list[Added]) -> list[dict[str, Any]]:
        files = {file["path"]: file["rules_checked"] for file in checked(request)}
        places = [row for row in rows if len(row.text.strip()) > 20 and files.get(row.path)]
        found: list[dict[str, Any]] = []
        with self._lock:
            # From both ends of the change: two files where it has two.
            for at in (0, -1):
                if self._suspects and len(places) > len(found):
                    row = places[at]
                    rules = files[row.path]
                    rule = rules[len(found) % len(rules)]
                    self._first = self._first or rule
                    self._suspects -= 1
                    found.append(finding(rule, row.path, row.line, row.text))
        return found

    def _verdict(self, request: Request, number: int, rule: str) -> dict[str, Any]:
        quotes = [text.strip() for _, text in _ADDED.findall(request.user_text)]
        quote = max(quotes, key=len, default="")
        return verdict(number, "violates" if rule == self._first else "does_not", quote[:300])
