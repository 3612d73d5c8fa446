"""The nouns every other module speaks; the standard library only.

Lines are 1-based and inclusive. Paths are relative to the repository's root, with `/`,
and hold bytes that are not UTF-8 as surrogate escapes; `bot.wording.visible` makes any
text fit to be shown.

These are `NamedTuple`s: twenty frozen dataclasses cost 10 ms at every start, twenty named
tuples 2 ms, and a warm review has about 50 ms in all (docs/architecture.md, "Speed").
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
Label = Literal["introduced", "worsened", "moved", "pre-existing", "fixed"]
Verdict = Literal["passed", "blocked", "incomplete"]
Standing = Literal["checked", "not applicable", "skipped", "failed"]
Status = Literal["added", "modified", "deleted", "renamed"]
# Who wrote: an agent, a person, a program that is no agent; and whether there is any sign at all.
Writer = Literal["ai", "human", "automation", "unknown"]
Confidence = Literal["low", "medium", "high"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
# Only what the change brought about can block; the rest is told, never charged.
BLOCKING_LABELS: frozenset[Label] = frozenset({"introduced", "worsened"})

REGULAR_MODES = frozenset({"100644", "100755"})
LINK_MODE = "120000"
SUBMODULE_MODE = "160000"


class Request(NamedTuple):
    """What to review. Revisions are as the person wrote them; None means "work it out"."""

    range: str | None = None
    base: str | None = None
    head: str | None = None
    staged: bool = False
    committed: bool = False
    rules_from_worktree: bool = False
    # A range that a push is about: its base is the author's own branch, which must not judge.
    pushed: bool = False


class Hunk(NamedTuple):
    """A replaced run of lines. With count 0 the start is the line *before* the gap, as in git."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int


class ChangedFile(NamedTuple):
    """One file of a change; the old side is empty for an added file, the new for a deleted."""

    path: str
    old_path: str
    status: Status
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str


class Change(NamedTuple):
    """What is reviewed: two trees, how they differ, and where the rules are read.

    *base* and *head* are object ids of commits or trees; *trusted* is the one whose rules,
    policy and tool settings judge. *notes* are sentences a person should read first.
    """

    title: str
    base: str
    head: str
    trusted: str
    files: tuple[ChangedFile, ...]
    notes: tuple[str, ...] = ()
    # Paths left out of the snapshot of the working tree, with the reason.
    left_out: tuple[tuple[str, str], ...] = ()
    # The newest commit in it; "" where there is none. What head holds besides is not committed.
    tip: str = ""
    # What is said of it as a whole, where that is not its commits: a pull request's title and text.
    stated: str = ""
    # The branch it is on, where that is known: a weak sign of who works there.
    branch: str = ""


class Commit(NamedTuple):
    """A commit as it says itself; *id* is empty for what is not committed yet."""

    id: str
    parents: tuple[str, ...]
    author_name: str
    author_mail: str
    committer_name: str
    committer_mail: str
    message: str


class Evidence(NamedTuple):
    """A sign of who wrote something. *kind* is where it was found, *text* what was found."""

    kind: str
    speaks_for: Writer
    agent: str
    confidence: Confidence
    text: str


class Attribution(NamedTuple):
    """Who wrote a commit or a line: every agent named, the best confidence of a sign, all signs."""

    writer: Writer
    agents: tuple[str, ...]
    confidence: Confidence
    evidence: tuple[Evidence, ...]


class Stretch(NamedTuple):
    """Lines of a file at head that the change added, by one writer in one commit; *sign* tells whence that is known."""

    start: int
    end: int
    commit: str
    writer: Writer
    agents: tuple[str, ...]
    confidence: Confidence
    sign: str


class Credit(NamedTuple):
    """A commit of the change and who wrote it."""

    commit: Commit
    attribution: Attribution


class Authorship(NamedTuple):
    """Who wrote a change. *files* are the lines it added, by path at head; empty ones are left out.

    *uncounted* are paths whose lines nobody was asked about.
    """

    credits: tuple[Credit, ...] = ()
    files: Mapping[str, tuple[Stretch, ...]] = {}
    uncounted: tuple[str, ...] = ()
    # The id, in this process only, of what is not committed; "" where all is.
    loose: str = ""


