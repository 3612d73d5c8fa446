"""The two trees of a change, as a rule kind sees them that looks at the change as a whole.

Reads objects on demand and remembers what it read; asks tools through the workshop, which keeps
their answers. Everything returned is hostile text or facts about it.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol

from bot import outline, paths
from bot.analysis import Program, Workshop
from bot.coverage import SIZE_LIMIT, Eligible
from bot.domain import (
    REGULAR_MODES,
    UNTOLD,
    Authorship,
    Change,
    ChangedFile,
    Coverage,
    Finding,
    Hunk,
    Policy,
    Rule,
    Source,
)
from bot.located import LineMap
from bot.options import Table
from bot.outside.git import Repository
from bot.outside.git_output import TreeEntry
from bot.outside.worker import Failure

# What a model looks for is found in a moment or not worth waiting for.
_SEARCH_SECONDS = 10
# With more, reading all files is quicker than looking for them.
_MOST_WORDS = 300

SideName = Literal["base", "head"]


class ChangeChecker(Protocol):
    """A rule kind that compares base and head itself."""

    # As written after `check:` in a rule file.
    NAME: str
    # "outline" where it can only speak about Python files that could be outlined,
    # `bot.coverage.ANY_TEXT` where its silence makes no file a reviewed one, else "".
    READS: str
    OPTIONS: Table

    def check_options(self, given: Mapping[str, Any]) -> Sequence[str]:
        """What is wrong with a rule's options, one sentence each."""

    def applies(self, path: str, rules: Sequence[Rule]) -> bool:
        """Whether it has anything to say about a changed file of this path."""

    def compare(
        self, comparison: "Comparison", rules: Sequence[Rule]
    ) -> Iterator[Finding | Coverage]:
        """Labelled findings, and a `Coverage` for each file it should have judged and could not."""


class Subject(NamedTuple):
    """What is compared and under what: *files* are the Python files of the change, *rules* all in force."""

    change: Change
    policy: Policy
    rules: Sequence[Rule] = ()
    files: Sequence[Eligible] = ()
    results: Mapping[str, Mapping[Source, Any]] = {"outline": {}}
    authorship: Authorship = UNTOLD


