"""Which functions of the product a change adds, and which it makes do more than they did.

A refactoring does neither: what it moves, renames or writes in other words is told apart.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from bot.comparison import Comparison, SideName
from bot.domain import Source
from bot.facts.quoting import squeezed
from bot.located import share

# A shorter line may be anywhere.
_TELLING_LINE = 8
# Of so much of its lines, what stood elsewhere at base was moved.
_MOVED = 0.6
# Two functions of as many words in common are one, renamed and rewritten.
_ALIKE = 0.6
_MOST_COMPARED = 20_000
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
# The same question, asked the other way round.
_TURNED = (("isnot", "is"), ("notin", "in"), ("!=", "=="), (">=", "<"), ("<=", ">"))


class Function(NamedTuple):
    """A function or, without a body, a class, on one side; *size* is in lines of the body."""

    path: str
    name: str
    line: int
    last_line: int
    size: int
    body: str
    parameters: Sequence[str]
    raised: Sequence[str]
    conditions: Sequence[str]

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


class Behaviour:
    """The functions of both sides of a change."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._old_paths: dict[str, str] = {}
        self._split: dict[tuple[SideName, str], Sequence[str]] = {}
        self.base: list[Function] = []
        self.head: list[Function] = []
        self._paths: dict[SideName, list[str]] = {"base": [], "head": []}
        for file in comparison.files:
            before, after = _read(comparison, file.base), _read(comparison, file.head)
            if before is None or after is None:
                continue  # told of by the account of the review
            if file.base and file.head:
                self._old_paths[file.head.path] = file.base.path
            self.base += before
            self.head += after
            for side, source in (("base", file.base), ("head", file.head)):
                self._paths[side] += [source.path] if source else []  # type: ignore[index]

    def change_of(self, function: Function) -> str:
        """What a function of head has that it had not: `new` if all of it, "" if nothing."""
        if function.body in self._bodies:
            return ""
        old = self._same(function)
        if not old and self._is_moved(function):
            return ""
        old = old or self._renamed(function)
        return self._more(old, function) if old else "new"

    def outermost(self, function: Function) -> str:
        """The name of a new function, or of the new class that it is in."""
        parts = function.name.split(".")
        names = (".".join(parts[:count]) for count in range(1, len(parts)))
        return next((name for name in names if name not in self._by_name), function.name)

    def _same(self, function: Function) -> list[Function]:
        """The functions of base with its name, in its file or else where they are no more."""
        found = self._by_name.get(function.name, [])
        path = self._old_paths.get(function.path)
        return [each for each in found if each.path == path] or [
            each for each in found if each in self._gone
        ]

    def _is_moved(self, function: Function) -> bool:
        before, after = self._lines("base"), self._lines("head")
        own = set(self._telling(function, "head"))
        # Of what is copied, there is more at head.
        moved = [line for line in own if after[line] <= before[line]]
        return bool(own) and len(moved) >= _MOVED * len(own)

    def _renamed(self, function: Function) -> list[Function]:
        if len(self._gone) * len(self.head) > _MOST_COMPARED:
            return []
        own = self._words(function, "head")
        ranked = [(share(own, words), old) for old, words in self._gone_words if old.body]
        best = max(ranked, default=(0.0, function))
        return [best[1]] if best[0] >= _ALIKE else []

    def _more(self, old: Sequence[Function], function: Function) -> str:
        for what in ("parameters", "raised", "conditions"):
            had = [getattr(each, what) for each in old]
            known = {text for texts in had for text in texts}
            added = [text for text in getattr(function, what) if text not in known]
            grows = len(getattr(function, what)) > max(len(texts) for texts in had)
            if added and grows and (what == "parameters" or not all(map(self._was_said, added))):
                return what
        return ""

    def _was_said(self, condition: str) -> bool:
        """Whether a condition, or the name of an error, is anywhere in the old code."""
        return _plain(condition) in self._old_code

    @cached_property
    def _bodies(self) -> set[str]:
        return {each.body for each in self.base if each.body}

    @cached_property
    def _by_name(self) -> Mapping[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for each in self.base:
            found.setdefault(each.name, []).append(each)
        return found

    @cached_property
    def _gone(self) -> list[Function]:
        """The functions of base that their file, as it is called now, has no more."""
        renamed = {old: new for new, old in self._old_paths.items()}
        names = {(each.path, each.name) for each in self.head}
        return [each for each in self.base if (renamed.get(each.path), each.name) not in names]

    @cached_property
    def _gone_words(self) -> list[tuple[Function, frozenset[str]]]:
        return [(each, self._words(each, "base")) for each in self._gone]

    @cached_property
    def _old_code(self) -> str:
        return _plain("\n".join(squeezed(self._text("base", path)) for path in self._paths["base"]))

    @cached_property
    def _counted(self) -> dict[SideName, Counter[str]]:
        return {
            side: Counter(
                "".join(line.split()) for path in paths for line in self._of_file(side, path)
            )
            for side, paths in self._paths.items()
        }

    def _lines(self, side: SideName) -> Counter[str]:
        return self._counted[side]

    def _text(self, side: SideName, path: str) -> str:
        return "\n".join(self._of_file(side, path))

    def _of_file(self, side: SideName, path: str) -> Sequence[str]:
        if (side, path) not in self._split:
            self._split[side, path] = self._comparison.lines(side, path)
        return self._split[side, path]

    def _own(self, function: Function, side: SideName) -> Sequence[str]:
        lines = self._of_file(side, function.path)
        return lines[function.last_line - function.size : function.last_line]

    def _telling(self, function: Function, side: SideName) -> Iterator[str]:
        for line in self._own(function, side):
            if len(text := "".join(line.split())) >= _TELLING_LINE:
                yield text

    def _words(self, function: Function, side: SideName) -> frozenset[str]:
        return frozenset(_WORD.findall("\n".join(self._own(function, side))))


def _read(comparison: Comparison, source: Source | None) -> list[Function] | None:
    """The functions of one side of a file; None where it could not be read."""
    if source is None or not source.path.endswith(".py"):
        return []
    facts = comparison.facts(source, "tests")
    return None if facts is None else list(_functions(source.path, facts["definitions"]))


def _functions(path: str, rows: Iterable[Sequence[object]]) -> Iterator[Function]:
    for row in rows:
        yield Function(path, *row)  # type: ignore[arg-type]


def _plain(text: str) -> str:
    for turned, plain in _TURNED:
        text = text.replace(turned, plain)
    return text
