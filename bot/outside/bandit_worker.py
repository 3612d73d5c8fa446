"""Bandit over files, through its Python API. Run as a program by `bot.outside.worker`."""

import ast
import gc
import io
import logging
import sys
import types
from typing import Any

gc.disable()  # imports and syntax trees allocate much and free little: a third of the time

# Bandit's manager imports Rich only to draw a progress bar that is never drawn here. Keeping
# it out saves a quarter of the start (tests compare every result with Bandit's own manager).
_progress = types.ModuleType("rich.progress")
sys.modules.setdefault("rich.progress", _progress)
_rich = types.ModuleType("rich")
_rich.progress = _progress  # type: ignore[attr-defined]
sys.modules.setdefault("rich", _rich)

from bandit.core import config, metrics, node_visitor, test_set, utils  # noqa: E402

from bot.outside import worker  # noqa: E402

_METRICS = metrics.Metrics()
_TEST_SETS: dict[str, Any] = {}


class InternalError(Exception):
    """A Bandit test broke; its file was not checked in full."""


class _Complaints(logging.Handler):
    """Bandit logs a test that raised and goes on as if nothing was found; we must not."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().split("Traceback")[0].strip())


class _Visitor(node_visitor.BanditNodeVisitor):  # type: ignore[misc]
    """Bandit's visitor without its scores and debug output: same results, less work a node."""

    def update_scores(self, scores: Any) -> None:
        pass

    def pre_visit(self, node: ast.AST) -> bool:
        context: dict[str, Any] = {
            "imports": self.imports,
            "import_aliases": self.import_aliases,
            "node": node,
            "linerange": utils.linerange(node),
            "filename": self.fname,
            "file_data": self.fdata,
        }
        if hasattr(node, "lineno"):
            context["lineno"] = node.lineno
            context["col_offset"] = node.col_offset
            context["end_col_offset"] = node.end_col_offset
        self.context = context
        return True

    def visit(self, node: ast.AST) -> None:
        name = node.__class__.__name__
        visitor = getattr(self, "visit_" + name, None)
        if visitor is not None:
            visitor(node)
        elif name in self.testset.tests:
            self.tester.run_tests(self.context, name)

    def post_visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.namespace = utils.namespace_path_split(self.namespace)[0]


def scan(data: bytes, path: str, options: list[str]) -> list[list[Any]]:
    """`[test id, first line, last line, severity, confidence, text]` for every issue.

    *options* are the ids of the tests to run. `# nosec` is not obeyed: who wrote it is the one
    under review.
    """
    gc.collect(0)
    _METRICS.begin(path)
    visitor = _Visitor(path, io.BytesIO(data), None, _test_set(options), False, {}, _METRICS)
    complaints = _Complaints()
    logging.getLogger("bandit").addHandler(complaints)
    try:
        visitor.process(data)
    finally:
        logging.getLogger("bandit").removeHandler(complaints)
    if complaints.lines:
        raise ValueError(complaints.lines[0])
    return [
        [
            issue.test_id,
            max(issue.lineno or 1, 1),
            max(issue.linerange or [1]),
            issue.severity,
            issue.confidence,
            issue.text,
        ]
        for issue in visitor.tester.results
    ]


def _test_set(tests: list[str]) -> Any:
    key = ",".join(tests)
    if key not in _TEST_SETS:
        _TEST_SETS[key] = test_set.BanditTestSet(config.BanditConfig(), {"include": tests})
    return _TEST_SETS[key]


if __name__ == "__main__":
    worker.serve(scan)
