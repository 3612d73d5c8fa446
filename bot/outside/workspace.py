"""A folder of our own where tools find regular files and nothing else of the repository."""

import os
from typing import Literal

SIDES: tuple[Literal["base"], Literal["head"]] = ("base", "head")
_FORBIDDEN = frozenset({"", ".", "..", ".git"})


class Workspace:
    """A temporary folder with one tree for each side of the change; its user removes it."""

    def __init__(self) -> None:
        import tempfile

        # The real path: Ruff reports files by it.
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="architrave-"))
        for side in SIDES:
            os.mkdir(os.path.join(self.folder, side))

    def path(self, *parts: str) -> str:
        return os.path.join(self.folder, *parts)

    def store(self, name: str, data: bytes) -> str:
        """Write a file of our own beside the trees; returns its path."""
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def write(self, side: str, path: str, data: bytes) -> str:
        """Put one file in place, where it may stand already; returns "" or why it cannot be put there."""
        if any(part in _FORBIDDEN for part in path.split("/")):
            return "its path is not one Git would check out"
        target = self.path(side, *path.split("/"))
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            # "x": on a file system that folds case, a second name must not replace the first.
            with open(target, "xb") as file:
                file.write(data)
        except FileExistsError:
            with open(target, "rb") as file:
                if file.read() == data:
                    return ""
            return "its name differs from another's only by case"
        except OSError as error:
            return f"it cannot be stored: {error.strerror}"
        except (ValueError, RecursionError):
            return "it cannot be stored: its path is not one"
        return ""

    def remove(self) -> None:
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)
