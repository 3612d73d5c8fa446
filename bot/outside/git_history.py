"""What Git tells of commits: who made them, what notes say of them, which wrote which line."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.domain import Commit, Hunk
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.outside.git_output import unquoted

# A note may lie in folders named by the first digits of its commit.
_FANS = ((), (2,), (2, 4))
_BLAME = ("-c", "blame.ignoreRevsFile=", "blame", "--incremental", "--no-textconv")
# What is binary is told by the ids of its blobs.
_PATCH = (
    "-r", "-p", "-U3", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
    "--diff-algorithm=histogram", "--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_ENTRY = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+) (\d+)")
_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_IDENTITY = re.compile(r"(.*?) ?<([^>]*)>.*")


class Blamed(NamedTuple):
    """Lines *start* .. *start* + *length* - 1 of a file at head, and where its commit had them."""

    commit: str
    path: str
    line: int
    start: int
    length: int


def commit_ids(repository: Repository, base: str, head: str, most: int) -> list[str]:
    """The commits of head that base lacks, oldest first; of more than *most* the newest."""
    since = [] if base == repository.empty_tree else [f"^{base}"]
    listed = repository.output(
        "rev-list", "--topo-order", f"--max-count={most}", head, *since, "--"
    )
    return listed.decode().split()[::-1]


def read_commits(repository: Repository, identities: Sequence[str]) -> list[Commit]:
    """The commits of these ids, in order; those that are missing or too large are left out."""
    found = repository.read(identities)
    return [
        parse_commit(identity, entry.data)
        for identity in identities
        if (entry := found[identity]) is not None and entry.data is not None
    ]


def parse_commit(identity: str, data: bytes) -> Commit:
    """A commit object as Git stores it, in whatever encoding it names."""
    head, _, message = data.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    parents = []
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"parent":
            parents.append(value.decode("ascii", "replace"))
        else:
            fields.setdefault(key, value)
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")

    def text(value: bytes) -> str:
        try:
            return value.decode(encoding, "replace")
        except (LookupError, UnicodeError):
            return value.decode("utf-8", "replace")

    author, committer = (_person(text(fields.get(key, b""))) for key in (b"author", b"committer"))
    return Commit(identity, tuple(parents), *author, *committer, text(message))


def _person(value: str) -> tuple[str, str]:
    match = _IDENTITY.match(value)
    return (match[1], match[2]) if match else (value.strip(), "")


def notes(repository: Repository, ref: str, identities: Iterable[str]) -> dict[str, bytes]:
    """The notes under *ref* by commit; one that is too large to be read is empty here."""
    tree = repository.resolve(ref)
    if tree is None:
        return {}
    names: dict[str, str] = {}
    for identity in identities:
        for fan in _FANS:
            cuts = [0, *fan, len(identity)]
            parts = [identity[a:b] for a, b in pairwise(cuts)]
            names[f"{tree}:{'/'.join(parts)}"] = identity
    found = repository.read(names)
    return {
        names[name]: entry.data or b""
        for name, entry in found.items()
        if entry is not None and entry.kind == "blob"
    }


def added_counts(repository: Repository, base: str, head: str) -> dict[str, int]:
    """How many lines the change adds to each file at head; none for binary files."""
    output = repository.output(
        "diff-tree", "-r", "-z", "--numstat", "--find-renames=50%", "-l1000", "--no-ext-diff",
        "--no-textconv", "--diff-algorithm=histogram", "--ignore-submodules=all", base, head,
    )  # fmt: skip
    fields = iter(output.split(b"\0"))
    found = {}
    for field in fields:
        if not field:
            break
        added, _, name = field.split(b"\t", 2)
        if not name:  # a rename: the old name, then the new one
            next(fields)
            name = next(fields)
        if added != b"-":
            found[os.fsdecode(name)] = int(added)
    return found


def added_lines(
    repository: Repository, identities: Sequence[str]
) -> dict[str, dict[str, list[Hunk]]]:
    """For each commit but merges, the hunks it has against its parent, by path."""
    if not identities:
        return {}
    output = repository.output(
        "-c", "core.quotePath=false", "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "--raw", "--no-abbrev",
        "--inter-hunk-context=0", "--find-renames=50%", "-l1000", "--no-ext-diff", "--no-textconv",
        "--no-color", "--text", "--diff-algorithm=histogram", "--ignore-submodules=all",
        stdin="".join(f"{each}\n" for each in identities).encode(),
    )  # fmt: skip
    return _parse_added(output)


def _parse_added(output: bytes) -> dict[str, dict[str, list[Hunk]]]:
    found: dict[str, dict[str, list[Hunk]]] = {}
    names: Iterator[str] = iter(())
    raw: list[str] = []
    commit, path = "", ""
    lines = iter(output.split(b"\n"))
    for line in lines:
        if _ID.fullmatch(line):
            commit, raw = line.decode(), []
            found[commit] = {}
        elif line.startswith(b":"):
            raw.append(unquoted(line.split(b"\t")[-1]))
            names = iter(raw)
        elif line.startswith(b"diff --git "):
            path = next(names, "")
        elif line.startswith(b"@@ -") and commit:
            old, new = line.split(b" ", 3)[1:3]
            hunk = Hunk(*_span(old), *_span(new))
            found[commit].setdefault(path, []).append(hunk)
            # The lines themselves: whatever stands there is no header.
            for _ in range(hunk.old_count + hunk.new_count):
                next(lines, None)
    return found


def _span(text: bytes) -> tuple[int, int]:
    start, _, count = text[1:].partition(b",")
    return int(start), int(count) if count else 1


def blame(repository: Repository, base: str, head: str, path: str) -> list[Blamed]:
    """Which commit since base last touched which line of a file at head; lines of base are left out."""
    since = [head] if base == repository.empty_tree else [head, f"^{base}"]
    output = repository.output(*_BLAME, *since, "--", path)
    found: list[Blamed] = []
    boundaries: set[str] = set()
    names: dict[str, str] = {}
    entry: tuple[str, int, int, int] | None = None
    for line in output.split(b"\n"):
        match = _ENTRY.fullmatch(line)
        if match is not None:
            entry = match[1].decode(), int(match[2]), int(match[3]), int(match[4])
        elif line == b"boundary" and entry is not None:
            boundaries.add(entry[0])
        elif line.startswith(b"filename ") and entry is not None:
            names[entry[0]] = unquoted(line[len(b"filename ") :])
            commit, original, start, count = entry
            found.append(Blamed(commit, names[commit], original, start, count))
    is_first = base == repository.empty_tree
    return [each for each in found if is_first or each.commit not in boundaries]


def commit_tree(repository: Repository, tree: str, parent: str | None) -> str:
    """A commit of a tree, made beside the repository, so that its lines can be told from committed ones."""
    parents = ["-p", parent] if parent else []
    nobody: Mapping[str, str] = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "nobody"),
            ("EMAIL", "nobody@example.invalid"),
            ("DATE", "@1 +0000"),
        )
    }
    return (
        repository.output("commit-tree", tree, *parents, "-m", "not committed", more=nobody)
        .decode()
        .strip()
    )


def write_note(repository: Repository, ref: str, commit: str, note: bytes) -> None:
    """Make *note* the note of a commit, in place of one it has. Raises `GitFailed`."""
    blob = repository.output("hash-object", "-w", "--stdin", stdin=note).decode().strip()
    repository.output("notes", f"--ref={ref}", "add", "-f", "-C", blob, commit)


def all_notes(repository: Repository, ref: str) -> dict[str, bytes]:
    """Every note under *ref* by the commit it is about; one too large to be read is empty here."""
    tree = repository.resolve(ref)
    if tree is None:
        return {}
    about = {
        path.replace("/", ""): entry.id
        for path, entry in repository.listing(tree).items()
        if _ID.fullmatch(os.fsencode(path.replace("/", "")))
    }
    found = repository.read(about.values())
    return {
        commit: entry.data or b""
        for commit, name in about.items()
        if (entry := found[name]) is not None and entry.kind == "blob"
    }


def trees(repository: Repository, commits: Sequence[str]) -> dict[str, str]:
    """The tree of each commit. Raises `GitFailed` where one is missing."""
    found = repository.read(commits)
    told = {}
    for commit in commits:
        entry = found[commit]
        if entry is None or entry.kind != "commit" or not entry.data:
            raise GitFailed(f"{commit[:12]} is not here")
        told[commit] = entry.data.partition(b"\n")[0].removeprefix(b"tree ").decode()
    return told


def patches(repository: Repository, identities: Sequence[str]) -> dict[str, str]:
    """For each commit but merges the identity of its patch: the same wherever the same lines are
    changed in the same surroundings, white space included. Raises `GitFailed` before Git 2.39."""
    if not identities:
        return {}
    stdin = "".join(f"{each}\n" for each in identities).encode()
    shown = repository.output("diff-tree", "--stdin", "--root", *_PATCH, stdin=stdin)
    return {commit: patch for patch, commit in _patch_ids(repository, shown)}


def patch_between(repository: Repository, base: str, head: str) -> str:
    """As `patches`, of all that lies between two commits; "" for no difference."""
    shown = repository.output("diff-tree", *_PATCH, base, head)
    return next((patch for patch, _ in _patch_ids(repository, shown)), "")


def _patch_ids(repository: Repository, shown: bytes) -> Iterator[tuple[str, str]]:
    for line in repository.output("patch-id", "--verbatim", stdin=shown).decode().splitlines():
        patch, commit = line.split()
        yield patch, commit
