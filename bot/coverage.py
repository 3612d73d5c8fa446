"""Which files can be reviewed, and what became of each: nothing is passed over in silence."""

import posixpath
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot import paths
from bot.analysis import FileChecker, Results
from bot.domain import (
    LINK_MODE,
    REGULAR_MODES,
    SUBMODULE_MODE,
    Change,
    ChangedFile,
    Coverage,
    Policy,
    Source,
    Standing,
)
from bot.outside.git import Repository
from bot.outside.git_objects import Object
from bot.outside.worker import Failure

# Larger Python files are data or generated; the tools take minutes and gigabytes over them.
SIZE_LIMIT = 1 << 20
# What a checker reads that looks into every text: that there is no key in a file makes none reviewed.
ANY_TEXT = "any text"
_OF_NO_INTEREST = "no rule for such a file"
_A_LINK: tuple[Standing, str] = ("not applicable", "a symbolic link")
_RANK: tuple[Standing, ...] = ("not applicable", "checked", "skipped", "failed")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Eligible(NamedTuple):
    """A changed file, with the sides of it that can be analysed and why its head cannot be."""

    change: ChangedFile
    base: Source | None
    head: Source | None
    obstacle: tuple[Standing, str] | None

    @property
    def sources(self) -> list[Source]:
        return [source for source in (self.base, self.head) if source is not None]


class Compared(NamedTuple):
    """What a checker that looks at the change as a whole made of it.

    *reads* names the tool without whose answer it cannot speak about a Python file, *applicable*
    are the paths it looked at, *failed* those it could not judge, with the reason.
    """

    reads: str
    applicable: frozenset[str]
    failed: Mapping[str, str]


def eligible(
    change: Change,
    policy: Policy,
    repository: Repository,
    is_read: Callable[[str], bool],
) -> tuple[list[Eligible], dict[str, bytes]]:
    """Every changed file, and the text by blob of all that can be analysed.

    *is_read* tells of a path whether any checker looks into such a file.
    """
    wanted = {
        blob
        for file in change.files
        for path, mode, blob in _sides(file)
        if mode == LINK_MODE or (mode in REGULAR_MODES and is_read(path))
    }
    found = repository.read(sorted(wanted))
    files = []
    texts: dict[str, bytes] = {}
    for file in change.files:
        old, new = _sides(file)
        before = _obstacle(*old, policy, found, is_read)
        # What was a script stays one, whatever its first line says now.
        was_python = before is None and not paths.has_ending(file.path)
        after = _obstacle(*new, policy, found, is_read, was_python)
        if file.new_mode == LINK_MODE and after == _A_LINK:
            after = _link(file, found, change.head, repository)
        base = Source("base", file.old_path, file.old_blob) if before is None else None
        head = Source("head", file.path, file.new_blob) if after is None else None
        files.append(Eligible(file, base, head, after))
        for source in files[-1].sources:
            entry = found[source.blob]
            assert entry is not None and entry.data is not None
            texts[source.blob] = entry.data
    return files, texts


def account(
    change: Change,
    files: Iterable[Eligible],
    results: Results,
    checkers: Sequence[FileChecker],
    policy: Policy,
    compared: Mapping[str, Compared],
) -> tuple[Coverage, ...]:
    """What each checker did about each file.

    *compared* is what the checkers that look at the change as a whole made of it, by their names.
    """
    entries: list[Coverage] = []
    compared = {
        name: outcome
        for name, outcome in compared.items()
        if outcome.reads != ANY_TEXT or outcome.failed
    }
    for file in files:
        of_file = {}
        for checker in checkers:
            standing, reason = file.obstacle or _outcome(file, results, checker)
            of_file[checker.NAME] = Coverage(file.change.path, checker.NAME, standing, reason)
        for name, outcome in compared.items():
            standing, reason = _outcome_of_comparison(file, results, outcome)
            known = of_file.get(name)
            if known is None or _RANK.index(standing) > _RANK.index(known.standing):
                of_file[name] = Coverage(file.change.path, name, standing, reason)
        entries += _newer_python(list(of_file.values()))
    for path, reason in change.left_out:
        ignored = bool(policy.ignore) and paths.matches(path, policy.ignore)
        matters = paths.is_python(path) and not ignored
        standing = "skipped" if matters else "not applicable"
        names = dict.fromkeys([*(checker.NAME for checker in checkers), *compared])
        entries += [Coverage(path, name, standing, reason) for name in names]
    return tuple(entries)


def _sides(file: ChangedFile) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    return (
        (file.old_path, file.old_mode, file.old_blob),
        (file.path, file.new_mode, file.new_blob),
    )


