"""The outputs: one module each, listed here. Adding one: CONTRIBUTING.md."""

import importlib
from typing import NamedTuple, Protocol, cast

from bot.domain import Review


class Paper(NamedTuple):
    """What a review is written on."""

    width: int = 100
    colour: bool = False
    verbose: bool = False


class Publisher(Protocol):
    """Turns a review into text. A `bot.publishers` module is one."""

    def render(self, review: Review, paper: Paper) -> str:
        """The text, with its final newline; "" when there is nothing to write."""


# Format name to module: only the one asked for is imported.
PUBLISHERS = {
    "terminal": "bot.publishers.terminal",
    "json": "bot.publishers.json",
    "sarif": "bot.publishers.sarif",
    "markdown": "bot.publishers.markdown",
    "html": "bot.publishers.html",
    "prompt": "bot.publishers.prompt",
    "github": "bot.publishers.annotations",
}


def load(name: str) -> Publisher:
    """The publisher of a format named in `PUBLISHERS`."""
    return cast(Publisher, importlib.import_module(PUBLISHERS[name]))
