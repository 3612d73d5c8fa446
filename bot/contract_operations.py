"""How two OpenAPI documents differ: what their paths and operations promise. Pure."""

from collections.abc import Iterator

from bot import contract_bodies, contract_parameters, contract_security
from bot.contract_differences import LIKELY, MINOR, SURE, Comparer
from bot.contract_documents import Library, Node, Place
from bot.contract_parameters import VARIABLE, Operation

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def operations(root: Node, library: Library) -> Iterator[tuple[str, str]]:
    """Method in capitals and path as written of each operation of a document."""
    comparer = Comparer(library, library)
    for path, place in _paths(root, library, comparer).items():
        for method in METHODS:
            if place.node.get(method) is not None:
                yield method.upper(), path


def compare(base: Node, head: Node, comparer: Comparer) -> None:
    """Hand all differences of two documents to *comparer*. Raises `TooComplex`."""
    old_paths = _paths(base, comparer.base, comparer)
    new_paths = _paths(head, comparer.head, comparer)
    by_form = {_form(path): path for path in new_paths}
    for path, old in old_paths.items():
        comparer.budget.spend()
        found = path if path in new_paths else by_form.get(_form(path))
        if found is None:
            _tell_removed(path, old, head.get("paths") or head, comparer)
        else:
            _compare_path(comparer.follow(old, new_paths[found]), (base, head), comparer)
    contract_security.compare_default(base, head, comparer)


def _form(path: str) -> str:
    """A path whatever its variables are called."""
    return VARIABLE.sub("{}", path)


def _paths(root: Node, library: Library, comparer: Comparer) -> dict[str, Place]:
    found = {}
    paths = root.get("paths")
    for path, node in paths.items.items() if paths else ():
        if path.startswith("/"):
            place = Place(node, "", "").at(node, "paths", path, name=path)
            # Where the path's `$ref` leads it keeps its own name.
            target = library.follow(place, comparer.budget)
            found[path] = place._replace(node=target.node)
    return found


def _tell_removed(path: str, old: Place, anchor: Node, comparer: Comparer) -> None:
    methods = [method for method in METHODS if old.node.get(method)]
    if methods:
        retired = all(_is_deprecated(old.node.items[method]) for method in methods)
        names = ", ".join(method.upper() for method in methods)
        change = f"is gone ({names})" + (", which was deprecated" if retired else "")
        comparer.say("path-removed", LIKELY if retired else SURE, old, anchor, change)


def _is_deprecated(operation: Node) -> bool:
    mark = operation.get("deprecated")
    return mark is not None and mark.value is True


def _compare_path(
    places: tuple[Place, Place], roots: tuple[Node, Node], comparer: Comparer
) -> None:
    old_path, new_path = places
    if new_path.node.get("$ref"):
        return  # noted as lost, or unread on both sides
    for method in METHODS:
        before, after = old_path.node.get(method), new_path.node.get(method)
        if before is None:
            continue
        old = old_path.at(before, method, name=f"{method.upper()} {old_path.name}")
        if after is None:
            retired = _is_deprecated(before)
            change = "is gone" + (", which was deprecated" if retired else "")
            level = LIKELY if retired else SURE
            comparer.say("operation-removed", level, old, new_path.node, change)
            continue
        # Named as at base, so that a finding's key does not hang on a variable's name.
        new = old._replace(node=after)
        _compare_id(old, new, comparer)
        contract_parameters.compare(Operation(old, new, old_path, new_path), comparer)
        contract_bodies.compare_request(old, new, comparer)
        contract_bodies.compare_responses(old, new, comparer)
        contract_security.compare(old, new, roots, comparer)


def _compare_id(old: Place, new: Place, comparer: Comparer) -> None:
    before, after = old.node.get("operationId"), new.node.get("operationId")
    if before and after and before.value != after.value:
        change = f"has the operationId `{after.text[:80]}` instead of `{before.text[:80]}`"
        comparer.say("operation-id", MINOR, old, after, change)
