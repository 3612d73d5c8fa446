"""A program that analyses one file after another, far from the process that decides.

The parent hands the child one JSON document on standard input and reads one JSON line a file
from a file of its own. A child that crashes, hangs or runs out of memory costs the file it was
at; the others are given to a new child.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.outside import commands

# Seconds for a child to start and then for every file, on a slow and busy machine.
START_SECONDS = 30.0
FILE_SECONDS = 2.0
# A child that keeps dying is not started for ever.
_MOST_DEATHS = 20

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BOOTSTRAP = "import sys, runpy; sys.path.append({root!r}); runpy.run_module({module!r}, run_name='__main__')"


class Failure(str):
    """Why a file has no result. *lasting*: the same file will fail in the same way again."""

    lasting: bool

    def __new__(cls, reason: str, *, lasting: bool = False) -> "Failure":
        failure = super().__new__(cls, reason)
        failure.lasting = lasting
        return failure


class Worker:
    """The parent's side: starts the child at once, since its imports take longest."""

    def __init__(self, module: str, folder: str, name: str, environ: Mapping[str, str]) -> None:
        self._module, self._folder, self._name = module, folder, name
        self._environ = environ
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
            left = len(self._files) - len(answers)
            finished = self._child.wait(START_SECONDS + FILE_SECONDS * left)
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
        return commands.Running(
            # -E -P: neither the environment nor the current folder adds code to the child.
            [
                sys.executable, "-E", "-P", "-c",
                _BOOTSTRAP.format(root=_ROOT, module=self._module),
            ],
            environ=self._environ,
            cwd=self._folder,
            output=open(stem + ".out", "w+b"),  # noqa: SIM115 - closed with the workspace
            errors=open(stem + ".err", "w+b"),  # noqa: SIM115
            stdin=True,
        )  # fmt: skip


class WorkerPool:
    """As many workers as there are files to pay for, up to one a processor."""

    def __init__(
        self,
        module: str,
        folder: str,
        name: str,
        environ: Mapping[str, str],
        count: int,
        files_per_process: int,
    ) -> None:
        size = max(1, min(os.cpu_count() or 1, count // files_per_process))
        self._workers = [
            Worker(module, folder, f"{name}-{number}", environ) for number in range(size)
        ]

    def feed(self, options: Any, files: Sequence[str]) -> None:
        # Dealt out in turn: neighbours in a folder tend to be alike in size.
        self._count = len(files)
        for number, worker in enumerate(self._workers):
            worker.feed(options, files[number :: len(self._workers)])

    def results(self) -> list[Any]:
        """One result or `Failure` a file, in the order fed."""
        answers: list[Any] = [None] * self._count
        for number, worker in enumerate(self._workers):
            answers[number :: len(self._workers)] = worker.results()
        return answers

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()


def serve(analyse: Callable[[bytes, str, Any], Any]) -> None:
    """The child's side: answer every file of the one document with *analyse(data, path, options)*."""
    # Whatever a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    document = json.loads(sys.stdin.buffer.read())
    for path in document["files"]:
        started = time.perf_counter()
        answer = _answer(analyse, path, document["options"])
        answer["seconds"] = round(time.perf_counter() - started, 4)
        answers.write(json.dumps(answer).encode() + b"\n")


def _answer(
    analyse: Callable[[bytes, str, Any], Any], path: str, options: Any
) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return {"result": analyse(file.read(), path, options)}
    except SyntaxError as error:
        return {"failure": f"line {error.lineno or 1} does not parse: {error.msg}"}
    except (ValueError, RecursionError, MemoryError) as error:
        # ast.parse: NUL bytes and bad encodings; nesting that is too deep; too large a tree.
        text = str(error) or "too large or too deeply nested"
        return {"failure": f"does not parse: {text}"}


def _document(options: Any, files: Sequence[str]) -> bytes:
    return json.dumps({"options": options, "files": list(files)}).encode()


def _answers(output: bytes) -> list[Any]:
    answers = []
    for line in output.split(b"\n")[:-1]:
        answer = json.loads(line)
        answers.append(Failure(answer["failure"], lasting=True) if "failure" in answer else answer["result"])
    return answers
