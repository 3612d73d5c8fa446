"""The outline of Python files: which symbol spans which lines, and Radon's numbers for them.

One reading of the syntax tree serves whoever asks: fingerprints and labels want the symbols,
the Radon checker the numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import Source, Symbol
from bot.outside import installed
from bot.outside.worker import Failure, WorkerPool
from bot.outside.workspace import Workspace

_FILES_PER_PROCESS = 40


class OutlineTool:
    """Asks `bot.outside.outline_worker` for the outline of each file."""

    name = "outline"

    def __init__(self, index_below: float, environ: Mapping[str, str]) -> None:
        self._options = {"index_below": index_below}
        self._environ = environ
        self._tag = f"outline|{installed.tag('radon')}|{index_below:g}"
        self._pool: WorkerPool | None = None

    def key(self, source: Source) -> str:
        return f"{self._tag}|{source.blob}"

    def start(self, workspace: Workspace, count: int) -> None:
        self._pool = WorkerPool(
            "bot.outside.outline_worker", workspace.folder, self.name, self._environ,
            count, _FILES_PER_PROCESS,
        )  # fmt: skip

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        assert self._pool is not None
        self._pool.feed(self._options, [workspace.path(source.side, source.path) for source in sources])

    def results(self) -> Sequence[Any]:
        assert self._pool is not None
        return self._pool.results()

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()


def symbols(answer: Any) -> tuple[Symbol, ...]:
    """The symbols in one answer of the tool; none where the file could not be outlined."""
    if answer is None or isinstance(answer, Failure):
        return ()
    return tuple(Symbol(*row) for row in answer["symbols"])
