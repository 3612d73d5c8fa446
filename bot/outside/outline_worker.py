"""The outline of Python files: their symbols and Radon's numbers, from one parse.

`main` is run as a program by `bot.outside.worker`.
"""

import ast
import gc
import io
import tokenize
from collections.abc import Iterator
from typing import Any

gc.disable()

from radon import metrics, raw, visitors

from bot import facts
from bot.outside import serving

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def outline(data: bytes, path: str, options: dict[str, float]) -> dict[str, Any]:
    """Symbols `[name, first line, last line]`, complexity `[name, line, value]`, maintainability, facts.

    *options["index_below"]*: the maintainability index is worked out in full only where it may
    be lower than this; else None stands for "not lower".
    """
    gc.collect(0)
    tree = ast.parse(data)
    complexity = visitors.ComplexityVisitor.from_ast(tree)
    return {
        "symbols": _symbols(tree),
        "complexity": _complexity(complexity.functions, complexity.classes),
        "maintainability": _maintainability(
            data, tree, complexity.total_complexity, options["index_below"]
        ),
        "facts": facts.collect(tree, _text(data)),
    }


def _symbols(tree: ast.Module) -> list[list[Any]]:
    found: list[list[Any]] = []
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, prefix = waiting.pop()
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, _DEFINITIONS):
                name = f"{prefix}.{child.name}" if prefix else child.name
                first = min([child.lineno, *(line.lineno for line in child.decorator_list)])
                found.append([name, first, child.end_lineno])
            # Expressions hold no definitions worth a name; statements may, at any depth.
            if isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case)):
                waiting.append((child, name))
    return sorted(found, key=lambda symbol: (symbol[1], -symbol[2]))


def _complexity(functions: list[Any], classes: list[Any]) -> list[list[Any]]:
    found: list[list[Any]] = []

    def add(block: Any, prefix: str) -> None:
        name = f"{prefix}.{block.name}" if prefix else block.name
        found.append([name, block.lineno, block.complexity])
        for closure in block.closures:
            add(closure, name)

    def add_class(block: Any, prefix: str) -> None:
        name = f"{prefix}.{block.name}" if prefix else block.name
        for method in block.methods:
            add(method, name)
        for inner in block.inner_classes:
            add_class(inner, name)

    for function in functions:
        if not function.is_method:
            add(function, "")
    for block in classes:
        add_class(block, "")
    return found


def _maintainability(data: bytes, tree: ast.Module, complexity: int, below: float) -> float | None:
    volume = metrics.h_visit_ast(tree).total.volume
    # The index with every line a logical line and no comment to raise it: its floor, without
    # the tokenizer that takes most of the time.
    lines = data.count(b"\n") + 1 + data.count(b";") + data.count(b":")
    if metrics.mi_compute(volume, complexity, lines, 0) >= below:
        return None
    module = analyze_lines(data)
    comments = (module.comments + module.multi) / module.sloc * 100 if module.sloc else 0
    index = metrics.mi_compute(volume, complexity, module.lloc, comments)
    return round(float(index), 2)


def analyze_lines(data: bytes) -> Any:
    """What `radon.raw.analyze` counts, in linear time.

    Radon looks for the end of a statement by tokenizing it anew with every line added, which
    takes a minute on a long table. The ends are found in one pass here and handed to it.
    """
    text = _text(data)
    lengths = _statement_lengths(text)
    if sum(lengths) != len(text.splitlines()):
        return raw.analyze(text)
    waiting = iter(lengths)

    def take_statement(line: str, lines: Iterator[str]) -> tuple[Any, list[str]]:
        taken = [line, *(next(lines) for _ in range(next(waiting) - 1))]
        return _generate("\n".join(taken)), taken

    _generate = raw._generate
    original = raw._get_all_tokens
    raw._get_all_tokens = take_statement
    try:
        return raw.analyze(text)
    finally:
        raw._get_all_tokens = original


def _text(data: bytes) -> str:
    encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    return io.TextIOWrapper(io.BytesIO(data), encoding).read()


def _statement_lengths(text: str) -> list[int]:
    """How many lines each logical line, lone comment and blank line takes, in order."""
    lengths = []
    first = None
    for kind, _, (row, _), _, _ in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind == tokenize.NEWLINE:
            lengths.append(row - (first or row) + 1)
            first = None
        elif kind == tokenize.NL and first is None:
            lengths.append(1)
        elif first is None and kind not in _LAYOUT:
            first = row
    return lengths


_LAYOUT = (tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER)


def main() -> None:
    serving.serve(outline)
