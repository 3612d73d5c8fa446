"""Bandit over files, through its Python API. `main` is run as a program by `bot.outside.worker`."""

import ast
import copy
import gc
import io
import logging
from typing import Any

gc.disable()  # imports and syntax trees allocate much and free little: a third of the time

from bot.outside import bandit_start, serving

bandit_start.load()

from bandit.core import config, context, metrics, node_visitor, test_set, utils

_METRICS = metrics.Metrics()
_TEST_SETS: dict[str, Any] = {}


class InternalError(Exception):
    """A Bandit test broke; its file was not checked in full."""


class _Tester:
    """Runs Bandit's tests on one node as `BanditTester.run_tests` does, without scores and nosec.

    A test that raises ends the file: Bandit itself logs it and goes on as if nothing was found.
    """

    def __init__(self, tests: dict[str, list[Any]]) -> None:
        self.results: list[Any] = []
        self._tests = tests

    def run_tests(self, raw: dict[str, Any], kind: str) -> None:
        for test in self._tests.get(kind, ()):
            view = context.Context(copy.copy(raw))
            try:
                options = (test._config,) if hasattr(test, "_config") else ()
                issue = test(view, *options)
            except Exception as error:
                text = f"Bandit's {test.__name__} failed at line {raw['lineno']}: {error!r}"
                raise InternalError(text) from error
            if issue is None:
                continue
            if issue.lineno is None:
                issue.lineno = raw["lineno"]
            if issue.linerange == []:
                issue.linerange = raw["linerange"]
            if issue.test_id == "":
                issue.test_id = test._test_id
            self.results.append(issue)


class _Visitor(node_visitor.BanditNodeVisitor):  # type: ignore[misc]
    """Bandit's visitor without scores and debug output, and without preparing nodes that no test
    looks at."""

    def __init__(self, path: str, data: bytes, tests: Any) -> None:
        super().__init__(path, io.BytesIO(data), None, tests, False, {}, _METRICS)
        self.namespace: str
        self.tester = _Tester(tests.tests)

    def update_scores(self, scores: Any) -> None:
        pass

    def generic_visit(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                following = [*value[1:], None]
                for child, sibling in zip(value, following, strict=False):
                    if isinstance(child, ast.AST):
                        self._enter(child, node, sibling)
            elif isinstance(value, ast.AST) and field != "ctx":
                self._enter(value, node, None)

    def _enter(self, node: Any, parent: ast.AST, sibling: Any) -> None:
        node._bandit_parent = parent
        node._bandit_sibling = sibling
        name = node.__class__.__name__
        visitor = getattr(self, "visit_" + name, None)
        if visitor is not None:
            self._prepare(node)
            visitor(node)
        elif name in self.testset.tests:
            self._prepare(node)
            self.tester.run_tests(self.context, name)
        self.generic_visit(node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.namespace = utils.namespace_path_split(self.namespace)[0]

    def _prepare(self, node: Any) -> None:
        self.context = context = {
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


def scan(data: bytes, path: str, options: list[str]) -> list[list[Any]]:
    """`[test id, first line, last line, severity, confidence, text]` for every issue.

    *options* are the ids of the tests to run. `# nosec` is not obeyed: who wrote it is the one
    under review.
    """
    gc.collect(0)
    visitor = _Visitor(path, data, _test_set(options))
    visitor.process(data)
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


def main() -> None:
    # Bandit warns on standard error of paths it cannot turn into module names.
    logging.disable(logging.CRITICAL)
    serving.serve(scan)
