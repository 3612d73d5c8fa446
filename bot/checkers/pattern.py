"""Rules about the structure of code in many languages: `check: pattern`, by ast-grep.

`options: {language: python, pattern: "create_engine($$$)"}` forbids a structure in the files that
the rule's `paths` take in; with `required: true` each of them must have it. The library parses
hostile text, so it runs in a worker (`bot.outside.pattern_worker`).

Whether a pattern is sound only the library knows. One that is not ends the review as a
configuration error once a file it is for is in the change; `compile_problems` tells it at once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from bot import options, paths, structure
from bot.analysis import FINDINGS_LIMIT, Program, WorkerTool, Workshop
from bot.domain import Edit, Finding, Fix, Measure, Rule, Source
from bot.errors import ArchitraveError
from bot.options import Option
from bot.outside.cache import Cache
from bot.outside.worker import Failure
from bot.outside.workspace import Workspace

NAME = "pattern"
READS = "pattern"
# A pattern may be about a comment.
COMMENTS = True
PROGRAM = Program("pattern", "bot.outside.pattern_worker", "ast_grep_py", bytes_per_process=500_000)

_LANGUAGE = {"enum": list(structure.LANGUAGES)}
_TEXTS = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
_OBJECT = {"type": "object"}
OPTIONS: options.Table = {
    "language": Option(
        "a language or a list of them: " + ", ".join(structure.LANGUAGES),
        {**_TEXTS, "anyOf": [_LANGUAGE, {"items": _LANGUAGE}]},
        required=True,
    ),
    "pattern": Option(
        "code or a list of it, any of which is meant; `$NAME` stands for one node, `$$$NAME` for any number",
        _TEXTS,
    ),
    "rule": Option("an ast-grep rule object, in place of `pattern`", _OBJECT),
    "constraints": Option("rule objects by the names of captures that they limit", _OBJECT),
    "utils": Option("rule objects by the names under which `matches` finds them", _OBJECT),
    "message": Option("a sentence in which `$NAME` is replaced by what it matched", {"type": "string"}),
    "fix": Option("code to put in place, with `$NAME` for what it matched", {"type": "string"}),
    "required": Option("true where each file must have the structure", options.FLAG),
}  # fmt: skip


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    found = options.problems(NAME, OPTIONS, given)
    if found:
        return found
    found += structure.language_problems(_listed(given["language"]))
    if ("pattern" in given) == ("rule" in given):
        found.append("a pattern rule takes either `pattern` or `rule`")
    found += structure.pattern_problems(_listed(given.get("pattern", [])))
    if "rule" in given:
        found += structure.rule_problems("rule", given["rule"])
    for name in ("constraints", "utils"):
        found += structure.named_problems(name, given.get(name, {}))
    known = structure.captures([given.get(name) for name in ("pattern", "rule", "utils")])
    for name in ("message", "fix"):
        for missing in sorted(set(structure.CAPTURE.findall(given.get(name, ""))) - known):
            found.append(f"`{name}` speaks of `${missing}`, which no pattern captures")
    if given.get("required") and "fix" in given:
        found.append("`fix` has nothing to replace in a rule with `required`")
    return found


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return any(True for _ in _fitting(path, rules))


def tool(rules: Sequence[Rule]) -> "PatternTool":
    """The tool that looks for the structures of these rules."""
    return PatternTool(rules)


def shortfall(answer: Any) -> str:
    """Why the file could not be parsed, or that more was found than is compared."""
    if answer["unreadable"]:
        return str(answer["unreadable"])
    if len(answer["rows"]) > FINDINGS_LIMIT:
        return f"more than {FINDINGS_LIMIT} findings; only the first are compared"
    return ""


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What the worker's answer for one file means under *rules*.

    Raises `ArchitraveError` when the library refused one of them.
    """
    by_id = {rule.id: rule for rule in rules}
    if answer["refused"]:
        problems = [f"  {by_id[name].origin}: {text}" for name, text in answer["refused"]]
        raise ArchitraveError(
            "\n".join(["Rule files have mistakes:", *problems]),
            "docs/rules.md has a section on pattern rules.",
        )
    for name, line, end_line, message, edit in answer["rows"][:FINDINGS_LIMIT]:
        yield _finding(by_id[name], source, line, end_line, message)._replace(
            fix=Fix("Replace it as the rule says", False, (Edit(*edit),)) if edit else None
        )
    for name in answer["missing"]:
        # A number, so that the two sides are compared as wholes; the key, since it has no place.
        yield _finding(by_id[name], source, 1, 1, _absence(by_id[name]))._replace(
            measure=Measure("missing", 1, 0), key="missing"
        )


