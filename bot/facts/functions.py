"""What the functions of one file do, whatever they call their variables.

A function is written down as the preorder of its syntax tree, without its own name, docstring,
decorators and annotations, with parameters and variables numbered in order of appearance.
Attributes, names from outside and constants stay. Functions inside functions belong to the outer.
"""

import ast
import hashlib
import re
import zlib
from typing import Any, NamedTuple

# A file with more is generated or an attack; the first are compared.
MOST_FUNCTIONS = 2_000
# What a copy must contain literally, the longest first: they narrow down where one can be.
_MOST_WORDS = 16
# Statements of a longer function are not compared one by one.
_MOST_STATEMENTS = 1_000
_WORD = re.compile(r"[A-Za-z_]\w{2,}", re.ASCII)
# A longer name is an attack.
_WORD_LENGTH = 60

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOLDS_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)
_NO_MATTER = {
    "annotation",
    "returns",
    "decorator_list",
    "ctx",
    "type_comment",
    "kind",
    "type_params",
}


class Function(NamedTuple):
    """One function or method, as `collect` tells of it.

    *shape* is equal where two functions differ in names of variables only; *statements* are one
    hash each, which does not tell variables apart; *words* stand in the text of every copy.
    """

    name: str
    start_line: int
    end_line: int
    nodes: int
    shape: str
    statements: list[int]
    words: list[str]
    is_decorated: bool
    # Whether it is a method of a class with bases, which may call it.
    inherits: bool


def collect(tree: ast.Module, text: str) -> list[Function]:
    """The functions and methods of a file in order, but for those inside functions."""
    found: list[Function] = []
    waiting: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while waiting and len(found) < MOST_FUNCTIONS:
        node, prefix, inherits = waiting.pop()
        if isinstance(node, _DEFINITIONS):
            found.append(_function(node, prefix + node.name, inherits))
            continue
        if isinstance(node, ast.ClassDef):
            prefix, inherits = f"{prefix}{node.name}.", bool(node.bases or node.keywords)
        inner = [
            (child, prefix, inherits)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, _HOLDS_STATEMENTS)
        ]
        waiting.extend(reversed(inner))
    return found


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, inherits: bool) -> Function:
    written = _Writing()
    has_docstring = ast.get_docstring(node, clean=False) is not None
    written.write([node.args, *node.body[has_docstring:]])
    return Function(
        name,
        node.lineno,
        node.end_lineno or node.lineno,
        written.nodes,
        written.shape(type(node).__name__),
        written.statements(),
        written.words(),
        bool(node.decorator_list),
        inherits,
    )


class _Writing:
    """Part of a syntax tree written down as texts, in which names can still be changed."""

    def __init__(self) -> None:
        self.nodes = 0
        self._texts: list[str] = []
        # Indexes into the texts: of names that may be variables, and where statements begin.
        self._names: list[int] = []
        self._starts: list[int] = []
        self._bound: set[str] = set()
        self._outer: set[str] = set()
        self._kept: set[str] = set()
        # Short texts.
        self._said: list[str] = []

    def write(self, nodes: list[Any]) -> None:
        texts, names, stack = self._texts, self._names, nodes[::-1]
        visited = 0
        while stack:
            node = stack.pop()
            kind = type(node)
            visited += 1
            if kind is ast.Name:
                names.append(len(texts))
                texts.append(node.id)
                if type(node.ctx) is not ast.Load:
                    self._bound.add(node.id)
            elif kind is ast.Attribute:
                texts.append("." + node.attr)
                self._kept.add(node.attr)
                stack.append(node.value)
            elif kind is ast.Constant:
                value = node.value
                # Not `repr`, which refuses long numbers.
                texts.append(hex(value) if type(value) is int else repr(value))
                if type(value) is str and len(value) < _WORD_LENGTH:
                    self._said.append(value)
            elif kind is ast.Expr:
                self._start(kind)
                stack.append(node.value)
            elif kind is ast.Call:
                texts.append(f"Call {len(node.args)} {len(node.keywords)}")
                stack += node.keywords[::-1]
                stack += node.args[::-1]
                stack.append(node.func)
            elif node is None or kind is str:
                texts.append(str(node))
            else:
                if isinstance(node, ast.stmt):
                    self._start(kind)
                self._write_fields(node, kind, stack)
        self.nodes += visited

    def _start(self, kind: type[ast.AST]) -> None:
        self._starts.append(len(self._texts))
        self._texts.append(kind.__name__)

    def _write_fields(self, node: ast.AST, kind: type[ast.AST], stack: list[Any]) -> None:
        header, children, names = [kind.__name__], [], []
        for field in kind._fields:
            value = getattr(node, field, None)
            if field in _NO_MATTER:
                continue
            if type(value) is list:
                header.append(str(len(value)))
                # Operators are nodes without fields.
                if field == "ops":
                    header += [type(each).__name__ for each in value]
                else:
                    children += value
            elif isinstance(value, ast.AST):
                children.append(value) if value._fields else header.append(type(value).__name__)
            elif type(value) is not str or (kind, field) in _SPELLED:
                header.append(str(value))
                if type(value) is str:
                    self._kept.add(value.rpartition(".")[2])
            else:
                names.append(value)
        if kind is ast.Global or kind is ast.Nonlocal:
            self._outer.update(children)
            children = []
        self._texts.append(" ".join(header))
        for name in names:
            self._names.append(len(self._texts))
            self._texts.append(name)
            self._bound.add(name)
        stack += children[::-1]

    def shape(self, kind: str) -> str:
        """A hash of all that was written, with variables numbered."""
        numbers: dict[str, str] = {}
        texts = self._texts.copy()
        variables = self._bound - self._outer
        for index in self._names:
            name = texts[index]
            if name in variables:
                texts[index] = numbers.setdefault(name, f"${len(numbers)}")
        written = "\n".join([kind, *texts])
        return hashlib.blake2b(written.encode(errors="surrogatepass"), digest_size=12).hexdigest()

    def statements(self) -> list[int]:
        """A number a statement: what it does with any variables, without the statements in it."""
        if len(self._starts) > _MOST_STATEMENTS:
            return []
        texts = self._texts.copy()
        variables = self._bound - self._outer
        for index in self._names:
            if texts[index] in variables:
                texts[index] = "$"
        ends = [*self._starts, len(texts)][1:]
        return [
            # Without how many statements a compound one holds.
            zlib.crc32(
                "\n".join(
                    texts[start : start + 1] + texts[start + 1 + (texts[start] in _COMPOUND) : end]
                ).encode(errors="surrogatepass")
            )
            for start, end in zip(self._starts, ends, strict=True)
        ]

    def words(self) -> list[str]:
        """The longest identifiers that are no variables, and words in texts."""
        names = {self._texts[index] for index in self._names} - (self._bound - self._outer)
        for text in self._said:
            # Others are written with escapes.
            if text.isprintable() and "\\" not in text:
                names.update(_WORD.findall(text))
        # Python takes others in several spellings.
        plain = (word for word in names | self._kept if word.isascii() and len(word) < _WORD_LENGTH)
        return sorted(plain, key=lambda word: (-len(word), word))[:_MOST_WORDS]


_COMPOUND = {each.__name__ for each in ast.stmt.__subclasses__() if "body" in each._fields}
# Names that are not variables but stand for something outside.
_SPELLED = {(ast.ImportFrom, "module"), (ast.keyword, "arg"), (ast.alias, "name")}
