"""Packages that a change imports for the first time in its repository and that nothing declares."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot import distributions, manifests, paths
from bot.checkers.dependencies.concern import LOOKALIKE, UNDECLARED, Concern
from bot.checkers.dependencies.declared import Declared, Manifests, Place, lock, lock_names
from bot.checkers.dependencies.manifest_changes import likeness
from bot.comparison import Comparison
from bot.coverage import Eligible
from bot.distributions import lookalike, normalized
from bot.domain import SUBMODULE_MODE, Coverage, Severity, Source
from bot.manifests import Manifest

_MODULES = (".py", ".pyi", ".pyx", ".pyw", ".so", ".pyd", ".ipynb", ".proto", ".rs", ".c", ".cpp")
_GENERATED = re.compile(r".*_pb2(_grpc)?")
# What is not part of the product: it may need what nobody installs with it.
_ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|docs?_src|examples?|samples?|demos?|benchmarks?|scripts?|tools?|notebooks?|"
    r"tutorials?|ci|\.github|contrib|hack|dev|utils/release|fixtures|templates?)/|(^|/)(test_[^/]*|[^/]*_test|conftest|"
    r"noxfile|tasks|setup|fabfile|dodo)\.py$"
)
# A change with more new packages than this was not made by hand.
_MOST_JUDGED = 300


class Import(NamedTuple):
    """The first import of a package in a file; *how* as in `bot.facts.packages`."""

    package: str
    path: str
    line: int
    how: str


class NewImports:
    """The packages newly imported by changed files, less all that is explained."""

    def __init__(self, comparison: Comparison, known: Manifests) -> None:
        self._comparison, self._known = comparison, known
        self._declared: dict[frozenset[str], _Told] = {}

    def concerns(self) -> Iterator[Concern | Coverage]:
        """What there is to say about each such import."""
        fresh = [each for file in self._comparison.files for each in self._of(file)]
        fresh = self._foreign(fresh)
        packages = {each.package for each in fresh}
        if len(packages) > _MOST_JUDGED:
            for path in sorted({each.path for each in fresh}):
                reason = f"the change imports {len(packages)} packages for the first time"
                yield Coverage(path, "dependencies", "failed", reason)
            return
        told = {each: self._told(each.path) for each in fresh}
        undeclared = [each for each in fresh if not told[each].declared.provides(each.package)]
        old = self._imported_at_base({each.package for each in undeclared})
        for each in undeclared:
            if each.package in old:
                continue
            if message := likeness(each.package, lookalike.meant_module(each.package)):
                key = normalized(each.package)
                yield Concern(LOOKALIKE, key, each.path, each.line, message)
            elif concern := _undeclared(each, told[each]):
                yield concern

    def _of(self, file: Eligible) -> Iterator[Import]:
        """The packages that a changed file imports and its old version did not."""
        if file.head is None or not paths.may_be_python(file.head.path):
            return
        facts = self._facts(file.head)
        if facts is None:
            return
        before = self._facts(file.base) if file.base else {"imports": []}
        known = {package for package, _, _ in before["imports"]} if before else set()
        for package, line, how in facts["imports"]:
            # Where the old version did not parse, its lines still tell what was there.
            if package in known or (
                before is None and not self._comparison.is_added(file.change, line)
            ):
                continue
            if not _is_common(package):
                yield Import(package, file.head.path, line, how)

    def _facts(self, source: Source) -> dict[str, list[tuple[str, int, str]]] | None:
        found: dict[str, list[tuple[str, int, str]]] | None = self._comparison.facts(
            source, "packages"
        )
        return found

    # Of this repository ---------------------------------------------------------------------

    def _foreign(self, imports: list[Import]) -> list[Import]:
        """Those that are no module of the repository, on neither side; doubt means that they are."""
        homes: dict[str, set[str]] = {each.package: set() for each in imports}
        packages: set[str] = set()
        for side in ("head", "base") if homes else ():
            for path, entry in self._comparison.listing(side).items():
                if path.endswith("__init__.py"):
                    packages.add(path.rpartition("/")[0])
                if entry.mode == SUBMODULE_MODE or path.endswith(_MODULES):
                    _add_homes(path, homes)
        return [each for each in imports if not _is_own(each, homes[each.package], packages)]

    # What is declared -----------------------------------------------------------------------

    def _told(self, path: str) -> "_Told":
        around = self._known.around(path)
        chosen = frozenset(around)
        script = self._script(path)
        if script is not None:
            return script
        if chosen not in self._declared:
            self._declared[chosen] = self._gather(around)
        return self._declared[chosen]

    def _script(self, path: str) -> "_Told | None":
        """What a script says of its own dependencies, which then are all that it gets."""
        known = (each.head for each in self._comparison.files if each.change.path == path)
        source = next(known, None)
        facts = self._comparison.facts(source, "packages") if source else None
        if not facts or not facts["script"]:
            return None
        place: Place = ("head", path)
        said = self._known.read([place], manifests.SCRIPT)[place]
        if not isinstance(said, Manifest):
            return _Told(Declared(()), True, f"`{path}`", frozenset(), path)
        names = [each.name for each in said.requirements]
        return _Told(Declared(names), True, "", frozenset(), path)

    def _gather(self, around: list[str]) -> "_Told":
        kinds = self._known.kinds("head")
        locked: set[str] = set()
        places: list[Place] = []
        for path in around:
            if kinds[path] == manifests.LOCK:
                locked |= lock_names(lock(self._comparison, "head", path) or b"")
            else:
                places.append(("head", path))
        names: list[str] = []
        doubts, speaking = [], []
        for (side, path), manifest in self._known.read(places).items():
            if not isinstance(manifest, Manifest):
                doubts.append(path)
                continue
            required = self._known.requirements((side, path), manifest)
            names += [each.name for _, each in required]
            names += [name for name, _ in manifest.mentions]
            if manifest.unknown:
                doubts.append(path)
            if manifest.speaks and kinds[path] not in manifests.WEAK_KINDS:
                speaking.append(path)
        doubt = ", ".join(f"`{path}`" for path in sorted(doubts)[:3])
        first = min(speaking, key=lambda path: (-path.count("/"), path), default="")
        return _Told(Declared(names), bool(speaking), doubt, frozenset(locked), first)

    # Before the change ----------------------------------------------------------------------

    def _imported_at_base(self, packages: Iterable[str]) -> set[str]:
        """Which packages any file of base imports."""
        waiting = {package: _import_of(package) for package in packages}
        found: set[str] = set()
        sources = self._comparison.python("base") if waiting else []
        for start in range(0, len(sources), 500):
            texts = self._comparison.read(source.blob for source in sources[start : start + 500])
            for text in texts.values():
                for package in [each for each in waiting if text and each.encode() in text]:
                    if waiting[package].search(text or b""):
                        found.add(package)
                        del waiting[package]
            if not waiting:
                break
        return found


class _Told(NamedTuple):
    """What the manifests around a file tell: *doubt* names those that could not be read whole."""

    declared: Declared
    speaks: bool
    doubt: str
    locked: frozenset[str]
    nearest: str


def _undeclared(each: Import, told: _Told) -> Concern | None:
    is_soft = each.how in ("typing", "optional") or manifests.is_material(each.path)
    if not told.speaks or is_soft:
        return None
    severity: Severity | None = None if each.how == "always" else "warning"
    message = f"`{each.package}` is imported here for the first time, and nothing declares it"
    known = {normalized(each.package), *_distributions(each.package)}
    if not known.isdisjoint(told.locked) or any(map(told.declared.brings, known)):
        severity = "warning"
        message = (
            f"`{each.package}` is imported, but is there only because another package needs it"
        )
    if told.doubt:
        severity = "note"
        message += f" as far as {told.doubt} can be read"
    if _ASIDE.search(each.path):
        severity = "note"
    named = _distributions(each.package)
    if named and normalized(each.package) not in named:
        message += f" (it is in `{named[0]}`)"
    return Concern(UNDECLARED, normalized(each.package), each.path, each.line, message, severity)


def _distributions(module: str) -> list[str]:
    return [normalized(name) for name in distributions.distributions().get(module, ())]


def _is_common(package: str) -> bool:
    """Whether a package is nothing that an index would have to provide."""
    return (
        package in distributions.standard_library()
        or package in distributions.hosts()
        or package.startswith("_")
        or bool(_GENERATED.fullmatch(package))
    )


def _add_homes(path: str, homes: dict[str, set[str]]) -> None:
    """Note in which folders a path holds modules or packages of the names in *homes*."""
    parts = path.split("/")
    stem = parts[-1].partition(".")[0]
    for position, part in enumerate([*parts[:-1], stem]):
        if part in homes:
            homes[part].add(
                "/".join(parts[:position]) + f"|{path if position == len(parts) - 1 else ''}"
            )


def _is_own(each: Import, homes: set[str], packages: set[str]) -> bool:
    """Whether one of the folders that have a module of this name can be where it is imported from.

    Those are the folders around the importing file, and all that are no packages themselves. The
    file itself does not count: `shop/redis.py` imports `redis` from elsewhere.
    """
    around = set(paths.folders(each.path))
    for home in homes:
        folder, _, file = home.partition("|")
        if file != each.path and (folder in around or folder not in packages):
            return True
    return False


def _import_of(package: str) -> re.Pattern[bytes]:
    name = re.escape(package.encode())
    return re.compile(
        rb"^[ \t]*(?:>>> )?(?:from[ \t]+%b\b|import[ \t]+(?:[\w., \t]*[ ,\t])?%b\b)" % (name, name),
        re.M,
    )
