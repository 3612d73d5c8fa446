"""Git, read through its plumbing: objects in, facts out, nothing of the repository executed.

The repository is foreign: its configuration may name programs (file system monitors, text
converters, filters, hooks, transports). Every call runs with those switched off, and files
are read from objects, never from a checkout. GitPython's import alone costs 80 ms, more than
a whole warm review, so the reading path speaks to `git` itself (docs/architecture.md, "Speed").
"""

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import ChangedFile, Hunk
from bot.errors import ArchitraveError
from bot.outside import commands
from bot.outside.git_objects import GitFailed, GitStopped, Object, ObjectReader
from bot.outside.git_output import (
    DIFF_OPTIONS,
    HUNK_OPTIONS,
    TreeEntry,
    parse_listing,
    parse_patch,
    parse_raw,
    parse_tree,
)
from bot.outside.git_safety import configure, disarmed_filters, readable, safe_environment

EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
# Two names each, of up to 4 KiB, within the 2 MiB of a command line.
_FILES_AT_ONCE = 200

# Where the index and the objects are, in linked worktrees too.
_PATHS = ("rev-parse", "--git-path", "index", "--git-path", "objects")


class Repository:
    """One repository, to be closed: it holds a process and maybe a scratch folder."""

    def __init__(self, directory: str, environ: Mapping[str, str]) -> None:
        # Where commands run: the top of the working tree once it is known.
        self._folder = directory
        self._given = dict(environ)
        self._environ = safe_environment(environ)
        self._scratch = ""
        self._objects = ObjectReader(self._environ, self._folder)
        try:
            self._describe()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the reading process and remove the scratch folder."""
        self._objects.close()
        if self._scratch:
            import shutil

            shutil.rmtree(self._scratch, ignore_errors=True)

    def _describe(self) -> None:
        finished = self._git(
            "rev-parse", "--is-bare-repository", "--is-shallow-repository",
            "--show-object-format", "--show-toplevel", check=False,
        )  # fmt: skip
        lines = finished.output.split(b"\n", 3)
        if len(lines) < 4:
            raise ArchitraveError(*_not_a_repository(finished.complaint, self._folder))
        self.shallow = lines[1] == b"true"
        self.empty_tree = EMPTY_TREES[64 if lines[2] == b"sha256" else 40]
        # Bare, or standing inside the .git folder: there is no working tree to look at.
        self.root = os.fsdecode(lines[3].removesuffix(b"\n")) if finished.code == 0 else None
        self._folder = self.root or self._folder
        self.place = os.path.realpath(self._folder)

    # Reading ---------------------------------------------------------------------------

    def read(self, names: Iterable[str]) -> dict[str, Object | None]:
        """The objects of these names (`<id>`, `<commit>:<path>`, `HEAD^{commit}`); None if missing.

        Raises `GitFailed` when Git's answer breaks off.
        """
        return self._objects.read(names)

    def commit(self, revision: str) -> str | None:
        """The id of the commit a plain revision names, or None."""
        return self.commits([revision])[0]

    def resolve(self, revision: str) -> str | None:
        """As `commit`, for whatever a person may write.

        What holds `@{` or `:` gets a process of its own: on some of those a long-lived `cat-file`
        gives up altogether.
        """
        if "@{" not in revision and ":" not in revision:
            return self.commit(revision)
        finished = self._git(
            "rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}", check=False
        )
        return finished.output.decode().strip() if finished.code == 0 else None

    def commits(self, revisions: Sequence[str]) -> list[str | None]:
        """The ids of the commits these revisions name, in one round trip."""
        names = [f"{revision}^{{commit}}" for revision in revisions]
        found = self.read(names)
        return [entry.id if (entry := found[name]) is not None else None for name in names]

    def tree(self, name: str) -> list[TreeEntry]:
        """The entries of one folder, `<commit>:` or `<commit>:<path>`; empty if there is none."""
        entry = self.read([name])[name]
        if entry is None or entry.kind != "tree" or entry.data is None:
            return []
        return parse_tree(entry.data, len(entry.id) // 2)

    def listing(self, name: str) -> dict[str, TreeEntry]:
        """Every file of a commit or tree by its path, links and submodules too."""
        return parse_listing(self._git("ls-tree", "-r", "-z", "--full-tree", name).output)

    def search(self, name: str, words: Sequence[str], patterns: Sequence[str]) -> list[str]:
        """The paths in a commit or tree, of those *patterns* take in, that hold any of these words.

        A word stands between characters that are none. Raises `GitFailed`, also where a file cannot
        be read.
        """
        if not words:
            return []
        stdin = b"".join(os.fsencode(word) + b"\n" for word in words)
        found = self.grep(name, ("-l", "-w", "-F", "-f", "-"), patterns, stdin)
        return [os.fsdecode(each).removeprefix(f"{name}:") for each in found.split(b"\0")[:-1]]

    def grep(
        self,
        name: str,
        options: Sequence[str],
        patterns: Sequence[str] = (),
        stdin: bytes = b"",
        seconds: float = 120,
    ) -> bytes:
        """What `git grep -z` prints about a commit or tree; nothing where nothing is found. Raises `GitFailed`."""
        finished = self._git(
            "grep", "-z", "--text", "--no-textconv", "--no-color", "--no-recurse-submodules",
            *options, name, "--", *patterns, check=False, stdin=stdin, seconds=seconds,
        )  # fmt: skip
        if finished.trouble:
            raise GitStopped(f"git grep: {finished.complaint}")
        if finished.code > 1 or finished.errors:
            raise GitFailed(f"git grep: {finished.complaint}")
        return finished.output

    def merge_bases(self, one: str, other: str) -> list[str]:
        """All best common ancestors; empty when the histories do not meet."""
        finished = self._git("merge-base", "--all", one, other, check=False)
        if finished.code > 1:
            raise GitFailed(f"git merge-base: {finished.complaint}")
        return finished.output.decode().split()

    def compare(self, base: str, head: str) -> list[ChangedFile]:
        """Every file that differs between two trees, renames found."""
        return parse_raw(self._git("diff-tree", *DIFF_OPTIONS, base, head).output)

    def hunks(
        self, base: str, head: str, files: Sequence[ChangedFile]
    ) -> dict[tuple[str, str], tuple[Hunk, ...]]:
        """The hunks without context of some of the files `compare` named, by old and new path.

        Only these files are compared: a patch of all could be of any size.
        """
        found: dict[tuple[str, str], tuple[Hunk, ...]] = {}
        for start in range(0, len(files), _FILES_AT_ONCE):
            some = files[start : start + _FILES_AT_ONCE]
            names = {name for file in some for name in (file.old_path, file.path) if name}
            output = self._git(
                "--literal-pathspecs", "diff-tree", *DIFF_OPTIONS, *HUNK_OPTIONS, base, head, "--",
                *sorted(names),
            ).output  # fmt: skip
            found.update(parse_patch(output))
        return found

    def first_unpushed(self, head: str, remote: str) -> str | None:
        """The oldest commit reachable from *head* and from no branch of *remote*, or None."""
        listed = self._git(
            "rev-list", "--topo-order", "--reverse", head, "--not", f"--remotes={remote}"
        )
        return next(iter(listed.output.decode().split()), None)

    def own_hooks(self) -> str:
        """The folder of the hooks that Git runs here, wherever `core.hooksPath` puts it."""
        finished = commands.run(
            ["git", "rev-parse", "--git-path", "hooks"], environ=self._given, cwd=self._folder
        )
        return os.path.join(self._folder, os.fsdecode(finished.output.removesuffix(b"\n")))

    def holds(self, path: str) -> bool:
        """Whether a path lies in the working tree or in Git's own folder."""
        (answer,) = self._git_together(("rev-parse", "--git-common-dir"))
        common = os.path.join(self._folder, os.fsdecode(answer.removesuffix(b"\n")))
        own = [os.path.realpath(folder) for folder in (common, self.root) if folder]
        real = os.path.realpath(path)
        return any(os.path.commonpath([folder, real]) == folder for folder in own)

    # Snapshots of what is not committed -------------------------------------------------

    def snapshot_index(self) -> str:
        """The tree of what is staged. Nothing is written into the repository."""
        self._redirect_writes(*self._git_together(_PATHS))
        return self._write_tree()

    def snapshot_worktree(self) -> tuple[str, list[tuple[str, str]]]:
        """The tree of the working tree, untracked but not ignored files too, and what it lacks.

        The tree is what `git add --all` and a commit would make, written beside the repository
        and not into it.
        """
        assert self.root is not None
        own_paths, configured = self._git_together(
            _PATHS, ("config", "--list", "-z", "--name-only")
        )
        self._redirect_writes(own_paths)
        # Whatever reads the content of files comes after this.
        configure(self._environ, disarmed_filters(configured))
        untracked, changed = self._git_together(
            ("ls-files", "-z", "--others", "--exclude-standard"),
            ("diff-files", "-z", "--name-only", "--ignore-submodules=dirty", "--no-ext-diff"),
        )
        paths = sorted({path for path in (untracked + changed).split(b"\0") if path})
        taken, left_out = readable(self.root, paths)
        if taken:
            self._git(
                "update-index", "-z", "--add", "--remove", "--replace", "--stdin",
                stdin=b"".join(path + b"\0" for path in taken),
            )  # fmt: skip
        return self._write_tree(), left_out

    def _write_tree(self) -> str:
        # --missing-ok: a partial clone need not hold what did not change.
        finished = self._git("write-tree", "--missing-ok", check=False)
        if finished.code:
            raise ArchitraveError(
                f"The index cannot be reviewed: {finished.complaint}",
                "Finish the merge (or `git add` the files), or review commits with --committed.",
            )
        return finished.output.decode().strip()

    def _redirect_writes(self, own_paths: bytes) -> None:
        """Let new objects and the index go to a scratch folder that reads through to the real one.

        *own_paths* is Git's answer to `_PATHS`.
        """
        if self._scratch:
            return
        import shutil
        import tempfile

        index, _, objects = own_paths.removesuffix(b"\n").partition(b"\n")
        if not objects or b"\n" in objects:
            raise GitFailed("git rev-parse: the repository's path holds a line break")
        folder = os.fsencode(self._folder)
        self._scratch = tempfile.mkdtemp(prefix="architrave-")
        os.makedirs(os.path.join(self._scratch, "objects", "info"))
        with open(os.path.join(self._scratch, "objects", "info", "alternates"), "wb") as file:
            file.write(os.path.realpath(os.path.join(folder, objects)) + b"\n")
        own_index = os.path.join(self._scratch, "index")
        with contextlib.suppress(FileNotFoundError):
            # A hook may name another index, as Git does relative to the top of the tree.
            given = self._environ.get("GIT_INDEX_FILE") or os.fsdecode(index)
            # With its time: Git compares content only for files as young as the index, and a younger
            # copy would make an edit within the second of a `git add` go unseen.
            shutil.copy2(os.path.join(self._folder, given), own_index)
        self._environ["GIT_OBJECT_DIRECTORY"] = os.path.join(self._scratch, "objects")
        self._environ["GIT_INDEX_FILE"] = own_index
        self._objects.close()
        self._objects = ObjectReader(self._environ, self._folder)

    def branch(self) -> str:
        """The branch that is checked out, or "" where none is."""
        finished = self._git("symbolic-ref", "-q", "--short", "HEAD", check=False)
        return os.fsdecode(finished.output).strip() if finished.code == 0 else ""

    def private_folder(self) -> str:
        """Git's own folder of this working tree."""
        (answer,) = self._git_together(("rev-parse", "--absolute-git-dir"))
        return os.fsdecode(answer.removesuffix(b"\n"))

    def output(
        self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> bytes:
        """What a Git command prints, *more* in its environment. Raises `GitFailed`."""
        return self._git(*arguments, stdin=stdin, more=more or {}).output

    # Running git -------------------------------------------------------------------------

    def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        check: bool = True,
        more: Mapping[str, str] = {},
        seconds: float = 120,
    ) -> commands.Finished:
        finished = commands.run(
            ["git", "--no-pager", *arguments],
            environ={**self._environ, **more},
            cwd=self._folder,
            stdin=stdin,
            seconds=seconds,
        )
        if check and (finished.code or finished.trouble):
            command = next(each for each in arguments if each[:1] != "-" and "=" not in each)
            raise GitFailed(f"git {command}: {finished.complaint}")
        return finished

    def _git_together(self, *commands_: tuple[str, ...]) -> list[bytes]:
        """The outputs of several Git commands, run side by side."""
        programs = [["git", "--no-pager", *arguments] for arguments in commands_]
        ran = commands.run_together(programs, environ=self._environ, cwd=self._folder, seconds=120)
        for arguments, finished in zip(commands_, ran, strict=True):
            if finished.code or finished.trouble:
                raise GitFailed(f"git {arguments[0]}: {finished.complaint}")
        return [finished.output for finished in ran]


def _not_a_repository(complaint: str, directory: str) -> tuple[str, str]:
    if "dubious ownership" in complaint or "safe.directory" in complaint:
        return (
            f"Git refuses {directory}: it belongs to another user",
            f"If you trust it: git config --global --add safe.directory {directory}",
        )
    if "not a git repository" in complaint:
        return (
            f"{directory} is not in a Git repository",
            "Run review-local inside one, or try `review-local --demo`.",
        )
    return f"Git cannot read the repository: {complaint}", "Check it with `git status`."
