"""Where Python files import and call certain names; `main` is run by `bot.outside.worker`."""

import ast
import gc
from typing import Any

gc.disable()

from bot.facts import uses
from bot.outside import serving


def find(data: bytes, path: str, options: dict[str, Any]) -> dict[str, Any]:
    """`bot.facts.uses` of one file for the names in *options*."""
    gc.collect(0)
    return uses.collect(ast.parse(data), options["names"])


def main() -> None:
    serving.serve(find)
