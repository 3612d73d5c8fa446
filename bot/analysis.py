"""Run tools over the sources of a change, paying once for every (blob, tool, options)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from bot.domain import Finding, Rule, Source
from bot.errors import unstoppable
from bot.options import Table
from bot.outside import installed
from bot.outside.cache import Cache
from bot.outside.worker import Failure, WorkerPool
from bot.outside.workspace import Workspace

# In one file by one tool. A file with more is generated or an attack on whoever compares them.
FINDINGS_LIMIT = 2_000

Results = Mapping[str, Mapping[Source, Any]]


class Tool(Protocol):
    """A program that reads files one by one and whose answers can be kept."""

    # As used in keys and by the checkers that read its answers.
    name: str

    def key(self, source: Source) -> str:
        """Names the answer for *source*, beginning `name|blob|`: equal keys, equal answers."""

    def start(self, workshop: "Workshop") -> None:
        """Begin whatever takes time before the files are in the workspace."""

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        """Give the tool its files, which are in the workspace now."""

    def results(self) -> Sequence[Any]:
        """An answer that JSON can hold, or a `Failure`, for each source fed, in order."""

    def stop(self) -> None:
        """End every process that still runs."""


class FileChecker(Protocol):
    """A rule kind that looks at one file at a time, at base and at head alike."""

    # As written after `check:` in a rule file.
    NAME: str
    # The tool (`bot.analysis.Tool.name`) whose answers it interprets.
    READS: str
    # What its rules take as options.
    OPTIONS: Table
    # Whether it looks into comments, about which equal syntax says nothing.
    COMMENTS: bool

    def check_options(self, given: Mapping[str, Any]) -> Sequence[str]:
        """What is wrong with a rule's options, one sentence each."""

    def applies(self, path: str, rules: Sequence[Rule]) -> bool:
        """Whether a file of this name is for these rules."""

    def findings(self, answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
        """What the tool's answer for one file means under the rules of this kind."""

    def shortfall(self, answer: Any) -> str:
        """Why an answer says less than all about its file; "" when it is whole."""


class Program(NamedTuple):
    """A module that `bot.outside.worker` runs, and what it is worth starting one for."""

    name: str
    module: str
    package: str
    # A further process is started for each so many bytes of Python to read.
    bytes_per_process: int


class WorkerTool:
    """A tool that is a Python program of ours: `options` go to it as JSON."""

    def __init__(self, program: Program, options: Any, label: str) -> None:
        self.name = program.name
        self._program, self._options = program, options
        self._label = f"{installed.tag(program.package)}|{label}"
        self._pool: WorkerPool | None = None

    def key(self, source: Source) -> str:
        return f"{self.name}|{source.blob}|{self._label}"

    def start(self, workshop: "Workshop") -> None:
        self._pool = workshop.pool(self._program)

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        assert self._pool is not None
        self._pool.feed(self._options, [workspace.path(each.side, each.path) for each in sources])

    def results(self) -> Sequence[Any]:
        assert self._pool is not None
        return self._pool.results()

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()


class Workshop:
    """Where tools run: a workspace and the processes in it, made when first needed; to be closed.

    *stop* is asked while they run, and raises `Stopped` when nobody waits for them any more.
    """

    def __init__(
        self, cache: Cache, environ: Mapping[str, str], stop: Callable[[], None] = unstoppable
    ) -> None:
        self._cache, self.environ, self.stop = cache, environ, stop
        self._workspace: Workspace | None = None
        self._pools: dict[Program, WorkerPool] = {}

    def close(self) -> None:
        """Stop every process and remove the workspace."""
        self._stop_pools()
        if self._workspace is not None:
            self._workspace.remove()

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace()
        return self._workspace

    def anticipate(self, program: Program, blobs: Sequence[str]) -> None:
        """Start *program* if a blob was never analysed by it, whatever the rules will say.

        Reading policy and rules then takes place while it imports what it needs.
        """
        if self._cache.unseen([f"{program.name}|{blob}|" for blob in blobs]):
            self.pool(program)

    def pool(self, program: Program) -> WorkerPool:
        """The processes of *program*, started now or before."""
        if program not in self._pools:
            self._pools[program] = WorkerPool(
                program.module,
                self.workspace.folder,
                program.name,
                self.environ,
                program.bytes_per_process,
                self.stop,
            )
        return self._pools[program]

    def _stop_pools(self) -> None:
        for pool in self._pools.values():
            pool.stop()
        self._pools.clear()

    def run(
        self,
        work: Sequence[tuple[Tool, Sequence[Source]]],
        texts: Mapping[str, bytes],
        progress: Callable[[int], None] = lambda files: None,
    ) -> "Analysed":
        """The answer of each tool for each of its sources: a result or a `Failure`.

        *texts* are the sources' by blob; *progress* hears how many have to be analysed.
        """
        analysed = Analysed()
        keys = [{source: tool.key(source) for source in sources} for tool, sources in work]
        known = self._cache.get([key for by_source in keys for key in by_source.values()])
        missing: list[tuple[Tool, dict[str, Source]]] = []
        for (tool, _), by_source in zip(work, keys, strict=True):
            wanted = {key: source for source, key in by_source.items() if key not in known}
            if wanted:
                missing.append((tool, wanted))
            analysed.cached += sum(key in known for key in by_source.values())
        answers = {key: _unpack(value) for key, value in known.items()}
        if missing:
            progress(len({source for _, wanted in missing for source in wanted.values()}))
            fresh = self._run_tools(missing, texts)
            self._cache.put({key: _pack(each) for key, each in fresh.items() if _lasting(each)})
            answers.update(fresh)
            analysed.fresh = len(fresh)
        for (tool, _), by_source in zip(work, keys, strict=True):
            analysed.results[tool.name] = {
                source: answers[key] for source, key in by_source.items()
            }
        return analysed

    def ask(self, program: Program, options: Any, questions: Mapping[str, bytes]) -> dict[str, Any]:
        """The answers of *program* to *questions*, by their keys: results or `Failure`s.

        A key stands for the question and all that its answer depends on but *program* itself and
        *options*: answers are kept under it.
        """
        tag = f"{program.name}|{installed.tag(program.package)}|{json.dumps(options)}|"
        known = self._cache.get([tag + key for key in questions])
        answers = {key: _unpack(known[tag + key]) for key in questions if tag + key in known}
        missing = [key for key in questions if key not in answers]
        if missing:
            try:
                pool = self.pool(program)
                files = [
                    self.workspace.store(f"{program.name}-question-{number}", questions[key])
                    for number, key in enumerate(missing)
                ]
                pool.feed(options, files)
                fresh = dict(zip(missing, pool.results(), strict=True))
            finally:
                self._stop_pools()
            self._cache.put(
                {tag + key: _pack(each) for key, each in fresh.items() if _lasting(each)}
            )
            answers.update(fresh)
        return answers

    def _run_tools(
        self, missing: Sequence[tuple[Tool, dict[str, Source]]], texts: Mapping[str, bytes]
    ) -> dict[str, Any]:
        try:
            # Before the files are there: a tool's imports take longer than all the rest.
            for tool, _ in missing:
                tool.start(self)
            refused = {
                source: Failure(reason)
                for source in dict.fromkeys(
                    each for _, wanted in missing for each in wanted.values()
                )
                if (reason := self.workspace.write(source.side, source.path, texts[source.blob]))
            }
            fed = [
                [(key, source) for key, source in wanted.items() if source not in refused]
                for _, wanted in missing
            ]
            for (tool, _), pairs in zip(missing, fed, strict=True):
                tool.feed(self.workspace, [source for _, source in pairs])
            answers: dict[str, Any] = {
                key: refused[source]
                for _, wanted in missing
                for key, source in wanted.items()
                if source in refused
            }
            for (tool, _), pairs in zip(missing, fed, strict=True):
                found = tool.results()
                answers.update((key, each) for (key, _), each in zip(pairs, found, strict=True))
            return answers
        finally:
            for tool, _ in missing:
                tool.stop()
            self._stop_pools()


class Analysed:
    """All answers by tool and source, how many were known, and how many were not."""

    def __init__(self) -> None:
        self.results: dict[str, dict[Source, Any]] = {}
        self.cached = 0
        self.fresh = 0


def _lasting(answer: Any) -> bool:
    return not isinstance(answer, Failure) or answer.lasting


def _pack(answer: Any) -> dict[str, Any]:
    return {"failure": str(answer)} if isinstance(answer, Failure) else {"result": answer}


def _unpack(stored: dict[str, Any]) -> Any:
    return Failure(stored["failure"], lasting=True) if "failure" in stored else stored["result"]
