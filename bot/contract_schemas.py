"""How two JSON Schema documents differ. Pure."""

import posixpath
from collections.abc import Sequence

from bot import contract_shapes
from bot.contract_differences import LIKELY, Comparer, Direction
from bot.contract_documents import Node, Place


def compare(base: Node, head: Node, directions: Sequence[Direction], comparer: Comparer) -> None:
    """Hand all differences of two JSON Schema documents to *comparer*: the root, and definitions."""
    title = posixpath.basename(head.path).split(".")[0]
    old, new = Place(base, "", title), Place(head, "", title)
    shape = contract_shapes.read(old, comparer.base, comparer.budget)
    is_library = not (shape.types or shape.branches or shape.values)
    for keyword in ("$defs", "definitions"):
        before, after = base.get(keyword), head.get(keyword)
        for name, node in before.items.items() if before else ():
            other = after.get(name) if after else None
            place = old.at(node, keyword, name, name=name)
            if other is not None:
                for direction in directions:
                    comparer.compare(place, new.at(other, keyword, name, name=name), direction)
            elif is_library:
                anchor = after or head
                comparer.say("definition-removed", LIKELY, place, anchor, "is gone")
    for direction in directions:
        comparer.compare(old, new, direction)
