"""Which manifests a repository has on either side, what they say, and for which files they speak."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from bot import distributions, manifests, paths
from bot.analysis import Program
from bot.comparison import Comparison, SideName
from bot.domain import REGULAR_MODES
from bot.manifests import Manifest, Requirement
from bot.outside.git_objects import OBJECT_LIMIT
from bot.outside.worker import Failure

_PROGRAM = Program("manifest", "bot.outside.manifest_worker", "yaml", bytes_per_process=2_000_000)
# Files that include each other are followed so far.
_MOST_INCLUDED = 50
_MISSING = Failure("its content is missing or too large")

# Where a manifest is: side and path.
Place = tuple[SideName, str]


class Included(NamedTuple):
    """A file that a manifest includes: *path* in the repository, "" for one outside of it."""

    written: str
    path: str
    line: int


class Manifests:
    """The manifests of both sides, each read once."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._read: dict[tuple[str, str], Manifest | Failure] = {}

    def kinds(self, side: SideName) -> Mapping[str, str]:
        """Every manifest of one side by its path, with its kind; locks too."""
        return self._head_kinds if side == "head" else self._base_kinds

    @cached_property
    def _head_kinds(self) -> dict[str, str]:
        return self._kinds("head")

    @cached_property
    def _base_kinds(self) -> dict[str, str]:
        return self._kinds("base")

    def _kinds(self, side: SideName) -> dict[str, str]:
        return {
            path: kind
            for path, entry in self._comparison.listing(side).items()
            if (kind := manifests.kind(path)) and entry.mode in REGULAR_MODES
        }

    def read(self, places: Iterable[Place], kind: str = "") -> dict[Place, Manifest | Failure]:
        """What manifests say, a `Failure` for each that could not be read; *kind* where paths do not tell."""
        wanted = list(dict.fromkeys(places))
        questions: dict[str, bytes] = {}
        keys: dict[Place, tuple[str, str]] = {}
        for side, path in wanted:
            entry = self._comparison.listing(side).get(path)
            if entry is None or entry.mode not in REGULAR_MODES:
                continue
            of_kind = kind or manifests.kind(path) or "requirements"
            keys[side, path] = (of_kind, entry.id)
            data = self._comparison.text(side, path)
            if data is None:
                self._read.setdefault((of_kind, entry.id), _MISSING)
            elif (of_kind, entry.id) not in self._read:
                questions[f"{of_kind}|{entry.id}"] = of_kind.encode() + b"\n" + data
        for name, answer in (
            self._comparison.ask(_PROGRAM, {}, questions).items() if questions else ()
        ):
            of_kind, _, blob = name.partition("|")
            failed = isinstance(answer, Failure)
            self._read[of_kind, blob] = answer if failed else manifests.from_json(answer)
        return {place: self._read[keys[place]] if place in keys else _MISSING for place in wanted}

    def requirements(self, place: Place, manifest: Manifest) -> Sequence[tuple[str, Requirement]]:
        """What a manifest and the files that it includes require, with the path of each.

        A file that is a manifest by its own name speaks for itself.
        """
        side, path = place
        found = [(path, each) for each in _grouped(path, manifest)]
        waiting = [(path, manifest)]
        seen = {path}
        while waiting and len(seen) < _MOST_INCLUDED:
            at, said = waiting.pop()
            for included in includes(at, said):
                if not included.path or included.path in seen or manifests.kind(included.path):
                    continue
                seen.add(included.path)
                inner = self.read([(side, included.path)])[side, included.path]
                if isinstance(inner, Manifest):
                    found += [(included.path, each) for each in _grouped(path, inner)]
                    waiting.append((included.path, inner))
        return found

    # For which files they speak -------------------------------------------------------------

    @cached_property
    def _projects(self) -> frozenset[str]:
        return frozenset(
            posixpath.dirname(path)
            for path, kind in self._head_kinds.items()
            if kind in manifests.PROJECT_KINDS
        )

    def project(self, path: str) -> str:
        """The folder of the project that a file belongs to: the nearest with a manifest, or the root."""
        around = reversed(paths.folders(path))
        return next((folder for folder in around if folder in self._projects), "")

    def around(self, path: str) -> list[str]:
        """The manifests at head that speak for a file: of its project and those around that."""
        above = set(paths.folders(path))
        return [each for each in self._head_kinds if self.project(each) in above]


class Declared:
    """What some manifests declare, for many questions about it."""

    def __init__(self, names: Iterable[str]) -> None:
        keys = frozenset(map(distributions.normalized, names))
        self._keys = keys
        full = [key for key in keys if not distributions.is_stub(key)]
        self._bare = frozenset(map(distributions.bare, full))
        self._text = "\n".join(f"-{key}-" for key in full)

    def provides(self, module: str) -> bool:
        """Whether one of them may hold a top-level module; generous.

        Beside what the tables say, a name counts that is the same but for separators, `py` and
        `python`, or that has the module's among its parts (`zope-event`, `apache-airflow`).
        """
        known = distributions.distributions().get(module, ())
        if any(distributions.normalized(name) in self._keys for name in known):
            return True
        name = distributions.normalized(module)
        return f"-{name}-" in self._text or distributions.bare(name) in self._bare

    def brings(self, name: str) -> bool:
        """Whether one of them is known to need the distribution *name* (normalized) itself."""
        return not self._keys.isdisjoint(distributions.companions().get(name, ()))


def includes(path: str, manifest: Manifest) -> list[Included]:
    """The files that a manifest includes."""
    found = []
    for written, _, line in manifest.includes:
        reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        is_outside = "://" in written or reached.startswith(("/", "../")) or reached == ".."
        found.append(Included(written, "" if is_outside else reached, line))
    return found


def lock_names(data: bytes) -> frozenset[str]:
    """The packages in a lock file, normalized; by lines, so that any size can be read."""
    from re import MULTILINE, findall

    rows = findall(rb'^(?:name = "([\w.-]+)"|        "([\w.-]+)": \{|([\w.-]+)==)', data, MULTILINE)
    names = (next(filter(None, row), b"").decode() for row in rows)
    return frozenset(map(distributions.normalized, names))


def own_names(data: bytes) -> frozenset[str]:
    """The packages in a lock file of uv that are this project and its members, normalized."""
    from re import MULTILINE, findall

    own = (
        rb'^name = "([\w.-]+)"\n(?:version = .*\n)?'
        rb'source = \{ (?:editable|virtual) = "(?!/|~|\.\.|[A-Za-z]:)'
    )
    return frozenset(
        distributions.normalized(each.decode()) for each in findall(own, data, MULTILINE)
    )


def lock(comparison: Comparison, side: SideName, path: str) -> bytes | None:
    """The content of a lock file; None where it is missing or larger than Git's objects may be."""
    entry = comparison.listing(side).get(path)
    if entry is None or entry.mode not in REGULAR_MODES:
        return None
    return comparison.read([entry.id], OBJECT_LIMIT)[entry.id]


def _grouped(path: str, manifest: Manifest) -> list[Requirement]:
    """The requirements with the group that the file stands for, where they have none themselves."""
    if manifests.kind(path) in manifests.PROJECT_KINDS:
        return list(manifest.requirements)
    group = manifests.group_of(path)
    return [each._replace(group=each.group or group) for each in manifest.requirements]
