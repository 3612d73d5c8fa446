"""What tests are about, and what of it the change takes away: deleting a test of that is right."""

import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple

from bot.checkers.tests.functions import is_test_path
from bot.comparison import Comparison, SideName

# Files whose names and texts tests are about.
_PRODUCT = (
    ".py", ".pyi", ".html", ".j2", ".jinja2", ".js", ".ts", ".sql", ".json", ".toml", ".yaml", ".yml",
)  # fmt: skip
_WORD = re.compile(r"\w+")
# What other code, and so a test, can see: definitions, attributes, and texts.
_NAME = re.compile(r"(?:\b(?:def|class|import|as)\s+|\.)(\w{3,})")
_TEXT = re.compile(r"\"([^\"\n]{4,200})\"|'([^'\n]{4,200})'")
_MARKS = re.compile(r"[\s\"']+")
# Each is looked for in each test that lost something.
_MOST_TEXTS = 500


class Removed(NamedTuple):
    """Names and texts that no changed file of the product has any more."""

    names: frozenset[str]
    texts: frozenset[str]

    def mentioned(self, text: str, name: str = "") -> bool:
        """Whether a piece of a test, or its name, is about something removed."""
        if self.names and not self.names.isdisjoint(_WORD.findall(text)):
            return True
        if any(len(each) > 4 and each in name for each in self.names):
            return True
        if not self.texts:
            return False
        plain = _MARKS.sub("", text)
        return any(each in plain for each in self.texts)


def removed(comparison: Comparison) -> Removed:
    """What the change took away from the product."""
    files = [
        file
        for file in comparison.change.files
        if not is_test_path(file.path)
        and file.path.endswith(_PRODUCT)
        and not comparison.ignores(file.path)
    ]
    before = _joined(comparison, (file.old_blob for file in files))
    after = _joined(comparison, (file.new_blob for file in files))
    names = set(_NAME.findall(before)) - set(_WORD.findall(after))
    names |= {_stem(file.old_path) for file in files if file.old_blob}
    names -= {_stem(file.path) for file in files if file.new_blob}
    plain = _MARKS.sub("", after)
    gone = {_MARKS.sub("", text) for text in _texts(before) - _texts(after)}
    texts = sorted(text for text in gone if len(text) > 3 and text not in plain)
    return Removed(frozenset(names - {""}), frozenset(texts[:_MOST_TEXTS]))


def _joined(comparison: Comparison, blobs: Iterable[str]) -> str:
    texts = comparison.read(blob for blob in dict.fromkeys(blobs) if blob)
    return "\n".join(text.decode("utf-8", "replace") for text in texts.values() if text is not None)


def _stem(path: str) -> str:
    return posixpath.basename(path).partition(".")[0]


def _texts(text: str) -> set[str]:
    return {double or single for double, single in _TEXT.findall(text)}


def defines(comparison: Comparison, side: SideName, path: str, module: str, name: str) -> bool:
    """Whether the product has *name* of *module*, as a test file at *path* imports it."""
    folders = ["", "src", *comparison.policy.source_roots]
    if module.startswith("."):
        level = len(module) - len(module.lstrip("."))
        folders = ["/".join(path.split("/")[:-level])]
    listing = comparison.listing(side)
    for folder in folders:
        stem = posixpath.join(folder, module.lstrip(".").replace(".", "/")).rstrip("/")
        if f"{stem}/{name}.py" in listing or f"{stem}/{name}/__init__.py" in listing:
            return True
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            if candidate in listing and not is_test_path(candidate):
                text = comparison.text(side, candidate) or b""
                return not name or name in _WORD.findall(text.decode("utf-8", "replace"))
    return False
