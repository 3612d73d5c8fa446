"""What is broken between a definition at base and what stands in its place at head."""

import builtins
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from bot.checkers.api_contract import documented, functions, values
from bot.checkers.api_contract.functions import Breakage, Definition, is_plain
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.domain import Severity
from bot.outside.worker import Failure

# Bases that give a class no names of their own that anybody would look for.
_BARE = frozenset(
    {
        "object",
        "ABC",
        "Generic",
        "Protocol",
        *values.ENUMS,
        "TypedDict",
        "NamedTuple",
        "BaseModel",
    }
)
# Classes in a class that configure it and are taken out of it, or read by a framework alone: Django,
# graphene, marshmallow, pydantic, factory_boy.
_SETTINGS = {"Meta", "Config", "Params", "Media"}
_SPOKEN = frozenset({"__init__", "__call__"})
_MOST_ANCESTORS = 50


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
                yield from functions.compare(name, was, now)
                kin = partial(self._kin, new.module)
                yield from documented.compare(name, was, now, kin)
            elif was["kind"] == "attribute":
                yield from functions.returned(name, was["annotation"], now["annotation"], was, now)
            else:
                yield from self._bases(name, was, now, old.module, new.module)
                members = self._members(old.module, before).get(name, [])
                yield from self._lost_members(name, members, before, after, other, new.module)
                told = list(values.compare(name, other, members, before, after))
                # Asked last: to know the bases of a class, other modules have to be read.
                if told and self._is_enum(old.module, name) and self._is_enum(new.module, other):
                    yield from told
                waiting += [(f"{name}.{each}", f"{other}.{each}") for each in reversed(members)]

    def _is_deprecated(self, base: Place | str | None) -> bool:
        return isinstance(base, Place) and is_deprecated(self._definitions(base.module), base.name)

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
                if _SETTINGS & set(owner.split(".")[1:]):
                    continue
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

    def _kin(self, module: Module, name: str) -> frozenset[str] | None:
        """The names of all bases of a class that *module* calls *name*; None if one is not known."""
        found = self._base(module, name)
        if not isinstance(found, Place):
            return None if found is None else _names([found])
        ancestors = self._ancestors(found.module, found.name)
        return None if ancestors is None else _names([found, *ancestors])

    def _is_enum(self, module: Module, name: str) -> bool:
        stated = self._definitions(module)[name]["bases"]
        near = {(text or "").rpartition(".")[2] for text in stated}
        return not values.ENUMS.isdisjoint({*near, *(self._kin(module, name) or ())})

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
        self, name: str, was: Definition, now: Definition, old: Module, new: Module
    ) -> Iterator[Breakage]:
        lost = [text for text in was["bases"] if text and text not in now["bases"]]
        ancestors = self._ancestors(new, name) if lost else None
        if ancestors is None:
            return
        kept = _BARE | _names(ancestors)
        for text in lost:
            base_name = text.partition("[")[0].rpartition(".")[2]
            is_known = base_name in kept or base_name.startswith("_")
            if not is_known and not self._is_deprecated(self._base(old, text)):
                says = f"is no longer a `{base_name}`"
                yield Breakage(name, f"base {base_name}", says, was["line"], now["line"])


def _names(classes: Iterable[Place | str]) -> frozenset[str]:
    """What classes are called, and all that built-in ones derive from."""
    found: set[str] = set()
    for each in classes:
        if isinstance(each, Place):
            found.add(each.name)
        else:
            inner = getattr(builtins, each, None)
            found |= {base.__name__ for base in inner.__mro__} if inner else {each}
    return frozenset(found)


def is_deprecated(definitions: Mapping[str, Definition], name: str) -> bool:
    """Whether its end was announced: in its text or, for a class, where it is made."""
    return any(
        definitions.get(each, {}).get("deprecated", False)
        for each in (name, f"{name}.__init__", f"{name}.__new__")
    )


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
    def broken(says: str, severity: Severity = "warning") -> Breakage:
        return Breakage(name, "kind", says, was["line"], now["line"], severity)

    kinds = was["kind"], now["kind"]
    if kinds == ("function", "attribute") and "property" in now["labels"] and is_plain(was):
        yield broken("was a method and is a property now")
    elif kinds == ("attribute", "function") and "property" in was["labels"] and is_plain(now):
        yield broken("was a property and is a method now")
    elif kinds == ("class", "function"):
        # It is called as before, but is no class to inherit from or to ask for.
        yield broken("was a class and is a function now", "note")
    elif kinds == ("function", "function") and is_plain(was) and is_plain(now) and "." in name:
        free = {"staticmethod", "classmethod"}
        if free & set(was["labels"]) and not free & set(now["labels"]):
            yield broken("can no longer be called on the class")
