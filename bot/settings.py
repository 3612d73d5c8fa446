"""Environment to `Settings`, policy file to `Policy`. The only reader of the environment."""

import os
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from bot.domain import SEVERITIES, Policy
from bot.errors import ArchitraveError

POLICY_FILE = ".architrave.toml"
PROJECT_FILE = "pyproject.toml"
SCOPE = ("all", "ai")
UNMARKED = ("ai", "human", "skip")
JUDGE = ("auto", "required", "off")
ANSWER = ("resolve", "reason")
# GitHub refuses more content than this in a minute (docs: secondary rate limits, 80).
_MOST_COMMENTS = 60
FAIL_ON = ("error", "warning", "note", "never")
# The keys of a policy and what each says, for messages, docs and editors.
POLICY_KEYS = {
    "packs": "Built-in rule packs that hold here.",
    "disable": "Rules that do not.",
    "ignore": "Globs of files that are not reviewed.",
    "fail-on": "The mildest severity that a human must answer.",
    "severity": "Rule to severity, whatever a tool rates.",
    "options": "Rule to options that replace those in its file.",
    "judge": "Whether the model reviewer has to judge.",
    "scope": "Whose lines are held to the rules: `all`, or only those that an agent wrote, `ai`.",
    "unmarked": "Whom lines without any sign are taken to be by: `ai`, `human`, or `skip` for nobody to answer.",
    "agents": "Agents of the house: a name to the accounts and addresses it commits with.",
    "traces": "Files that hold Agent Trace records.",
    "severity-ai": "As `severity`, on lines that an agent wrote.",
    "answer": "On a pull request: `resolve`, or `reason` where a reply has to give one.",
    "author-may-answer": "Whether who wrote the pull request may answer its findings.",
    "owners-only": "Whether a rule's `owner` alone may answer its findings, where it has one.",
    "comment-cap": "How many comments a pull request has at once; the rest is listed.",
    "budget": "What the model reviewer may use.",
    "demote-noisy": "Whether a rule becomes a note once people have called it wrong often enough.",
    "digest": "Whether the service tells once a day what waits for a person.",
    "record-keys": "Files with the public keys by which `review-local audit` believes records.",
    "source-roots": "Folders that imports start from; by default worked out from where packages are.",
}
# The keys of `budget`; 0 is no bound.
BUDGET_KEYS = {
    "tokens": "Tokens a review, of every kind.",
    "usd": "US dollars a review, for models whose price is known.",
    "seconds": "Seconds a review.",
    "calls": "Calls a review.",
    "tokens-per-day": "Tokens a day, all reviews with one cache together.",
    "usd-per-day": "US dollars a day, likewise.",
}
_ZERO = re.compile(r"0+")


