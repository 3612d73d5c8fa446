"""How much of the code that carries the promise its own tests hold: `python benchmarks/mutation.py BIN [PART ...]`.

Changes one thing at a time in a copy of the project (with cosmic-ray, whose programs are in the folder
*BIN*), runs the tests of that part, and prints how many changes made a test fail; on standard error each
change that none noticed. `make mutation` sets all of it up.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).resolve().parent.parent
# Seconds; a change that makes a loop endless is noticed by its tests too.
_LONGEST = 120
# `X | None` stands in annotations only, where a change fails at import and says nothing of the tests.
_LEFT_OUT = ["core/ReplaceBinaryOperator_BitOr_.*"]


class Part(NamedTuple):
    """A module and the tests that are to hold it."""

    module: str
    tests: str


PARTS = {
    "introduced": Part("bot/introduced.py", "tests/test_labels.py tests/test_introduced.py"),
    "gate": Part("bot/gate.py", "tests/test_gate.py"),
    "reconcile": Part("bot/reconcile.py", "tests/test_reconcile.py"),
    "evidence": Part(
        "bot/checkers/judge/evidence.py", "tests/test_judge_evidence.py tests/test_judge_quotes.py"
    ),
    "signature": Part("webhooks/signature.py", "tests/test_signature.py"),
    "sanitising": Part("bot/foreign.py", "tests/test_foreign.py"),
}


def _copied(folder: Path) -> None:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=_ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in names.split("\0"):
        if name and (_ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, target)


def _settings(part: Part) -> str:
    tests = f"{sys.executable} -m pytest -x -q -n0 --no-cov -p no:cacheprovider {part.tests}"
    return f"""[cosmic-ray]
module-path = {json.dumps(part.module)}
timeout = {_LONGEST}.0
excluded-modules = []
test-command = {json.dumps(tests)}
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = {json.dumps(_LEFT_OUT)}
"""


def _run(part: Part, programs: Path) -> list[dict[str, Any]]:
    """The outcome of every change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copied(folder)
        (folder / "mutation.toml").write_text(_settings(part))
        environ = os.environ | {
            "PYTHONPATH": os.pathsep.join([name, f"{name}/tests"]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        session = str(folder / "session.sqlite")

        def call(program: str, *arguments: str) -> str:
            command = [str(programs / program), *arguments]
            return subprocess.run(
                command, cwd=folder, env=environ, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        # Tests that fail by themselves would notice everything.
        call("cosmic-ray", "baseline", "mutation.toml")
        call("cosmic-ray", "init", "mutation.toml", session)
        call("cr-filter-operators", session, "mutation.toml")
        call("cosmic-ray", "exec", "mutation.toml", session)
        rows = [json.loads(line) for line in call("cosmic-ray", "dump", session).splitlines()]
    return [result for _, result in rows if result and result["worker_outcome"] == "normal"]


def main() -> None:
    """Run it and print the figures."""
    programs, chosen = Path(sys.argv[1]).absolute(), sys.argv[2:] or list(PARTS)
    missed = []
    print("| part | module | changes | noticed | share |\n|---|---|---|---|---|")
    for name in chosen:
        results = _run(PARTS[name], programs)
        survived = [each for each in results if each["test_outcome"] == "survived"]
        missed += survived
        noticed = len(results) - len(survived)
        share = f"{100 * noticed / len(results):.0f} %"
        row = (name, f"`{PARTS[name].module}`", str(len(results)), str(noticed), share)
        print(f"| {' | '.join(row)} |", flush=True)
    for each in missed:
        print(f"\n{each['diff']}", file=sys.stderr)


if __name__ == "__main__":
    main()
