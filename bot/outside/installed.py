"""Which version of a tool would answer, learnt without starting or importing it."""

import functools
import os
import sys

from bot import __version__


@functools.cache
def tag(package: str) -> str:
    """A text that changes when the package, Python or Architrave does.

    From the size and time of the package's first file: asking `importlib.metadata` takes 35 ms.
    """
    for folder in sys.path:
        path = os.path.join(folder, package, "__init__.py")
        try:
            status = os.stat(path)
        except OSError:
            continue
        python = ".".join(str(part) for part in sys.version_info[:3])
        return f"{__version__}-{python}-{status.st_mtime_ns}-{status.st_size}"
    return "missing"


@functools.cache
def ruff() -> str:
    """The path of the Ruff that was installed with us; "ruff" where only the search path knows."""
    beside = os.path.join(os.path.dirname(sys.executable), "ruff")
    for path in (beside, beside + ".exe"):
        if os.path.exists(path):
            return path
    import shutil

    return shutil.which("ruff") or "ruff"


@functools.cache
def ruff_tag() -> str:
    """As `tag`, for the Ruff program."""
    try:
        status = os.stat(ruff())
    except OSError:
        return "missing"
    return f"{__version__}-{status.st_mtime_ns}-{status.st_size}"
