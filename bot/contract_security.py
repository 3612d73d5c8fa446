"""What OpenAPI operations demand of their callers: security schemes, by what they are. Pure."""

from collections.abc import Mapping

from bot.contract_differences import SURE, Comparer
from bot.contract_documents import Node, Place

_SHOWN = 5


def compare_default(base: Node, head: Node, comparer: Comparer) -> None:
    """Compare what two documents demand where an operation says nothing."""
    after = head.get("security")
    missing = _new_demands(base.get("security"), after, base, head)
    if missing:
        place = Place(after or head, "/security", "security")
        comparer.say("security", SURE, place, after or head, f"needs {missing} now")


def compare(old: Place, new: Place, roots: tuple[Node, Node], comparer: Comparer) -> None:
    """Compare what one operation demands, where it says so itself on one side at least."""
    before, after = old.node.get("security"), new.node.get("security")
    if before is None and after is None:
        return
    base, head = roots
    demanded = after or head.get("security")
    missing = _new_demands(before or base.get("security"), demanded, base, head)
    if missing:
        comparer.say("security", SURE, old, after or new.node, f"needs {missing} now")


def _new_demands(before: Node | None, after: Node | None, base: Node, head: Node) -> str:
    """What head demands of somebody who had enough at base; "" where nothing."""
    old, new = _ways_in(before, base), _ways_in(after, head)
    for way in old or [{}]:
        if new and not any(_is_enough(way, other) for other in new):
            return " and ".join(f"`{name}`" for name in _names(after, new[0], head)) or "more"
    return ""


def _ways_in(security: Node | None, root: Node) -> list[dict[str, frozenset[str]]]:
    """The alternatives, each a table of schemes (by what they are, not their names) to scopes."""
    return [
        {
            _scheme(root, name): frozenset(each.text for each in scopes.entries)
            for name, scopes in way.items.items()
        }
        for way in (security.entries if security else ())
    ]


def _names(security: Node | None, wanted: Mapping[str, object], root: Node) -> list[str]:
    names = [name for way in security.entries for name in way.items] if security else []
    return [name for name in dict.fromkeys(names) if _scheme(root, name) in wanted][:_SHOWN]


def _is_enough(given: Mapping[str, frozenset[str]], wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(name in given and scopes <= given[name] for name, scopes in wanted.items())


def _scheme(root: Node, name: str) -> str:
    components = root.get("components")
    schemes = components.get("securitySchemes") if components else None
    scheme = schemes.get(name) if schemes else None
    parts = [scheme.get(key) for key in ("type", "scheme", "in", "name")] if scheme else []
    return " ".join(part.text.lower() for part in parts if part) or name
