"""Agent Trace records, 0.1 (cursor/agent-trace `README.md`): one JSON document a line.

A record is unsigned and tells of itself; where it lies in the tree, the change may have written it.
So it never speaks with high confidence.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.domain import Confidence, Writer
from bot.provenance.records import LineRecord, Records, agent_name

SOURCE = "agent trace"
SIZE_LIMIT = 8 << 20
_LONGEST = 1 << 20
_MOST_RECORDS = 100_000
_LAST_LINE = 10_000_000
# "1-1" is what the reference hook writes where it knows no lines.
WHOLE = (1, _LAST_LINE)


class Trace(NamedTuple):
    """One record: the commit it was made at, and the lines it tells of by path.

    The commit is usually the one *before* what it tells of: the record is written before the commit.
    """

    revision: str
    files: Mapping[str, tuple[LineRecord, ...]]


def parse(data: bytes) -> list[Trace]:
    """The records that can be read. Others are passed over: they say nothing."""
    found: list[Trace] = []
    for line in data[:SIZE_LIMIT].split(b"\n")[:_MOST_RECORDS]:
        if line.strip() and len(line) <= _LONGEST:
            trace = _trace(line)
            if trace is not None:
                found.append(trace)
    return found


def of_commit(traces: Sequence[Trace], identity: str, parents: tuple[str, ...]) -> Records | None:
    """What the records tell of one commit: those made at it or at its first parent."""
    at = {identity, *parents[:1]} - {""}
    files: dict[str, list[LineRecord]] = {}
    for trace in traces:
        if trace.revision in at:
            for path, records in trace.files.items():
                files.setdefault(path, []).extend(records)
    return Records(SOURCE, files) if files else None


def _trace(line: bytes) -> Trace | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not isinstance(record.get("files"), list):
        return None
    vcs = record.get("vcs")
    revision = vcs.get("revision") if isinstance(vcs, dict) else None
    if not isinstance(revision, str):
        return None
    tool = record.get("tool")
    name = tool.get("name") if isinstance(tool, dict) else None
    files: dict[str, tuple[LineRecord, ...]] = {}
    for file in record["files"]:
        if isinstance(file, dict) and isinstance(file.get("path"), str):
            path = file["path"].removeprefix("./")
            files[path] = files.get(path, ()) + tuple(_records(file, name))
    return Trace(revision.strip().lower(), files)


def _records(file: Mapping[str, Any], tool: object) -> Iterator[LineRecord]:
    conversations = file.get("conversations")
    for conversation in conversations if isinstance(conversations, list) else ():
        if not isinstance(conversation, dict):
            continue
        ranges = conversation.get("ranges")
        for each in ranges if isinstance(ranges, list) else ():
            if not isinstance(each, dict):
                continue
            who = _who(each.get("contributor") or conversation.get("contributor"), tool)
            first, last = each.get("start_line"), each.get("end_line")
            if who is None or type(first) is not int or type(last) is not int:
                continue
            if 1 <= first <= last <= _LAST_LINE:
                writer, agent, confidence = who
                if (first, last) == (1, 1):
                    yield LineRecord(*WHOLE, writer, agent, "low")
                else:
                    yield LineRecord(first, last, writer, agent, confidence)


def _who(contributor: Any, tool: object) -> tuple[Writer, str, Confidence] | None:
    kind = contributor.get("type") if isinstance(contributor, dict) else None
    if kind == "human":
        return "human", "", "low"
    if kind in ("ai", "mixed"):
        named = tool or contributor.get("model_id")
        return "ai", agent_name(named), "medium" if kind == "ai" else "low"
    return None
