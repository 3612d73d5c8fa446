"""Notes of the Git AI standard, version 3 (git-ai-project/git-ai `specs/git_ai_standard_v3.0.0.md`).

A note is what somebody pushed: keys out of the standard are met in practice, anything else may be,
and nothing of it makes a reader fail. Only what is whole speaks with high confidence.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.domain import Confidence, Writer
from bot.provenance.records import LineRecord, Records, agent_name

REF = "refs/notes/ai"
SCHEMA = "authorship/3.0.0"
SOURCE = "git-ai note"
# In the notes of four public repositories the largest has 3.2 MB and some 60,000 entries.
SIZE_LIMIT = 8 << 20
_MOST_RECORDS = 500_000
_LAST_LINE = 10_000_000
_RANGE = re.compile(r"([1-9]\d{0,7})(?:-([1-9]\d{0,7}))?")
_HEX = re.compile(r"[0-9a-f]{7,64}")
# What a session's id is made of.
_SESSION_ID = 14


class _Who(NamedTuple):
    writer: Writer
    agent: str
    confidence: Confidence


def parse(data: bytes) -> Records | None:
    """The records of one note; None where it is not a note of this standard at all."""
    if len(data) > SIZE_LIMIT:
        return None
    text = data.decode("utf-8", "replace")
    head, divider, tail = text.partition("\n---\n")
    if not divider:
        head, divider, tail = ("", "x", text[4:]) if text.startswith("---\n") else (text, "", "")
    about = _json(tail) if divider else None
    if about is None:
        return None
    schema = about.get("schema_version")
    is_whole = isinstance(schema, str) and schema.startswith("authorship/3.")
    known: dict[str, _Who] = {}
    files: dict[str, list[LineRecord]] = {}
    count = 0
    for path, key, first, last in _entries(head):
        if key not in known:
            known[key] = _who(key, about, is_whole)
        who = known[key]
        if who.writer != "unknown":
            files.setdefault(path, []).append(LineRecord(first, last, *who))
            count += 1
        if count >= _MOST_RECORDS:
            break
    return Records(SOURCE, files)


def _json(text: str) -> Mapping[str, Any] | None:
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return about if isinstance(about, dict) else None


def _entries(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Path, key and a range of lines of each attestation."""
    path = ""
    for line in text.split("\n"):
        if not line.strip():
            continue
        if not line.startswith(" "):
            path = _path(line.rstrip("\r"))
            continue
        key, _, ranges = line.strip().partition(" ")
        if not path or not ranges:
            continue
        for each in ranges.split(","):
            match = _RANGE.fullmatch(each.strip())
            if match is not None:
                first = int(match[1])
                last = int(match[2] or first)
                if first <= last <= _LAST_LINE:
                    yield path, key, first, last


def _path(line: str) -> str:
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' else line


def _who(key: str, about: Mapping[str, Any], is_whole: bool) -> _Who:
    """Whom a key stands for. Prefixes, `::` and the maps are the stable part of the standard."""
    sure: Confidence = "high" if is_whole else "low"
    identity = key.partition("::")[0]
    if identity.startswith("h_"):
        return _Who("human", "", "medium" if is_whole else "low")
    if identity.startswith("s_"):
        tool = _tool(about, "sessions", identity)
        return _Who("ai", agent_name(tool), sure if tool else "low")
    tool = _tool(about, "prompts", identity) or _tool(about, "sessions", identity)
    if tool and _HEX.fullmatch(identity):
        return _Who("ai", agent_name(tool), sure)
    if tool or identity == "ai_agent":
        return _Who("ai", agent_name(tool), "medium" if is_whole else "low")
    return _Who("human", "", "low") if identity == "human" else _Who("unknown", "", "low")


def _tool(about: Mapping[str, Any], table: str, key: str) -> str:
    entries = about.get(table)
    entry = entries.get(key) if isinstance(entries, dict) else None
    agent = entry.get("agent_id") if isinstance(entry, dict) else None
    tool = agent.get("tool") if isinstance(agent, dict) else None
    return tool if isinstance(tool, str) else ""


# Writing ----------------------------------------------------------------------------------------


def render(agent: str, model: str, conversation: str, lines: Mapping[str, Iterable[tuple[int, int]]],
           base: str, trace: str, author: str = "") -> bytes:  # fmt: skip
    """A note that attests *lines* (path to ranges, first and last) to one conversation with an agent.

    *base* is the commit the note is for, *trace* fourteen hex digits of the caller's choice, *author*
    whoever worked with the agent.
    """
    import hashlib

    digest = hashlib.sha256(f"{agent}:{conversation}".encode()).hexdigest()
    session = f"s_{digest[:_SESSION_ID]}"
    rows = []
    for path, ranges in sorted(lines.items()):
        said = ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in sorted(ranges))
        if said:
            name = f'"{path}"' if re.search(r"[ \t\n]", path) else path
            rows += [name, f"  {session}::t_{trace} {said}"]
    about: dict[str, Any] = {"agent_id": {"tool": agent, "id": conversation, "model": model}}
    if author:
        about["human_author"] = author
    metadata = {
        "schema_version": SCHEMA,
        "base_commit_sha": base,
        "prompts": {},
        "sessions": {session: about},
    }
    return (
        "".join(f"{row}\n" for row in rows) + "---\n" + json.dumps(metadata, indent=2) + "\n"
    ).encode()
