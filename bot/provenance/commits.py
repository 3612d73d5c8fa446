"""One commit to who wrote it: every sign is read, the strongest decides, all are told.

No marker means *unknown*, never a person: where line records give the truth, as few as one in ten
commits by an agent carries a marker. A person's own word (`Human-Authored: true`) counts where
nothing speaks against it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.domain import Attribution, Commit, Confidence, Evidence
from bot.provenance import identities, messages
from bot.provenance.agents import AGENTS
from bot.provenance.identities import Identity
from bot.provenance.messages import Trailer

CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
UNKNOWN = Attribution("unknown", (), "low", ())

_CO_AUTHOR = frozenset({"co-authored-by", "coauthored-by", "co-author", "co-authored-by-ai"})
_ASSISTED = frozenset(
    {"assisted-by", "generated-by", "ai-assisted-by", "created-with", "generated-with", "co-authored-by-ai", "ai-agent"}
)  # fmt: skip
# Only a person can say these of a change (Developer Certificate of Origin 1.1; kernel documentation,
# process/coding-assistants).
VOUCHING = frozenset({"signed-off-by", "reviewed-by", "acked-by", "approved-by"})
_YES = frozenset({"true", "yes", "1"})
_SUBJECT = re.compile(r"\[(codex|claude|copilot|cursor|devin|jules)\]\s", re.IGNORECASE)
# Aider wrote the request into the message until 2023.
_CONVERSATION = re.compile(r"^# Aider chat conversation:", re.IGNORECASE | re.MULTILINE)
_MOST_SEARCHED = 200_000
_MOST_SIGNS = 20
_OWN_TRAILERS = {key: agent.name for agent in AGENTS for key in agent.trailers}
FOOTERS = {text: agent.name for agent in AGENTS for text in agent.footer}


class House(NamedTuple):
    """What a repository says of itself: accounts and addresses of its own agents, in lower case."""

    agents: Mapping[str, str] = {}


NOBODY = House()


def classify(commit: Commit, house: House = NOBODY) -> Attribution:
    """Who wrote *commit*, by its identities and its message."""
    signs = list(dict.fromkeys(_signs(commit, house)))[:_MOST_SIGNS]
    return weigh(signs)


def weigh(signs: list[Evidence]) -> Attribution:
    """The verdict that a set of signs allows. An agent's sign outweighs a person's word."""
    by_agents = [sign for sign in signs if sign.speaks_for == "ai"]
    if by_agents:
        best = max(CONFIDENCES.index(sign.confidence) for sign in by_agents)
        return Attribution("ai", _agents(by_agents), CONFIDENCES[best], tuple(signs))
    for verdict in ("human", "automation"):
        own = [sign for sign in signs if sign.speaks_for == verdict]
        if own:
            best = max(CONFIDENCES.index(sign.confidence) for sign in own)
            return Attribution(verdict, (), CONFIDENCES[best], tuple(signs))
    return UNKNOWN._replace(evidence=tuple(signs))


def vouchers(commit: Commit, house: House = NOBODY) -> Iterator[tuple[str, str]]:
    """The trailers by which an agent certifies or reviews: the line, and the agent."""
    for trailer in messages.trailers(commit.message):
        if trailer.key in VOUCHING:
            who = messages.person(trailer.value)
            found = identities.agent_of(who.name, who.mail, house.agents)
            if found is not None:
                yield trailer.text, found.agent


def _agents(signs: list[Evidence]) -> tuple[str, ...]:
    """The agents that signs name, those of the strongest first."""
    ordered = sorted(signs, key=lambda sign: -CONFIDENCES.index(sign.confidence))
    return tuple(dict.fromkeys(sign.agent for sign in ordered))


def _signs(commit: Commit, house: House) -> Iterator[Evidence]:
    yield from _identity(commit, house)
    for trailer in messages.trailers(commit.message):
        yield from _trailer(trailer, house)
    yield from _prose(commit.message)


def _identity(commit: Commit, house: House) -> Iterator[Evidence]:
    for role, name, mail in (
        ("author", commit.author_name, commit.author_mail),
        ("committer", commit.committer_name, commit.committer_mail),
    ):
        text = f"{role} {name} <{mail}>"[:200]
        found = identities.agent_of(name, mail, house.agents)
        if found is not None:
            yield Evidence("identity", "ai", found.agent, _of_identity(role, found), text)
        elif role == "author" and identities.is_automation(name, mail):
            yield Evidence("identity", "automation", "", "high", text)
        elif role == "author" and identities.is_bot(name, mail):
            yield Evidence("identity", "unknown", "", "low", f"{text}, a program that is not known")


def _of_identity(role: str, found: Identity) -> Confidence:
    # Aider commits what its user had changed before, too (`aider/repo.py`, `aider_edits=False`).
    if found.is_slight or (role == "committer" and found.agent == "Aider"):
        return "low"
    # Who only committed may have applied a person's work.
    return "high" if role == "author" and found.is_sure else "medium"


def _trailer(trailer: Trailer, house: House) -> Iterator[Evidence]:
    key, value, text = trailer
    own = _OWN_TRAILERS.get(key)
    if own is not None:
        yield from _own_trailer(trailer, own)
    elif key in _CO_AUTHOR:
        who = messages.person(value)
        found = identities.agent_of(who.name, who.mail, house.agents)
        if found is not None and found.is_slight:
            yield Evidence("suggestion", "ai", found.agent, "low", text)
        elif found is not None:
            confidence: Confidence = "high" if found.is_sure else "medium"
            yield Evidence("trailer", "ai", found.agent, confidence, text)
        elif key == "co-authored-by-ai":
            yield Evidence("trailer", "ai", _name(value), "medium", text)
    elif key in _ASSISTED:
        agent = identities.worded_agent(value)
        if agent is not None:
            yield Evidence("declaration", "ai", agent, "medium", text)
    elif key == "ai-assisted" and value.lower().split()[0] in _YES:
        yield Evidence("declaration", "ai", "an agent", "medium", text)
    elif key == "human-authored" and value.lower() in _YES:
        yield Evidence("declaration", "human", "", "medium", text)


def _own_trailer(trailer: Trailer, agent: str) -> Iterator[Evidence]:
    key, value, text = trailer
    if key == "made-with":
        # The editor says so of a session, not of the lines; and some are made with love.
        if identities.named_agent(value) is not None:
            yield Evidence("trailer", "ai", agent, "medium", text)
        return
    if key == "replit-commit-author" and value.lower() not in ("agent", "assistant"):
        return
    yield Evidence("trailer", "ai", agent, "high", text)


def _prose(message: str) -> Iterator[Evidence]:
    for said in messages.footers(message):
        agent = FOOTERS.get(said)
        if agent is not None:
            yield Evidence("footer", "ai", agent, "medium", f"generated with {said}")
    if _CONVERSATION.search(message[:_MOST_SEARCHED]):
        yield Evidence("subject", "ai", "Aider", "low", "# Aider chat conversation:")
    match = _SUBJECT.match(message[:100])
    if match is not None:
        agent = identities.named_agent(match[1])
        if agent is not None:
            yield Evidence("subject", "ai", agent, "low", message[:100].partition("\n")[0])


def _name(value: str) -> str:
    return identities.worded_agent(value) or messages.person(value).name[:60] or "an agent"


def _key(key: str) -> str:
    return "-".join(
        part.capitalize() if not index else part for index, part in enumerate(key.split("-"))
    )
