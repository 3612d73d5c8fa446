"""Plant one violation of every rule kind in copies of real repositories, and see that each is found.

    python benchmarks/planted.py REPOSITORY [REPOSITORY ...]

Each plant is a commit on a copy of HEAD; `review-local` must name the rule at the planted line.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
HOUSE = """---
id: house/no-planted-call
title: Nobody calls this
severity: error
check: pattern
options: {language: python, pattern: planted_call($$$)}
---

## Why

Because it was planted.

## Instead

Do not.
"""
POLICY = 'packs = ["modularity", "contracts", "oversight", "tests", "dependencies", "ai-habits"]\n'
OPENAPI = """openapi: 3.0.0
info: {title: planted, version: "1"}
paths:
  /a:
    get: {responses: {"200": {description: ok}}}
"""
LAST_PATH = """  /b:
    get: {responses: {"200": {description: ok}}}
"""
WORKFLOW = """on: push
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
"""


class Plant(NamedTuple):
    """What a change does to a repository, and the finding it must bring."""

    kind: str
    rule: str
    files: dict[str, str]
    path: str
    line: int


class Tree:
    """The Python files of a repository at HEAD."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = git(folder, "ls-files", "--", "*.py").splitlines()
        self.texts: dict[str, str] = {}
        self.trees: dict[str, ast.Module] = {}
        for name in names:
            try:
                text = (folder / name).read_text(encoding="utf-8")
                self.trees[name] = ast.parse(text)
                self.texts[name] = text if text.endswith("\n") else text + "\n"
            except (SyntaxError, ValueError, OSError):
                continue

    def modules(self) -> Iterator[tuple[str, str]]:
        """Path and dotted name of what lies in packages and is no test."""
        for path in self.texts:
            parts = path.removesuffix(".py").split("/")
            if (
                "test" in path
                or parts[-1].startswith("__")
                or path.startswith(("docs", "examples"))
            ):
                continue
            start = len(parts) - 1
            while start and (self.folder / "/".join(parts[:start]) / "__init__.py").exists():
                start -= 1
            if start < len(parts) - 1:
                yield path, ".".join(parts[start:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    missed = 0
    for repository in parser.parse_args().repositories:
        with tempfile.TemporaryDirectory() as scratch:
            missed += check(repository, Path(scratch) / repository.resolve().name)
    sys.exit(bool(missed))


def check(repository: Path, copy: Path) -> int:
    git(Path.cwd(), "clone", "-q", "--shared", str(repository.resolve()), str(copy))
    write(
        copy,
        {
            ".architrave.toml": POLICY,
            ".architrave/rules/planted.md": HOUSE,
            "planted/openapi.yaml": OPENAPI + LAST_PATH,
            ".github/workflows/planted.yml": WORKFLOW,
        },
    )
    commit(copy)
    base = git(copy, "rev-parse", "HEAD").strip()
    tree = Tree(copy)
    missed = 0
    for make in PLANTS:
        plant = make(tree)
        if plant is None:
            print(f"{copy.name:28} {make.__name__:24} nothing here to plant it in")
            continue
        git(copy, "reset", "-q", "--hard", base)
        write(copy, plant.files)
        commit(copy)
        places = found(copy, plant.rule)
        seen = (plant.path, plant.line) in places
        missed += not seen
        verdict = "found" if seen else f"MISSED; there were {places[:3]}"
        print(f"{copy.name:28} {plant.kind:16} {plant.rule:34} {verdict}", flush=True)
    return missed


def found(folder: Path, rule: str) -> list[tuple[str, int]]:
    environ = {**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache")}
    ran = subprocess.run(
        [BIN / "review-local", "HEAD^!", "--format", "json"],
        cwd=folder, env=environ, capture_output=True, check=False,
    )  # fmt: skip
    if ran.returncode not in (0, 1, 3):
        sys.exit(f"{folder.name}: ended with {ran.returncode}: {ran.stderr.decode()}")
    return [
        (each["path"], each["start_line"])
        for each in json.loads(ran.stdout)["findings"]
        if each["rule"] == rule and each["label"] in ("introduced", "worsened")
    ]


# The plants --------------------------------------------------------------------------------


def import_cycle(tree: Tree) -> Plant | None:
    modules = {name: path for path, name in tree.modules()}
    imports = {
        name: {
            each.module
            for each in tree.trees[path].body
            if isinstance(each, ast.ImportFrom) and each.module and not each.level
        }
        for name, path in modules.items()
    }
    for name in modules:
        for target in sorted(imports[name] & modules.keys()):
            if target != name and not imports[target] & modules.keys():
                path = modules[target]
                text = tree.texts[path] + f"import {name}\n"
                return Plant("imports", "modularity/import-cycle", {path: text}, path, lines(text))
    return None


def long_function(tree: Tree) -> Plant | None:
    path, _ = next(tree.modules())
    body = "".join(f"    planted_{n} = {n}\n    print(planted_{n})\n" for n in range(150))
    text = tree.texts[path] + "\n\ndef planted_long():\n" + body
    line = lines(tree.texts[path]) + 3
    return Plant("metric", "modularity/function-too-long", {path: text}, path, line)


def forbidden_call(tree: Tree) -> Plant | None:
    path, _ = next(tree.modules())
    text = tree.texts[path] + "\n\nplanted_call(1)\n"
    return Plant("pattern", "house/no-planted-call", {path: text}, path, lines(text))


def new_parameter(tree: Tree) -> Plant | None:
    for path, module in tree.trees.items():
        if not path.endswith("/__init__.py") or "test" in path:
            continue
        for each in module.body:
            if isinstance(each, ast.ImportFrom) and each.level < 2 and each.module:
                folder = path.removesuffix("__init__.py")
                if not each.level:
                    folder = folder[: folder.find(each.module.partition(".")[0] + "/")]
                target = f"{folder}{each.module.replace('.', '/')}.py"
                # What a package uses itself it does not pass on.
                names = {
                    alias.name
                    for alias in each.names
                    if not alias.name.startswith(("_", "*"))
                    and len(re.findall(rf"\b{alias.name}\b", tree.texts[path])) == 1
                    and target.startswith(path.removesuffix("__init__.py"))
                }
                for node in tree.trees[target].body if target in tree.trees else ():
                    if isinstance(node, ast.FunctionDef) and node.name in names:
                        if node.decorator_list or node.args.posonlyargs:
                            continue
                        text = tree.texts[target].replace(
                            f"def {node.name}(", f"def {node.name}(planted_parameter, ", 1
                        )
                        return Plant("api_contract", "contracts/public-api", {target: text}, target, node.lineno)  # fmt: skip
    return None


def removed_path(tree: Tree) -> Plant | None:
    path = "planted/openapi.yaml"
    return Plant("schema_contract", "contracts/openapi-break", {path: OPENAPI}, path, 3)


def silenced_line(tree: Tree) -> Plant | None:
    for path, _ in tree.modules():
        for number, line in enumerate(tree.texts[path].splitlines(), 1):
            if line.startswith("import ") and "#" not in line:
                text = edited(tree.texts[path], number, line + "  # noqa")
                rule = "oversight/suppression-without-reason"
                return Plant("suppressions", rule, {path: text}, path, number)
    return None


def test_functions(tree: Tree) -> Iterator[tuple[str, ast.FunctionDef]]:
    for path, module in tree.trees.items():
        if path.split("/")[-1].startswith("test_"):
            for node in module.body:
                if (
                    isinstance(node, ast.FunctionDef)
                    and node.name.startswith("test_")
                    and not node.decorator_list
                    and any(isinstance(each, ast.Assert) for each in node.body)
                ):
                    yield path, node


def skipped_test(tree: Tree) -> Plant | None:
    for path, node in test_functions(tree):
        text = edited(
            tree.texts[path],
            node.lineno,
            "@__import__('pytest').mark.skip\n" + at(tree, path, node.lineno),
        )
        text = text.replace("@__import__('pytest').mark.skip", "@pytest.mark.skip")
        if "import pytest" in text:
            return Plant("tests", "tests/skipped-test", {path: text}, path, node.lineno)
    return None


def deleted_test(tree: Tree) -> Plant | None:
    for path, node in test_functions(tree):
        kept = tree.texts[path].splitlines(keepends=True)
        del kept[node.lineno - 1 : node.end_lineno]
        line = max(1, min(node.lineno - 1, len(kept)))
        return Plant("tests", "tests/deleted-test", {path: "".join(kept)}, path, line)
    return None


def invented_package(tree: Tree) -> Plant | None:
    path, _ = next(tree.modules())
    text = tree.texts[path] + "import planted_invented_package\n"
    return Plant("dependencies", "dependencies/undeclared-import", {path: text}, path, lines(text))


def copied_function(tree: Tree) -> Plant | None:
    for path, _ in tree.modules():
        for node in tree.trees[path].body:
            # A docstring is long too, and no copy of anything.
            length = sum(isinstance(each, ast.stmt) for each in ast.walk(node))
            if isinstance(node, ast.FunctionDef) and 10 < length < 60 and not node.decorator_list:
                source = ast.get_source_segment(tree.texts[path], node) or ""
                text = source.replace(f"def {node.name}(", "def planted_copy(", 1) + "\n"
                target = f"{path.rpartition('/')[0]}/planted_module.py"
                return Plant("duplicates", "modularity/duplicate-function", {target: text}, target, 1)  # fmt: skip
    return None


def weakened_workflow(tree: Tree) -> Plant | None:
    path = ".github/workflows/planted.yml"
    text = WORKFLOW.replace("- run: pytest", "- run: pytest || true")
    return Plant("guarded", "oversight/weakened-workflow", {path: text}, path, 7)


def placeholder(tree: Tree) -> Plant | None:
    path, _ = next(tree.modules())
    text = tree.texts[path] + (
        "\n\ndef planted_total(rows):\n    # In a real implementation this would add the rows up\n"
        "    return 42  # placeholder\n"
    )
    # Of several in a function the first is told.
    return Plant("habits", "ai-habits/placeholder", {path: text}, path, lines(text) - 1)


PLANTS: list[Callable[[Tree], Plant | None]] = [
    import_cycle, long_function, forbidden_call, new_parameter, removed_path, silenced_line,
    skipped_test, deleted_test, invented_package, copied_function, weakened_workflow, placeholder,
]  # fmt: skip


def lines(text: str) -> int:
    return len(text.splitlines())


def at(tree: Tree, path: str, line: int) -> str:
    return tree.texts[path].splitlines()[line - 1]


def edited(text: str, line: int, new: str) -> str:
    every = text.splitlines()
    every[line - 1] = new
    return "\n".join(every) + "\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def commit(folder: Path) -> None:
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "planted", "--no-verify")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Maren", "-c", "user.email=maren@example.org"]
    return subprocess.check_output(["git", *identity, *arguments], cwd=folder, text=True)


if __name__ == "__main__":
    main()
