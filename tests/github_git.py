"""A real bare repository, and what GitHub computes from it: diffs, merges, moved lines."""

import functools
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Tree = Mapping[str, str | bytes | None]
SETTINGS = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "http.receivepack": "false",
    "gc.auto": "0",
}
STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class GitFailed(Exception):
    """Git said no; the message is its own."""


@dataclass
class File:
    """A changed file; `lines` maps (side, line) to the index of its hunk and its position."""

    path: str
    status: str
    blob: str
    previous: str | None = None
    patch: str | None = None
    additions: int = 0
    deletions: int = 0
    lines: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def read(self, patch: str) -> None:
        """Takes in the hunks of a patch."""
        old = new = 0
        hunk, self.patch = -1, patch
        for position, line in enumerate(patch.split("\n")):
            if found := HUNK.match(line):
                hunk, old, new = hunk + 1, int(found[1]), int(found[2])
            elif line.startswith("-"):
                self.lines["LEFT", old] = hunk, position
                old, self.deletions = old + 1, self.deletions + 1
            elif not line.startswith("\\"):
                self.lines["RIGHT", new] = hunk, position
                self.additions += line.startswith("+")
                old, new = old + (not line.startswith("+")), new + 1

    def excerpt(self, side: str, line: int) -> str:
        """The hunk up to a line, as `diff_hunk` has it."""
        lines = (self.patch or "").split("\n")
        position = self.lines[side, line][1]
        start = max(i for i in range(position) if HUNK.match(lines[i]))
        return "\n".join(lines[start : position + 1])


class Store:
    """A bare repository; copies of it are the same one."""

    def __init__(self, path: Path, source: "Store | None" = None) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "--bare", "-b", "main")
        for name, value in SETTINGS.items():
            self.git("config", name, value)
        if source:
            (path / "objects/info/alternates").write_text(f"{source.path}/objects\n")

    def __deepcopy__(self, memo: object) -> "Store":
        return self

    def git(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_NAME": "Hub", f"GIT_{role}_EMAIL": "hub@example.org"}
            environment[f"GIT_{role}_DATE"] = "1767225600 +0000"
        ran = subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env=environment | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        )
        if ran.returncode:
            raise GitFailed((ran.stderr or ran.stdout).decode(errors="replace"))
        return ran.stdout

    def text(self, *arguments: str) -> str:
        return self.git(*arguments).decode(errors="replace").strip()

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or (abbreviated) sha means."""
        if revision.startswith("-") or "^" in revision or ":" in revision:
            return None
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            try:
                return self.text("rev-parse", "--verify", "-q", f"{name}^{{commit}}")
            except GitFailed:
                continue
        return None

    def point(self, ref: str, sha: str | None) -> None:
        """Sets a ref, or deletes it."""
        self.git("update-ref", *(["-d", ref] if sha is None else [ref, sha]))

    def commit(
        self,
        tree: Tree,
        parents: Sequence[str] = (),
        message: str = "work",
        *,
        author: str = "Maren <maren@example.org>",
        whole: bool = False,
    ) -> str:
        """A commit on top of its first parent: None deletes a file; `whole` starts empty."""
        stream = [f"commit refs/fake/new\nauthor {author} 1767225600 +0000\n".encode()]
        stream += [f"committer {author} 1767225600 +0000\n".encode(), _data(message)]
        for word, parent in zip(("from", "merge", "merge"), parents, strict=False):
            stream.append(f"{word} {parent}\n".encode())
        stream.append(b"deleteall\n" if whole else b"")
        for path, content in tree.items():
            name = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
            stream.append(f"D {name}\n".encode() if content is None else _file(name, content))
        self.git("fast-import", "--quiet", "--force", stdin=b"".join(stream))
        sha = self.text("rev-parse", "refs/fake/new")
        self.point("refs/fake/new", None)
        return sha

    def merge(self, base: str, head: str) -> str | None:
        """The test merge of a head into a base; None when they conflict."""
        try:
            tree = self.text("merge-tree", "--write-tree", base, head).split("\n")[0]
        except GitFailed:
            return None
        message = f"Merge {head} into {base}"
        return self.text("commit-tree", tree, "-p", base, "-p", head, "-m", message)

    def replay(self, onto: str, since: str, head: str) -> str:
        """The commits since..head written anew on top of another commit, as a rebase does."""
        for sha in self.text("rev-list", "--reverse", f"{since}..{head}").split():
            parent = self.text("commit-tree", f"{sha}^^{{tree}}", "-m", "base")
            sides = [
                self.text("commit-tree", f"{side}^{{tree}}", "-p", parent, "-m", "side")
                for side in (onto, sha)
            ]
            tree = self.text("merge-tree", "--write-tree", *sides).split("\n")[0]
            message = self.text("log", "-1", "--format=%B", sha)
            onto = self.text("commit-tree", tree, "-p", onto, "-m", message)
        return onto

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - a store lives as long as its test
    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def log(self, base: str | None, head: str, limit: int) -> list[str]:
        """Commits of head that base lacks, oldest first."""
        span = f"{base}..{head}" if base else head
        return self.text("rev-list", "--reverse", "--topo-order", span).split()[:limit]

    @functools.lru_cache(maxsize=256)  # noqa: B019 - a store lives as long as its test
    def diff(self, base: str, head: str, context: int = 3) -> tuple[File, ...]:
        """The changed files between two commits, sorted by path, hunks among them."""
        options = ["-M", "--no-ext-diff", "--no-textconv", "--no-color", base, head]
        fields = self.git("diff", "--raw", "-z", "--abbrev=40", *options).decode(errors="replace")
        patch = self.git("diff", "-p", f"-U{context}", *options).decode(errors="replace")
        sections = iter(re.split(r"(?m)^diff --git .*\n", patch)[1:])
        raw, files = iter(fields.split("\0")[:-1]), []
        for meta in raw:
            old, new, status = meta.split(" ")[2:5]
            first = next(raw)
            path = next(raw) if status[0] == "R" else first
            file = File(path, STATUSES[status[0]], old if status == "D" else new)
            file.previous = first if status[0] == "R" else None
            section = next(sections)
            if status == "T":
                section += next(sections)
            if found := re.search(r"(?m)^@@ ", section):
                file.read(section[found.start() :].removesuffix("\n"))
            files.append(file)
        return tuple(sorted(files, key=lambda file: file.path.encode()))

    def moved(self, old: str, new: str, path: str, line: int) -> int | None:
        """Where a line of a file went from one commit to another; None if it was edited."""
        file = next((f for f in self.diff(old, new, 0) if path in (f.path, f.previous)), None)
        if file is None:
            return line
        if file.status == "removed" or ("LEFT", line) in file.lines:
            return None
        removed = sum(1 for side, number in file.lines if side == "LEFT" and number < line)
        result = line - removed
        for added in sorted(number for side, number in file.lines if side == "RIGHT"):
            result += added <= result
        return result

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - a store lives as long as its test
    def describe(self, sha: str) -> dict[str, Any]:
        """Author, committer, message, tree and parents of a commit; not to be changed."""
        form = "%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%T%x00%P%x00%B"
        found = self.text("log", "-1", f"--format={form}", sha).split("\0")
        return {
            "author": {"name": found[0], "email": found[1], "date": found[2]},
            "committer": {"name": found[3], "email": found[4], "date": found[5]},
            "tree": found[6],
            "parents": found[7].split(),
            "message": found[8].strip(),
        }


def _data(content: str | bytes) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return b"data %d\n%b\n" % (len(content), content)


def _file(name: str, content: str | bytes) -> bytes:
    return f"M 100644 inline {name}\n".encode() + _data(content)
