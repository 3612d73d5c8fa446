"""What is broken between a definition at base and what stands in its place at head."""

import builtins
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.checkers.api_contract import signatures
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.domain import Severity
from bot.outside.worker import Failure

Definition = Mapping[str, Any]

# Decorators after which a function is called as it is written.
TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "abc.abstractmethod",
        "abstractmethod",
        "functools.cache",
        "functools.lru_cache",
        "functools.wraps",
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
        "typing.final",
        "typing.override",
        "typing.no_type_check",
        "typing_extensions.final",
        "typing_extensions.override",
        "typing_extensions.deprecated",
        "warnings.deprecated",
    }
)
# Bases that give a class no names of their own that anybody would look for.
_BARE = frozenset(
    {
        "object",
        "ABC",
        "Generic",
        "Protocol",
        "Enum",
        "IntEnum",
        "StrEnum",
        "Flag",
        "IntFlag",
        "TypedDict",
        "NamedTuple",
        "BaseModel",
    }
)
_SPOKEN = frozenset({"__init__", "__call__"})
_SCALARS = frozenset({"str", "bytes", "int", "float", "bool", "list", "dict", "set", "tuple"})
_AWAITED = ("Awaitable", "Coroutine", "Future", "Deferred", "Task")
_ITERATED = ("Iter", "Generator")
_MOST_ANCESTORS = 50


class Breakage(NamedTuple):
    """*name* is dotted within its module; *says* completes "`name` ..."; lines of either side or 0."""

    name: str
    about: str
    says: str
    old_line: int
    new_line: int = 0
    severity: Severity = "warning"


