"""Tests that replace what they say they test."""

from collections.abc import Iterator

from bot.checkers.tests.functions import Test
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told
from bot.facts.test_body import Patch


def find(suites: Suites) -> Iterator[Told]:
    """Tests named after a function that they replace and then call: they see the replacement."""
    before = {(head.path, head.name): base for base, head in suites.pairs}
    for file in suites.head.values():
        for test in file.functions:
            if not test.is_test or test.off:
                continue
            old = before.get((test.path, test.name))
            known = {(patch.owner, patch.name) for patch in _certain(old)} if old else set()
            for patch in _certain(test):
                if (patch.owner, patch.name) not in known:
                    what = f"{patch.owner}.{patch.name}"
                    message = f"`{test.name}` replaces `{what}` and then calls the replacement"
                    yield Told(test.path, patch.line, message, f"{test.name}:{what}")
                    known.add((patch.owner, patch.name))


def _certain(test: Test) -> Iterator[Patch]:
    named = test.name.lower().replace("_", "")
    for patch in test.patches:
        if patch.name.strip("_").replace("_", "").lower() not in named or len(patch.name) < 3:
            continue
        owner = patch.owner.rpartition(".")[2]
        for call, line in test.calls:
            reached = call in (f"{patch.owner}.{patch.name}", f"{owner}.{patch.name}")
            if reached and patch.line < line <= patch.last_line:
                yield patch
                break
