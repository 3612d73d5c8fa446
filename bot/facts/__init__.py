"""What the syntax tree of one Python file tells, as data that JSON can hold.

Pure, one module a kind of facts, each with `collect(tree, text)`, listed here. They are run in the
outline worker on files that may be hostile, and their answers are kept by blob: raise
`bot.outside.cache._GENERATION` when the shape of one changes.
"""

import ast
from collections.abc import Callable
from typing import Any

from bot.facts import (
    circumstances,
    functions,
    habits,
    imports,
    packages,
    routes,
    sizes,
    suppressions,
    tests,
)

# Name, as `Comparison.facts` asks for it, to what collects it.
FACTS: dict[str, Callable[[ast.Module, str], Any]] = {
    "imports": imports.collect,
    "sizes": sizes.collect,
    "suppressions": suppressions.collect,
    "tests": tests.collect,
    "packages": packages.collect,
    "functions": functions.collect,
    "habits": habits.collect,
    "routes": routes.collect,
    "circumstances": circumstances.collect,
}


def collect(tree: ast.Module, text: str) -> dict[str, Any]:
    """All facts about one file."""
    return {name: collector(tree, text) for name, collector in FACTS.items()}
