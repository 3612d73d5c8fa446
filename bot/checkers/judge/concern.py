"""Which rules for a reader a changed file concerns and, where it concerns none, why.

A name alone takes no new code out of a built-in rule: what is vendored, generated or an example
has to have a place at base already. A repository's own rules and policy say themselves what counts.
"""

import re
from collections.abc import Sequence

from bot import paths
from bot.checkers.judge import scope
from bot.comparison import Comparison
from bot.domain import REGULAR_MODES, ChangedFile, Policy, Rule
from bot.outside.git_objects import OBJECT_LIMIT

# What built-in rules leave out as the work of others. Tests and migrations are known by name.
_FOREIGN = frozenset({
    "!vendor/", "!third_party/", "!node_modules/", "!dist/", "!generated/", "!docs/", "!examples/",
    "!*.generated.*", "!*_pb2*", "!*.min.js", "!*.d.ts",
})  # fmt: skip
# What runs a script without an ending, and how its code would end.
_RUNS = (
    (re.compile(rb"\b(?:node|nodejs|deno|bun)\b"), ".js"),
    (re.compile(rb"\bruby\b"), ".rb"),
    (re.compile(rb"\bphp\b"), ".php"),
)


class Concern:
    """The files of a change as rules see them."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        # Whether base has files that a glob takes in at a place.
        self._places: dict[tuple[str, str], bool] = {}

    def is_about(self, rule: Rule, file: ChangedFile) -> bool:
        """Whether a rule is about a file, by its name and by what it is."""
        if self._is_binary(file):
            # A rule for all files is for all that can be read.
            without = [glob for glob in rule.paths if glob.startswith("!")]
            named = [
                glob
                for glob in rule.paths
                if glob not in without and "." in glob.rpartition("/")[2]
            ]
            return bool(named) and paths.matches(file.path, [*named, *without])
        globs = [glob for glob in rule.paths if not self._is_void(glob, rule, file)]
        return any(paths.matches(name, globs) for name in self._names(file))

    def why_not(self, file: ChangedFile, rules: Sequence[Rule], policy: Policy) -> str:
        """Why no rule was held against a file."""
        if file.old_blob == file.new_blob:
            return "its content is what it was"
        if file.new_blob in scope.EMPTY:
            return "empty"
        if policy.ignore and paths.matches(file.path, policy.ignore):
            return f"ignored by {policy.origin}"
        if self._is_binary(file):
            return "binary"
        globs = [glob for rule in rules if self._is_included(rule, file) for glob in rule.paths]
        for glob in dict.fromkeys(globs):
            if glob.startswith("!") and paths.matches(file.path, [glob[1:]]):
                return f"the rules for a reader leave out {glob[1:]}"
        is_held = any(self.is_about(rule, file) for rule in rules)
        return "no rule for who wrote it" if is_held else "no rule for such a file"

    def _is_included(self, rule: Rule, file: ChangedFile) -> bool:
        globs = [glob for glob in rule.paths if not glob.startswith("!")]
        return any(paths.matches(name, globs) for name in self._names(file))

    def _names(self, file: ChangedFile) -> Sequence[str]:
        """The file's path and, of a script without an ending, one with the ending of its language."""
        if paths.has_ending(file.path):
            return (file.path,)
        blobs = [
            blob
            for mode, blob in ((file.old_mode, file.old_blob), (file.new_mode, file.new_blob))
            if mode in REGULAR_MODES
        ]
        found = [_ending(text or b"") for text in self._comparison.read(blobs).values()]
        return (file.path, *(file.path + ending for ending in dict.fromkeys(found) if ending))

    def _is_void(self, glob: str, rule: Rule, file: ChangedFile) -> bool:
        """Whether an exclusion of a built-in rule has no place at base for this file."""
        if not rule.is_built_in or glob not in _FOREIGN or not paths.matches(file.path, [glob[1:]]):
            return False
        parts = file.path.split("/")
        name = glob[1:].rstrip("/")
        depth = parts.index(name) + 1 if name in parts[:-1] else len(parts) - 1
        place = "".join(f"{part}/" for part in parts[:depth])
        if (glob, place) not in self._places:
            self._places[glob, place] = any(
                path.startswith(place) and paths.matches(path, [glob[1:]])
                for path in self._comparison.listing("base")
            )
        return not self._places[glob, place]

    def _is_binary(self, file: ChangedFile) -> bool:
        if not paths.names_binary(file.path) or file.new_mode not in REGULAR_MODES:
            return False
        data = self._comparison.read([file.new_blob], OBJECT_LIMIT)[file.new_blob]
        return data is None or b"\0" in data


def _ending(text: bytes) -> str:
    if paths.is_python("script", text):
        return ".py"
    first = text.split(b"\n", 1)[0][:200]
    if not first.startswith(b"#!"):
        return ""
    return next((ending for runs, ending in _RUNS if runs.search(first)), "")