UNTOLD = Authorship()


class Source(NamedTuple):
    """One side of a changed file, named by its blob; equal blobs are equal text."""

    side: Literal["base", "head"]
    path: str
    blob: str


class Symbol(NamedTuple):
    """A function, method or class: its dotted name and the lines it spans, decorators included."""

    name: str
    start_line: int
    end_line: int


# Three lines more in two thousand are nothing, whichever step they pass.
_LEAST_GROWTH = 0.01


class Measure(NamedTuple):
    """A number held to a limit. *rising* tells whether a higher number is worse.

    With a *tolerance*, a share, a rising number over its limit is worse only when it passes another
    step: limit * (1 + tolerance), and so on. A line more in a long function is not worth a word.
    Past its limit a number is worse only when it goes *least* further. What then is less than
    *notable* points and less than a tenth of the number is `slight`.
    """

    name: str
    value: float
    limit: float
    rising: bool = True
    tolerance: float = 0.0
    least: float = 0.0
    notable: float = 0.0

    @property
    def exceeded(self) -> bool:
        return self.value > self.limit if self.rising else self.value < self.limit

    def worse_than(self, value: float) -> bool:
        if self.tolerance and self.limit > 0:
            growth = self.value - value
            grew = growth >= self.value * _LEAST_GROWTH
            grew = grew and (growth >= self.least or value <= self.limit)
            return grew and self._steps(self.value) > self._steps(value)
        growth = self._growth(value)
        was_exceeded = self._replace(value=value).exceeded
        return growth > 0 and (round(growth, 6) >= self.least or not was_exceeded)

    @property
    def rough(self) -> float:
        """The number, or its step where it has steps: equal for numbers that differ by nothing."""
        if self.tolerance and self.limit > 0:
            return self._steps(self.value)
        return self.value // self.least if self.least else self.value

    def slight(self, value: float) -> bool:
        """Whether the difference to *value* at base is a small one."""
        growth = self._growth(value)
        return growth < self.notable and growth < abs(self.value) / 10

    def _growth(self, value: float) -> float:
        return self.value - value if self.rising else value - self.value

    def _steps(self, value: float) -> int:
        import math

        if value <= self.limit:
            return 0
        return math.ceil(math.log(value / self.limit) / math.log1p(self.tolerance) - 1e-9)


class Edit(NamedTuple):
    """Replace from (line, column) up to (end line, end column) with *text*; columns 1-based."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int
    text: str


class Fix(NamedTuple):
    """A repair a tool offers; *safe* when the tool vouches that behaviour is unchanged."""

    message: str
    safe: bool
    edits: tuple[Edit, ...]


class Finding(NamedTuple):
    """One place where one rule is broken.

    *code* is the tool's own name for the check, *quote* the lines it is about, *symbol* the
    dotted name of what encloses them. *before* is the measured value at base, where there is one.
    *key* stands for the quote where a finding is about something else than its text: an import, a
    route, a dependency. *subject* is all the text that it is about, where that is more than the quote.
    """

    rule: str
    checker: str
    severity: Severity
    path: str
    start_line: int
    end_line: int
    message: str
    code: str = ""
    symbol: str = ""
    quote: str = ""
    label: Label = "introduced"
    fix: Fix | None = None
    measure: Measure | None = None
    before: float | None = None
    old_path: str = ""
    # Which of several alike this is: same rule, file, symbol and text.
    ordinal: int = 0
    authorship: Writer = "unknown"
    key: str = ""
    # The agents among those who wrote its lines.
    agents: tuple[str, ...] = ()
    subject: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Rule, path at base, symbol and text without white space: no line, no wording."""
        text = "" if self.measure else self.key or "".join(self.quote.split())
        return self.rule, self.old_path or self.path, self.symbol, text

    @property
    def fingerprint(self) -> str:
        """A name that survives edits elsewhere, renames and other wordings; 32 hex digits."""
        import hashlib

        text = "\0".join((*self.identity, str(self.ordinal)))
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]

    @property
    def version(self) -> str:
        """A short hash of the code, or the number, that it is about: answers hold for this one."""
        import hashlib

        text = "".join((self.subject or self.quote).split())
        if self.measure:
            text = f"{text}|{self.measure.rough}"
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:12]


