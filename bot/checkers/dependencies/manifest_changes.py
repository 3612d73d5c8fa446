"""What changed in manifests and lock files: new packages, other pins, other places they come from."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from bot import manifests
from bot.checkers.dependencies.concern import ADDED, LOCK, LOOKALIKE, PIN, SOURCE, Concern
from bot.checkers.dependencies.declared import (
    Manifests,
    Place,
    includes,
    lock,
    lock_names,
)
from bot.comparison import Comparison, SideName
from bot.distributions import lookalike, normalized
from bot.domain import REGULAR_MODES, ChangedFile, Coverage, Severity
from bot.manifests import Manifest, Requirement
from bot.outside.worker import Failure

# More new packages in one manifest are told of in one sentence.
_MOST_NEW = 12
_MOST_SHOWN = 5
# More new names than any change by a person has are not compared with known ones.
_MOST_COMPARED = 1_000
_HOST = re.compile(rb"https?://(?:[^\s/\"'@]*@)?([\w.-]+)")
# Where a lock file says where a package is from; a description may hold any address.
_PLACE = re.compile(
    rb"(?:\b(?:url|registry|git|index|direct)\"?\s*[=:]\s*\"|^- (?:conda|pypi): | @ )"
    rb"(?:git\+)?" + _HOST.pattern,
    re.MULTILINE,
)
_USUAL_HOSTS = frozenset(
    {"pypi.org", "files.pythonhosted.org", "pypi.python.org", "conda.anaconda.org", "github.com"}
)
_USUAL_INDEX = re.compile(
    r"https://(pypi\.org/simple|pypi\.python\.org/simple|files\.pythonhosted\.org)/?$"
)
_KNOWN_INDEX = re.compile(r"https://(download\.pytorch\.org|pypi\.nvidia\.com)/")
_FIXED = re.compile(r"@[0-9a-f]{40}\b|[#&]sha256=[0-9a-f]{64}\b")
_EXACT = re.compile(r"={2,3}v?(\d+)(?!.*\*)[^,|]*")
_UPPER = re.compile(r"<|==|~=|[\^~]|^\d")


class Side(NamedTuple):
    """All that the changed manifests of one side say.

    *said* goes by the path at head or, if deleted, at base; *groups* tells of packages whether
    they are needed at run time somewhere.
    """

    said: dict[str, Manifest]
    required: list[tuple[str, Requirement]]
    groups: dict[str, bool]


def _groups(requirements: Iterable[Requirement]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for each in requirements:
        found[each.key] = found.get(each.key, False) or not is_development(each)
    return found


def is_development(required: Requirement) -> bool:
    return manifests.is_development(required.group)


class ManifestChanges:
    """The manifests that a change touches, on both sides."""

    def __init__(self, comparison: Comparison, known: Manifests) -> None:
        self._comparison, self._known = comparison, known
        self.failed: list[tuple[str, str]] = []
        self._files = [
            file
            for file in comparison.change.files
            if not comparison.ignores(file.path) and self._kind(file)
        ]
        self._plain = [file for file in self._files if self._kind(file) != manifests.LOCK]
        self.base, self.head = self._side("base"), self._side("head")
        self._known_at_base = set(self.base.groups)

    def _kind(self, file: ChangedFile) -> str:
        kind = manifests.kind(file.path)
        if not kind and file.path.endswith(".py") and file.new_mode in REGULAR_MODES:
            return manifests.SCRIPT if self._is_script(file) else ""
        return kind

    def _is_script(self, file: ChangedFile) -> bool:
        known = (each.head for each in self._comparison.files if each.change is file)
        facts = self._comparison.facts(next(known, None), "packages")
        return bool(facts and facts["script"])

    def _side(self, side: SideName) -> Side:
        places: dict[str, list[tuple[Place, str]]] = {}
        for file in self._plain:
            path, mode = (
                (file.path, file.new_mode) if side == "head" else (file.old_path, file.old_mode)
            )
            if mode in REGULAR_MODES:
                kind = self._kind(file)
                of_script = kind if kind == manifests.SCRIPT else ""
                places.setdefault(of_script, []).append(((side, path), file.path))
        said: dict[str, Manifest] = {}
        required: list[tuple[str, Requirement]] = []
        for kind, several in places.items():
            answers = self._known.read([place for place, _ in several], kind)
            for place, path in several:
                answer = answers[place]
                if isinstance(answer, Failure):
                    if side == "head":
                        self.failed.append((path, f"as a manifest: {answer}"))
                    continue
                said[path] = answer
                if not answer.compiled:
                    required += self._known.requirements(place, answer)
        return Side(said, required, _groups(each for _, each in required))

    # What there is to say -------------------------------------------------------------------

    def concerns(self) -> Iterator[Concern | Coverage]:
        """All that changed, several about one package possible."""
        yield from self._lookalikes()
        yield from self._added()
        yield from self._pins()
        yield from self._sources()
        yield from self._indexes()
        yield from self._locks()

    @cached_property
    def new(self) -> dict[str, tuple[str, Requirement]]:
        """Packages that base did not declare, with their firmest declaration at head."""
        fresh: dict[str, tuple[str, Requirement]] = {}
        for path, each in self.head.required:
            known = self.base.groups.get(each.key)
            if known or (known is False and is_development(each)):
                continue
            held = fresh.get(each.key)
            if held is None or (is_development(held[1]) and not is_development(each)):
                fresh[each.key] = (path, each)
        for key, at_run_time in self._elsewhere(fresh).items():
            self._known_at_base.add(key)
            if at_run_time or is_development(fresh[key][1]):
                del fresh[key]
        return fresh

    def _elsewhere(self, names: Mapping[str, object]) -> dict[str, bool]:
        """Which of these packages manifests of base declare that the change did not touch."""
        changed = {file.old_path for file in self._files}
        kinds = self._known.kinds("base")
        paths = [
            path
            for path, kind in kinds.items()
            if path not in changed and kind not in (manifests.LOCK, *manifests.WEAK_KINDS)
        ]
        if not names or not paths:
            return {}
        listing = self._comparison.listing("base")
        texts = self._comparison.read(listing[path].id for path in paths)
        words = {path: _words(texts[listing[path].id] or b"") for path in paths}
        places: list[Place] = [
            ("base", path) for path in paths if not words[path].isdisjoint(names)
        ]
        required: list[Requirement] = []
        for place, manifest in self._known.read(places).items():
            if isinstance(manifest, Manifest):
                required += [each for _, each in self._known.requirements(place, manifest)]
        return _groups(each for each in required if each.key in names)

    def _lookalikes(self) -> Iterator[Concern | Coverage]:
        named = {
            key: (path, each.name, each.line)
            for key, (path, each) in self.new.items()
            if not each.source
        }
        for path, name, line in self._mentioned():
            named.setdefault(normalized(name), (path, name, line))
        for number, (key, (path, name, line)) in enumerate(named.items()):
            if number >= _MOST_COMPARED:
                reason = (
                    f"more than {_MOST_COMPARED} new packages: their names were not all compared"
                )
                yield Coverage(path, "dependencies", "failed", reason)
                return
            if message := likeness(name, lookalike.meant(name)):
                yield Concern(LOOKALIKE, key, path, line, message)

    def _mentioned(self) -> Iterator[tuple[str, str, int]]:
        """What commands install that they did not at base."""
        before = {
            normalized(name)
            for manifest in self.base.said.values()
            for name, _ in manifest.mentions
        }
        for path, manifest in self.head.said.items():
            if manifests.kind(path) in ("commands", "nox"):
                for name, line in manifest.mentions:
                    if normalized(name) not in before:
                        yield path, name, line

    def _added(self) -> Iterator[Concern]:
        by_path: dict[str, list[Requirement]] = {}
        for path, each in self.new.values():
            if self._is_declaring(path):
                by_path.setdefault(path, []).append(each)
        for path, several in by_path.items():
            if len(several) > _MOST_NEW:
                at_run_time = [each for each in several if not is_development(each)]
                shown = at_run_time or several
                yield Concern(
                    ADDED, f"many {path}", path, min(each.line for each in shown),
                    f"{_count(len(several), 'new dependency', 'new dependencies')}: "
                    f"{_some([each.name for each in shown], len(several))}",
                    None if at_run_time else "note",
                )  # fmt: skip
                continue
            for each in several:
                yield self._addition(path, each)

    def _is_declaring(self, path: str) -> bool:
        return manifests.kind(path) not in manifests.WEAK_KINDS

    def _addition(self, path: str, each: Requirement) -> Concern:
        if is_development(each):
            group = each.group.removeprefix("extra ").removeprefix("env ")
            message = f"`{each.name}` is a new dependency for development (`{group}`)"
            return Concern(ADDED, each.key, path, each.line, message, "note")
        if each.key in self._known_at_base:
            message = (
                f"`{each.name}`, needed only for development before, is now needed at run time"
            )
        elif each.group.startswith("extra "):
            message = f"`{each.name}` is a new dependency of the extra `{each.group[6:]}`"
        else:
            message = f"`{each.name}` is a new dependency"
        return Concern(ADDED, each.key, path, each.line, message)

    def _pins(self) -> Iterator[Concern]:
        before = {(path, each.key, each.group): each for path, each in self.base.required}
        for path, each in self.head.required:
            old = before.get((path, each.key, each.group))
            if old is None or is_development(each) or manifests.kind(path) in manifests.WEAK_KINDS:
                continue
            if message := _loosened(old, each):
                yield Concern(PIN, each.key, path, each.line, message)

    # Where packages come from ---------------------------------------------------------------

    def _sources(self) -> Iterator[Concern]:
        known = {(each.key, _without_revision(each.source)) for _, each in self.base.required}
        for path, each in self.head.required:
            if not each.source or (each.key, _without_revision(each.source)) in known:
                continue
            if _is_inside(each.source, path):
                continue
            message = f"`{each.name}` comes from `{_short(each.source)}`, not from an index"
            yield Concern(SOURCE, each.key, path, each.line, message, _gravity(each.source))
        for path, manifest in self.head.said.items():
            old = self.base.said.get(path, Manifest())
            before = {included.written for included in includes(path, old)}
            for included in includes(path, manifest):
                if not included.path and included.written not in before:
                    yield Concern(
                        SOURCE, included.written, path, included.line,
                        f"`{_short(included.written)}`, which lies outside of the repository, "
                        "is read for requirements",
                    )  # fmt: skip

    def _indexes(self) -> Iterator[Concern]:
        known = {
            address for manifest in self.base.said.values() for _, address, _ in manifest.indexes
        }
        for path, manifest in self.head.said.items():
            for option, address, line in manifest.indexes:
                if address in known or _USUAL_INDEX.match(address) or "{" in address:
                    continue
                severity: Severity | None = "note" if _KNOWN_INDEX.match(address) else None
                message = f"Packages may come from `{_short(address)}` from now on (`{option}`)"
                if option == "--trusted-host":
                    message = f"The host `{_short(address)}` is trusted without a certificate"
                yield Concern(SOURCE, address, path, line, message, severity)

    # Locks ----------------------------------------------------------------------------------

    def _locks(self) -> Iterator[Concern | Coverage]:
        announced = {
            match.decode()
            for manifest in self.head.said.values()
            for text in (
                *(address for _, address, _ in manifest.indexes),
                *(each.source for each in manifest.requirements),
            )
            for match in _HOST.findall(text.encode(errors="replace"))
        }
        explained = self._explained()
        fresh: dict[str, tuple[str, int]] = {}
        for file in self._files:
            compiled = file.path in self.head.said and self.head.said[file.path].compiled
            if (self._kind(file) != manifests.LOCK and not compiled) or not file.new_blob:
                continue
            data = lock(self._comparison, "head", file.path)
            old = lock(self._comparison, "base", file.old_path) if file.old_blob else b""
            if data is None:
                reason = "its content is missing or too large"
                yield Coverage(file.path, "dependencies", "failed", reason)
                continue
            yield from self._hosts(file, data, old or b"", announced)
            if old and not explained:
                for name in sorted(lock_names(data) - lock_names(old)):
                    fresh.setdefault(name, (file.path, _line_of(data, name) if not fresh else 1))
        if fresh:
            path, line = next(iter(fresh.values()))
            yield Concern(
                LOCK, "newly locked", path, line,
                f"{_count(len(fresh), 'package', 'packages')} newly locked, while no manifest "
                f"changed: {_some(list(fresh), len(fresh))}",
            )  # fmt: skip

    def _hosts(
        self, file: ChangedFile, data: bytes, old: bytes, announced: set[str]
    ) -> Iterator[Concern]:
        known = {host.decode() for host in set(_PLACE.findall(old))} | announced | _USUAL_HOSTS
        for match in _PLACE.finditer(data):
            host = match.group(1).decode()
            if host not in known:
                known.add(host)
                yield Concern(
                    SOURCE, host, file.path, data.count(b"\n", 0, match.start()) + 1,
                    f"Packages are taken from `{host}`, which no manifest names",
                )  # fmt: skip

    def _explained(self) -> bool:
        """Whether what is declared changed at all, so that locks have to follow."""
        before, after = (
            {(each.key, each.spec, each.source) for _, each in side.required}
            for side in (self.base, self.head)
        )
        return before != after


def likeness(name: str, meant: str) -> str:
    """What to say of a name that looks like another; "" where it looks like none."""
    if lookalike.is_confusable(name):
        odd = next(letter for letter in name if not letter.isascii())
        looks = f", which looks like `{meant}`," if meant else ""
        return (
            f"The name `{name}`{looks} has a letter that no package's may have (U+{ord(odd):04X})"
        )
    return f"`{name}` is not `{meant}`: is that what is meant?" if meant else ""


def _loosened(old: Requirement, new: Requirement) -> str:
    before, after = _EXACT.fullmatch(old.spec), _EXACT.fullmatch(new.spec)
    if before and after and before.group(1) != after.group(1):
        return f"`{new.name}` moves to another major version: `{old.spec}` to `{new.spec}`"
    if not new.source and _UPPER.search(old.spec) and not _UPPER.search(new.spec):
        return f"`{new.name}` has no upper bound any more: `{old.spec}` to `{new.spec or 'any'}`"
    if old.hashed and not new.hashed:
        return f"`{new.name}` is no longer held to a hash"
    return ""


def _without_revision(source: str) -> str:
    return re.sub(r"@[\w.-]+$", "", source.partition("#")[0])


def _is_inside(source: str, path: str) -> bool:
    """Whether a source is a place in this repository."""
    if "://" in source or re.match(r"[\w.-]+@[\w.-]+:", source) or source.startswith(("/", "~")):
        return False
    import posixpath

    place = re.sub(r"@[\w.-]*$|\[[^\]]*\]$", "", source)
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), place))
    return not reached.startswith("..")


def _gravity(source: str) -> Severity | None:
    if source.startswith(("http://", "git://", "git+http://", "git+git://")):
        return None
    return "note" if _FIXED.search(source) else "warning"


def _words(data: bytes) -> set[str]:
    found = re.findall(r"[\w.-]+", data.decode("utf-8", "replace"))
    return {normalized(word.strip(".-")) for word in found}


def _line_of(data: bytes, name: str) -> int:
    """The line of a lock file on which a package is."""
    pattern = re.escape(name).replace("\\-", "[-_.]+").encode()
    match = re.search(rb'(?im)^(?:name = "| *")?' + pattern + rb'(?:"|==)', data)
    return data.count(b"\n", 0, match.start()) + 1 if match else 1


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _some(names: Sequence[str], total: int) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN])
    return shown + (f" and {total - _MOST_SHOWN} more" if total > _MOST_SHOWN else "")


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
