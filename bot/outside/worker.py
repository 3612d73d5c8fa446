"""A program that analyses one file after another, far from the process that decides.

The parent hands the child one JSON document on standard input and reads one JSON line a file
from a file of its own. A child that crashes, hangs or runs out of memory costs the file it was
at; the others are given to a new child.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import unstoppable
from bot.outside import commands

# Seconds for a child to start and answer, and from then on from answer to answer.
PATIENCE_SECONDS = 30.0
# A child that keeps dying is not started for ever.
_MOST_DEATHS = 20

# -I and -S: neither the environment, the current folder nor start-up hooks add code to the child,
# which looks for modules where its parent does.
_BOOTSTRAP = "import sys; sys.path[:] = {path!r}; from {package} import {name}; {name}.main()"


class Failure(str):
    """Why a file has no result. *lasting*: the same file will fail in the same way again."""

    lasting: bool

    def __new__(cls, reason: str, *, lasting: bool = False) -> "Failure":
        failure = super().__new__(cls, reason)
        failure.lasting = lasting
        return failure


class Worker:
    """The parent's side: starts the child at once, since its imports take longest."""

    def __init__(
        self,
        module: str,
        folder: str,
        name: str,
        environ: Mapping[str, str],
        stop: Callable[[], None] = unstoppable,
    ) -> None:
        self._module, self._folder, self._name = module, folder, name
        self._environ, self._stop = environ, stop
        self._deaths = 0
        self._child = self._start()

    def feed(self, options: Any, files: Sequence[str]) -> None:
        """Give the child its work: paths of files in its folder, answered in this order."""
        self._options, self._files = options, list(files)
        self._child.feed(_document(options, files))

    def results(self) -> list[Any]:
        """One result or `Failure` a file, in the order fed."""
        answers: list[Any] = []
        while True:
            finished = self._child.wait(PATIENCE_SECONDS, self._stop)
            answers.extend(_answers(finished.output))
            if len(answers) >= len(self._files):
                return answers
            self._deaths += 1
            answers.append(Failure(finished.complaint))
            rest = self._files[len(answers) :]
            if self._deaths >= _MOST_DEATHS:
                return answers + [Failure("given up: the tool keeps failing")] * len(rest)
            if not rest:
                return answers
            self._child = self._start()
            self._child.feed(_document(self._options, rest))

    def stop(self) -> None:
        self._child.stop()

    def _start(self) -> commands.Running:
        stem = os.path.join(self._folder, f"{self._name}-{self._deaths}")
        package, _, name = self._module.rpartition(".")
        program = _BOOTSTRAP.format(path=_search_path(), package=package, name=name)
        return commands.Running(
            [sys.executable, "-I", "-S", "-c", program],
            environ=self._environ,
            cwd=self._folder,
            stem=stem,
            stdin=True,
        )


def _search_path() -> list[str]:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # The parent's own code first, wherever another copy of it may be installed.
    return [root, *(folder for folder in sys.path if os.path.isabs(folder) and folder != root)]


class WorkerPool:
    """One worker at once and, when the files are worth their start, one more a processor."""

    def __init__(
        self,
        module: str,
        folder: str,
        name: str,
        environ: Mapping[str, str],
        bytes_per_process: int,
        stop: Callable[[], None] = unstoppable,
    ) -> None:
        self._arguments = (module, folder, name, environ, stop)
        self._bytes_per_process = bytes_per_process
        self._workers = [self._start(0)]

    def feed(self, options: Any, files: Sequence[str]) -> None:
        """Share out the files, the largest first, each to the worker with the least to do."""
        sizes = {file: os.path.getsize(file) for file in files}
        wanted = min(os.cpu_count() or 1, sum(sizes.values()) // self._bytes_per_process)
        self._workers += [self._start(number) for number in range(1, wanted)]
        loads = [0] * len(self._workers)
        self._shares: list[list[int]] = [[] for _ in self._workers]
        for index in sorted(range(len(files)), key=lambda index: -sizes[files[index]]):
            number = loads.index(min(loads))
            loads[number] += sizes[files[index]]
            self._shares[number].append(index)
        for worker, share in zip(self._workers, self._shares, strict=True):
            worker.feed(options, [files[index] for index in share])

    def results(self) -> list[Any]:
        """One result or `Failure` a file, in the order fed."""
        answers: dict[int, Any] = {}
        for worker, share in zip(self._workers, self._shares, strict=True):
            answers.update(zip(share, worker.results(), strict=True))
        return [answers[index] for index in range(len(answers))]

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def _start(self, number: int) -> Worker:
        module, folder, name, environ, stop = self._arguments
        return Worker(module, folder, f"{name}-{number}", environ, stop)


def _document(options: Any, files: Sequence[str]) -> bytes:
    return json.dumps({"options": options, "files": list(files)}).encode()


def _answers(output: bytes) -> list[Any]:
    answers = []
    for line in output.split(b"\n")[:-1]:
        answer = json.loads(line)
        answers.append(
            Failure(answer["failure"], lasting=True) if "failure" in answer else answer["result"]
        )
    return answers
