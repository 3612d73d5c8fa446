"""Names of the product that a change stops using: tests of them go rightly."""

import re
from collections.abc import Iterable, Mapping

from bot.checkers.tests.functions import is_test_path
from bot.comparison import Comparison
from bot.domain import Source

_WORD = re.compile(r"\w+")
# With more, the change is no removal of one thing.
_MOST_NAMES = 100


def names(comparison: Comparison) -> frozenset[str]:
    """What changed files imported and no longer mention, and only its own file still does."""
    left, taken = _left_and_taken(comparison)
    asked = {name for name in left - taken if len(name) > 2 and name.isascii()}
    if not asked or len(asked) > _MOST_NAMES:
        return frozenset()
    found = comparison.search("head", asked)
    product = {source: words for source, words in found.items() if not is_test_path(source.path)}
    return frozenset(name for name in asked if _is_only_defined(comparison, product, name))


def _left_and_taken(comparison: Comparison) -> tuple[set[str], set[str]]:
    """The imported names that leave changed files of the product, and the words that enter them."""
    left: set[str] = set()
    taken: set[str] = set()
    for file in comparison.files:
        if is_test_path(file.change.path):
            continue
        before, after = _words(comparison, file.base), _words(comparison, file.head)
        taken |= after - before
        facts = comparison.facts(file.base, "tests") if file.base and file.head else None
        imported = {name for _, name, _ in facts["imports"]} if facts else set()
        left |= (imported & before) - after
    return left, taken


def _words(comparison: Comparison, source: Source | None) -> set[str]:
    lines: Iterable[str] = comparison.lines(source.side, source.path) if source else ()
    return set(_WORD.findall("\n".join(lines)))


def _is_only_defined(
    comparison: Comparison, product: Mapping[Source, frozenset[str]], name: str
) -> bool:
    users = [source for source, words in product.items() if name in words]
    defined = re.compile(rf"^[ \t]*(?:class|(?:async[ \t]+)?def)[ \t]+{name}\b|^{name}\b.*=")
    return bool(users) and all(
        any(defined.match(line) for line in comparison.lines("head", source.path))
        for source in users
    )
