"""Tests that the change takes out of the run: skips and expected failures."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.checkers.tests.functions import Test, TestFile
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told, listed
from bot.facts.markers import Skip

# What stands where a reason should.
_NO_REASON = re.compile(
    r"\W*((todo|fixme|wip|skip(ped)?|xfail|broken|broke|fail(s|ing|ed)?|flaky|tmp|temp(orary)?|disabled?"
    r"|fix|later|for|now|not?|work(s|ing)?|yet|me|it|this|test)\W*)*",
    re.IGNORECASE,
)
_WORDS = {"skip": "skipped", "xfail": "expected to fail"}


def find(suites: Suites, *, with_reason: bool) -> Iterator[Told]:
    """Unconditional skips that were not in force at base, those alike in a file together.

    *with_reason*: those that say why; of these only such as take away a test there was.
    """
    before = {(head.path, head.name): suites.skipped_at_base(base) for base, head in suites.pairs}
    for file in suites.head.values():
        alike: dict[tuple[str, str, bool], list[tuple[str, Skip]]] = defaultdict(list)
        for name, skip, tests in _places(file):
            known = [before.get((test.path, test.name)) for test in tests]
            ran = any(each is not None for each in known)
            is_wanted = not skip.conditional and has_reason(skip) == with_reason
            if is_wanted and (_takes_away(skip, known) if ran else _is_idle_at_birth(skip, tests)):
                alike[skip.kind, skip.reason, ran].append((name, skip))
        for (kind, reason, ran), found in alike.items():
            yield _told(file, kind, reason if with_reason else "", ran, found)


def _places(file: TestFile) -> Iterator[tuple[str, Skip, list[Test]]]:
    """Each skip of a file, what is under it, and the functions that are."""
    for scope, skips in file.scopes.items():
        tests = [test for test in file.functions if _is_within(test, scope)]
        name = f"every test of `{scope}`" if scope else "every test of this file"
        yield from ((name, skip, tests) for skip in skips)
    for test in file.functions:
        if not test.off or not test.is_test:
            yield from ((f"`{test.name}`", skip, [test]) for skip in test.skips)


def _takes_away(skip: Skip, known: Sequence[set[str] | None]) -> bool:
    return any(each is not None and skip.kind not in each and "skip" not in each for each in known)


def _is_idle_at_birth(skip: Skip, tests: Sequence[Test]) -> bool:
    """A new test that never runs; one that is expected to fail is run at least."""
    return skip.kind == "skip" and not has_reason(skip) and any(test.is_test for test in tests)


def _told(
    file: TestFile, kind: str, reason: str, ran: bool, found: Sequence[tuple[str, Skip]]
) -> Told:
    names = [name for name, _ in found]
    verb = "is" if len(names) == 1 else "are"
    state = f"{verb} {'now ' if ran else ''}{_WORDS[kind]}"
    why = f": {reason[:80]}" if reason else ", and nothing says why"
    key = f"{kind}:{','.join(sorted(names))}"
    return Told(file.path, found[0][1].line, f"{listed(names)} {state}{why}", key)


def has_reason(skip: Skip) -> bool:
    """Whether a skip says why it is there."""
    return _NO_REASON.fullmatch(skip.reason) is None


def _is_within(test: Test, scope: str) -> bool:
    return test.is_test and not test.off and (not scope or test.name.startswith(f"{scope}."))
