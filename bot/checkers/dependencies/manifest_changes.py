"""What changed in manifests: new packages, names that are almost known ones, other pins."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from bot import manifests
from bot.checkers.dependencies.concern import ADDED, LOOKALIKE, PIN, Concern
from bot.checkers.dependencies.declared import (
    Manifests,
    Place,
)
from bot.comparison import Comparison, SideName
from bot.distributions import distributions, lookalike, normalized
from bot.domain import REGULAR_MODES, ChangedFile, Coverage
from bot.manifests import Manifest, Requirement
from bot.outside.worker import Failure

# More new packages in one manifest are told of in one sentence.
_MOST_NEW = 12
_MOST_SHOWN = 5
# More new names than any change by a person has are not compared with known ones.
_MOST_COMPARED = 1_000
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


def _is_optional(required: Requirement) -> bool:
    return required.group == "optional" or required.group.startswith("extra ")


def _firmness(required: Requirement) -> int:
    """The higher, the more people need it."""
    return 0 if is_development(required) else 1 if _is_optional(required) else 2


class ManifestChanges:
    """The manifests that a change touches, on both sides."""

    def __init__(self, comparison: Comparison, known: Manifests) -> None:
        self._comparison, self._known = comparison, known
        self.failed: list[tuple[str, str]] = []
        self.files = [
            file
            for file in comparison.change.files
            if not comparison.ignores(file.path) and self.kind(file)
        ]
        self._plain = [file for file in self.files if self.kind(file) != manifests.LOCK]
        self.base = self._side("base")
        self.head = self._side("head")
        self._known_at_base = set(self.base.groups)

    def kind(self, file: ChangedFile) -> str:
        """What kind of manifest a changed file is; "" if it is none."""
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
                kind = self.kind(file)
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
                # A file that only now claims to be written by a tool is judged as one that is not.
                if side == "head" and path in self.base.said:
                    answer = answer._replace(
                        compiled=answer.compiled and self.base.said[path].compiled
                    )
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

    @cached_property
    def new(self) -> dict[str, tuple[str, Requirement]]:
        """Packages that base did not declare, with their firmest declaration at head."""
        fresh: dict[str, tuple[str, Requirement]] = {}
        for path, each in self.head.required:
            known = self.base.groups.get(each.key)
            if known or (known is False and is_development(each)):
                continue
            held = fresh.get(each.key)
            if held is None or _firmness(each) > _firmness(held[1]):
                fresh[each.key] = (path, each)
        for key, at_run_time in self._elsewhere(fresh).items():
            self._known_at_base.add(key)
            if at_run_time or is_development(fresh[key][1]):
                del fresh[key]
        return fresh

    def _elsewhere(self, names: Mapping[str, object]) -> dict[str, bool]:
        """Which of these packages manifests of base declare that the change did not touch."""
        changed = {file.old_path for file in self.files}
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
        for path, name, line in (*self._mentioned(), *self._compiled()):
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

    def _compiled(self) -> Iterator[tuple[str, str, int]]:
        """What files written by a tool have it install that they did not at base."""
        for path, manifest in self.head.said.items():
            if manifest.compiled:
                old = self.base.said.get(path, Manifest())
                before = {each.key for each in old.requirements}
                for each in manifest.requirements:
                    if each.key not in before:
                        yield path, each.name, each.line

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
                    f"{count(len(several), 'new dependency', 'new dependencies')}: "
                    f"{some([each.name for each in shown], len(several))}",
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
        if each.key in self._known_at_base and _is_optional(each):
            message = (
                f"`{each.name}`, a development dependency, is now also offered as an optional one"
            )
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


def likeness(name: str, meant: str) -> str:
    """What to say of a name that looks like another; "" where it looks like none."""
    if lookalike.is_confusable(name):
        odd = next(letter for letter in name if not letter.isascii())
        looks = f", which looks like `{meant}`," if meant else ""
        return (
            f"The name `{name}`{looks} has a letter that no package's may have (U+{ord(odd):04X})"
        )
    if meant and name in distributions():
        return f"`{name}` is the name of a module; the package that holds it is `{meant}`"
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


def _words(data: bytes) -> set[str]:
    found = re.findall(r"[\w.-]+", data.decode("utf-8", "replace"))
    return {normalized(word.strip(".-")) for word in found}


def count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def some(names: Sequence[str], total: int) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN])
    return shown + (f" and {total - _MOST_SHOWN} more" if total > _MOST_SHOWN else "")
