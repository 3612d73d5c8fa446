"""Signs that a branch or a pull request gives for commits without any of their own. All are weak.

Anybody names a branch and writes a body; and what one account opens, others may have written.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bot.domain import Confidence, Evidence
from bot.provenance import identities, messages
from bot.provenance.agents import AGENTS
from bot.provenance.commits import FOOTERS

# Of 149 merged branches `codex/...` 137 carried no other sign: there the name is all there is.
_TELLING = frozenset({"codex/"})


class Opening(NamedTuple):
    """A branch, and the pull request that was opened from it, if any; *account* is the numeric id."""

    branch: str = ""
    login: str = ""
    account: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()


def signs(opening: Opening) -> Iterator[Evidence]:
    """What a branch and a pull request say of who wrote the commits."""
    yield from _branch(opening.branch)
    if opening.login:
        # As in the no-reply address of the account: a login alone may be somebody's name.
        mail = f"{opening.account}+{opening.login}@users.noreply.github.com"
        found = identities.agent_of(opening.login, mail)
        if found is not None:
            text = f"opened by {opening.login[:100]}"
            yield Evidence(
                "pull request", "ai", found.agent, "low" if found.is_slight else "medium", text
            )
    for said in messages.footers(opening.body):
        if said in FOOTERS:
            yield Evidence(
                "pull request", "ai", FOOTERS[said], "low", f"its text: generated with {said}"
            )
    for label in opening.labels:
        agent = identities.named_agent(label)
        if agent is not None:
            yield Evidence("pull request", "ai", agent, "low", f"label {label[:100]}")


def _branch(branch: str) -> Iterator[Evidence]:
    name = branch.lower()
    for agent in AGENTS:
        for prefix in agent.branches:
            if name.startswith(prefix):
                confidence: Confidence = "medium" if prefix in _TELLING else "low"
                yield Evidence("branch", "ai", agent.name, confidence, f"branch {branch[:100]}")
                return
