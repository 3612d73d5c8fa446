"""How long `review-local audit` takes over a long range: commits by agents, each with a signed record.

python benchmarks/audit.py [COMMITS]

A third of the commits is named by its record, a third was squashed and a third rebased since, so that
their patches have to be compared.
"""

import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from recording import attested, pair

from bot.attestations import Attested, Patch
from bot.audit import NOTES
from bot.outside import git_history
from bot.outside.git import Repository

LINES = 40
ROUNDS = 3
HEADER = "author A <a@example.org> {0} +0000\ncommitter A <a@example.org> {0} +0000\n"
MESSAGE = "Work {}\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    keys = pair()
    with tempfile.TemporaryDirectory() as folder:
        _git(folder, "init", "-q", "-b", "main")
        _git(folder, "fast-import", "--quiet", stdin=_stream(count))
        (Path(folder) / "key.pub").write_bytes(keys.public)
        records = _records(folder)
        note = "".join(
            _note(number, each.merged, keys.bundle(each)) for number, each in enumerate(records)
        )
        _git(folder, "fast-import", "--quiet", stdin=_notes(note).encode())
        command: list[str | Path] = [Path(sys.executable).parent / "review-local", "audit", "main~" + str(count) + "..main", "--key", "key.pub"]  # fmt: skip
        best = min(_timed(command, folder) for _ in range(ROUNDS))
    print(f"{count} commits by agents, each with a record: {best:.2f} s, the best of {ROUNDS}")


def _stream(count: int) -> bytes:
    parts = []
    for number in range(count + 1):
        who, message = HEADER.format(1_700_000_000 + number), MESSAGE.format(number)
        text = "".join(f"value_{number}_{line} = {line}\n" for line in range(LINES))
        parts.append(
            f"commit refs/heads/main\n{who}data {len(message)}\n{message}"
            f"M 100644 inline src/module_{number}.py\ndata {len(text)}\n{text}\n"
        )
    return "".join(parts).encode()


def _records(folder: str) -> list[Attested]:
    ids = _git(folder, "rev-list", "--reverse", "main").split()
    repository = Repository(folder, {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    try:
        patches, trees = git_history.patches(repository, ids), git_history.trees(repository, ids)
    finally:
        repository.close()
    found = []
    for number, (base, commit) in enumerate(pairwise(ids)):
        # As it was before it came here: under another name, and on another base.
        before = commit if number % 3 == 0 else f"{number:040}"
        base_tree = trees[base] if number % 3 < 2 else "0" * 40
        parts = (Patch(before, patches[commit]), Patch("f" * 40, ""))
        found.append(
            attested(
                head=before, tree=trees[commit], base=base, base_tree=base_tree, commits=parts,
                patch=f"{number:040}", merged=commit, merged_tree=trees[commit],
            )
        )  # fmt: skip
    return found


def _note(number: int, commit: str, bundle: str) -> str:
    return f"N inline {commit}\ndata {len(bundle)}\n{bundle}\n"


def _notes(text: str) -> str:
    return f"commit {NOTES}\n{HEADER.format(1_700_000_000)}data 5\nnotes\n{text}"


def _timed(command: list[str | Path], folder: str) -> float:
    started = time.perf_counter()
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stdout[-500:] + ran.stderr
    return time.perf_counter() - started


def _git(folder: str, *arguments: str, stdin: bytes = b"") -> str:
    ran = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True
    )
    return ran.stdout.decode()


if __name__ == "__main__":
    main()
