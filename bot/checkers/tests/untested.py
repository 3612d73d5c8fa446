"""New or changed behaviour in a change that touches no test."""

from collections.abc import Iterator

from bot.checkers.tests.functions import is_collected_path, is_test_path
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, listed

# Shorter functions are not worth asking about.
_TELLING_LINES = 10


def find(suites: Suites) -> Iterator[Told]:
    """At most one thing: the public functions that are new or do something else now."""
    comparison = suites.comparison
    if any(
        is_test_path(path)
        for file in comparison.change.files
        for path in (file.path, file.old_path)
    ):
        return
    changed: list[tuple[int, str, int, str]] = []
    for file in comparison.files:
        if file.head is None or not file.head.path.endswith(".py"):
            continue
        after = comparison.facts(file.head, "tests")
        before = comparison.facts(file.base, "tests") if file.base else {"public": []}
        if after is None or before is None:
            continue
        known = {name: body for name, _, _, body in before["public"]}
        moved = set(known.values())
        for name, line, last, body in after["public"]:
            if (
                body
                and known.get(name) != body
                and body not in moved
                and last - line >= _TELLING_LINES
            ):
                changed.append((line - last, file.head.path, line, name))
    if not changed or not any(is_collected_path(path) for path in comparison.listing("head")):
        return
    changed.sort()
    _, path, line, name = changed[0]
    names = listed([f"`{each}`" for _, _, _, each in changed])
    verb = "does" if len(changed) == 1 else "do"
    message = f"{names} {verb} something new, and the change touches no test"
    yield Told(path, line, message, "untested")
