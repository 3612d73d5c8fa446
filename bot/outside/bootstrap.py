"""The Action's first step: an environment of its own, then `review-action` in it.

Run by whatever Python the runner has, isolated, so it imports the standard library only. What is
installed is fixed by hashes; it goes to the runner's temporary folder, never into the workspace.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
_LOCKED = HERE / "requirements" / "runtime.txt"
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bot.action import entry; entry()"


def main() -> int:
    """Install what is missing and hand over. Returns the exit code of the review."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whatever Python the runner has
        print("::error title=Architrave::Python 3.11 or newer is needed; use actions/setup-python.")
        return 2
    folder = _folder()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "installed"
    if not done.exists():
        print("::group::Architrave: installing")
        code = _install(folder, python)
        print("::endgroup::", flush=True)
        if code:
            print("::error title=Architrave::Its packages could not be installed; see the log.")
            return 3
        done.touch()
    command = [str(python), "-I", "-c", _START, str(HERE)]
    return subprocess.call(command, cwd=folder)


def _folder() -> Path:
    parent = Path(os.environ.get("RUNNER_TEMP") or tempfile.gettempdir())
    version = f"{sys.version_info}{sys.platform}".encode()
    name = hashlib.sha256(_LOCKED.read_bytes() + version).hexdigest()[:16]
    return parent / f"architrave-{name}"


def _install(folder: Path, python: Path) -> int:
    arguments = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", str(_LOCKED)]
    uv = shutil.which("uv")
    venv.EnvBuilder(with_pip=uv is None, clear=True, symlinks=os.name != "nt").create(folder)
    if uv is not None:
        return subprocess.call([uv, "pip", *arguments, "--python", str(python)], cwd=folder)
    pip = [str(python), "-I", "-m", "pip", "--disable-pip-version-check"]
    return subprocess.call([*pip, *arguments], cwd=folder)


if __name__ == "__main__":
    sys.exit(main())
