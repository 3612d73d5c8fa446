"""A first policy for a repository, as commented TOML. Pure."""

import json
from collections.abc import Iterable, Iterator

from bot.domain import Policy

# Folders whose content is somebody else's, and names of files that programs write.
_FOREIGN = ("vendor", "vendored", "_vendor", "third_party", "node_modules")
_WRITTEN = ("_pb2.py", "_pb2_grpc.py", "_pb2.pyi")

_TEMPLATE = """\
# What changes here are held to. `review-local rules list --all` shows every rule, `rules show RULE` one.
# This file counts from where a change starts: no change is judged by a policy it brings along.

# Rule packs in force; these are those that hold without a policy too.
packs = [{packs}]

# Rules that are not for you.
disable = []

# Files that are not reviewed, as in a .gitignore; every review says so.
ignore = [{ignore}]

# The mildest severity that a human must answer: error, warning, note or never.
fail-on = "error"

# [severity]
# "python/broad-except" = "error"

# [options]
# "complexity/cyclomatic-complexity" = {{ max = 10 }}
"""


def policy(paths: Iterable[str]) -> str:
    """The text of `.architrave.toml` for a repository with these files."""
    packs = ", ".join(json.dumps(pack) for pack in Policy().packs)
    # A JSON string of ASCII is a TOML string too; globs that hold half a character are left out.
    globs = [glob for glob in dict.fromkeys(_globs(sorted(paths))) if glob.isprintable()]
    ignore = ", ".join(json.dumps(glob, ensure_ascii=False) for glob in globs)
    return _TEMPLATE.format(packs=packs, ignore=ignore)


def _globs(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        folders = path.split("/")[:-1]
        for depth, folder in enumerate(folders):
            if folder in _FOREIGN:
                yield "/".join(folders[: depth + 1]) + "/**"
                break
        for ending in _WRITTEN:
            if path.endswith(ending):
                yield f"*{ending}"
