"""How what is broken is told: the same of several names, and of one move seen from several places, once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.api_contract.callers import Broken
from bot.checkers.api_contract.surface import Offer
from bot.domain import ChangedFile, Finding, Rule, Severity

NAME = "api_contract"
_MOST_CALLERS = 5
_MOST_NAMES = 8


class Told(NamedTuple):
    """One thing that is broken: where, whose public name, what, and who in the repository uses it."""

    file: ChangedFile
    line: int
    name: str
    says: str
    about: str
    severity: Severity
    users: tuple[str, ...]
    # Of what is gone: where it is now, and the names that went.
    now: str = ""
    lost: tuple[str, ...] = ()


def once(alike: Mapping[tuple[str, str], list[Told]]) -> Iterable[list[Told]]:
    """The groups, those in one where the same names went to the same place from several."""
    found: dict[object, list[Told]] = {}
    for key, several in alike.items():
        now, lost = several[0].now, frozenset(name for told in several for name in told.lost)
        found.setdefault((now, lost) if now else key, []).extend(several)
    return found.values()


def finding(rule: Rule, several: Sequence[Told]) -> Finding:
    """One finding for all names in one file of which the same is to be said."""
    first = several[0]
    message = f"`{first.name}` {first.says}"
    if len(several) > 1:
        message += f"; the same goes for {listed([each.name for each in several[1:]])}"
    users = list(dict.fromkeys(user for each in several for user in each.users))
    if users:
        message += f"; still used by {listed(users, _MOST_CALLERS)}"
    return Finding(
        rule=rule.id,
        checker=NAME,
        # What is only a hint stays one, whatever the policy makes of the rule.
        severity="note" if first.severity == "note" else rule.severity,
        path=first.file.path,
        start_line=first.line,
        end_line=first.line,
        message=message,
        key=f"{first.about} {first.name}",
    )


def used_by(offer: Offer, name: str, broken: Sequence[Broken]) -> tuple[str, ...]:
    """The places in this repository that still rely on it."""
    name = name.removesuffix(".__init__")
    modules = (offer.place.module.name, offer.module.name)
    return tuple(
        f"{each.path}:{each.line}"
        for each in broken
        if each.loss.name == name and each.loss.module.name in modules
    )


def listed(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
