"""Commits, records and blame to who wrote which line of a change."""

from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Attribution, Evidence, Hunk, Stretch
from bot.provenance.commits import weigh
from bot.provenance.records import LineRecord, Records

# Signs that stand for a few lines of a commit, nobody knows which.
_SLIGHT = frozenset({"suggestion", "subject"})


def of_whole(attribution: Attribution) -> Attribution:
    """What a commit's own signs say of any one of its lines."""
    speaking = [sign for sign in attribution.evidence if sign.kind not in _SLIGHT]
    return attribution if len(speaking) == len(attribution.evidence) else weigh(speaking)


def recorded(records: Records, added: Mapping[str, Sequence[Hunk]]) -> list[Evidence]:
    """What line records say of a commit: only of lines that the commit itself added.

    Ranges in old files, as rebases leave them behind, are stale and say nothing.
    """
    found: dict[tuple[str, str, str], int] = {}
    for path, several in records.files.items():
        hunks = added.get(path, ())
        for record in several:
            lines = sum(_overlap(record, hunk) for hunk in hunks)
            if lines:
                key = (record.writer, record.agent, record.confidence)
                found[key] = found.get(key, 0) + lines
    total = sum(hunk.new_count for hunks in added.values() for hunk in hunks)
    return [
        Evidence(
            "note" if records.source.startswith("git-ai") else "trace",
            writer,  # type: ignore[arg-type]
            agent,
            confidence,  # type: ignore[arg-type]
            f"{records.source}: {min(lines, total)} of {total} added lines"
            + (f" by {agent}" if agent else " by a person"),
        )
        for (writer, agent, confidence), lines in found.items()
        # A person's lines beside others do not make the commit a person's.
        if writer != "human" or lines >= total
    ]


def by_agents(added: Mapping[str, Sequence[Hunk]], records: Records | None) -> int:
    """How many of the lines that an agent's commit added are its: all, unless line records tell."""
    if records is None:
        return sum(hunk.new_count for hunks in added.values() for hunk in hunks)
    return sum(
        _overlap(record, hunk)
        for path, several in records.files.items()
        for record in several
        if record.writer == "ai"
        for hunk in added.get(path, ())
    )


def _overlap(record: LineRecord, hunk: Hunk) -> int:
    if not hunk.new_count:
        return 0
    return max(
        0,
        min(record.end, hunk.new_start + hunk.new_count - 1)
        - max(record.start, hunk.new_start)
        + 1,
    )


def stretches(
    blamed: Iterable[tuple[str, str, int, int, int]],
    attributions: Mapping[str, Attribution],
    records: Mapping[str, Records],
) -> tuple[Stretch, ...]:
    """The added lines of one file by writer.

    *blamed* are (commit, its path, its line, line at head, count). Where a commit has records, a line
    outside of them is nobody's known: the standard calls it untracked.
    """
    found: list[Stretch] = []
    for commit, path, line, start, count in blamed:
        own = records.get(commit)
        whole = attributions.get(commit)
        if own is None:
            found.append(_stretch(start, start + count - 1, commit, whole))
            continue
        for number in range(count):
            record = own.at(path, line + number)
            said = None if record is None else _of_record(record, own)
            found.append(_stretch(start + number, start + number, commit, said))
    return _joined(sorted(found))


def _stretch(first: int, last: int, commit: str, said: Attribution | None) -> Stretch:
    if said is None:
        return Stretch(first, last, commit, "unknown", (), "low", "")
    sign = next((each.kind for each in said.evidence if each.speaks_for == said.writer), "")
    return Stretch(first, last, commit, said.writer, said.agents, said.confidence, sign)


def _of_record(record: LineRecord, records: Records) -> Attribution:
    kind = "note" if records.source.startswith("git-ai") else "trace"
    sign = Evidence(kind, record.writer, record.agent, record.confidence, records.source)
    agents = (record.agent,) if record.agent else ()
    return Attribution(record.writer, agents, record.confidence, (sign,))


def _joined(found: Sequence[Stretch]) -> tuple[Stretch, ...]:
    joined: list[Stretch] = []
    for each in found:
        if joined and joined[-1].end == each.start - 1 and joined[-1][2:] == each[2:]:
            joined[-1] = joined[-1]._replace(end=each.end)
        else:
            joined.append(each)
    return tuple(joined)