def _obstacle(
    path: str,
    mode: str,
    blob: str,
    policy: Policy,
    found: Mapping[str, Object | None],
    is_read: Callable[[str], bool],
    was_python: bool = False,
) -> tuple[Standing, str] | None:
    """Why this side of a file is not analysed; None where it is."""
    if policy.ignore and paths.matches(path, policy.ignore):
        return "not applicable", f"ignored by {policy.origin}"
    if mode == SUBMODULE_MODE:
        return "skipped", "a submodule: its content is in another repository"
    entry = found.get(blob)
    if mode == LINK_MODE:
        return _A_LINK
    if mode not in REGULAR_MODES:
        return "not applicable", "deleted"
    if not is_read(path):
        return "not applicable", _OF_NO_INTEREST
    if entry is None:
        return "skipped", "its content is missing from this clone"
    data = entry.data or b""
    is_python = paths.is_python(path, data) or was_python
    if not is_python and not paths.has_ending(path):
        return "not applicable", _OF_NO_INTEREST
    if entry.data is None or entry.size > SIZE_LIMIT:
        return "skipped", f"larger than {SIZE_LIMIT >> 20} MiB"
    if data.startswith(_LFS_POINTER):
        return "skipped", "a Git LFS pointer: its content is not in the repository"
    if is_python and (encoding := paths.odd_encoding(data)):
        return "skipped", f"written in {encoding}, which not every checker reads"
    return None


def _link(
    file: ChangedFile, found: Mapping[str, Object | None], head: str, repository: Repository
) -> tuple[Standing, str]:
    """A link is never followed; one that Python could import must lead to a file that is seen."""
    entry = found.get(file.new_blob)
    if entry is None or entry.data is None:
        return "skipped", "a symbolic link whose target is missing from this clone"
    text = entry.data.decode("utf-8", "surrogateescape")
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), text))
    if text.startswith("/") or reached == ".." or reached.startswith("../"):
        return "skipped", f"a symbolic link out of the repository, not followed: {text}"
    if paths.is_python(file.path):
        folder, _, name = reached.rpartition("/")
        # Read from the tree, where no link is followed on the way.
        kinds = {each.name: each.mode for each in repository.tree(f"{head}:{folder}")}
        if not paths.is_python(reached) or kinds.get(name) not in REGULAR_MODES:
            return "skipped", f"a symbolic link to {reached}, which is not a Python file here"
    return "not applicable", f"a symbolic link to {reached}"


def _outcome_of_comparison(
    file: Eligible, results: Results, outcome: Compared
) -> tuple[Standing, str]:
    path = file.change.path
    if path in outcome.failed:
        return "failed", outcome.failed[path]
    if path not in outcome.applicable:
        return "not applicable", _OF_NO_INTEREST
    # What became of a deleted file is for these checkers to judge.
    if outcome.reads and file.change.status != "deleted":
        if file.obstacle:
            return file.obstacle
        if file.head is not None and (missed := _failure(results[outcome.reads].get(file.head))):
            return "failed", missed
    return "checked", ""


def _failure(answer: Any) -> str:
    return str(answer) if isinstance(answer, Failure) else ""


def _outcome(file: Eligible, results: Results, checker: FileChecker) -> tuple[Standing, str]:
    answers = results.get(checker.READS, {})
    if file.head is None or file.head not in answers:
        return "not applicable", _OF_NO_INTEREST
    missed = _missed(answers[file.head], checker)
    if missed:
        return "failed", missed
    before = answers.get(file.base) if file.base else None
    old_missed = _missed(before, checker)
    if isinstance(before, Failure) and not before.lasting:
        return "failed", f"the old version, to compare with: {before}"
    if old_missed:
        return "checked", f"only on changed lines, since the old version failed: {old_missed}"
    return "checked", ""


def _missed(answer: Any, checker: FileChecker) -> str:
    if answer is None:
        return ""
    return str(answer) if isinstance(answer, Failure) else checker.shortfall(answer)


def _newer_python(entries: Sequence[Coverage]) -> Sequence[Coverage]:
    """The entries of one file, with the likely cause where one checker parses what others cannot."""
    if not any(entry.standing == "checked" for entry in entries):
        return entries
    running = ".".join(str(part) for part in sys.version_info[:2])
    cause = f"is it written for a newer Python than {running}, which runs Architrave here?"
    return [
        entry._replace(reason=f"{entry.reason}; {cause}")
        if entry.standing == "failed" and " does not parse: " in entry.reason
        else entry
        for entry in entries
    ]
