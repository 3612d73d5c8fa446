"""Line records of who wrote what, whichever file or note they come from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.domain import Confidence, Writer
from bot.provenance import identities


class LineRecord(NamedTuple):
    """Lines *start* to *end* of one file as a commit left it, and who wrote them."""

    start: int
    end: int
    writer: Writer
    agent: str
    confidence: Confidence


class Records(NamedTuple):
    """What was recorded of one commit: by path, and where it says so (`git-ai note`, `agent trace`)."""

    source: str
    files: Mapping[str, Sequence[LineRecord]]

    def at(self, path: str, line: int) -> LineRecord | None:
        """The record of a line: of several the last, as the later edit wins; None where nothing is said."""
        for record in reversed(self.files.get(path, ())):
            if record.start <= line <= record.end:
                return record
        return None


def agent_name(tool: object) -> str:
    """The agent that a record calls *tool*, by our name where it is known."""
    if not isinstance(tool, str) or not tool.strip():
        return "an agent"
    said = " ".join(tool.split())[:60]
    return (
        identities.named_agent(said.replace("-", " ").replace("_", " "))
        or identities.named_agent(said)
        or said
    )
