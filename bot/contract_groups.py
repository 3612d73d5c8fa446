"""Differences that are one decision told as one: the same of many operations or properties. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from bot.contract_differences import Difference

# So many alike are told one by one.
_APART = 3
_OPERATION = re.compile(r"`[A-Z]+ /[^` ]*")


def gather(found: Iterable[Difference]) -> list[Difference]:
    """The differences, those alike in many operations or in one schema told as one."""
    return _gather(_gather(found, _in_operations), _in_schema)


def _in_operations(each: Difference) -> Hashable:
    """Parameters, statuses and the like of one name, whichever the operation is."""
    match = _OPERATION.match(each.subject)
    rest = each.subject[match.end() :] if match else each.subject
    return each.kind, each.directions, each.level, each.predicate, each.also, rest


def _in_schema(each: Difference) -> Hashable:
    """What happened to several entries of one schema, or to several paths."""
    return each.kind, each.directions, each.level, each.predicate, each.also, id(each.node)


def _gather(found: Iterable[Difference], key: Callable[[Difference], Hashable]) -> list[Difference]:
    groups: dict[Hashable, list[Difference]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    told = []
    for group in groups.values():
        if len(group) <= _APART:
            told += group
        else:
            named = ", ".join(each.subject for each in group[1:_APART])
            more = len(group) - _APART
            told.append(group[0]._replace(also=f"; so for {named} and {more} more{group[0].also}"))
    return told
