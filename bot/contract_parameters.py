"""The parameters of an OpenAPI operation: gone, moved, newly required, or taking less. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot import contract_bodies
from bot.contract_differences import LIKELY, SURE, Comparer
from bot.contract_documents import Library, Node, Place

VARIABLE = re.compile(r"\{([^{}]*)\}")


class _Parameter(NamedTuple):
    place: Place
    node: Node
    where: str
    name: str


_Table = dict[tuple[str, str], _Parameter]


class Operation(NamedTuple):
    """One operation at base and at head, and the paths that they are of."""

    old: Place
    new: Place
    old_path: Place
    new_path: Place


def compare(operation: Operation, comparer: Comparer) -> None:
    """Hand all differences of the parameters to *comparer*."""
    before, unread_before = _read(operation.old_path, operation.old, comparer.base, comparer)
    after, unread = _read(operation.new_path, operation.new, comparer.head, comparer)
    known = {node.items["$ref"].text for node in unread_before}
    lost = [node for node in unread if node.items["$ref"].text not in known]
    comparer.lost += [(node, node.items["$ref"].text) for node in lost]
    # A variable of the path is the same whatever it is called.
    paths = operation.old_path.name, operation.new_path.name
    variables = dict(zip(*(VARIABLE.findall(path) for path in paths), strict=False))
    fresh = [each for key, each in after.items() if key not in before]
    for (where, name), parameter in before.items():
        twin = after.get((where, variables.get(name, name) if where == "path" else name))
        if twin is not None:
            _compare_one(parameter, twin, operation.old, comparer)
        elif where != "path" and not lost:
            _removed(parameter, fresh, operation, comparer)
    for parameter in fresh:
        if parameter.where != "path" and not any(parameter.name == name for _, name in before):
            _demand(parameter, "parameter-added", "is new and required", operation.old, comparer)


def _removed(
    gone: _Parameter, fresh: Sequence[_Parameter], operation: Operation, comparer: Comparer
) -> None:
    moved = [each for each in fresh if each.name.lower() == gone.name.lower()]
    place = _named(gone, operation.old)
    if moved:
        change = f"moved from {gone.where} to {moved[0].where}"
        comparer.say("parameter-moved", SURE, place, moved[0].node, change)
    else:
        level = SURE if gone.where == "query" else LIKELY
        anchor = operation.new.node.get("parameters") or operation.new.node
        comparer.say("parameter-removed", level, place, anchor, "is gone")


def _demand(
    parameter: _Parameter, kind: str, predicate: str, operation: Place, comparer: Comparer
) -> None:
    required, schema = parameter.node.get("required"), parameter.node.get("schema")
    has_default = schema is not None and schema.get("default") is not None
    if required is not None and required.value is True and not has_default:
        comparer.say(kind, SURE, _named(parameter, operation), parameter.node, predicate)


def _compare_one(
    before: _Parameter, after: _Parameter, operation: Place, comparer: Comparer
) -> None:
    required = before.node.get("required")
    if after.where != "path" and (required is None or required.value is not True):
        _demand(after, "parameter-required", "is required now", operation, comparer)
    old, new = before.place._replace(node=before.node), _named(after, operation)
    below, above = old.node.get("schema"), new.node.get("schema")
    if below and above:
        comparer.compare(old.at(below, "schema"), new.at(above, "schema"), "request")
    contents = contract_bodies.media_types(new.node)
    for kind, content in contract_bodies.media_types(old.node).items():
        other = contents.get(kind)
        below, above = content.get("schema"), other.get("schema") if other else None
        if below and above:
            keys = ("content", kind, "schema")
            comparer.compare(old.at(below, *keys), new.at(above, *keys), "request")


def _named(parameter: _Parameter, operation: Place) -> Place:
    name = f"{operation.name} {parameter.where} {parameter.name}"
    return parameter.place._replace(node=parameter.node, name=name)


def _read(
    path: Place, operation: Place, library: Library, comparer: Comparer
) -> tuple[_Table, list[Node]]:
    """The parameters by place and name, those of the path too, and those nobody can read."""
    found: _Table = {}
    unread = []
    for owner in (path, operation):
        listed = owner.node.get("parameters")
        for node in listed.entries if listed else ():
            target = library.follow(Place(node, "", ""), comparer.budget).node
            where, name = target.get("in"), target.get("name")
            if where is not None and name is not None:
                key = where.text, name.text.lower() if where.text == "header" else name.text
                place = operation.at(node, "parameters", where.text, name.text)
                found[key] = _Parameter(place, target, where.text, name.text)
            elif target.get("$ref"):
                unread.append(target)
    return found, unread