class Comparison:
    """A change, both of its trees, and the tools to look at them."""

    def __init__(self, subject: Subject, repository: Repository, workshop: Workshop) -> None:
        self.change, self.policy, self.rules, self.files, results, self.authorship = subject
        self._repository, self._workshop = repository, workshop
        self._results = results
        self._outlines = dict(results["outline"])
        self._texts: dict[str, bytes | None] = {}
        self._hunks: dict[tuple[str, str], Sequence[Hunk]] = {}

    # The trees ------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Where the repository is, which tells it from others."""
        return self._repository.place

    def listing(self, side: SideName) -> Mapping[str, TreeEntry]:
        """Every file of one side by its path, ignored ones too."""
        return self._head_listing if side == "head" else self._base_listing

    @cached_property
    def _base_listing(self) -> dict[str, TreeEntry]:
        return self._repository.listing(self.change.base)

    @cached_property
    def _head_listing(self) -> dict[str, TreeEntry]:
        return self._repository.listing(self.change.head)

    def python(self, side: SideName) -> list[Source]:
        """Every Python file of one side by its name (`.py`), but for ignored ones."""
        return [
            Source(side, path, entry.id)
            for path, entry in self.listing(side).items()
            if path.endswith(".py") and entry.mode in REGULAR_MODES and not self.ignores(path)
        ]

    def ignores(self, path: str) -> bool:
        """Whether the policy takes a path out of review."""
        return bool(self.policy.ignore) and paths.matches(path, self.policy.ignore)

    def text(self, side: SideName, path: str) -> bytes | None:
        """The content of a regular file on one side; None if there is none or it is too large."""
        file = self._by_old_path.get(path) if side == "base" else self._by_path.get(path)
        if file is not None:
            # Known without listing a tree of maybe ten thousand files.
            mode, blob = (
                (file.old_mode, file.old_blob) if side == "base" else (file.new_mode, file.new_blob)
            )
        else:
            entry = self.listing(side).get(path)
            mode, blob = (entry.mode, entry.id) if entry is not None else ("", "")
        return self.read([blob])[blob] if mode in REGULAR_MODES else None

    def lines(self, side: SideName, path: str) -> tuple[str, ...]:
        """The lines of a file on one side; none where `text` is None."""
        data = self.text(side, path)
        return () if data is None else paths.lines(data)

    def read(self, blobs: Iterable[str], limit: int = SIZE_LIMIT) -> dict[str, bytes | None]:
        """The contents of blobs; None where missing or larger than *limit* bytes.

        Git's objects are read up to `bot.outside.git_objects.OBJECT_LIMIT` whatever the limit.
        Checkers that look at every file come by here, so that a review can be stopped in them.
        """
        self._workshop.stop()
        wanted = list(dict.fromkeys(blobs))
        missing = [blob for blob in wanted if blob not in self._texts]
        for blob, entry in self._repository.read(missing).items():
            self._texts[blob] = entry.data if entry is not None else None
        texts = {blob: self._texts[blob] for blob in wanted}
        return {
            blob: None if text is None or len(text) > limit else text
            for blob, text in texts.items()
        }

    def search(
        self, side: SideName, words: Collection[str], endings: Sequence[str] = (".py",)
    ) -> dict[Source, frozenset[str]]:
        """The files of these endings that hold any of these words, and all the words of each.

        A word is ASCII: letters, digits and `_`. Git looks for them, which takes 0.1 s for 20 words in
        10,000 files; reading all takes 1 s. Raises `GitFailed`.
        """
        tree = self.change.head if side == "head" else self.change.base
        wanted = sorted(words)
        listing = self.listing(side)
        if len(wanted) > _MOST_WORDS:
            found = [path for path in listing if path.endswith(tuple(endings))]
        else:
            found = self._repository.search(tree, wanted, [f"*{ending}" for ending in endings])
        sources = [
            Source(side, path, listing[path].id)
            for path in found
            if listing[path].mode in REGULAR_MODES and not self.ignores(path)
        ]
        texts = self.read(source.blob for source in sources)
        return {source: paths.words(texts[source.blob] or b"") for source in sources}

    def lines_with(
        self,
        side: SideName,
        pattern: str,
        options: Sequence[str],
        limit: int,
        is_wanted: Callable[[str], bool],
    ) -> list[tuple[str, int]]:
        """Path and line of what `git grep` with these *options* finds, in at most *limit* files.

        Only files that are wanted are counted.

        *pattern* may come from anybody: it is given where it can be no option, and Git's own
        time for it is bounded. Raises `GitFailed`, also for a pattern that is none.
        """
        tree = self.change.head if side == "head" else self.change.base
        stdin = pattern.encode() + b"\n"
        asked = (*options, "-f", "-")
        named = self._repository.grep(tree, ("-l", *asked), (), stdin, _SEARCH_SECONDS)
        listing = self.listing(side)
        found = [os.fsdecode(each).removeprefix(f"{tree}:") for each in named.split(b"\0")[:-1]]
        found = [
            path
            for path in found
            if path in listing and listing[path].mode in REGULAR_MODES and is_wanted(path)
        ]
        if not found:
            return []
        chosen = [f":(literal){path}" for path in found[:limit]]
        rows = self._repository.grep(tree, ("-n", *asked), chosen, stdin, _SEARCH_SECONDS)
        return _numbered(rows, f"{tree}:")

    # The change -----------------------------------------------------------------------------

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Paths at base to paths at head, of renamed files."""
        return {
            file.old_path: file.path
            for file in self.change.files
            if file.old_path and file.old_path != file.path
        }

    def changed(self, path: str) -> ChangedFile | None:
        """The changed file with this path at head or, if deleted, at base."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, ChangedFile]:
        return {file.path: file for file in self.change.files}

    @cached_property
    def _by_old_path(self) -> dict[str, ChangedFile]:
        return {file.old_path: file for file in self.change.files if file.old_path}

    def hunks(self, file: ChangedFile) -> Sequence[Hunk]:
        """How the lines of a changed file map from base to head."""
        if not file.old_blob or not file.new_blob or file.old_blob == file.new_blob:
            return ()
        key = (file.old_path, file.path)
        if key not in self._hunks:
            # All Python at once, since each question to Git takes a while; else one by one.
            several = [each.change for each in self.files if each.base and each.head]
            asked = several if file in several else [file]
            self._hunks.update(self._repository.hunks(self.change.base, self.change.head, asked))
            self._hunks.setdefault(key, ())
        return self._hunks[key]

    def line_at_head(self, file: ChangedFile, line: int) -> int:
        """Where a line of base is at head or, if it is gone, where it was."""
        shift = 0
        for hunk in self.hunks(file):
            start = hunk.old_start + (hunk.old_count == 0)
            if line < start:
                break
            if line < start + hunk.old_count:
                return max(1, hunk.new_start + min(line - start, max(hunk.new_count - 1, 0)))
            shift += hunk.new_count - hunk.old_count
        return max(1, line + shift)

    def is_added(self, file: ChangedFile, line: int) -> bool:
        """Whether the change wrote this line of head."""
        return not file.old_blob or LineMap(self.hunks(file)).old(line) is None

    # What tools say -------------------------------------------------------------------------

    def answer(self, tool: str, source: Source) -> Any:
        """What Ruff or Bandit (`bot.analysis.Tool.name`) said of a changed file; None if not asked."""
        return self._results.get(tool, {}).get(source)

    def known_outline(self, source: Source) -> Any:
        """The outline of a changed file; None where it has none."""
        return self._outlines.get(source)

    def outline(self, source: Source) -> Any:
        """What `bot.outline` says of a Python file: symbols, numbers and facts, or a `Failure`."""
        return self.outlines([source])[source]

    def outlines(self, sources: Sequence[Source]) -> dict[Source, Any]:
        """As `outline`, for many files at once, of the change or not."""
        unknown = [source for source in dict.fromkeys(sources) if source not in self._outlines]
        texts = self.read(source.blob for source in unknown)
        found = [source for source in unknown if texts[source.blob] is not None]
        tool = outline.tool(0)  # nobody asks for the maintainability of other files
        present = {blob: text for blob, text in texts.items() if text is not None}
        answers = self._workshop.run([(tool, found)], present).results if found else {}
        self._outlines.update(answers.get(tool.name, {}))
        for source in unknown:
            self._outlines.setdefault(source, Failure("its content is missing or too large"))
        return {source: self._outlines[source] for source in sources}

    def facts(self, source: Source | None, name: str) -> Any:
        """One kind of facts (`bot.facts`) about a Python file; None where there are none."""
        answer = self.outline(source) if source is not None else None
        return None if answer is None or isinstance(answer, Failure) else answer["facts"][name]

    def ask(self, program: Program, options: Any, questions: Mapping[str, bytes]) -> dict[str, Any]:
        """The answers of a program of ours to questions by key (`bot.analysis.Workshop.ask`)."""
        return self._workshop.ask(program, options, questions)


# `<tree>:<path>`, NUL, number, NUL and the line.
_ROW = re.compile(rb"([^\0\n]*)\0(\d+)\0[^\n]*\n?")


def _numbered(rows: bytes, prefix: str) -> list[tuple[str, int]]:
    return [(os.fsdecode(row[1]).removeprefix(prefix), int(row[2])) for row in _ROW.finditer(rows)]
