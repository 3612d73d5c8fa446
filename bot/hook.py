"""Review before a push: the hook itself, and which commits a push is about."""

import os
import shlex
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing

from bot.errors import ArchitraveError
from bot.outside.git import Repository
from bot.settings import Settings, is_zero

_MARK = "# installed by review-local --install-hook"
_SCRIPT = """\
#!/bin/sh
{mark}
# Reviews exactly the commits being pushed. `git push --no-verify` skips it once.
if [ -x {program} ]; then
    exec {program} --pre-push "$@"
fi
exec review-local --pre-push "$@"
"""


def install(folder: str, surroundings: Settings) -> str:
    """Write the `pre-push` hook of the repository in *folder*; returns what was done.

    Raises `ArchitraveError` when another hook is in the way.
    """
    with closing(Repository(folder, surroundings.environ)) as repository:
        hooks = repository.own_hooks()
        inside = repository.holds(hooks)
    path = os.path.join(hooks, "pre-push")
    if not inside:
        raise ArchitraveError(
            f"Git looks for hooks in {hooks}, outside this repository",
            'Add this line to the pre-push hook there yourself: review-local --pre-push "$@" || exit $?',
        )
    program = os.path.abspath(sys.argv[0])
    script = _SCRIPT.format(mark=_MARK, program=shlex.quote(program))
    try:
        if os.path.lexists(path) and not _is_ours(path):
            raise ArchitraveError(
                f"There is already a hook at {path}",
                'Add this line to it: review-local --pre-push "$@" || exit $?',
            )
        os.makedirs(hooks, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    except OSError as error:
        raise ArchitraveError(f"{path} cannot be written: {error.strerror}") from error
    return f"Installed {path}: every push is reviewed first. Delete the file to undo."


def _is_ours(path: str) -> bool:
    with open(path, encoding="utf-8", errors="replace") as file:
        return _MARK in file.read()


def pushed(
    arguments: Sequence[str], lines: Iterable[str], folder: str, surroundings: Settings
) -> list[str]:
    """The ranges that a push would send, one for each branch or tag that brings commits.

    From pre-commit's environment where it runs us, else from what Git gives a `pre-push` hook:
    its *arguments* (remote name and URL) and, on standard input, a line
    `local-ref local-id remote-ref remote-id` for each reference.
    """
    if surroundings.pushed is not None:
        old, new, remote = surroundings.pushed
        updates = [(new, old)]
    else:
        remote = arguments[0] if arguments else "origin"
        updates = [(parts[1], parts[3]) for line in lines if len(parts := line.split()) == 4]
    with closing(Repository(folder, surroundings.environ)) as repository:
        ranges = [_range(new, old, remote, repository) for new, old in updates]
    return list(dict.fromkeys(found for found in ranges if found))


def _range(new: str, old: str, remote: str, repository: Repository) -> str:
    if not new or is_zero(new):
        return ""  # a branch is deleted: nothing is sent
    head = repository.resolve(new)
    if head is None:
        return ""  # a tag of something that is not a commit
    known = repository.resolve(old) if old and not is_zero(old) else None
    if known is not None:
        return "" if known == head else f"{known}..{head}"
    # A new branch, or one whose remote state was never fetched: what no branch there has.
    first = repository.first_unpushed(head, remote)
    if first is None:
        return ""
    before = repository.commit(f"{first}^1")
    return f"{before}..{head}" if before else f"{repository.empty_tree}..{head}"
