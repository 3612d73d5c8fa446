"""Star imports of modules that say themselves what `*` means: a facade, and no riddle."""

import re
from collections.abc import Iterable, Iterator

from bot import paths
from bot.domain import Change, Finding
from bot.outside.git import Repository

_CODE = "F403"
_IMPORT = re.compile(r"\bfrom\s+(\.*)\s*([\w.]*)\s+import\s*\*")
_DECLARES_ALL = re.compile(rb"^__all__[ \t]*(:[^=\n]*)?\+?=", re.MULTILINE)


def pardon(findings: Iterable[Finding], change: Change, repository: Repository) -> list[Finding]:
    """The findings less those about modules of the repository that declare `__all__`."""
    found = list(findings)
    wanted = {each: list(_names(each, change)) for each in found if each.code == _CODE}
    objects = repository.read(name for names in wanted.values() for name in names)
    declaring = {
        name
        for name, each in objects.items()
        if each is not None and each.kind == "blob" and _DECLARES_ALL.search(each.data or b"")
    }
    return [each for each in found if declaring.isdisjoint(wanted.get(each, ()))]


def _names(finding: Finding, change: Change) -> Iterator[str]:
    """Where Git would have the file that is imported: in a folder that the importing one lies in."""
    statement = _IMPORT.search(finding.message)
    if statement is None:
        return
    is_gone = finding.label == "fixed"
    tree, path = (change.base, finding.old_path) if is_gone else (change.head, finding.path)
    level, module = len(statement[1]), statement[2].replace(".", "/")
    folders = paths.folders(path or finding.path)
    for folder in folders[-level:][:1] if level else folders:
        place = "/".join(part for part in (folder, module) if part)
        for ending in (".py", "/__init__.py") if module else ("/__init__.py",):
            yield f"{tree}:{(place + ending).lstrip('/')}"
