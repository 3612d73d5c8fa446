"""Names, addresses and accounts to the agent or the program that signs with them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from bot.provenance.agents import AGENTS, AUTOMATION, AUTOMATION_ENDS

_NO_REPLY = re.compile(r"(?:(\d+)\+)?([^@\s]+)@users\.noreply\.github\.com")
# What stands beside the name of an agent: a remark in brackets, a version, a model.
_MODEL = re.compile(
    r"\s*[\[(][^\[(]*[\])]$|[\s:@-]+(?:v?\d[\w.]*(?=[\s-]|$)|(?:gpt[\w.\-]*|max|pro|mini)$)"
)
_MOST_WORDS = 5
_BY_AIDER = re.compile(r"\S \(aider\)$", re.IGNORECASE)


class Identity(NamedTuple):
    """Who an identity stands for. *is_slight*: for no more than a few lines of a commit.

    *is_sure* is false where the name alone says so.
    """

    agent: str
    is_slight: bool = False
    is_sure: bool = True


def agent_of(name: str, mail: str, house: Mapping[str, str] = {}) -> Identity | None:
    """The agent that signs `name <mail>`, or None. *house* are the repository's own: account to agent."""
    name, mail = " ".join(name.split()), mail.strip().lower()
    if _BY_AIDER.search(name):
        return Identity("Aider")
    account = _account(mail)
    for key in (mail, account.rpartition("+")[2], name.lower()):
        if key and key in house:
            return Identity(house[key])
    known = _known()
    for key in (mail, account, account.rpartition("+")[2] if account.endswith("[bot]") else ""):
        if key in known:
            return known[key]
    if name.lower() in known and name.lower().endswith("[bot]"):
        return known[name.lower()]
    called = _called(name)
    if called is None:
        return None
    named = _names()[called]
    # People have such first names, too: then the address must be none, or the maker's.
    if " " in called or not mail or _is_domain_of(mail.rpartition("@")[2], named):
        return Identity(named, is_sure=False)
    return None


def is_automation(name: str, mail: str) -> bool:
    """Whether a program that is no agent signs with this."""
    mail = mail.strip().lower()
    account = _account(mail).rpartition("+")[2]
    keys = (mail, account, name.strip().lower())
    return any(key in AUTOMATION or key.endswith(AUTOMATION_ENDS) for key in keys)


def is_bot(name: str, mail: str) -> bool:
    """Whether an account is a program's, whichever: no person can have a login with `[bot]`."""
    return _account(mail.lower()).endswith("[bot]") or name.strip().lower().endswith("[bot]")


def named_agent(text: str) -> str | None:
    """The agent whose whole name *text* is, a model or version behind it left aside."""
    called = _called(text)
    return None if called is None else _names()[called]


def _called(text: str) -> str | None:
    """The name in the table that *text* is."""
    whole = " ".join(text.lower().split()).strip("`'\"")[:100]
    for said in (whole, whole.replace("-", " ")):
        for _ in range(_MOST_WORDS):
            if said in _names():
                return said
            said = _MODEL.sub("", said, count=1).strip()
    return None


def worded_agent(text: str) -> str | None:
    """The first agent that *text* speaks of, as behind `Assisted-by:`."""
    said = text.lower()[:300]
    found = [
        (match.start(), agent)
        for pattern, agent in _words()
        if (match := pattern.search(said)) is not None
    ]
    return min(found)[1] if found else None


def _account(mail: str) -> str:
    """The GitHub account behind a no-reply address, `id+login`, or ""."""
    match = _NO_REPLY.fullmatch(mail)
    if match is None:
        return ""
    number, login = match.groups()
    return f"{number}+{login}" if number else login


@cache
def _known() -> dict[str, Identity]:
    known: dict[str, Identity] = {}
    for agent in AGENTS:
        known |= dict.fromkeys((*agent.mails, *agent.logins, *agent.ids), Identity(agent.name))
        known |= dict.fromkeys(agent.slight, Identity(agent.name, is_slight=True))
    return known


@cache
def _names() -> dict[str, str]:
    return {name: agent.name for agent in AGENTS for name in agent.names}


@cache
def _words() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(rf"(?<![\w-]){re.escape(word)}(?![a-z])"), agent.name)
        for agent in AGENTS
        for word in agent.words
    ]


@cache
def _domains() -> dict[str, tuple[str, ...]]:
    return {agent.name: agent.domains for agent in AGENTS}


def _is_domain_of(domain: str, agent: str) -> bool:
    return any(domain == each or domain.endswith(f".{each}") for each in _domains()[agent])
