"""Modules that a change gave another name by renaming their files, as imports and settings name them."""

import posixpath
from collections.abc import Mapping

from bot import paths
from bot.comparison import Comparison, SideName


def names(comparison: Comparison) -> Mapping[str, str]:
    """Dotted names of modules and packages at base to those at head; none of what is still there."""
    found: dict[str, str] = {}
    clashes: set[str] = set()
    left = _python_folders(comparison)
    for old, new in comparison.renamed.items():
        if not (old.endswith(".py") and new.endswith(".py")):
            continue
        if old.endswith("/__init__.py") and posixpath.dirname(old) in left:
            continue
        before, after = _dotted(comparison, "base", old), _dotted(comparison, "head", new)
        root = _root(comparison, "base", old)
        while before and after and before != after:
            if found.setdefault(before, after) != after:
                clashes.add(before)
            parent, _, last = before.rpartition(".")
            other, _, same = after.rpartition(".")
            if last != same or posixpath.join(root, *parent.split(".")) in left:
                break
            before, after = parent, other
    return {old: new for old, new in found.items() if old not in clashes}


def gone(comparison: Comparison) -> frozenset[str]:
    """Dotted names at base of the modules that are deleted, and of packages of which nothing is left."""
    left = _python_folders(comparison)
    deleted = [
        file.old_path
        for file in comparison.change.files
        if file.status == "deleted" and file.old_path.endswith(".py")
    ]
    return frozenset(
        _dotted(comparison, "base", path)
        for path in deleted
        if not path.endswith("/__init__.py") or posixpath.dirname(path) not in left
    )


def _python_folders(comparison: Comparison) -> set[str]:
    """The folders at head that hold Python, however deep."""
    return {
        folder
        for path in comparison.listing("head")
        if path.endswith(".py")
        for folder in paths.folders(path)
    }


def _root(comparison: Comparison, side: SideName, path: str) -> str:
    """The folder that the outermost package around a file lies in."""
    folder = posixpath.dirname(path)
    while folder and f"{folder}/__init__.py" in comparison.listing(side):
        folder = posixpath.dirname(folder)
    return folder


def _dotted(comparison: Comparison, side: SideName, path: str) -> str:
    root = _root(comparison, side, path)
    stem = path.removesuffix(".py").removesuffix("/__init__")
    return stem[len(root) :].strip("/").replace("/", ".")
