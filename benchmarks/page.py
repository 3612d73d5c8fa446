"""What was measured, kept and shown: `python benchmarks/page.py [NAME [ARGUMENT ...]]`.

With a benchmark's name it is run with its arguments, and what it printed is kept in benchmarks/results
with the command, the day and the machine. docs/benchmarks.md is written from all that is kept; without a
name, that is all that is done.
"""

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
RESULTS, PAGE = _HERE / "results", _HERE.parent / "docs" / "benchmarks.md"
_HEAD = """\
# Benchmarks

Each figure with the command that repeats it, the day and the machine. Where two things are compared they were
measured side by side in one run. Written by `benchmarks/page.py`; `make bench` measures the ratios of
`benchmarks/limits.toml` anew and fails where one has grown beyond its limit. Where repositories are named, clones of
them lie beside this one.
"""


def run(name: str, arguments: list[str]) -> None:
    """Run a benchmark and keep what it prints."""
    command = [sys.executable, str(_HERE / f"{name}.py"), *arguments]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    words = [f"benchmarks/{name}.py", *(os.path.basename(word.rstrip("/")) for word in arguments)]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"python {' '.join(words)}\n{time.strftime('%Y-%m-%d')}, {machine}\n"
    # Of one benchmark the results in each way that it can be run are kept, as "embedded" and "postgres".
    ways = [word for word in arguments if word.isalpha()]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{'-'.join([name, *ways])}.txt").write_text(f"{head}\n{printed.strip()}\n")


def page() -> str:
    """The page of all that is kept."""
    parts = [_HEAD]
    for path in sorted(RESULTS.glob("*.txt")):
        command, machine, _, *printed = path.read_text().split("\n")
        name, *ways = path.stem.split("-")
        about = (_HERE / f"{name}.py").read_text().split("\n")[0].strip('"')
        title = re.sub(r":? ?`?python benchmarks/.*", "", about).rstrip(".")
        title = ", ".join([title, *ways])
        parts.append(f"## {title}\n\n`{command}`, {machine}\n\n{_shown(printed)}\n")
    return "\n".join(parts)


def _shown(printed: list[str]) -> str:
    """Tables as they are, all else as it was printed."""
    lines = "\n".join(printed).strip().split("\n")
    if all(line.startswith("|") or not line for line in lines):
        return "\n".join(lines)
    return "\n".join(["```", *lines, "```"])


def main() -> None:
    """Run what is named, and write the page."""
    if sys.argv[1:]:
        run(sys.argv[1], sys.argv[2:])
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
