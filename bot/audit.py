"""Commits by agents against what was attested, to who answers for each. Pure.

A record counts for the commits that it names, for the one commit that squashing makes of them, and for
the ones that rebasing makes: told by trees and patches, white space included, never by messages.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from bot.attestations import Attested
from bot.domain import Attribution, Commit
from bot.envelopes import Trust
from bot.provenance import identities, messages
from bot.provenance.commits import VOUCHING, House

NOTES = "refs/notes/architrave"
# The first four have a person; each of the others has none, for a reason of its own.
Standing = Literal[
    "answered", "squashed", "rebased", "signed-off",
    "unanswered", "changed", "tampered", "wrong-key", "missing",
]  # fmt: skip
ACCOUNTABLE: frozenset[Standing] = frozenset({"answered", "squashed", "rebased", "signed-off"})
_WHY: Mapping[Standing, str] = {
    "unanswered": "merged with findings open or files unread, or by nobody who is a person",
    "changed": "what was merged is not what was reviewed",
    "tampered": "its record is not what the key has signed",
    "wrong-key": "its record is signed by no key that is trusted here",
    "missing": "no record",
}
_TROUBLE: Mapping[Trust, Standing] = {"broken": "tampered", "foreign": "wrong-key"}


class Claim(NamedTuple):
    """A record as it was found: what it says, whether to believe it, and the commit its note is on."""

    attested: Attested | None
    trust: Trust
    noted: str = ""


class Case(NamedTuple):
    """A commit to be answered for. *trees* are its first parent's and its own; *patch* is "" where it
    was not asked for; *lines* are those that agents added."""

    commit: Commit
    attribution: Attribution
    trees: tuple[str, str] = ("", "")
    patch: str = ""
    lines: int = 0


class Entry(NamedTuple):
    """A commit by agents and who answers for it; *why* nobody does."""

    case: Case
    agents: tuple[str, ...]
    lines: int
    standing: Standing
    people: tuple[str, ...] = ()
    pull: str = ""
    why: str = ""


class Shelf(NamedTuple):
    """The records that are believed, by what they are about, and the trouble with the others by commit."""

    commits: Mapping[str, list[Attested]]
    merged: Mapping[str, list[Attested]]
    whole: Mapping[str, list[Attested]]
    parts: Mapping[str, list[Attested]]
    trees: Mapping[tuple[str, str], list[Attested]]
    trouble: Mapping[str, Standing]


def shelf(claims: Iterable[Claim]) -> Shelf:
    """The claims in the order that they are looked up in."""
    found = Shelf({}, {}, {}, {}, {}, {})
    for attested, trust, noted in claims:
        if trust == "sound":
            if attested is not None:
                _file(attested, found)
            continue
        names = {noted} if attested is None else {noted, attested.merged, *_ids(attested)}
        for name in names - {""}:
            # A key that nobody knows says less than a signature that is wrong.
            if found.trouble.get(name) != "tampered":
                found.trouble[name] = _TROUBLE[trust]  # type: ignore[index]
    return found


def _ids(attested: Attested) -> Iterator[str]:
    yield attested.head
    yield from (each.commit for each in attested.commits)


def _file(attested: Attested, found: Shelf) -> None:
    def put(mapping: Mapping, key: object) -> None:  # type: ignore[type-arg]
        mapping.setdefault(key, []).append(attested)  # type: ignore[attr-defined]

    for name in dict.fromkeys(_ids(attested)):
        put(found.commits, name)
    put(found.merged, attested.merged)
    put(found.trees, (attested.base_tree, attested.tree))
    if attested.patch:
        put(found.whole, attested.patch)
    for patch in {each.patch for each in attested.commits} - {"", attested.patch}:
        put(found.parts, patch)


def wants_patch(case: Case, on: Shelf) -> bool:
    """Whether the patch of a commit has to be known to tell whose it is."""
    own = case.commit.id
    is_asked = case.attribution.writer == "ai" or own in on.merged
    return is_asked and bool(on.merged) and own not in on.commits and case.trees not in on.trees


def judge(cases: Iterable[Case], on: Shelf, house: House, needs_record: bool) -> list[Entry]:
    """Who answers for each commit that agents wrote. Unless *needs_record*, a person's word in the
    commit's own message is enough where there is no record."""
    entries = (_judge(case, on, house, needs_record) for case in cases)
    return [each for each in entries if each is not None]


def _judge(case: Case, on: Shelf, house: House, needs_record: bool) -> Entry | None:
    standing, several = _matched(case, on)
    best = max(several, key=lambda each: (bool(each.people), each.at), default=None)
    agents, lines = case.attribution.agents, case.lines
    if case.attribution.writer != "ai":
        # What squashing took away the record has kept.
        if best is None or not (best.agents or best.ai_lines) or not _is_squash(case, on):
            return None
        agents, lines = best.agents, best.ai_lines
    told = Entry(case, agents, lines, standing)
    if best is not None:
        told = told._replace(pull=best.pull)
        if standing in ACCOUNTABLE:
            if best.people:
                return told._replace(people=best.people)
            told = told._replace(standing="unanswered")
    elif not needs_record and (people := tuple(sign_offs(case.commit, house))):
        return told._replace(standing="signed-off", people=people)
    return told._replace(why=_WHY[told.standing])


def _matched(case: Case, on: Shelf) -> tuple[Standing, Collection[Attested]]:
    own = case.commit.id
    if own in on.commits:
        return "answered", on.commits[own]
    if case.trees in on.trees:
        return "squashed", on.trees[case.trees]
    if case.patch in on.whole:
        return "squashed", on.whole[case.patch]
    if case.patch in on.parts:
        return "rebased", on.parts[case.patch]
    if own in on.merged:
        return "changed", on.merged[own]
    return on.trouble.get(own, "missing"), ()


def _is_squash(case: Case, on: Shelf) -> bool:
    return (
        case.commit.id in on.merged
        and case.commit.id not in on.commits
        and len(case.commit.parents) < 2
        and case.patch not in on.parts
    )


def sign_offs(commit: Commit, house: House) -> Iterator[str]:
    """The people who say in a commit's message that they certify or have reviewed it: names with
    addresses. Nobody proves that they did, and an agent could have written it."""
    seen = set()
    for trailer in messages.trailers(commit.message):
        if trailer.key not in VOUCHING:
            continue
        who = messages.person(trailer.value)
        is_program = (
            identities.agent_of(who.name, who.mail, house.agents) is not None
            or identities.is_automation(who.name, who.mail)
            or identities.is_bot(who.name, who.mail)
        )
        if who.name and "@" in who.mail and not is_program and who.mail not in seen:
            seen.add(who.mail)
            yield f"{who.name} <{who.mail}>"[:200]
