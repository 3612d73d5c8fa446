"""The comments on lines of interest, told from strings that look like comments.

Tokenizing a whole file takes longer than parsing it. Here only the lines from the beginning of a
statement up to the line of interest are tokenized.
"""

import ast
import bisect
import contextlib
import tokenize
from collections.abc import Iterable, Iterator, Sequence

_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


def on_lines(tree: ast.Module, lines: Sequence[str], wanted: Iterable[int]) -> dict[int, str]:
    """Line to comment, from `#` on, for those of the *wanted* lines that have one, in order."""
    anchors = _Anchors(tree)
    last: dict[int, int] = {}
    asked = sorted(wanted)
    for line in asked:
        last[anchors.of(line)] = line
    found: dict[int, str] = {}
    for anchor, end in last.items():
        found.update(_tokenized(lines[anchor - 1 : end], anchor))
    return {line: found[line] for line in asked if line in found}


def _tokenized(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    # Within brackets no indentation counts, so that any line may be the first. What is open at
    # the last line makes an error after all comments were told.
    source = iter(["(\n", *(line + "\n" for line in lines), ")\n"])
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            if token.type == tokenize.COMMENT:
                yield token.start[0] + first - 2, token.string


class _Anchors:
    """For a line, a line at or before it where a statement begins and no string is open."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        # Of each statement entered: where those in it begin, where that is clean, and they.
        self._entered: dict[int, tuple[list[int], list[int], list[ast.stmt]]] = {}

    def of(self, line: int) -> int:
        anchor, node = 1, self._tree
        while True:
            starts, clean, statements = self._inside(node)
            index = bisect.bisect_right(starts, line) - 1
            if index < 0:
                return anchor
            anchor, node = clean[index], statements[index]  # type: ignore[assignment]

    def _inside(self, node: ast.AST) -> tuple[list[int], list[int], list[ast.stmt]]:
        if id(node) not in self._entered:
            starts: list[int] = []
            clean: list[int] = []
            statements = list(_statements(node))
            end = 0
            for each in statements:
                first = min(
                    [each.lineno, *(at.lineno for at in getattr(each, "decorator_list", ()))]
                )
                # On the line where the one before ends, a string of that one may end as well.
                clean.append(clean[-1] if clean and first <= end else first)
                starts.append(first)
                end = each.end_lineno or first
            self._entered[id(node)] = starts, clean, statements
        return self._entered[id(node)]


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    for block in _BLOCKS:
        for each in getattr(node, block, ()):
            if isinstance(each, ast.stmt):
                yield each
            elif isinstance(each, (ast.ExceptHandler, ast.match_case)):
                yield from each.body
