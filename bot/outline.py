"""The outline of Python files: which symbol spans which lines, and Radon's numbers for them.

One reading of the syntax tree serves whoever asks: fingerprints and labels want the symbols,
the Radon checker the numbers.
"""

from typing import Any

from bot.analysis import Program, WorkerTool
from bot.domain import Symbol
from bot.outside.worker import Failure

PROGRAM = Program("outline", "bot.outside.outline_worker", "radon", bytes_per_process=300_000)


def tool(index_below: float) -> WorkerTool:
    """The tool that outlines files; the maintainability index is exact only below the limit given."""
    return WorkerTool(PROGRAM, {"index_below": index_below}, f"{index_below:g}")


def symbols(answer: Any) -> tuple[Symbol, ...] | None:
    """The symbols in one answer of the tool; None where the file could not be outlined."""
    if answer is None or isinstance(answer, Failure) or answer["symbols"] is None:
        return None
    return tuple(Symbol(*row) for row in answer["symbols"])
