"""Which Python file is which module: the folders that imports start from, worked out from paths.

Pure. A folder with an `__init__.py` below none is a top-level package, and where it lies is a
source root. Where folders do without (PEP 420), what the import statements say decides.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

_INIT = "__init__.py"


class Module(NamedTuple):
    """What a file is called where it is imported, and the folder such names start from."""

    name: str
    root: str

    @property
    def top(self) -> str:
        return self.name.split(".", 1)[0]


class Layout(NamedTuple):
    """Modules by path, and the folders below a package that are none, with their Python files."""

    modules: Mapping[str, Module]
    outside: Mapping[str, Sequence[str]]


def find(
    paths: Iterable[str], configured: Sequence[str], imported: Callable[[], Counter[str]]
) -> Layout:
    """The layout of the Python files *paths*.

    *configured* are the roots a policy states; then nothing is guessed. *imported* counts the
    dotted names in import statements and is asked only where folders leave a doubt.
    """
    tree = _Tree(sorted(paths), imported)
    roots = [root.strip("/").removeprefix("./").removeprefix(".") for root in configured]
    modules = tree.below(roots) if roots else tree.guess()
    return Layout(_without_twins(modules), tree.outside(modules))


class _Tree:
    def __init__(self, paths: Sequence[str], imported: Callable[[], Counter[str]]) -> None:
        self._paths = [path for path in paths if _is_importable(path)]
        self._packages = {_folder(path) for path in self._paths if path.endswith("/" + _INIT)}
        self._imported = imported

    def below(self, roots: Sequence[str]) -> dict[str, Module]:
        """Every file in one of the roots, the innermost counting."""
        found = {}
        for path in self._paths:
            holding = [root for root in roots if not root or path.startswith(f"{root}/")]
            if holding:
                found[path] = Module("", max(holding, key=len))
        return _named(found)

    def guess(self) -> dict[str, Module]:
        found: dict[str, Module] = {}
        loose = []
        for path in self._paths:
            top = self._top(_folder(path))
            if top:
                found[path] = Module("", self._root_of(top))
            else:
                loose.append(path)
        namespaces = self._namespaces(loose)
        roots = {"", *(module.root for module in found.values()), *namespaces}
        for path in loose:
            folder = _folder(path)
            holding = [
                root
                for root, tops in namespaces.items()
                if _below(folder, root).split("/")[0] in tops
                and (not root or folder.startswith(f"{root}/"))
            ]
            if holding:
                found[path] = Module("", max(holding, key=len))
            elif folder in roots:
                found[path] = Module("", folder)
        return _named(found)

    def outside(self, modules: Mapping[str, Module]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in modules:
            folder = _folder(path)
            if folder not in self._packages and self._top(folder):
                found[folder].append(path)
        return dict(found)

    def _top(self, folder: str) -> str:
        """The outermost package that a folder lies in without leaving packages; "" if in none."""
        while folder and folder not in self._packages:
            folder = _folder(folder)
        while folder and _folder(folder) in self._packages:
            folder = _folder(folder)
        return folder

    def _root_of(self, top: str) -> str:
        if top not in self._roots:
            parts = top.split("/")
            # Names it may be imported by, the shortest first: `foo`, `cloud.foo`, `google.cloud.foo`.
            names = [".".join(parts[start:]) for start in range(len(parts) - 1, -1, -1)]
            best = max(names, key=lambda name: self._evidence[name]) if len(names) > 1 else names[0]
            self._roots[top] = "/".join(parts[: len(parts) - best.count(".") - 1])
        return self._roots[top]

    @cached_property
    def _roots(self) -> dict[str, str]:
        return {}

    @cached_property
    def _evidence(self) -> Counter[str]:
        """How often each dotted name, or something below it, is imported."""
        found: Counter[str] = Counter()
        for name, count in self._imported().items():
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                found[".".join(parts[:length])] += count
        return found

    def _namespaces(self, loose: Sequence[str]) -> dict[str, set[str]]:
        """Roots, and the folders in them that hold modules without being packages."""
        by_name: dict[str, set[str]] = defaultdict(set)
        for path in loose:
            folders = _folder(path).split("/") if "/" in path else []
            for index, name in enumerate(folders):
                if all(part.isidentifier() for part in folders[index:]):
                    by_name[name].add("/".join(folders[:index]))
        if not by_name:
            return {}
        existing = set(self._paths)
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._evidence:
            top, dot, rest = name.partition(".")
            for root in by_name.get(top, ()) if dot else ():
                target = "/".join(part for part in (root, top, *rest.split(".")) if part)
                if f"{target}.py" in existing or target in self._packages:
                    found[root].add(top)
        return dict(found)


def _named(found: Mapping[str, Module]) -> dict[str, Module]:
    named = {}
    for path, (_, root) in found.items():
        inner = _below(path, root).removesuffix(".py").removesuffix("/__init__")
        *folders, _ = inner.split("/")
        if inner != "__init__" and all(part.isidentifier() for part in folders):
            named[path] = Module(inner.replace("/", "."), root)
    return named


def _without_twins(modules: Mapping[str, Module]) -> dict[str, Module]:
    """Of `a.py` and `a/__init__.py` only the package: that is what Python imports."""
    packages = {module for path, module in modules.items() if path.endswith(_INIT)}
    return {
        path: module
        for path, module in modules.items()
        if path.endswith(_INIT) or module not in packages
    }


def _is_importable(path: str) -> bool:
    # `0001_initial.py` cannot be named in an import statement, but it is loaded and imports.
    stem = path.rpartition("/")[2].removesuffix(".py")
    return bool(stem) and "." not in stem and stem.isprintable()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _below(path: str, root: str) -> str:
    return path[len(root) + 1 :] if root else path
