"""Tests that the change takes out of the run: skips and expected failures."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.checkers.tests.functions import Test, TestFile
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told
from bot.facts.markers import Skip

# What stands where a reason should.
_NO_REASON = re.compile(
    r"\W*((todo|fixme|wip|skip(ped)?|xfail|broken|broke|fail(s|ing|ed)?|flaky|tmp|temp(orary)?|disabled?"
    r"|fix|later|for|now|not?|work(s|ing)?|yet|me|it|this|test)\W*)*",
    re.IGNORECASE,
)
_WORDS = {"skip": "is skipped", "xfail": "is expected to fail"}


def find(suites: Suites, *, with_reason: bool) -> Iterator[Told]:
    """Unconditional skips that were not in force at base.

    *with_reason*: those that say why; of these only such as take away a test there was.
    """
    before = {(head.path, head.name): suites.skipped_at_base(base) for base, head in suites.pairs}
    for file in suites.head.values():
        for scope, skips in file.scopes.items():
            for skip in skips:
                tests = [test for test in file.functions if _is_within(test, scope)]
                name = f"`{scope}`" if scope else "this file"
                yield from _told(
                    file, f"every test of {name}", scope, skip, tests, before, with_reason
                )
        for test in file.functions:
            if test.off and test.is_test:
                continue
            for skip in test.skips:
                yield from _told(
                    file, f"`{test.name}`", test.name, skip, [test], before, with_reason
                )


def _told(
    file: TestFile,
    name: str,
    scope: str,
    skip: Skip,
    tests: Sequence[Test],
    before: Mapping[tuple[str, str], set[str]],
    with_reason: bool,
) -> Iterator[Told]:
    if skip.conditional or has_reason(skip) != with_reason or not tests:
        return
    known = [before.get((test.path, test.name)) for test in tests]
    if all(each is None for each in known):
        if with_reason or not any(test.is_test for test in tests):
            return
    elif all(each is None or skip.kind in each for each in known):
        return
    if not any(test.is_test for test in tests) and "fixture" in name:
        return
    was = "now " if any(each is not None for each in known) else ""
    why = f": {skip.reason[:80]}" if with_reason else ", and nothing says why"
    verb = _WORDS[skip.kind].replace("is ", f"is {was}")
    yield Told(file.path, skip.line, f"{name} {verb}{why}", f"{skip.kind}:{scope}")


def has_reason(skip: Skip) -> bool:
    """Whether a skip says why it is there."""
    return _NO_REASON.fullmatch(skip.reason) is None


def _is_within(test: Test, scope: str) -> bool:
    return test.is_test and not test.off and (not scope or test.name.startswith(f"{scope}."))