class Settings(NamedTuple):
    """What the process was given by its surroundings."""

    environ: Mapping[str, str]
    cache_folder: str | None
    colour: bool | None
    pushed: tuple[str, str, str] | None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from *environ*, by default the process's own.

    `colour` is None where the terminal decides (https://no-color.org, FORCE_COLOR). `pushed` is
    (from, to, remote) when pre-commit runs us before a push.
    """
    environ = dict(os.environ if environ is None else environ)
    colour = None
    if environ.get("NO_COLOR"):
        colour = False
    elif environ.get("FORCE_COLOR"):
        colour = True
    pushed = None
    if environ.get("PRE_COMMIT_TO_REF"):
        pushed = (
            environ.get("PRE_COMMIT_FROM_REF", ""),
            environ["PRE_COMMIT_TO_REF"],
            environ.get("PRE_COMMIT_REMOTE_NAME", "origin"),
        )
    return Settings(environ, _cache_folder(environ), colour, pushed)


def forget_repository(settings: Settings) -> Settings:
    """The same settings for a repository of our own, whichever one a hook runs us in.

    Git's variables are taken from the process too: GitPython looks there.
    """
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    kept = {name: text for name, text in settings.environ.items() if not name.startswith("GIT_")}
    return settings._replace(environ=kept)


def _cache_folder(environ: Mapping[str, str]) -> str | None:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if environ.get("XDG_CACHE_HOME"):
        parent = environ["XDG_CACHE_HOME"]
    elif environ.get("LOCALAPPDATA"):
        parent = environ["LOCALAPPDATA"]
    elif home:
        parent = os.path.join(
            home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",))
        )
    else:
        return None
    return os.path.join(parent, "architrave")


def read_policy(
    own: bytes | None, project: bytes | None, rules: Collection[str] | None = None
) -> Policy:
    """The policy in `.architrave.toml`, else in `pyproject.toml`, else the built-in one.

    *rules* are the ids it may name; None: any. Raises `ArchitraveError` with every problem, each with file and line.
    """
    import tomllib

    if own is not None:
        origin, data, table = POLICY_FILE, own, ""
    elif project is not None and b"tool.architrave" in project:
        origin, data, table = PROJECT_FILE, project, "tool.architrave"
    else:
        return Policy()
    try:
        text = data.decode()
        content: Any = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArchitraveError(
            f"{origin} cannot be read: {error}", "It must be valid TOML in UTF-8."
        ) from error
    for part in table.split(".") if table else ():
        content = content.get(part, {}) if isinstance(content, dict) else None
    if not isinstance(content, dict):
        raise ArchitraveError(f"{origin}: `{table}` must be a table", "See docs/policy.md.")
    reader = _PolicyReader(origin, text, table)
    policy = reader.read(content)
    if rules is not None:
        reader.check_names(policy, rules)
    if reader.problems:
        raise ArchitraveError(
            "\n".join(["The policy has mistakes:", *reader.problems]),
            "All keys are described in docs/policy.md.",
        )
    return policy


class _PolicyReader:
    """Reads one table, collecting every problem before any is raised."""

    def __init__(self, origin: str, text: str, table: str) -> None:
        self.problems: list[str] = []
        self._origin, self._table = origin, table
        self._lines = text.splitlines()

    def read(self, content: Mapping[str, Any]) -> Policy:
        for key in content:
            if key not in POLICY_KEYS:
                self._say(key, f"unknown key `{key}`{nearest(key, POLICY_KEYS)}")
        severity = self._severities(content, "severity")
        options = self._table_of(content, "options")
        for rule, value in options.items():
            if not isinstance(value, dict):
                self._say(rule, f"options of `{rule}` must be a table")
        default = Policy()
        return Policy(
            packs=self._strings(content, "packs", default.packs),
            disable=self._strings(content, "disable", ()),
            ignore=self._strings(content, "ignore", ()),
            fail_on=self._word(content, "fail-on", FAIL_ON, default.fail_on),
            severity=severity,
            options=options,
            judge=self._word(content, "judge", JUDGE, default.judge),
            origin=self._origin,
            source_roots=self._strings(content, "source-roots", ()),
            scope=self._word(content, "scope", SCOPE, default.scope),
            unmarked=self._word(content, "unmarked", UNMARKED, default.unmarked),
            agents=self._agents(content),
            traces=self._strings(content, "traces", default.traces),
            severity_ai=self._severities(content, "severity-ai"),
            answer=self._word(content, "answer", ANSWER, default.answer),
            author_may_answer=self._flag(content, "author-may-answer", default.author_may_answer),
            owners_only=self._flag(content, "owners-only", default.owners_only),
            comment_cap=self._count(content, "comment-cap", default.comment_cap),
            budget=self._budget(content),
            demote_noisy=self._flag(content, "demote-noisy", default.demote_noisy),
            digest=self._flag(content, "digest", default.digest),
            record_keys=self._strings(content, "record-keys", ()),
        )

    def _flag(self, content: Mapping[str, Any], key: str, default: bool) -> bool:
        value = content.get(key, default)
        if not isinstance(value, bool):
            self._say(key, f"`{key}` must be true or false")
            return default
        return value

    def _count(self, content: Mapping[str, Any], key: str, default: int) -> int:
        value = content.get(key, default)
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or not 1 <= value <= _MOST_COMMENTS
        ):
            self._say(key, f"`{key}` must be a whole number from 1 to {_MOST_COMMENTS}")
            return default
        return value

    def _budget(self, content: Mapping[str, Any]) -> dict[str, float]:
        budget = self._table_of(content, "budget")
        for name, value in budget.items():
            if name not in BUDGET_KEYS:
                self._say(name, f"unknown key `{name}` in `budget`{nearest(name, BUDGET_KEYS)}")
            elif isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                self._say(name, f"`{name}` must be a number, and not below 0")
        return budget

    def _word(
        self, content: Mapping[str, Any], key: str, words: tuple[str, ...], default: str
    ) -> Any:
        value = content.get(key, default)
        if value not in words:
            self._say(key, f"`{key}` must be one of {', '.join(words)}")
            return default
        return value

    def _severities(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        severity = self._table_of(content, key)
        for rule, value in severity.items():
            if value not in SEVERITIES:
                self._say(rule, f"severity of `{rule}` must be one of {', '.join(SEVERITIES)}")
        return severity

    def _agents(self, content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        agents = self._table_of(content, "agents")
        return {name: self._strings(agents, name, ()) for name in agents}

    def check_names(self, policy: Policy, rules: Collection[str]) -> None:
        """Say which packs and rules the policy names that do not exist."""
        packs = {name.split("/")[0] for name in rules}
        for place, names, known in (
            ("packs", policy.packs, packs),
            ("disable", policy.disable, rules),
            ("severity", policy.severity, rules),
            ("severity-ai", policy.severity_ai, rules),
            ("options", policy.options, rules),
        ):
            kind = "pack" if place == "packs" else "rule"
            for name in names:
                if name not in known:
                    self._say(name, f"unknown {kind} `{name}` in `{place}`{nearest(name, known)}")

    def _strings(
        self, content: Mapping[str, Any], key: str, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        value = content.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._say(key, f"`{key}` must be a list of strings")
            return default
        return tuple(value)

    def _table_of(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = content.get(key, {})
        if not isinstance(value, dict):
            self._say(key, f"`{key}` must be a table")
            return {}
        return value

    def _say(self, key: str, problem: str) -> None:
        name = re.escape(key)
        # As a key, in the head of a table, or as a quoted item of a list.
        pattern = re.compile(
            rf"""^\s*["']?{name}["']?\s*=|^\s*\[[^\]]*["'.\[]?{name}["']?\]|["']{name}["']"""
        )
        inside = not self._table
        for number, line in enumerate(self._lines, 1):
            inside = inside or self._table in line
            if inside and pattern.search(line):
                self.problems.append(f"  {self._origin}:{number}: {problem}")
                return
        self.problems.append(f"  {self._origin}:1: {problem}")


def nearest(word: str, known: Any) -> str:
    """`"; did you mean …?"` when one of *known* is close to *word*, else ""."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def is_zero(revision: str) -> bool:
    """Whether a revision is Git's "nothing": only zeros, as for a branch that is new or deleted."""
    return _ZERO.fullmatch(revision) is not None
