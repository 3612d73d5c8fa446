"""What tests are about, and what of it the change takes away: deleting a test of that is right."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot import outline
from bot.checkers.tests.functions import is_test_path
from bot.comparison import Comparison, SideName
from bot.domain import Source

# Files whose names and texts tests are about.
_PRODUCT = ((".py", ".pyi"), (".html", ".j2", ".jinja2"), (".js", ".ts", ".tsx"), (".sql",))
_WORD = re.compile(r"\w+")
# What other code, and so a test, can see: definitions, attributes, and texts.
_NAME = re.compile(r"(?:\b(?:def|class|import|as)\s+|\.)(\w{3,})")
# What is defined at the top of a file, and a name that only says which argument is meant.
_DEFINED = re.compile(r"(?m)^(?:async )?(?:def|class) (\w{3,})")
_KEYWORD = re.compile(r"(?<![\n\w.])\w+=(?!=)")
_TEXT = re.compile(r"\"([^\"\n]{4,200})\"|'([^'\n]{4,200})'")
_MARKS = re.compile(r"[\s\"']+")
# A shorter piece of a message may be anywhere.
_TELLING = 10
_MOST_PARTS = 50
# Each is looked for in each test that lost something.
_MOST_TEXTS = 500


class Removed(NamedTuple):
    """Names and texts that no changed file of the product has any more."""

    names: frozenset[str]
    texts: frozenset[str]
    # Of the texts, those that are looked for within others too.
    longest: tuple[str, ...]
    # What some file no longer defines, though another may.
    dropped: frozenset[str]
    # Names of functions and parameters that they take no longer.
    parameters: frozenset[tuple[str, str]] = frozenset()

    def dropped_in(self, text: str) -> bool:
        """Whether a piece of code names what a file no longer defines."""
        return bool(self.dropped) and not self.dropped.isdisjoint(_WORD.findall(text))

    def passed(self, text: str, calls: Iterable[str]) -> bool:
        """Whether a piece of a test passes, by name, what a function it calls takes no longer."""
        called = {call.rpartition(".")[2] for call in calls}
        return any(
            function in called and re.search(rf"\b{re.escape(name)}\s*=(?!=)", text)
            for function, name in self.parameters
        )

    def mentioned(self, text: str, name: str = "") -> bool:
        """Whether a piece of a test, or its name, is about something removed."""
        if self.names and not self.names.isdisjoint(_WORD.findall(text)):
            return True
        if any(len(each) > 4 and each in name for each in self.names):
            return True
        if not self.texts:
            return False
        own = {_MARKS.sub("", each) for each in _texts(text)}
        if not own.isdisjoint(self.texts):
            return True
        plain = _MARKS.sub("", text)
        telling = [each for each in own if len(each) >= _TELLING]
        return any(
            each in plain or any(part in each for part in telling[:_MOST_PARTS])
            for each in self.longest
        )


def removed(comparison: Comparison) -> Removed:
    """What the change took away from the product."""
    files = [
        file
        for file in comparison.change.files
        if not is_test_path(file.path) and not comparison.ignores(file.path)
    ]
    names: set[str] = set()
    texts: list[str] = []
    # Each language by itself: what left the code may be in a bundle of scripts by chance.
    for endings in _PRODUCT:
        own = [file for file in files if file.path.endswith(endings)]
        before = _joined(comparison, (file.old_blob for file in own))
        after = _joined(comparison, (file.new_blob for file in own))
        names |= set(_NAME.findall(before)) - set(_WORD.findall(after))
        names |= set(_DEFINED.findall(before)) - set(_WORD.findall(_KEYWORD.sub("", after)))
        names |= {_stem(file.old_path) for file in own if file.old_blob}
        names -= {_stem(file.path) for file in own if file.new_blob}
        plain = _MARKS.sub("", after)
        gone = {_MARKS.sub("", text) for text in _texts(before) - _texts(after)}
        texts += [text for text in gone if len(text) > 3 and text not in plain]
    longest = sorted(texts, key=lambda text: (-len(text), text))[:_MOST_TEXTS]
    return Removed(
        frozenset(names - {""}),
        frozenset(texts),
        tuple(longest),
        _dropped(comparison),
        frozenset(_parameters(comparison)),
    )


def _dropped(comparison: Comparison) -> frozenset[str]:
    found: set[str] = set()
    for file in comparison.files:
        if file.base and not is_test_path(file.change.path):
            before, after = _symbols(comparison, file.base), _symbols(comparison, file.head)
            # Of a class that is renamed, the methods are still there.
            gone = [name for name in before - after if _parent(name) in {"", *after}]
            found |= {name.rpartition(".")[2] for name in gone}
    return frozenset(found)


def _parameters(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """The functions that a file has on both sides, each with a parameter that is gone."""
    for file in comparison.files:
        if not file.base or not file.head or is_test_path(file.change.path):
            continue
        before, after = (_signatures(comparison, side) for side in (file.base, file.head))
        for name in before.keys() & after.keys():
            for parameter in before[name] - after[name]:
                yield name.rpartition(".")[2], parameter


def _signatures(comparison: Comparison, source: Source) -> dict[str, set[str]]:
    facts = comparison.facts(source, "tests") if source.path.endswith(".py") else None
    return {row[0]: set(row[5]) for row in facts["definitions"]} if facts else {}


def _symbols(comparison: Comparison, source: Source | None) -> set[str]:
    symbols = outline.symbols(comparison.known_outline(source)) if source else None
    return {symbol.name for symbol in symbols or ()}


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def _joined(comparison: Comparison, blobs: Iterable[str]) -> str:
    texts = comparison.read(blob for blob in dict.fromkeys(blobs) if blob)
    return "\n".join(text.decode("utf-8", "replace") for text in texts.values() if text is not None)


def _stem(path: str) -> str:
    return posixpath.basename(path).partition(".")[0]


def _texts(text: str) -> set[str]:
    return {double or single for double, single in _TEXT.findall(text)}


def defines(comparison: Comparison, side: SideName, path: str, module: str, name: str) -> bool:
    """Whether the product has *name* of *module*, as a test file at *path* imports it."""
    text = module_text(comparison, side, path, module, name)
    found = text is not None and (not name or name in _WORD.findall(text))
    return found and not any(is_test_path(each) for each in _candidates(comparison, path, module))


def module_text(
    comparison: Comparison, side: SideName, path: str, module: str, name: str
) -> str | None:
    """The text of a module of the repository as *path* imports it; None where there is none."""
    listing = comparison.listing(side)
    for candidate in _candidates(comparison, path, module):
        if candidate in listing:
            text = comparison.text(side, candidate) or b""
            return text.decode("utf-8", "replace")
    for candidate in _candidates(comparison, path, f"{module}.{name}" if name else module):
        if candidate in listing:
            return name
    return None


def _candidates(comparison: Comparison, path: str, module: str) -> list[str]:
    folders = ["", "src", *comparison.policy.source_roots]
    if module.startswith("."):
        level = len(module) - len(module.lstrip("."))
        folders = ["/".join(path.split("/")[:-level])]
    stem = module.lstrip(".").replace(".", "/")
    found = []
    for folder in folders:
        whole = posixpath.join(folder, stem).rstrip("/")
        found += [f"{whole}.py", f"{whole}/__init__.py"]
    return found
