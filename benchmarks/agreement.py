"""Do we judge import-linter's contracts as import-linter does? Every contract of a repository in full.

    python benchmarks/agreement.py CLONE[@REVISION] ... [--plant IMPORTER:IMPORTED ...]

Prints a row for each contract with both verdicts; exits 1 when two differ. With --plant the tree gets
an import more: `import IMPORTED` at the end of IMPORTER, a path. import-linter is run on a checkout in
a folder of its own, in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot import contracts, import_graph, import_linter
from bot.analysis import Workshop
from bot.comparison import Comparison, Subject
from bot.domain import Change, Policy
from bot.outside.cache import Cache
from bot.outside.git import Repository

# Contracts one by one, with what each says: a mistake in one must not hide the others.
_JUDGE = """
import json, sys
sys.path[:0] = sys.argv[1:]
from copy import deepcopy
import importlinter.cli  # configures it
from importlinter.application import use_cases
from importlinter.domain.contract import registry
options = use_cases.read_user_options()
use_cases._register_contract_types(options)
session = options.session_options
graph = use_cases._build_graph(
    root_package_names=session["root_packages"], cache_dir=None, verbose=False,
    include_external_packages=use_cases._get_include_external_packages(options),
    exclude_type_checking_imports=use_cases._get_exclude_type_checking_imports(options))
verdicts = {}
for each in options.contracts_options:
    try:
        contract = registry.get_contract_class(each["type"])(each["name"], session, each)
        check = contract.check(deepcopy(graph), verbose=False)
        verdicts[each["name"]] = "kept" if check.kept else "broken"
    except Exception as error:
        verdicts[each["name"]] = f"error: {error}"
json.dump([len(graph.modules), verdicts], sys.stdout)
"""


def main(arguments: list[str]) -> int:
    plants = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--plant"]
    clones = [
        word
        for i, word in enumerate(arguments)
        if word != "--plant" and (i == 0 or arguments[i - 1] != "--plant")
    ]
    same = True
    for clone in clones:
        folder, _, revision = clone.partition("@")
        same = _compare(folder, revision or "HEAD", plants) and same
    return 0 if same else 1


def _compare(clone: str, revision: str, plants: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        subprocess.run(["git", "clone", "-q", "--shared", "-n", clone, str(tree)], check=True)
        git = ["git", "-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@example.org"]
        # Python only: the rest of a partial clone may be missing.
        listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "-z", revision],
                                check=True, capture_output=True, text=True).stdout  # fmt: skip
        wanted = [
            path for path in listed.split("\0")
            if path.endswith(".py") or path in import_linter.FILES
        ]  # fmt: skip
        subprocess.run([*git, "update-ref", "--no-deref", "HEAD", revision], check=True)
        subprocess.run([*git, "read-tree", revision], check=True)
        for start in range(0, len(wanted), 500):
            subprocess.run(
                [*git, "checkout-index", "-f", "--", *wanted[start : start + 500]], check=True
            )
        for plant in plants:
            path, _, imported = plant.partition(":")
            with (tree / path).open("a", encoding="utf-8") as file:
                file.write(f"\nimport {imported}\n")
            subprocess.run([*git, "add", path], check=True)
        written = subprocess.run([*git, "write-tree"], check=True, capture_output=True, text=True)
        ours = _ours(str(tree), written.stdout.strip())
        theirs = _theirs(tree)
    same = True
    for name in dict.fromkeys([*theirs, *ours]):
        mine, other = ours.get(name, "not judged"), theirs.get(name, "not judged")
        same = same and mine == other
        mark = "" if mine == other else "  DIFFER"
        print(
            f"{Path(clone).resolve().name:40} {revision[:12]:12} {name[:48]:48} {mine:8} {other}{mark}"
        )
    return same


def _theirs(tree: Path) -> dict[str, str]:
    folders = [str(tree), str(tree / "src")]
    ran = subprocess.run([sys.executable, "-c", _JUDGE, *folders], cwd=tree,
                         capture_output=True, text=True, check=False)  # fmt: skip
    if ran.returncode:
        print(ran.stderr[-2_000:])
        return {}
    verdicts: dict[str, str] = json.loads(ran.stdout)[1]
    return verdicts


def _ours(folder: str, tree: str) -> dict[str, str]:
    change = Change("", tree, tree, tree, ())
    with closing(Repository(folder, dict(os.environ))) as repository:
        workshop = Workshop(Cache(None), dict(os.environ))
        with closing(workshop):
            comparison = Comparison(Subject(change, Policy()), repository, workshop)
            graph = import_graph.read(comparison).head
            files = {path: comparison.text("head", path) or b"" for path in import_linter.FILES}
    stated = import_linter.read(files)
    for note in stated.notes:
        print(note)
    verdicts = {}
    for rule in stated.rules:
        edges = contracts.counted(rule.options, graph)
        checks = contracts.checks(rule.options, graph, edges)
        broken = any(next(check.breaches(link), None) for check in checks for link in edges)
        broken = broken or bool(contracts.undeclared(rule.options, graph))
        verdicts[rule.title] = "broken" if broken else "kept"
    return verdicts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
