"""Rule files to a `Rulebook`, or every problem at once.

A rule file is Markdown with YAML front matter; the body has the sections Why, Instead and,
optionally, Breaks it, Keeps it and Exceptions. Pure: texts come in, rules go out.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.domain import BUILT_IN, SEVERITIES, Policy, Rule
from bot.errors import ArchitraveError
from bot.options import STRINGS, Option, Table, fits
from bot.settings import nearest

SECTIONS = ("Why", "Instead", "Breaks it", "Keeps it", "Exceptions")
FRONT: Table = {
    "id": Option(
        "lower-case words joined by `-`, with `/` between pack and name",
        {"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$(?!\n)"},
        required=True,
    ),
    "title": Option("one line of text", {"type": "string", "pattern": r"^[^\n]*\S[^\n]*$"}, True),
    "severity": Option(f"one of {', '.join(SEVERITIES)}", {"enum": list(SEVERITIES)}, True),
    "check": Option("a rule kind", {"type": "string"}),
    "paths": Option("a list of globs", STRINGS),
    "options": Option("a table", {"type": "object"}),
    "owner": Option("a name", {"type": "string"}),
    "applies_to": Option("all or ai", {"enum": ["all", "ai"]}),
}
# Up to a stop that a new sentence or nothing follows; stops inside `code` do not count.
_SENTENCE = re.compile(r"(?:`[^`]*`|[^`])*?[.!?](?=\s+[A-Z`*]|$)")
# The option that a problem is about.
_NAMED = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^##\s+(.+?)\s*$", re.MULTILINE)
# Far above any rule a person would read; a larger file is a mistake or an attack.
SIZE_LIMIT = 64 << 10
# Of rules that a repository has of its own.
COUNT_LIMIT = 1_000

# What a rule kind says about the options of a rule: one sentence a problem.
OptionsCheck = Callable[[Mapping[str, Any]], Sequence[str]]


class RuleText(NamedTuple):
    """One rule file as read: where it came from and what is in it."""

    origin: str
    data: bytes


def parse(texts: Sequence[RuleText], kinds: Mapping[str, OptionsCheck]) -> list[Rule]:
    """The rules in *texts*; a later one replaces an earlier one of the same id.

    Raises `ArchitraveError` naming every problem with file and line.
    """
    problems: list[str] = []
    rules: dict[str, Rule] = {}
    own = sum(not text.origin.startswith(BUILT_IN) for text in texts)
    if own > COUNT_LIMIT:
        problems.append(f"  {own} rule files; at most {COUNT_LIMIT} are read")
        texts = texts[:0]
    for text in texts:
        rule = _RuleReader(text, kinds, problems).read()
        if rule is not None:
            if (
                rule.id in rules
                and rules[rule.id].origin.split("/")[0] == text.origin.split("/")[0]
            ):
                problems.append(
                    f"  {text.origin}:1: the id `{rule.id}` is already that of {rules[rule.id].origin}"
                )
            rules[rule.id] = rule
    if problems:
        raise ArchitraveError(
            "\n".join(["Rule files have mistakes:", *problems]),
            "The format is described in docs/rules.md.",
        )
    return list(rules.values())


def apply(rules: Iterable[Rule], policy: Policy, kinds: Mapping[str, OptionsCheck]) -> list[Rule]:
    """The rules that *policy* wants, with its severities and options.

    Raises `ArchitraveError` when an option does not fit its rule, or no rule is left.
    """
    problems: list[str] = []
    chosen = []
    for rule in rules:
        if not _is_wanted(rule, policy):
            continue
        if rule.id in policy.options:
            rule = rule._replace(options={**rule.options, **policy.options[rule.id]})
            problems += [f"`{rule.id}`: {problem}" for problem in kinds[rule.check](rule.options)]
        if rule.id in policy.severity:
            rule = rule._replace(severity=policy.severity[rule.id], severity_is_fixed=True)
        chosen.append(rule)
    if not chosen and not problems:
        problems.append("no rule is left, so nothing would be checked")
    if problems:
        raise ArchitraveError(
            "\n".join(
                [f"{policy.origin} has mistakes:", *(f"  {problem}" for problem in problems)]
            ),
            "`review-local --explain RULE` shows a rule; docs/rules.md lists them all.",
        )
    return chosen


def _is_wanted(rule: Rule, policy: Policy) -> bool:
    if rule.id in policy.disable:
        return False
    # A repository's own rules need no pack to be named.
    return not rule.is_built_in or rule.id.split("/")[0] in policy.packs


def front_table(kinds: Iterable[str]) -> Table:
    """The keys of front matter, `check` being one of *kinds*."""
    names = list(kinds)
    return {**FRONT, "check": Option(f"one of {', '.join(names)}", {"enum": names})}


def first_sentence(markdown: str) -> str:
    """The first sentence of a section, on one line, for where there is no room for more."""
    paragraph = " ".join(markdown.strip().split("\n\n")[0].split())
    match = _SENTENCE.match(paragraph)
    return match.group(0) if match else paragraph


class _RuleReader:
    """Reads one file, adding what is wrong with it to a shared list."""

    def __init__(
        self, text: RuleText, kinds: Mapping[str, OptionsCheck], problems: list[str]
    ) -> None:
        self._text, self._kinds, self._problems = text, kinds, problems
        self._lines: dict[str, int] = {}
        self._sound = True

    def read(self) -> Rule | None:
        parts = self._split()
        if parts is None:
            return None
        front = self._front_matter(parts[0])
        if front is None:
            return None
        sections = self._sections(parts[1])
        self._check_keys(front)
        check = front.get("check") or "judge"
        options = front.get("options") or {}
        if isinstance(check, str) and check in self._kinds and isinstance(options, dict):
            for problem in self._kinds[check](options):
                named = _NAMED.search(problem)
                key = f"options.{named[1]}" if named else "options"
                self._say(key if key in self._lines else "options", problem)
        if not self._sound:
            return None
        return Rule(
            id=front["id"],
            title=front["title"],
            severity=front["severity"],
            check=check,
            options=options,
            sections=sections,
            paths=tuple(front.get("paths") or ()),
            owner=front.get("owner") or "",
            applies_to=front.get("applies_to") or "all",
            origin=self._text.origin,
        )

    def _split(self) -> tuple[str, str] | None:
        if len(self._text.data) > SIZE_LIMIT:
            self._say("", f"larger than {SIZE_LIMIT >> 10} KiB")
            return None
        try:
            text = self._text.data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            self._say("", "not UTF-8")
            return None
        match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
        if match is None:
            self._say("", "must begin with YAML front matter between two lines of `---`")
            return None
        return match.group(1), text[match.end() :]

    def _front_matter(self, text: str) -> dict[str, Any] | None:
        import yaml

        # The C parser where PyYAML has it: eight times as fast.
        safe_loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(text, Loader=safe_loader):
                # Refused before anything is built: a few lines of them unfold into gigabytes.
                if getattr(event, "anchor", None) is not None:
                    self._say("", "YAML anchors and aliases are not allowed")
                    return None
            loader = safe_loader(text)
            try:
                node = loader.get_single_node()
                front = loader.construct_document(node) if node is not None else None
            finally:
                loader.dispose()
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self._say("", f"the front matter is not valid YAML: {self._yaml_problem(error)}")
            return None
        if not isinstance(node, yaml.MappingNode) or not isinstance(front, dict):
            self._say("", "the front matter must be `key: value` lines")
            return None
        for key_node, value in node.value:
            self._lines[str(key_node.value)] = key_node.start_mark.line + 2
            if key_node.value == "options" and isinstance(value, yaml.MappingNode):
                for option, _ in value.value:
                    self._lines[f"options.{option.value}"] = option.start_mark.line + 2
        return front

    def _yaml_problem(self, error: Exception) -> str:
        """What YAML says, and where in this file; noted as the place of the mistake."""
        mark = getattr(error, "problem_mark", None)
        said = str(getattr(error, "problem", None) or "" if mark else error)
        if mark is None:
            return " ".join(said.split())
        # Its lines start at 0, and below the first `---`.
        self._lines[""] = mark.line + 2
        hint = "; a text with `: ` in it needs quotes" if said.startswith("mapping values") else ""
        return f"{' '.join(said.split())}, at column {mark.column + 1}{hint}"

    def _sections(self, body: str) -> dict[str, str]:
        pieces = _HEADING.split(body)
        sections = {
            name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)
        }
        for name in sections:
            if name not in SECTIONS:
                self._say("", f"unknown section `{name}`{nearest(name, SECTIONS)}")
        for name in ("Why", "Instead"):
            if not sections.get(name):
                self._say("", f"the section `## {name}` is missing or empty")
        return sections

    def _check_keys(self, front: Mapping[str, Any]) -> None:
        for key in front:
            if key not in FRONT:
                self._say(str(key), f"unknown key `{key}`{nearest(str(key), FRONT)}")
        for key, option in front_table(self._kinds).items():
            # `owner:` with nothing behind it says as much as no `owner`.
            if front.get(key) is None:
                if option.required:
                    self._say(key, f"`{key}` is missing; it is {option.says}")
            elif not fits(front[key], option.schema):
                known = option.schema.get("enum", ()) if isinstance(front[key], str) else ()
                meant = nearest(front[key], known) if known else ""
                self._say(key, f"`{key}` must be {option.says}{meant}")

    def _say(self, key: str, problem: str) -> None:
        self._sound = False
        self._problems.append(f"  {self._text.origin}:{self._lines.get(key, 1)}: {problem}")
