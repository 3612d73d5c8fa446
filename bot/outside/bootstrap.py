"""The Action's first step: an environment of its own, then `review-action` in it.

Run by whatever Python the runner has, isolated, so it imports the standard library only. What is
installed is fixed by hashes; it goes to the runner's temporary folder, never into the workspace.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
_LOCKED = HERE / "requirements" / "action.txt"
_PIP = ("--disable-pip-version-check", "--no-input", "--no-compile")
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
    """Into an environment of its own, by the fastest that is there: uv, else the runner's pip, since
    setting up another one takes as long as half of the packages. Nothing is compiled beforehand: most
    of it is never imported."""
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", str(python)]
    elif _pip() >= (22, 3):
        command = [sys.executable, "-I", "-m", "pip", "--python", str(python), "install", *_PIP]
    else:
        command = [str(python), "-I", "-m", "pip", "install", *_PIP]
    has_pip = command[0] == str(python)
    venv.EnvBuilder(with_pip=has_pip, clear=True, symlinks=os.name != "nt").create(folder)
    locked = ["--quiet", "--require-hashes", "--no-deps", "-r", str(_LOCKED)]
    return subprocess.call([*command, *locked], cwd=folder)


def _pip() -> tuple[int, ...]:
    """The version of the runner's pip; from 22.3 on it installs into other environments."""
    try:
        version = importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return (0,)
    return tuple(int(each) for each in version.split(".")[:2] if each.isdigit())


if __name__ == "__main__":
    sys.exit(main())
