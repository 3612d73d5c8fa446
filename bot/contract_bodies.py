"""What OpenAPI operations take and answer: bodies, media types, statuses and headers. Pure."""

from bot.contract_differences import LIKELY, MINOR, SURE, Comparer, Direction
from bot.contract_documents import Node, Place


def compare_request(old: Place, new: Place, comparer: Comparer) -> None:
    """Compare the request bodies of an operation."""
    before, after = old.node.get("requestBody"), new.node.get("requestBody")
    if after is None:
        if before is not None:
            comparer.say("body-removed", LIKELY, old, new.node, "takes no request body now")
        return
    if before is None:
        head = comparer.head.follow(new.at(after, "requestBody"), comparer.budget)
        if _is_required(head.node):
            comparer.say("body-required", SURE, old, after, "needs a request body now")
        return
    base, head = comparer.follow(old.at(before, "requestBody"), new.at(after, "requestBody"))
    if _is_required(head.node) and not _is_required(base.node):
        node = head.node.get("required") or after
        comparer.say("body-required", SURE, old, node, "needs a request body now")
    _compare_media(
        base._replace(name=old.name), head._replace(name=f"{new.name} body"), comparer, "request"
    )


def compare_responses(old: Place, new: Place, comparer: Comparer) -> None:
    """Compare the responses of an operation, by their statuses."""
    before, after = old.node.get("responses"), new.node.get("responses")
    for status, node in before.items.items() if before else ():
        place = old.at(node, "responses", status)
        other = after.get(status) if after else None
        if other is None:
            level = SURE if status.startswith("2") else MINOR
            comparer.say(
                "status-removed", level, place, after or new.node, f"no longer answers {status}"
            )
            continue
        base, head = comparer.follow(place, new.at(other, "responses", status))
        name = f"{new.name} → {status}"
        _compare_media(base._replace(name=name), head._replace(name=name), comparer, "response")
        _compare_headers(base._replace(name=name), head.node, comparer)


def _compare_media(old: Place, new: Place, comparer: Comparer, direction: Direction) -> None:
    """Compare the media types of a body, and the schema of each."""
    if new.node.get("$ref"):
        return
    before, after = media_types(old.node), media_types(new.node)
    is_request = direction == "request"
    for kind, node in before.items():
        other = after.get(kind) or (after.get("*/*") if is_request else None)
        if other is None:
            anchor = new.node.get("content") or new.node
            verb = "no longer takes" if is_request else "no longer answers with"
            place = old.at(node, "content", kind)
            comparer.say("media-type-removed", SURE, place, anchor, f"{verb} `{kind}`")
            continue
        below, above = node.get("schema"), other.get("schema")
        if below and above:
            keys = ("content", kind, "schema")
            comparer.compare(old.at(below, *keys), new.at(above, *keys), direction)


def _compare_headers(old: Place, new: Node, comparer: Comparer) -> None:
    before, after = old.node.get("headers"), new.get("headers")
    kept = {header.lower() for header in after.items} if after else set()
    for header, node in before.items.items() if before and not new.get("$ref") else ():
        if header.lower() not in kept:
            place = old.at(node, "headers", header)
            needed = _is_required(comparer.base.follow(place, comparer.budget).node)
            change = f"no longer has the header `{header}`"
            comparer.say("header-removed", SURE if needed else MINOR, place, after or new, change)


def media_types(node: Node) -> dict[str, Node]:
    """Media types without their parameters, to what is told of each."""
    content = node.get("content")
    return {
        kind.split(";")[0].strip().lower(): each
        for kind, each in (content.items.items() if content else ())
    }


def _is_required(node: Node) -> bool:
    required = node.get("required")
    return required is not None and required.value is True
