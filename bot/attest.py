"""`review-local attest`: a note in the Git AI standard for lines that an agent wrote.

A note belongs to a commit. What is staged is remembered in Git's own folder, and becomes a note once
it is committed as it was staged.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from bot import wording
from bot.errors import ArchitraveError
from bot.outside import git_history
from bot.outside.git import Repository
from bot.provenance import git_ai
from bot.settings import Settings

Ranges = Mapping[str, Sequence[tuple[int, int]]]
_PENDING = "architrave-attest.json"
_RANGE = re.compile(r"([1-9]\d{0,7})(?:-([1-9]\d{0,7}))?")


class Claim(NamedTuple):
    """Who is said to have written the lines."""

    agent: str
    model: str = ""
    session: str = ""


def attest(
    folder: str, surroundings: Settings, revision: str, claim: Claim, lines: Sequence[str], replace: bool
) -> str:  # fmt: skip
    """Write the note of a commit and say so. *lines* are `PATH` or `PATH:1-4,9`; none: all it added.

    Raises `ArchitraveError` when there is no such commit, no such lines, or a note already.
    """
    with closing(Repository(folder, surroundings.environ)) as repository:
        commit = repository.resolve(revision)
        if commit is None:
            raise ArchitraveError(
                f"`{revision}` is not a commit here", "Commit first, or use --staged."
            )
        if git_history.notes(repository, git_ai.REF, [commit]) and not replace:
            raise ArchitraveError(
                f"{commit[:12]} has a note already", "Give --replace to write it anew."
            )
        pending = _pending(repository, commit) if not claim.agent else None
        if pending is not None:
            claim, ranges = pending
        elif claim.agent:
            ranges = _chosen(_added(repository, commit), lines, commit[:12])
        else:
            raise ArchitraveError("Which agent wrote the lines?", "Name it: --agent claude")
        note = _render(repository, commit, claim, ranges)
        git_history.write_note(repository, git_ai.REF, commit, note)
    count = sum(last - first + 1 for each in ranges.values() for first, last in each)
    files = wording.plural(len(ranges), "file")
    return (
        f"Attested {wording.plural(count, 'line')} in {files} of {commit[:12]} to {claim.agent}.\n"
        f"Push the notes too: git push origin {git_ai.REF}\n"
    )


def attest_staged(folder: str, surroundings: Settings, claim: Claim, lines: Sequence[str]) -> str:
    """Remember who wrote what is staged, until it is committed. Raises `ArchitraveError`."""
    if not claim.agent:
        raise ArchitraveError("Which agent wrote the lines?", "Name it: --agent claude")
    with closing(Repository(folder, surroundings.environ)) as repository:
        place = os.path.join(repository.private_folder(), _PENDING)
        tree, parent = repository.snapshot_index(), repository.commit("HEAD")
        staged = git_history.commit_tree(repository, tree, parent)
        ranges = _chosen(_added(repository, staged), lines, "the index")
        document = {"tree": tree, "claim": list(claim), "lines": ranges}
        with open(place, "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(document, file)
    return "Remembered. After the commit: review-local attest\n"


def _pending(repository: Repository, commit: str) -> tuple[Claim, Ranges] | None:
    place = os.path.join(repository.private_folder(), _PENDING)
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            document = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ArchitraveError(f"{place} cannot be read", "Delete it, and attest again.") from error
    entry = repository.read([f"{commit}^{{tree}}"])[f"{commit}^{{tree}}"]
    if entry is None or document["tree"] != entry.id:
        raise ArchitraveError(
            f"{commit[:12]} is not what was staged when it was attested",
            "Attest the commit itself: review-local attest --agent NAME",
        )
    os.remove(place)
    ranges = {
        path: [(first, last) for first, last in each] for path, each in document["lines"].items()
    }
    return Claim(*document["claim"]), ranges


def _added(repository: Repository, commit: str) -> Ranges:
    added = git_history.added_lines(repository, [commit]).get(commit, {})
    found = {
        path: [
            (hunk.new_start, hunk.new_start + hunk.new_count - 1)
            for hunk in hunks
            if hunk.new_count
        ]
        for path, hunks in added.items()
    }
    return {path: ranges for path, ranges in found.items() if ranges}


def _chosen(added: Ranges, lines: Sequence[str], where: str) -> Ranges:
    """Those of *lines* that are among the added ones; all where none are named."""
    if not added:
        raise ArchitraveError(f"{where} adds no lines", "A note tells of added lines only.")
    if not lines:
        return added
    chosen: dict[str, list[tuple[int, int]]] = {}
    for text in lines:
        path, said = _parse(text, added)
        for first, last in said or added[path]:
            cut = [
                (max(first, a), min(last, b)) for a, b in added[path] if a <= last and first <= b
            ]
            if not cut:
                raise ArchitraveError(
                    f"{where} adds none of the lines {first}-{last} of {path}", ""
                )
            chosen.setdefault(path, []).extend(cut)
    return chosen


def _parse(text: str, added: Ranges) -> tuple[str, list[tuple[int, int]]]:
    if text in added:
        return text, []
    path, _, said = text.rpartition(":")
    matches = [_RANGE.fullmatch(each) for each in said.split(",")]
    if path not in added or not all(matches):
        raise ArchitraveError(
            f"`{text}` names no added lines", f"Write PATH or PATH:1-4,9; there are {', '.join(list(added)[:3])}."
        )  # fmt: skip
    return path, [(int(each[1]), int(each[2] or each[1])) for each in matches if each]


def _render(repository: Repository, commit: str, claim: Claim, ranges: Ranges) -> bytes:
    import secrets

    (made,) = git_history.read_commits(repository, [commit])
    session = claim.session or secrets.token_hex(8)
    return git_ai.render(
        claim.agent, claim.model or "unknown", session, ranges, commit, secrets.token_hex(7), made.author_mail
    )  # fmt: skip
