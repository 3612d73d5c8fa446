"""The imports between the modules of a repository, resolved by Grimp from texts alone.

`main` is run as a program by `bot.outside.worker`. Nothing is looked up on the machine: Grimp's
scanner is given the modules that exist, and a file system that lives in memory.
"""

import gc
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

gc.disable()

from grimp import _rustgrimp as rust  # type: ignore[attr-defined]
from grimp.application.ports.modulefinder import FoundPackage, ModuleFile
from grimp.domain.valueobjects import Module

from bot.outside import serving

# Files that do not parse are found by halving; with more of them the rest of a half is given up.
_MOST_BROKEN = 200
_BROKEN = "its imports cannot be read"


class _File(NamedTuple):
    module: str
    is_package: bool
    text: str


class _Known(NamedTuple):
    """What was found in one set of modules: equal text there imports the same."""

    shape: Any
    rows: dict[tuple[str, str], list[list[Any]]]


_known: dict[str, _Known] = {}


def resolve(data: bytes, path: str, options: Any) -> dict[str, Any]:
    """Rows `[importer, imported, lines, typing]` and the files that cannot be read, by index.

    *data* is a line of JSON, then the texts one after another. The JSON has `files`, rows
    `[module, is package, bytes of text]`, `universes`, rows `[files to scan, files in sight]`
    (what is not in sight is another package of the same name), and `modules`, which is handed
    back. *imported* is an index or the name of what is no file here.
    """
    head, _, rest = data.partition(b"\n")
    question = json.loads(head)
    files = _files(question["files"], rest)
    found: dict[str, Any] = {"modules": question["modules"], "imports": [], "broken": {}}
    for scanned, in_sight in question["universes"]:
        universe = _Universe(files, in_sight)
        for index, rows in universe.imports(scanned).items():
            if isinstance(rows, str):
                found["broken"][index] = rows
            else:
                found["imports"] += [[index, *row] for row in rows]
    return found


def _files(rows: Iterable[Sequence[Any]], data: bytes) -> list[_File]:
    files, start = [], 0
    for module, is_package, size in rows:
        text = data[start : start + size].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        files.append(_File(module, is_package, text))
        start += size
    return files


class _Universe:
    def __init__(self, files: Sequence[_File], in_sight: Sequence[int]) -> None:
        self._files = files
        self._index = {files[index].module: index for index in in_sight}
        self._system = rust.FakeBasicFileSystem()
        self._files_of = {name: ModuleFile(Module(name), 0.0) for name in self._index}
        by_top: dict[str, list[str]] = {}
        for name in self._index:
            by_top.setdefault(name.split(".", 1)[0], []).append(name)
        self._packages = {self._package(top, names) for top, names in by_top.items()}
        self._shape = sorted((name, files[index].is_package) for name, index in self._index.items())
        self._broken = 0

    def _package(self, top: str, names: Sequence[str]) -> FoundPackage:
        # Folders that are imported without being packages.
        folders = {parent for name in names for parent in _parents(name)}.difference(names)
        files = frozenset(self._files_of[name] for name in names)
        return FoundPackage(top, f"/{top}", files, frozenset(folders))

    def imports(self, scanned: Sequence[int]) -> dict[int, list[list[Any]] | str]:
        """Rows `[imported, lines, typing]` of each file, or why it has none."""
        key = "\n".join(sorted({self._files[index].module.split(".", 1)[0] for index in scanned}))
        known = _known.get(key)
        if known is None or known.shape != self._shape:
            known = _known[key] = _Known(self._shape, {})
        wanted = {self._files[index].module: index for index in scanned}
        found: dict[int, list[list[Any]] | str] = {}
        fresh = []
        for module, index in wanted.items():
            rows = known.rows.get((module, self._files[index].text))
            if rows is None:
                fresh.append(module)
            else:
                found[index] = self._row_indexes(rows)
        for module, answer in self._read(fresh).items():
            if not isinstance(answer, str):
                known.rows[module, self._files[wanted[module]].text] = answer
                answer = self._row_indexes(answer)
            found[wanted[module]] = answer
        return found

    def _row_indexes(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        return [[self._index.get(name, name), lines, typing] for name, lines, typing in rows]

    def _read(self, modules: Sequence[str]) -> dict[str, list[list[Any]] | str]:
        for module in modules:
            file = self._files[self._index[module]]
            ending = "/__init__.py" if file.is_package else ".py"
            self._system.write(f"/{module.replace('.', '/')}{ending}", file.text)
        found, broken = self._scan(modules, typing=True)
        guarded = [
            name
            for name in modules
            if name in found and "TYPE_CHECKING" in self._files[self._index[name]].text
        ]
        running, _ = self._scan(guarded, typing=False)
        answers: dict[str, list[list[Any]] | str] = dict(broken)
        for module, imports in found.items():
            run = running.get(module, imports)
            answers[module] = [
                [name, sorted(lines), name not in run] for name, lines in sorted(imports.items())
            ]
        return answers

    def _scan(
        self, modules: Sequence[str], *, typing: bool
    ) -> tuple[dict[str, dict[str, set[int]]], dict[str, str]]:
        """Imported names to line numbers by module, and the modules that cannot be scanned.

        One file that does not parse makes Grimp give up, and so does a relative import beyond
        the top: such files are found by halving.
        """
        if not modules:
            return {}, {}
        try:
            found = rust.scan_for_imports(
                module_files=tuple(self._files_of[name] for name in modules),
                found_packages=self._packages,
                include_external_packages=True,
                exclude_type_checking_imports=not typing,
                file_system=self._system,
            )
        except BaseException as error:  # noqa: BLE001 - a panic of Rust is no Exception
            return self._halve(modules, error, typing=typing)
        return {module.name: _lines(imports) for module, imports in found.items()}, {}

    def _halve(
        self, modules: Sequence[str], error: BaseException, *, typing: bool
    ) -> tuple[dict[str, dict[str, set[int]]], dict[str, str]]:
        if len(modules) == 1 or self._broken >= _MOST_BROKEN:
            self._broken += 1
            line = getattr(error, "lineno", None)
            reason = f"{_BROKEN}: line {line} does not parse" if line else _BROKEN
            return {}, dict.fromkeys(modules, reason)
        middle = len(modules) // 2
        found, broken = self._scan(modules[:middle], typing=typing)
        more_found, more_broken = self._scan(modules[middle:], typing=typing)
        return found | more_found, broken | more_broken


def _parents(module: str) -> Iterable[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _lines(imports: Iterable[Any]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for each in imports:
        found.setdefault(each.imported.name, set()).add(each.line_number)
    return found


def main() -> None:
    serving.serve(resolve)
