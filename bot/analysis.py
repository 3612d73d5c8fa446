"""Run tools over the sources of a change, paying once for every (blob, tool, options)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.domain import Source
from bot.outside.cache import Cache
from bot.outside.worker import Failure
from bot.outside.workspace import Workspace

Results = Mapping[str, Mapping[Source, Any]]


class Tool(Protocol):
    """A program that reads files one by one and whose answers can be kept."""

    # As shown in Coverage and used in keys.
    name: str

    def key(self, source: Source) -> str:
        """Names the answer for *source*: equal keys, equal answers."""

    def start(self, workspace: Workspace, count: int) -> None:
        """Begin whatever takes time before the *count* files are there."""

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        """Give the tool its files, which are in the workspace now."""

    def results(self) -> Sequence[Any]:
        """An answer that JSON can hold, or a `Failure`, for each source fed, in order."""

    def stop(self) -> None:
        """End every process that still runs."""


class Analysed:
    """All answers, and how many of them had been paid for before."""

    def __init__(self) -> None:
        self.results: dict[str, dict[Source, Any]] = {}
        self.cached = 0
        self.fresh = 0


def run(
    work: Sequence[tuple[Tool, Sequence[Source]]],
    cache: Cache,
    texts: Mapping[str, bytes],
    progress: Callable[[int], None] = lambda files: None,
) -> Analysed:
    """The answer of each tool for each of its sources: a result or a `Failure`.

    *texts* are the sources' by blob; *progress* hears how many have to be analysed.
    """
    analysed = Analysed()
    keys = [{source: tool.key(source) for source in sources} for tool, sources in work]
    known = cache.get(key for by_source in keys for key in by_source.values())
    missing: list[tuple[Tool, list[Source], dict[Source, str]]] = []
    for (tool, _), by_source in zip(work, keys, strict=True):
        answers = analysed.results.setdefault(tool.name, {})
        wanted: dict[str, Source] = {}
        for source, key in by_source.items():
            if key in known:
                answers[source] = _unpack(known[key])
                analysed.cached += 1
            else:
                wanted.setdefault(key, source)
        if wanted:
            missing.append((tool, list(wanted.values()), by_source))
    if missing:
        progress(len({source for _, sources, _ in missing for source in sources}))
        fresh = _run_tools([(tool, sources) for tool, sources, _ in missing], texts)
        for (tool, sources, by_source), found in zip(missing, fresh, strict=True):
            by_key = {by_source[source]: answer for source, answer in zip(sources, found, strict=True)}
            for source, key in by_source.items():
                if key in by_key:
                    analysed.results[tool.name][source] = by_key[key]
                    analysed.fresh += 1
            cache.put({key: _pack(answer) for key, answer in by_key.items() if _lasting(answer)})
    return analysed


def _run_tools(
    work: Sequence[tuple[Tool, list[Source]]],
    texts: Mapping[str, bytes],
) -> list[list[Any]]:
    with Workspace() as workspace:
        try:
            # Before the files are there: a tool's imports take longer than all the rest.
            for tool, sources in work:
                tool.start(workspace, len(sources))
            wanted = list(dict.fromkeys(source for _, sources in work for source in sources))
            refused = {
                source: Failure(reason)
                for source in wanted
                if (reason := workspace.write(source.side, source.path, texts[source.blob]))
            }
            taken = [[source for source in sources if source not in refused] for _, sources in work]
            for (tool, _), sources in zip(work, taken, strict=True):
                tool.feed(workspace, sources)
            found = []
            for (tool, sources), fed in zip(work, taken, strict=True):
                answers: dict[Source, Any] = dict(refused)
                answers.update(zip(fed, tool.results(), strict=True))
                found.append([answers[source] for source in sources])
            return found
        finally:
            for tool, _ in work:
                tool.stop()


def _lasting(answer: Any) -> bool:
    return not isinstance(answer, Failure) or answer.lasting


def _pack(answer: Any) -> dict[str, Any]:
    return {"failure": str(answer)} if isinstance(answer, Failure) else {"result": answer}


def _unpack(stored: dict[str, Any]) -> Any:
    return Failure(stored["failure"], lasting=True) if "failure" in stored else stored["result"]