class Coverage(NamedTuple):
    """What one checker did about one file. Anything skipped or failed keeps the gate closed."""

    path: str
    checker: str
    standing: Standing
    reason: str = ""


# Where the rules that are delivered come from.
BUILT_IN = "rules/"


class Rule(NamedTuple):
    """One rule file. *why* and *instead* are its sections as Markdown, *title* one line."""

    id: str
    title: str
    severity: Severity
    check: str
    options: Mapping[str, Any]
    sections: Mapping[str, str]
    paths: tuple[str, ...] = ()
    owner: str = ""
    applies_to: Literal["all", "ai"] = "all"
    origin: str = ""
    # True once a policy has stated the severity: then no tool's own rating lowers it.
    severity_is_fixed: bool = False

    @property
    def is_built_in(self) -> bool:
        """Whether it is delivered with Architrave and not the repository's own."""
        return self.origin.startswith(BUILT_IN)

    @property
    def why(self) -> str:
        return self.sections.get("Why", "")

    @property
    def instead(self) -> str:
        return self.sections.get("Instead", "")


class Policy(NamedTuple):
    """What the repository wants, from `.architrave.toml` or `[tool.architrave]`."""

    packs: tuple[str, ...] = (
        "python",
        "security",
        "complexity",
        "modularity",
        "contracts",
        "oversight",
        "tests",
        "dependencies",
        "ai-habits",
        "architecture",
    )
    disable: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Literal["error", "warning", "note", "never"] = "error"
    severity: Mapping[str, Severity] = {}
    options: Mapping[str, Mapping[str, Any]] = {}
    judge: Literal["auto", "required", "off"] = "auto"
    origin: str = ""
    # Folders that imports start from; empty: worked out from where the packages are.
    source_roots: tuple[str, ...] = ()
    # Whose lines are held to the rules, and whom lines without any sign are taken to be by.
    scope: Literal["all", "ai"] = "all"
    unmarked: Literal["ai", "human", "skip"] = "ai"
    # Agents of the house: what they are called, and the accounts and addresses they commit with.
    agents: Mapping[str, tuple[str, ...]] = {}
    # Where Agent Trace records lie.
    traces: tuple[str, ...] = (".agent-trace/traces.jsonl",)
    # As *severity*, on lines that an agent wrote.
    severity_ai: Mapping[str, Severity] = {}
    # On a pull request: whether a person has to give a reason, whether its author may answer,
    # whether only a rule's owner may, and how many comments there are at once.
    answer: Literal["resolve", "reason"] = "resolve"
    author_may_answer: bool = True
    owners_only: bool = False
    comment_cap: int = 25
    # What the model reviewer may use, by the names of docs/policy.md.
    budget: Mapping[str, float] = {}
    # Files that hold the public keys by which records of merged pull requests are believed.
    record_keys: tuple[str, ...] = ()
    # Whether rules that people mostly call wrong become notes.
    demote_noisy: bool = False
    # Whether the service tells once a day, in a check of its own, what waits for a person.
    digest: bool = False


class Cost(NamedTuple):
    """What the model took: calls, tokens by kind, money where every price is known, which models.

    *reused* are verdicts on a file and a rule kept from before, *rejected* the suspicions that
    were dropped, by reason.
    """

    calls: int = 0
    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0
    usd: float | None = 0.0
    models: tuple[str, ...] = ()
    reused: int = 0
    rejected: Mapping[str, int] = {}

    @property
    def tokens(self) -> int:
        return self.input + self.cache_write + self.cache_read + self.output


class Review(NamedTuple):
    """The outcome: findings of every label, what was and was not checked, and the verdict."""

    change: Change
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    verdict: Verdict
    blocking: frozenset[Finding]
    rules: Mapping[str, Rule]
    # Lines of every file a finding is in, for the code around it.
    texts: Mapping[str, tuple[str, ...]]
    seconds: float = 0.0
    cached: int = 0
    analysed: int = 0
    authorship: Authorship = UNTOLD
    cost: Cost = Cost()
    policy: Policy = Policy()
