"""The modules of both sides: where one lies, what it binds, what a name in it stands for."""

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from bot import paths
from bot.analysis import Program
from bot.comparison import Comparison, SideName
from bot.domain import REGULAR_MODES
from bot.outside.worker import Failure

PROGRAM = Program("api", "bot.outside.api_worker", "griffe", 400_000)
_SIDES: tuple[SideName, SideName] = ("base", "head")
# From one module to the next: a chain of imports longer than this is followed no further.
_LONGEST_CHAIN = 12
# Files beside a module that Python may import in its place.
_COMPILED = (".pyi", ".pyx", ".pyd", ".so", ".c", ".cpp", ".rs", ".py.in", ".proto")


class Module(NamedTuple):
    """A Python module of one side: the folder its imports start from, its dotted name, its file."""

    side: SideName
    root: str
    name: str
    path: str

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__init__.py") or self.path == "__init__.py"

    @property
    def package(self) -> str:
        """What relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


class Place(NamedTuple):
    """Where a name is bound for good: a definition of a module or, with name "", a module."""

    module: Module
    name: str


class Unknown(NamedTuple):
    """What cannot be told without running the code; *reason* only where it is our failure."""

    reason: str = ""


Resolved = Place | Unknown | None


class Modules:
    """Reads what modules bind, many at a time where it can, and follows names through imports."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._answers: dict[str, Any] = {}

    def at(self, side: SideName, path: str) -> Module:
        """The module that a file is; its name starts at the outermost package it lies in."""
        listing = self._comparison.listing(side)
        folder, _, file = path.rpartition("/")
        roots = [root.strip("/") for root in self._comparison.policy.source_roots]
        under = [root for root in roots if path.startswith(f"{root}/")]
        names = [] if file == "__init__.py" else [file.removesuffix(".py")]
        root = max(under, key=len) if under else None
        while folder != root and (root is not None or f"{folder}/__init__.py" in listing):
            folder, _, last = folder.rpartition("/")
            names.insert(0, last)
            if not folder:
                break
        return Module(side, folder, ".".join(names) or "__init__", path)

    def find(self, near: Module, name: str) -> Module | None:
        """The module *name* beside *near*; None where no file of the repository is it."""
        listing = self._comparison.listing(near.side)
        stem = "/".join(part for part in (near.root, *name.split(".")) if part)
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if path in listing and listing[path].mode in REGULAR_MODES:
                return Module(near.side, near.root, name, path)
        return None

    def at_head(self, module: Module) -> Module | None:
        """The module of the same name at head, in another folder where its package went there."""
        near = module._replace(side="head")
        found = self.find(near, module.name)
        for home in sorted(self._homes.get(module.name.partition(".")[0], ())):
            found = found or self.find(near._replace(root=home), module.name)
        return found

    def outermost_gone(self, module: Module) -> str:
        """The name of the largest package that went with a module of base that is gone at head."""
        name = module.name
        while parent := name.rpartition(".")[0]:
            near = module._replace(name=parent)
            if self.at_head(near) or self.may_exist(near._replace(side="head"), parent):
                break
            name = parent
        return name

    def may_exist(self, near: Module, name: str) -> bool:
        """Whether a module of this name may be there in a form other than a file `.py`."""
        stem = "/".join(part for part in (near.root, *name.split(".")) if part)
        if any(stem + ending in self._comparison.listing(near.side) for ending in _COMPILED):
            return True
        return stem in self._folders[near.side]

    @cached_property
    def _folders(self) -> Mapping[str, frozenset[str]]:
        """Folders with Python files in them, each side's: packages without `__init__.py`."""
        return {
            side: frozenset(
                folder
                for path in self._comparison.listing(side)
                if path.endswith((".py", *_COMPILED))
                for folder in paths.folders(path)[1:]
            )
            for side in _SIDES
        }

    @cached_property
    def _homes(self) -> Mapping[str, frozenset[str]]:
        """First names that imports may begin with to the folders they lie in, on both sides."""
        found: dict[str, set[str]] = {}
        for side in _SIDES:
            listing = self._comparison.listing(side)
            for path in listing:
                if not path.endswith(".py"):
                    continue
                folder, _, file = path.rpartition("/")
                if file == "__init__.py":
                    folder, _, first = folder.rpartition("/")
                else:
                    first = file.removesuffix(".py")
                if not folder or f"{folder}/__init__.py" not in listing:
                    found.setdefault(first, set()).add(folder)
        return {first: frozenset(homes) for first, homes in found.items()}

    def home(self, user: Module, level: int, name: str) -> str | None:
        """The folder from which *user*'s import of *name* starts; None where that is not certain."""
        if level:
            return user.root
        first = name.partition(".")[0]
        homes = self._homes.get(first, frozenset())
        if first in sys.stdlib_module_names or len(homes) != 1:
            return None
        (home,) = homes
        is_found = home in (user.root, "", "src") or self._is_package(home, first)
        return home if is_found else None

    def _is_package(self, folder: str, name: str) -> bool:
        path = f"{folder}/{name}/__init__.py"
        return any(path in self._comparison.listing(side) for side in _SIDES)

    def load(self, modules: Iterable[Module]) -> None:
        """Read several modules at once: each question by itself would start a process."""
        blobs = {}
        for module in modules:
            entry = self._comparison.listing(module.side).get(module.path)
            if entry is not None and entry.id not in self._answers:
                blobs[entry.id] = entry
        texts = self._comparison.read(blobs)
        known = {blob: text for blob, text in texts.items() if text is not None}
        self._answers.update(self._comparison.ask(PROGRAM, None, known) if known else {})
        for blob in blobs:
            self._answers.setdefault(blob, Failure("its content is missing or too large"))

    def blob(self, module: Module) -> str:
        entry = self._comparison.listing(module.side).get(module.path)
        return "" if entry is None else entry.id

    def is_unchanged(self, module: Module) -> bool:
        """Whether the other side has the same file in the same place."""
        other = self._comparison.listing("head" if module.side == "base" else "base")
        entry = other.get(module.path)
        return entry is not None and entry.id == self.blob(module)

    def description(self, module: Module) -> Any:
        """What `bot.outside.api_worker` says of a module, or a `Failure`."""
        self.load([module])
        return self._answers.get(self.blob(module), Failure("there is no such file"))

    def names(self, module: Module) -> frozenset[str]:
        """What `from module import *` takes, as far as the module's own text tells."""
        answer = self.description(module)
        if isinstance(answer, Failure):
            return frozenset()
        if answer["all"] is not None:
            return frozenset(answer["all"])
        return frozenset(name for name in answer["bound"] if not name.startswith("_"))

    def absolute(self, module: Module, level: int, name: str) -> str:
        """The full name of what an import in *module* names; "" if it leads out of the package."""
        if not level:
            return name
        parts = module.package.split(".") if module.package else []
        if level - 1 >= len(parts):
            return ""
        kept = parts[: len(parts) - (level - 1)]
        return ".".join([*kept, name] if name else kept)

    def resolve(self, module: Module, name: str, chain: int = 0) -> Resolved:
        """What *name* of *module* stands for: where it is defined, None if there is no such name."""
        if chain > _LONGEST_CHAIN:
            return Unknown()
        if chain and not module.is_package and self.is_unchanged(module):
            return Place(module, name)  # not read: nothing about it can be broken
        answer = self.description(module)
        if isinstance(answer, Failure):
            return Unknown(f"{module.path}: {answer}")
        if name in answer["bound"]:
            return self._bound(module, name, answer, chain)
        for level, source in answer["stars"]:
            target = self.find(module, self.absolute(module, level, source))
            if target is None:
                return Unknown()
            found = self.resolve(target, name, chain + 1)
            if found is not None:
                return found
        if answer["open"]:
            return Unknown()
        if module.is_package:
            child = f"{module.name}.{name}"
            inner = self.find(module, child)
            if inner is not None:
                return Place(inner, "")
            return Unknown() if self.may_exist(module, child) else None
        return None

    def _bound(self, module: Module, name: str, answer: Any, chain: int) -> Resolved:
        alias = answer["aliases"].get(name)
        if alias is None:
            definition = answer["definitions"].get(name)
            if definition is None or answer["bound"][name] > 1:
                return Unknown()
            # `old = new` is another name for the same thing.
            value = definition.get("value")
            if value in answer["bound"] and value != name and definition["kind"] == "attribute":
                return self.resolve(module, value, chain + 1)
            return Place(module, name)
        level, source, original = alias
        target = self.find(module, self.absolute(module, level, source))
        if target is None:
            return Unknown()
        if original is None:
            return Place(target, "")
        if target.path == module.path and original == name:
            inner = self.find(module, f"{target.name}.{name}")  # `from . import x`
            return Unknown() if inner is None else Place(inner, "")
        return self.resolve(target, original, chain + 1)
