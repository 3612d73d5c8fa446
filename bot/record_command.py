"""`review-local record FILE`: records of merged pull requests, kept as notes where the code is.

The bot may not push, so a person with the right to does. What is written is not believed for that: an
audit looks at the signatures.
"""

from contextlib import closing

from bot import attestations, envelopes, wording
from bot.audit import NOTES
from bot.errors import ArchitraveError
from bot.outside import git_history
from bot.outside.git import Repository
from bot.settings import Settings


def keep(folder: str, surroundings: Settings, path: str) -> str:
    """Write a note for each merged commit that is here, and say so. Raises `ArchitraveError`, `GitFailed`."""
    bundles = _by_commit(_lines(path))
    with closing(Repository(folder, surroundings.environ)) as repository:
        here = [each for each in bundles if repository.commit(each) == each]
        noted = git_history.notes(repository, NOTES, here)
        written = 0
        for commit in here:
            own = noted.get(commit, b"").splitlines()
            more = [line for line in bundles[commit] if line not in own]
            if more:
                note = b"".join(line + b"\n" for line in [*own, *more])
                git_history.write_note(repository, NOTES, commit, note)
                written += 1
    missing = len(bundles) - len(here)
    said = [f"{wording.plural(written, 'note')} written, {len(here) - written} there already."]
    if missing:
        said.append(f"{wording.plural(missing, 'merged commit')} not in this repository.")
    return "\n".join([*said, f"Push the notes too: git push origin {NOTES}"]) + "\n"


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            found = [line for line in file.read().splitlines() if line.strip()]
    except OSError as error:
        raise ArchitraveError(f"{path} cannot be read: {error.strerror}", "") from error
    if not found:
        raise ArchitraveError(
            f"{path} holds no record", "Get it: review-service records OWNER/NAME"
        )
    return found


def _by_commit(several: list[bytes]) -> dict[str, list[bytes]]:
    """The lines by the commit that was merged: each statement is about the head of a pull request."""
    opened = [next(iter(envelopes.opened(line, ()))).payload for line in several]
    merged = {told.head: told.merged for payload in opened if (told := attestations.read(payload))}
    found: dict[str, list[bytes]] = {}
    for number, (line, payload) in enumerate(zip(several, opened, strict=True), 1):
        commit = merged.get(attestations.head_of(payload))
        if commit is None:
            raise ArchitraveError(
                f"Line {number} is no record of a merged pull request",
                "Take the file as `review-service records` writes it.",
            )
        found.setdefault(commit, []).append(line)
    return found
