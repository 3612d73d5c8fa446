"""The shape of a code base, in a row: `python benchmarks/shape.py NAME=PACKAGES[:TESTS] ...`.

PACKAGES and TESTS are folders with commas between them; this project's own by itself. Lines are those
of files without the empty ones at their ends; a function is as long as from `def` to its last line;
imports count that run when a module is imported.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.components import components

_ROOT = Path(__file__).resolve().parent.parent
_OWN = f"architrave={_ROOT / 'bot'},{_ROOT / 'rules'},{_ROOT / 'webhooks'}:{_ROOT / 'tests'}"
_HEAD = (
    "project", "files", "median lines", "largest module", "modules over 250",
    "function median / p90 / max", "functions over 40", "modules in import cycles",
    "defs with docstring", "test:code lines",
)  # fmt: skip
_LONG_MODULE, _LONG_FUNCTION = 250, 40
_Def = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """A file of code: its dotted name, length, functions, and what it imports at once."""

    name: str
    lines: int
    functions: tuple[tuple[str, int, bool], ...]
    imports: frozenset[str]


def read(folder: Path) -> list[Module]:
    """All modules of a package."""
    return [_module(path, folder) for path in sorted(folder.rglob("*.py"))]


def _module(path: Path, folder: Path) -> Module:
    text = path.read_text()
    tree = ast.parse(text)
    parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    defs = [node for node in ast.walk(tree) if isinstance(node, _Def)]
    functions = tuple(
        (f"{name}.{each.name}", (each.end_lineno or 0) - each.lineno + 1, bool(ast.get_docstring(each)))
        for each in defs
    )  # fmt: skip
    found = frozenset(_imported(tree, name if is_package else name.rpartition(".")[0]))
    return Module(name, len(text.rstrip("\n").split("\n")), functions, found)


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    for node in _at_once(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _at_once(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run at import; what stands under TYPE_CHECKING does not."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        if not isinstance(node, _Def):
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(node, field, [])
                yield from _at_once([each for each in inner if isinstance(each, ast.stmt)])


def _tangled(modules: list[Module]) -> int:
    names = {each.name for each in modules}
    # A package is not imported by what it holds.
    onward = {
        each.name: [
            other
            for other in sorted(each.imports & names)
            if other != each.name and not each.name.startswith(f"{other}.")
        ]
        for each in modules
    }
    return sum(len(each) for each in components(onward) if len(each) > 1)


def row(name: str, modules: list[Module], tests: int) -> tuple[str, ...]:
    """The figures of a project."""
    lengths = [each.lines for each in modules]
    functions = sorted(length for each in modules for _, length, _ in each.functions)
    told = [is_told for each in modules for _, _, is_told in each.functions]
    largest = max(modules, key=lambda each: each.lines)
    p90 = functions[int(0.9 * (len(functions) - 1))]
    return (
        name,
        str(len(modules)),
        f"{statistics.median(lengths):.0f}",
        f"{largest.lines} ({largest.name})",
        str(sum(each > _LONG_MODULE for each in lengths)),
        f"{statistics.median(functions):.0f} / {p90} / {functions[-1]}",
        str(sum(each > _LONG_FUNCTION for each in functions)),
        str(_tangled(modules)),
        f"{100 * sum(told) / len(told):.0f} %",
        f"{tests / sum(lengths):.2f}",
    )


def _lines(folders: str) -> int:
    return sum(each.lines for name in filter(None, folders.split(",")) for each in read(Path(name)))


def main() -> None:
    """Print a table, and what is longer than it should be."""
    print(f"| {' | '.join(_HEAD)} |\n|{'---|' * len(_HEAD)}")
    long: list[tuple[int, str]] = []
    for given in sys.argv[1:] or [_OWN]:
        name, _, folders = given.partition("=")
        packages, _, tests = folders.partition(":")
        modules = [each for folder in packages.split(",") for each in read(Path(folder))]
        print(f"| {' | '.join(row(name, modules, _lines(tests)))} |", flush=True)
        long += [(each.lines, each.name) for each in modules if each.lines > _LONG_MODULE]
        long += [
            (lines, f"{function}()")
            for each in modules
            for function, lines, _ in each.functions
            if lines > _LONG_FUNCTION
        ]
    if not sys.argv[1:]:
        print()
        for lines, name in sorted(long, reverse=True):
            print(f"{lines:5} {name}")


if __name__ == "__main__":
    main()
