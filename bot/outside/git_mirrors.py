"""The folder of all mirrors: what was used long ago, or is too much together, is taken away."""

import contextlib
import os
import secrets
import shutil
import time

from bot.outside import locks

SIZE_LIMIT = 4 << 30
_DAY = 86_400.0
_OLD = 30 * _DAY
# To look at everything at every fetch would take longer than some fetches.
_BETWEEN = 3600.0


def remove(folder: str) -> None:
    """Take away a mirror that nobody reads or writes; at once, so that no half of it is ever seen."""
    gone = f"{folder}.gone-{secrets.token_hex(4)}"
    with contextlib.suppress(FileNotFoundError):
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def tidy(parent: str, limit: int = SIZE_LIMIT) -> None:
    """Take away mirrors that are old, and the least recently used of those that exceed *limit* bytes.

    Looks once an hour. A mirror that is in use stays. Never a reason to fail.
    """
    stamp = os.path.join(parent, "tidied")
    now = time.time()
    with contextlib.suppress(OSError):
        if now - _time(stamp) < _BETWEEN:
            return
        with open(stamp, "wb"):
            os.utime(stamp)
        _clear_away(parent, now)
        names = [name for name in os.listdir(parent) if name.endswith(".git")]
        folders = [os.path.join(parent, name) for name in names]
        folders.sort(key=lambda folder: _time(f"{folder}.use"))
        sizes = {folder: _size(folder) for folder in folders}
        total = sum(sizes.values())
        for folder in folders:
            if now - _time(f"{folder}.use") < _OLD and total <= limit:
                return
            if _remove_unused(folder):
                total -= sizes[folder]


def remove_older(folder: str, before: float) -> bool:
    """Take away a mirror that was made before a moment, in seconds since 1970, unless it is in use;
    whether it is gone."""
    # Written once, when it is made.
    made = _time(os.path.join(folder, "HEAD"))
    return 0 < made < before and _remove_unused(folder)


def _clear_away(parent: str, now: float) -> None:
    """What a process that was killed has left behind."""
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        if (".git.gone-" in name or name.endswith(".git.new")) and now - _time(path) > _DAY:
            shutil.rmtree(path, ignore_errors=True)


def _remove_unused(folder: str) -> bool:
    """Whether it could be removed. Whoever holds both locks is alone."""
    with contextlib.ExitStack() as held:
        for name in (f"{folder}.lock", f"{folder}.use"):
            if (file := locks.take(name)) is None:
                return False
            held.enter_context(file)
        remove(folder)
        return True


def _time(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0.0


def _size(folder: str) -> int:
    return sum(
        os.lstat(os.path.join(inside, name)).st_size
        for inside, _, names in os.walk(folder)
        for name in names
    )