class Comparer:
    """Compares definitions, following the bases of classes where it has to."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._children: dict[str, dict[str, list[str]]] = {}

    def compare(self, old: Place, new: Place) -> Iterator[Breakage]:
        """All that is broken about what was *old* and is *new*."""
        before, after = self._definitions(old.module), self._definitions(new.module)
        waiting = [(old.name, new.name)]
        while waiting:
            name, other = waiting.pop()
            was, now = before.get(name), after.get(other)
            if was is None or now is None:
                continue
            if max(was["count"], now["count"]) > 1:
                continue  # which of several definitions holds is not told by the text
            found = list(_kind_changed(name, was, now))
            yield from found
            if found or was["kind"] != now["kind"]:
                continue
            if was["kind"] == "function":
                yield from _functions(name, was, now)
            elif was["kind"] == "attribute":
                yield from _returned(name, was["annotation"], now["annotation"], was, now)
            else:
                yield from self._bases(name, was, now, new.module)
                members = self._members(old.module, before).get(name, [])
                yield from self._lost_members(name, members, before, after, other, new.module)
                waiting += [(f"{name}.{each}", f"{other}.{each}") for each in reversed(members)]

    def _definitions(self, module: Module) -> Mapping[str, Definition]:
        answer = self._modules.description(module)
        return {} if isinstance(answer, Failure) else answer["definitions"]

    def _members(
        self, module: Module, definitions: Mapping[str, Definition]
    ) -> Mapping[str, list[str]]:
        """Class to the names in it that others may use."""
        blob = self._modules.blob(module)
        if blob not in self._children:
            found = self._children[blob] = {}
            for dotted in definitions:
                owner, _, name = dotted.rpartition(".")
                if name in _SPOKEN or not name.startswith("_"):
                    found.setdefault(owner, []).append(name)
        return self._children[blob]

    def _lost_members(
        self,
        name: str,
        members: list[str],
        before: Mapping[str, Definition],
        after: Mapping[str, Definition],
        other: str,
        module: Module,
    ) -> Iterator[Breakage]:
        was, now = before[name], after[other]
        if was["open"] or now["open"]:
            return
        here = set(now["names"])
        for each in members:
            gone = before[f"{name}.{each}"]
            if each in here or each in _SPOKEN or is_deprecated(before, f"{name}.{each}"):
                continue
            if self.inherits(module, other, each) is False:
                noun = _noun(was, gone)
                yield Breakage(f"{name}.{each}", "gone", f"is gone ({noun})", gone["line"])

    def inherits(self, module: Module, name: str, member: str) -> bool | None:
        """Whether a class gets *member* from its bases; None where that cannot be told."""
        ancestors = self._ancestors(module, name)
        if ancestors is None:
            return None
        for base in ancestors:
            if isinstance(base, str):
                if hasattr(getattr(builtins, base, None), member):
                    return True
                continue
            known = self._definitions(base.module).get(base.name, {})
            if known.get("open", True):
                return None
            if member in known["names"]:
                return True
        return False

    def _ancestors(self, module: Module, name: str) -> list[Place | str] | None:
        """All bases, near ones first, built-in and bare ones by name; None if one is not known."""
        found: list[Place | str] = []
        waiting = [(module, name)]
        seen = set()
        while waiting:
            at, of = waiting.pop(0)
            if (at, of) in seen:
                continue
            seen.add((at, of))
            definition = self._definitions(at).get(of)
            if definition is None or definition["kind"] != "class" or len(seen) > _MOST_ANCESTORS:
                return None
            for text in definition["bases"]:
                base = self._base(at, text or "")
                if base is None:
                    return None
                found.append(base)
                if isinstance(base, Place):
                    waiting.append((base.module, base.name))
        return found

    def _base(self, module: Module, text: str) -> Place | str | None:
        stem = text.partition("[")[0]
        last = stem.rpartition(".")[2]
        if "." not in stem:
            answer = self._modules.description(module)
            if stem in answer["bound"]:
                found = self._modules.resolve(module, stem)
                if isinstance(found, Place) and found.name:
                    return found
            elif isinstance(getattr(builtins, stem, None), type):
                return stem
        return last if last in _BARE else None

    def _bases(
        self, name: str, was: Definition, now: Definition, module: Module
    ) -> Iterator[Breakage]:
        lost = [text for text in was["bases"] if text and text not in now["bases"]]
        ancestors = self._ancestors(module, name) if lost else None
        if ancestors is None:
            return
        kept = set(_BARE)
        for base in ancestors:
            if isinstance(base, Place):
                kept.add(base.name)
            else:
                kept |= {each.__name__ for each in getattr(builtins, base, object).__mro__}
        for text in lost:
            base_name = text.partition("[")[0].rpartition(".")[2]
            if base_name not in kept and not base_name.startswith("_"):
                says = f"is no longer a `{base_name}`"
                yield Breakage(name, f"base {base_name}", says, was["line"], now["line"])


def is_deprecated(definitions: Mapping[str, Definition], name: str) -> bool:
    """Whether its end was announced: in its text or, for a class, where it is made."""
    return any(
        definitions.get(each, {}).get("deprecated", False)
        for each in (name, f"{name}.__init__", f"{name}.__new__")
    )


def is_plain(definition: Definition) -> bool:
    """Whether a function is called as it is written, whatever decorates it."""
    return all(path in TRANSPARENT for path, _, _ in definition["decorators"])


def receives_object(name: str, definition: Definition) -> bool:
    """Whether the first parameter of a function is given by the object or class it is called on."""
    return "." in name and "staticmethod" not in definition["labels"]


def _noun(owner: Definition, gone: Definition) -> str:
    if gone["kind"] != "attribute":
        return "method" if gone["kind"] == "function" else "class"
    if "property" in gone["labels"]:
        return "property"
    bases = " ".join(each or "" for each in owner["bases"])
    if "TypedDict" in bases:
        return "key"
    if "Enum" in bases or "Flag" in bases:
        return "enum member"
    is_field = "dataclass" in owner["labels"] or "NamedTuple" in bases or "BaseModel" in bases
    return "field" if is_field and gone["annotation"] else "attribute"


def _kind_changed(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    def broken(says: str) -> Breakage:
        return Breakage(name, "kind", says, was["line"], now["line"])

    kinds = was["kind"], now["kind"]
    if kinds == ("function", "attribute") and "property" in now["labels"] and is_plain(was):
        yield broken("was a method and is a property now")
    elif kinds == ("attribute", "function") and "property" in was["labels"] and is_plain(now):
        yield broken("was a property and is a method now")
    elif kinds == ("class", "function"):
        yield broken("was a class and is a function now")
    elif kinds == ("function", "function") and is_plain(was) and is_plain(now) and "." in name:
        free = {"staticmethod", "classmethod"}
        if free & set(was["labels"]) and not free & set(now["labels"]):
            yield broken("can no longer be called on the class")


def _functions(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    lines = was["line"], now["line"]
    same = [row[1] for row in was["decorators"]] == [row[1] for row in now["decorators"]]
    plain = is_plain(was) and is_plain(now)
    by_name = all(path in TRANSPARENT or not is_call for path, _, is_call in was["decorators"])
    if (plain or (same and by_name)) and not was["deprecated"]:
        old = signatures.read(was, bound=receives_object(name, was))
        new = signatures.read(now, bound=receives_object(name, now))
        for about, says in signatures.breakages(old, new):
            yield Breakage(name, about, says, *lines)
        yield from _narrowed(name, old, new, lines)
    if plain:
        yield from _answered(name, was, now)
        yield from _returned(name, was["returns"], now["returns"], was, now)
    yield from _raised(name, was, now)


def _answered(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    """Whether its result has to be awaited, or iterated over for anything to happen."""
    lines = was["line"], now["line"]
    if was["async"] != now["async"]:
        returns = (was if now["async"] else now)["returns"] or ""
        if not any(each in returns for each in _AWAITED):
            verb = "must be awaited now" if now["async"] else "must not be awaited any more"
            yield Breakage(name, "async", verb, *lines)
    elif {was["result"], now["result"]} == {"generator", "nothing"}:
        if now["result"] == "generator" and not was["abstract"]:
            yield Breakage(name, "generator", "does nothing now until it is iterated over", *lines)
        elif was["result"] == "generator" and not now["abstract"]:
            yield Breakage(name, "generator", "yields nothing any more", *lines)
    elif was["result"] == "value" and now["result"] == "generator":
        returns = was["returns"] or ""
        if returns and not any(each in returns for each in (*_ITERATED, *_AWAITED)):
            says = f"is a generator now and returned `{returns}`"
            yield Breakage(name, "generator", says, *lines)


def _narrowed(
    name: str, old: signatures.Signature, new: signatures.Signature, lines: tuple[int, int]
) -> Iterator[Breakage]:
    now = {each.name: each for each in new}
    for before in old:
        after = now.get(before.name)
        if after is None or not before.annotation or not after.annotation:
            continue
        lost = _union(before.annotation) - _union(after.annotation)
        narrower = _union(after.annotation) < _union(before.annotation)
        if narrower and not (lost == {"None"} and after.default == "None"):
            says = f"takes `{before.name}` no longer as `{'` or `'.join(sorted(lost))}`"
            yield Breakage(name, f"type {before.name}", says, *lines, severity="note")


def _returned(
    name: str, before: str | None, after: str | None, was: Definition, now: Definition
) -> Iterator[Breakage]:
    if not before or not after or before == after:
        return
    old, new = _union(before), _union(after)
    verb = "returns" if was["kind"] == "function" else "is"
    lines = was["line"], now["line"]
    if new == old | {"None"} and "None" not in old and verb == "returns":
        says = f"may return `None` now, not only `{before}`"
        yield Breakage(name, "returns", says, *lines, severity="note")
    elif {before, after} <= _SCALARS and (before, after) != ("int", "bool"):
        yield Breakage(name, "returns", f"{verb} `{after}` now, not `{before}`", *lines)


def _raised(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    if was["documented"] is None or now["documented"] is None:
        return
    old, new = set(was["documented"]), set(now["documented"])
    # Not what a docstring only forgot to say.
    lost = (old - new) & (set(was["raised"]) - set(now["raised"]))
    gained = (new - old) & (set(now["raised"]) - set(was["raised"]))
    if not lost and not gained:
        return
    says = "raises " + _names(gained) if gained else "no longer raises " + _names(lost)
    if lost and gained:
        says += f" instead of {_names(lost)}"
    lines = was["line"], now["line"]
    yield Breakage(name, "raises", says + ", as documented", *lines, severity="note")


def _names(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)[:5])


def _union(annotation: str) -> set[str]:
    """The members of a union; one whose brackets hold a `|` is taken as it is."""
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(annotation):
        depth += (letter in "[(") - (letter in "])")
        if letter == "|" and depth == 0:
            parts.append(annotation[start:index].strip())
            start = index + 1
    return {*parts, annotation[start:].strip()}
