"""New tests that insist on nothing."""

import re
from collections.abc import Iterator

from bot.checkers.tests.functions import Test
from bot.checkers.tests.suite import Suites
from bot.checkers.tests.telling import Told

# A name that says: it is enough that this runs.
_SMOKE = re.compile(
    r"smoke|no_?(error|exception|crash|raise|fail|warn|op)|not_(raise|crash|fail|warn|block|hang)"
    r"|without_(error|rais|crash|exception|fail)|doesnt|does_not|can_be|import|runs?\b|works?\b|ok$|success"
    r"|bench|perf|allow|accept|valid|idempotent|exempt|(?<!un)safe"
)
# A comment or docstring that says the same.
_SAID = re.compile(
    r"(?:should|must|do|does|will)(?: not|n't) (?:raise|crash|fail|error|throw|blow up|hang)"
    r"|never (?:raises|crashes|fails)|without (?:raising|crashing|failing|(?:an )?error)"
    r"|\bno errors?\b|\bis (?:safe|a no-?op)\b"
)
_COMMENT = re.compile(r"(?<![\w'\"])#([^\n]*)")
_DOCSTRING = re.compile(r"\A[^\"']*?:\s*[rR]?(\"{3}|'{3}|\")(.*?)\1", re.DOTALL)


def find(suites: Suites) -> Iterator[Told]:
    """New tests without anything that could fail but the code under test."""
    for test in suites.new:
        if (
            not test.is_test
            or test.off
            or test.live
            or any(not skip.conditional for skip in test.skips)
        ):
            continue
        if _is_content(suites, test):
            continue
        vain = any(each.kind == "constant" for each in test.assertions)
        how = "insists on nothing but a constant" if vain else "insists on nothing"
        if any(each.state != "live" for each in test.assertions):
            how = "has no assertion that could make it fail"
        yield Told(test.path, test.line, f"`{test.name}` {how}", test.name)


def _is_content(suites: Suites, test: Test) -> bool:
    """Whether it is a smoke test by its own account, or leaves insisting to others."""
    if test.assertions:
        return False
    if not test.calls:
        return False
    if test.is_property or _SMOKE.search(test.leaf.lower()) or _says_so(suites, test):
        return True
    # `super().test_more()` insists for it.
    return any(
        suites.helpers.insists(call) or call.rpartition(".")[2].startswith("test_")
        for call, _ in test.calls
    )


def _says_so(suites: Suites, test: Test) -> bool:
    lines = suites.comparison.lines("head", test.path)[test.line - 1 : test.last_line]
    text = "\n".join(lines)
    docstring = _DOCSTRING.match(text)
    said = [*_COMMENT.findall(text), docstring[2] if docstring else ""]
    return any(_SAID.search(" ".join(each.lower().split())) for each in said)
