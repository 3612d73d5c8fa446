"""CODEOWNERS: who decides about a path, and what a change to the file takes away."""

from collections.abc import Iterator, Sequence

from bot import paths

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
Entries = Sequence[tuple[str, tuple[str, ...]]]
_LIMIT = 5_000


def parse(lines: Sequence[str]) -> Entries:
    """Patterns and their owners, in order."""
    found = []
    for line in lines[:_LIMIT]:
        words = line[:2_000].partition("#")[0].split()
        if words:
            found.append((words[0], tuple(words[1:])))
    return found


def of(path: str, entries: Entries) -> tuple[str, ...]:
    """Who owns *path*: the last pattern that takes it in decides, as GitHub has it."""
    for pattern, owners in reversed(entries):
        if paths.matches(path, [pattern, *([] if pattern.endswith("/") else [pattern + "/**"])]):
            return owners
    return ()


def compare(base: Entries, head: Entries) -> Iterator[str]:
    """Whose word is no longer needed; sentences without a subject."""
    before, after = dict(base), dict(head)
    for pattern, owners in before.items():
        if pattern not in after:
            yield f"no longer has an owner for `{pattern[:80]}`"
        elif owners and not after[pattern]:
            yield f"takes all owners from `{pattern[:80]}`"
        elif set(owners) - set(after[pattern]):
            gone = sorted(set(owners) - set(after[pattern]))
            yield f"takes {', '.join(gone[:3])} from `{pattern[:80]}`"