def compile_problems(rules: Sequence[Rule], environ: Mapping[str, str]) -> list[str]:
    """What the library says against pattern rules, one line each, beginning with the rule's file.

    *environ* is that of a tool. Rules of other kinds are passed over.
    """
    own = {rule.id: rule for rule in rules if rule.check == NAME}
    if not own:
        return []
    question = {"rules": {name: _definition(rule) for name, rule in own.items()}, "limit": 0}
    with closing(Workshop(Cache(None), environ)) as workshop:
        answer = workshop.ask(PROGRAM, {**question, "files": {}, "groups": []}, {"": b""})[""]
    if isinstance(answer, Failure):
        return [f"The pattern rules could not be tried: {answer}"]
    return [f"{own[name].origin}: {text}" for name, text in answer["refused"]]


class PatternTool(WorkerTool):
    """Asks of each file only for the rules that are for it, which are part of the answer's key."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__(PROGRAM, None, "")
        self._rules = rules
        self._definitions = {rule.id: _definition(rule) for rule in rules}
        self._groups: dict[str, list[tuple[str, list[str]]]] = {}
        self._digests: dict[str, str] = {}

    def key(self, source: Source) -> str:
        return f"{super().key(source)}{self._digest(source.path)}"

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        assert self._pool is not None
        numbers: dict[str, int] = {}
        groups: list[Any] = []
        files = {}
        for source in sources:
            digest = self._digest(source.path)
            if digest not in numbers:
                numbers[digest] = len(groups)
                groups.append(self._group(source.path))
            files[workspace.path(source.side, source.path)] = numbers[digest]
        wanted = {name for group in groups for _, names in group for name in names}
        self._pool.feed(
            {
                "rules": {name: self._definitions[name] for name in sorted(wanted)},
                "groups": groups,
                "files": files,
                "limit": FINDINGS_LIMIT + 1,
            },
            list(files),
        )

    def _group(self, path: str) -> list[tuple[str, list[str]]]:
        """The rules for a file, by the languages it may be written in."""
        if path not in self._groups:
            by_language: dict[str, list[str]] = {}
            for language, rule in _fitting(path, self._rules):
                by_language.setdefault(language, []).append(rule.id)
            self._groups[path] = sorted(by_language.items())
        return self._groups[path]

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            import hashlib

            group = self._group(path)
            names = {name for _, each in group for name in each}
            text = json.dumps([group, [self._definitions[name] for name in sorted(names)]])
            self._digests[path] = hashlib.sha256(text.encode()).hexdigest()
        return self._digests[path]


def _fitting(path: str, rules: Sequence[Rule]) -> Iterator[tuple[str, Rule]]:
    """Each of these rules that is for a file of this name, with the language to read it as."""
    spoken = structure.languages(path)
    for rule in rules if spoken else ():
        for language in spoken:
            wanted = _listed(rule.options["language"])
            if language in wanted and paths.matches(path, rule.paths):
                yield language, rule


def _definition(rule: Rule) -> dict[str, Any]:
    """What the worker needs to know of a rule."""
    given = rule.options
    patterns = [{"pattern": text} for text in _listed(given.get("pattern", []))]
    named = {name: given[name] for name in ("constraints", "utils") if name in given}
    return {
        "languages": _listed(given["language"]),
        "config": {"rule": given.get("rule") or {"any": patterns}, **named},
        "message": given.get("message", ""),
        "fix": given.get("fix"),
        "required": given.get("required", False),
    }


def _finding(rule: Rule, source: Source, line: int, end_line: int, message: str) -> Finding:
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=rule.severity,
        path=source.path,
        start_line=line,
        end_line=end_line,
        message=message or rule.title,
    )


def _absence(rule: Rule) -> str:
    """What is missing in a file, as a sentence; "" where only the rule's title says it."""
    given = rule.options
    if "message" in given or not isinstance(given.get("pattern"), str):
        return str(given.get("message", ""))
    return f"`{' '.join(given['pattern'].split())}` is missing in this file"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
