"""What a model may be shown of the two trees of a change: visible text without secrets.

Line numbers are Git's: what is taken out of a line leaves the line.
"""

from collections.abc import Callable, Sequence

from bot import wording
from bot.comparison import Comparison, SideName
from bot.domain import REGULAR_MODES, ChangedFile, Hunk, Symbol
from bot.located import Enclosing
from bot.outline import symbols

# A longer line is data; its beginning tells what it is.
LINE_LENGTH = 400


class Material:
    """The files of both sides, each made fit to be shown once."""

    def __init__(
        self,
        comparison: Comparison,
        redact: Callable[[str, str], str],
        denied: Callable[[str], bool],
    ) -> None:
        self.comparison = comparison
        self._redact, self.is_denied = redact, denied
        self._lines: dict[tuple[SideName, str], tuple[str, ...] | None] = {}
        self._redacted: dict[tuple[SideName, str], frozenset[int]] = {}
        self._enclosing: dict[tuple[SideName, str], tuple[Symbol, ...]] = {}

    def lines(self, side: SideName, path: str) -> tuple[str, ...] | None:
        """The lines of a file as they may be shown; None where there are none to show."""
        key = (side, path)
        if key not in self._lines:
            self._lines[key] = self._shown(side, path)
        return self._lines[key]

    def _shown(self, side: SideName, path: str) -> tuple[str, ...] | None:
        data = None if self.is_denied(path) else self.comparison.text(side, path)
        if data is None or b"\0" in data:
            return None
        lines = _lines(data)
        shown = self._redact("\n".join(lines), path).split("\n") if lines else []
        if len(shown) != len(lines):
            return None  # no number would mean what it says
        pairs = enumerate(zip(lines, shown, strict=True), 1)
        self._redacted[side, path] = frozenset(at for at, (one, other) in pairs if one != other)
        return tuple(wording.visible(line) for line in shown)

    def is_redacted(self, side: SideName, path: str, line: int) -> bool:
        """Whether something was taken out of a line that `lines` shows."""
        return line in self._redacted.get((side, path), ())

    def text(self, text: str) -> str:
        """Other foreign text, such as a commit message, as it may be shown."""
        return "\n".join(wording.lines_of(self._redact(text, "")))

    def paths(self, side: SideName) -> list[str]:
        """The regular files of one side that may be shown, by name only."""
        return [
            path
            for path, entry in self.comparison.listing(side).items()
            if entry.mode in REGULAR_MODES and not self.is_denied(path)
        ]

    def symbols(self, side: SideName, path: str) -> tuple[Symbol, ...]:
        """Functions and classes of a changed Python file; of others none."""
        key = (side, path)
        if key not in self._enclosing:
            self._enclosing[key] = ()
            for file in self.comparison.files:
                source = file.head if side == "head" else file.base
                if source is not None and source.path == path:
                    known = symbols(self.comparison.known_outline(source))
                    self._enclosing[key] = tuple(known or ())
        return self._enclosing[key]

    def symbol(self, side: SideName, path: str, line: int) -> Symbol | None:
        """The innermost function or class around a line."""
        name = Enclosing(self.symbols(side, path)).name(line)
        around = [
            each
            for each in self.symbols(side, path)
            if each.name == name and each.start_line <= line <= each.end_line
        ]
        return around[0] if around else None

    def changed_lines(self, file: ChangedFile) -> tuple[frozenset[int], frozenset[int]]:
        """The numbers of the lines that a change took from base and added at head."""
        old: set[int] = set()
        new: set[int] = set()
        for hunk in self.hunks(file):
            old.update(range(hunk.old_start, hunk.old_start + hunk.old_count))
            new.update(range(hunk.new_start, hunk.new_start + hunk.new_count))
        return frozenset(old), frozenset(new)

    def hunks(self, file: ChangedFile) -> Sequence[Hunk]:
        """How lines map from base to head; an added or deleted file is one hunk."""
        if file.old_blob and file.new_blob:
            return self.comparison.hunks(file)
        side: SideName = "head" if file.new_blob else "base"
        count = len(self.lines(side, file.path) or ())
        whole = Hunk(0, 0, 1, count) if file.new_blob else Hunk(1, count, 0, 0)
        return (whole,) if count else ()


def _lines(data: bytes) -> list[str]:
    r"""The lines as Git counts them: only \n ends one, and after the last there is nothing."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]
