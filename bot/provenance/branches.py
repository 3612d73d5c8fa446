"""Signs that a pull request or a branch gives, all weak: anybody names a branch."""

from bot.domain import Confidence, Evidence
from bot.provenance.agents import AGENTS

# Of 149 merged branches `codex/...` 137 carried no other sign: there the name is all there is.
_TELLING = frozenset({"codex/"})


def sign(branch: str) -> Evidence | None:
    """What the name of a branch says, behind the name of a remote, too."""
    name = branch.lower()
    for agent in AGENTS:
        for prefix in agent.branches:
            if name.startswith(prefix):
                confidence: Confidence = "medium" if prefix in _TELLING else "low"
                return Evidence("branch", "ai", agent.name, confidence, f"branch {branch[:100]}")
    return None
