"""The text of a node, so written that layout, quotes and trailing commas make no difference."""

import ast
import hashlib
import re

# A longer text is kept by its beginning and its hash.
_LONGEST = 160
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$|[ \t]#[^'\"\n]*$")


class Quoter:
    """Cuts nodes out of one file. Columns of the syntax tree count bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._is_ascii = text.isascii()

    def text(self, node: ast.expr | ast.stmt | ast.pattern) -> str:
        """The normalised text of a node; equal texts are equal code."""
        return normalised(self._cut(node.lineno, node.col_offset, *_end(node)))

    def block(self, statements: list[ast.stmt]) -> str:
        """The squeezed text of statements that follow each other."""
        if not statements:
            return ""
        first = statements[0]
        return squeezed(self._cut(first.lineno, first.col_offset, *_end(statements[-1])))

    def has_comment(self, line: int) -> bool:
        """Whether a comment of more than a word's length stands on this line or the one above."""
        own = self.lines[line - 1] if line <= len(self.lines) else ""
        above = self.lines[line - 2].strip() if line > 1 else ""
        return bool(re.search(r"#\s*\w[^'\"]{5,}$", own) or re.match(r"#\s*\w.{5,}", above))

    def _cut(self, line: int, column: int, end_line: int, end_column: int) -> str:
        if line == end_line:
            return self._slice(self.lines[line - 1], column, end_column)
        first = self._slice(self.lines[line - 1], column, None)
        last = self._slice(self.lines[end_line - 1], 0, end_column)
        return "\n".join([first, *self.lines[line : end_line - 1], last])

    def _slice(self, line: str, start: int, end: int | None) -> str:
        if self._is_ascii:
            return line[start:end]
        data = line.encode("utf-8", "surrogatepass")[start:end]
        return data.decode("utf-8", "replace")


def normalised(text: str) -> str:
    """*text* without comments, white space and trailing commas, with one kind of quotes, bounded."""
    text = squeezed(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}~{digest(text)}"


def squeezed(text: str) -> str:
    """As `normalised`, of any length."""
    if "#" in text and "\n" in text:
        text = _COMMENT.sub("", text)
    text = "".join(text.split()).replace("'", '"')
    return text.replace(",)", ")").replace(",]", "]").replace(",}", "}")


def digest(text: str) -> str:
    """A short name for a text; 16 hex digits."""
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a name or an attribute of one; calls on the way are written `()`, else ""."""
    text = ""
    while True:
        if isinstance(node, ast.Name):
            return node.id + text
        if isinstance(node, ast.Attribute):
            text = f".{node.attr}{text}"
            node = node.value
        elif isinstance(node, ast.Call):
            text = f"(){text}"
            node = node.func
        else:
            return ""


def _end(node: ast.expr | ast.stmt | ast.pattern) -> tuple[int, int]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
