"""Helpers that insist on something for the tests that call them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from bot.checkers.tests.functions import TestFile

# Names of helpers that insist on something.
_INSISTING = re.compile(
    r"assert|check|verif|expect|validate|ensure|should|must|compare|raise_for_status|fnmatch_lines|wait_for"
    r"|simplefilter|filterwarnings"
)


class Helpers(NamedTuple):
    """Functions of the changed test files, and those of them that insist on something."""

    known: frozenset[str]
    asserting: frozenset[str]

    def insists(self, call: str) -> bool:
        """Whether a call is one of a helper that insists on something, by what it does or its name."""
        leaf = call.rpartition(".")[2]
        if leaf in self.known:
            return leaf in self.asserting
        return _INSISTING.search(leaf.lower()) is not None


def find(files: Iterable[TestFile]) -> Helpers:
    functions = [each for file in files for each in file.functions if not each.is_test]
    found = Helpers(
        frozenset(each.leaf for each in functions),
        frozenset(each.leaf for each in functions if each.live),
    )
    for _ in range(3):
        more = {
            each.leaf for each in functions if any(found.insists(call) for call, _ in each.calls)
        }
        found = found._replace(asserting=found.asserting | more)
    return found
