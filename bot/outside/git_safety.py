"""What keeps a foreign repository from running anything: environment, configuration, file kinds."""

import os
import stat
from collections.abc import Iterable, Mapping

# Larger files of the working tree are not copied into a snapshot.
FILE_LIMIT = 10 << 20

_SAFE_VARIABLES = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A missing object of a partial clone must not start a transport the repository names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_UNSAFE_VARIABLES = ("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE", "GIT_ATTR_SOURCE")
_SAFE_CONFIGURATION = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.untrackedCache", "false"),
    ("core.splitIndex", "false"),
    ("submodule.recurse", "false"),
    ("diff.ignoreSubmodules", "dirty"),
    ("protocol.allow", "never"),
)


def safe_environment(environ: Mapping[str, str]) -> dict[str, str]:
    safe = {name: value for name, value in environ.items() if name not in _UNSAFE_VARIABLES}
    safe.update(_SAFE_VARIABLES)
    configure(safe, _SAFE_CONFIGURATION)
    return safe


def configure(environ: dict[str, str], settings: Iterable[tuple[str, str]]) -> None:
    # By environment, not -c: a filter's name may hold "=" or a newline.
    count = int(environ.get("GIT_CONFIG_COUNT") or 0)
    for key, value in settings:
        environ[f"GIT_CONFIG_KEY_{count}"] = key
        environ[f"GIT_CONFIG_VALUE_{count}"] = value
        count += 1
    environ["GIT_CONFIG_COUNT"] = str(count)


def disarmed_filters(configured: bytes) -> list[tuple[str, str]]:
    """Settings under which no filter runs a program, for all in a `git config --list -z --name-only`."""
    names = {
        os.fsdecode(key[len(b"filter.") :].rpartition(b".")[0])
        for key in configured.split(b"\0")
        if key.startswith(b"filter.")
    }
    off = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    return [(f"filter.{name}.{key}", value) for name in sorted(names) for key, value in off]


def readable(root: str, paths: Iterable[bytes]) -> tuple[list[bytes], list[tuple[str, str]]]:
    taken: list[bytes] = []
    left_out: list[tuple[str, str]] = []
    for path in paths:
        full = os.path.join(os.fsencode(root), path)
        try:
            status = os.lstat(full)
        except OSError:
            taken.append(path)  # deleted: update-index takes it out of the index
            continue
        reason = ""
        if path.endswith(b"/"):
            reason = "a Git repository of its own, not tracked"
        elif stat.S_ISREG(status.st_mode):
            if status.st_size > FILE_LIMIT:
                reason = f"larger than {FILE_LIMIT >> 20} MiB"
            elif not os.access(full, os.R_OK):
                reason = "cannot be read"
        elif not stat.S_ISLNK(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            reason = "not a regular file"
        if reason:
            left_out.append((os.fsdecode(path), reason))
        else:
            taken.append(path)
    return taken, left_out
