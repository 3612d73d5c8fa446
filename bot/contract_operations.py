"""How two OpenAPI documents differ: paths, operations, parameters, bodies, responses, security. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.contract_differences import LIKELY, MINOR, SURE, Comparer, Difference, Direction
from bot.contract_documents import Library, Node, Place

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_SHOWN = 5


class _Parameter(NamedTuple):
    place: Place
    node: Node
    where: str
    name: str

    @property
    def is_required(self) -> bool:
        required = self.node.get("required")
        return required is not None and required.value is True


def operations(root: Node, library: Library) -> Iterator[tuple[str, str, Node]]:
    """Method in capitals, path as written and node of each operation of a document."""
    comparer = Comparer(library, library)
    for path, place in _paths(root, library, comparer).items():
        for method in METHODS:
            operation = place.node.get(method)
            if operation is not None:
                yield method.upper(), path, operation


def compare(base: Node, head: Node, comparer: Comparer) -> None:
    """Hand all differences of two documents to *comparer*. Raises `TooComplex`."""
    old_paths = _paths(base, comparer.base, comparer)
    new_paths = _paths(head, comparer.head, comparer)
    by_form = {normal(path): path for path in new_paths}
    anchor = head.get("paths") or head
    for path, old in old_paths.items():
        comparer.budget.spend()
        found = path if path in new_paths else by_form.get(normal(path))
        if found is None:
            _path_removed(path, old, anchor, comparer)
        else:
            _PathPair(comparer, base, head, path, old, new_paths[found]).compare()
    _default_security(base, head, comparer)


def normal(path: str) -> str:
    """A path whatever its variables are called."""
    return _VARIABLE.sub("{}", path)


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


def _path_removed(path: str, old: Place, anchor: Node, comparer: Comparer) -> None:
    methods = [method for method in METHODS if old.node.get(method)]
    if methods:
        retired = all(_is_deprecated(old.node.get(method)) for method in methods)
        names = ", ".join(method.upper() for method in methods)
        _say(
            comparer, "path-removed", LIKELY if retired else SURE, old.pointer, anchor,
            f"`{path}`", f"is gone ({names})" + (", which was deprecated" if retired else ""),
        )  # fmt: skip


def _is_deprecated(operation: Node | None) -> bool:
    mark = operation.get("deprecated") if operation else None
    return mark is not None and mark.value is True


def _say(
    comparer: Comparer,
    kind: str,
    level: int,
    pointer: str,
    node: Node,
    subject: str,
    predicate: str,
) -> None:
    comparer.add(Difference(kind, (), pointer, node, level, subject, predicate))


class _PathPair:
    """One path that is on both sides."""

    def __init__(
        self, comparer: Comparer, base: Node, head: Node, path: str, old: Place, new: Place
    ) -> None:
        self._comparer, self._base, self._head = comparer, base, head
        self._path, self._old, self._new = path, old, new

    def compare(self) -> None:
        for method in METHODS:
            old, new = self._old.node.get(method), self._new.node.get(method)
            if old is None:
                continue
            name = f"{method.upper()} {self._path}"
            before, after = (
                self._old.at(old, method, name=name),
                self._old.at(old, method, name=name),
            )
            if new is None:
                retired = _is_deprecated(old)
                self._say(
                    "operation-removed", LIKELY if retired else SURE, before, self._new.node,
                    "is gone" + (", which was deprecated" if retired else ""),
                )  # fmt: skip
                continue
            after = after._replace(node=new)
            self._operation_id(before, after)
            self._parameters(before, after)
            self._body(before, after)
            self._responses(before, after)
            self._security(before, after)

    def _say(self, kind: str, level: int, place: Place, node: Node, predicate: str) -> None:
        _say(self._comparer, kind, level, place.pointer, node, f"`{place.name}`", predicate)

    def _operation_id(self, old: Place, new: Place) -> None:
        before, after = old.node.get("operationId"), new.node.get("operationId")
        if before and after and before.value != after.value:
            change = f"has the operationId `{after.text[:80]}` instead of `{before.text[:80]}`"
            self._say("operation-id", MINOR, old, after, change)

    # Parameters -----------------------------------------------------------------------------

    def _parameters(self, old: Place, new: Place) -> None:
        before = _parameters(self._old, old, self._comparer.base, self._comparer)
        after = _parameters(self._new, new, self._comparer.head, self._comparer)
        variables = dict(
            zip(_VARIABLE.findall(old.name), _VARIABLE.findall(self._new.name), strict=False)
        )
        for (where, name), parameter in before.items():
            twin = after.get((where, variables.get(name, name) if where == "path" else name))
            if twin is not None:
                self._parameter(parameter, twin, old)
            elif where != "path":
                fresh = [each for key, each in after.items() if key not in before]
                self._parameter_removed(parameter, fresh, old, new)
        for key, parameter in after.items():
            is_new = key not in before and not any(name == key[1] for _, name in before)
            if is_new and key[0] != "path" and parameter.is_required:
                self._needs(parameter, "parameter-added", "is new and required", old)

    def _parameter_removed(
        self, gone: _Parameter, fresh: Sequence[_Parameter], old: Place, new: Place
    ) -> None:
        moved = [each for each in fresh if each.name.lower() == gone.name.lower()]
        place = gone.place._replace(name=f"{gone.name}` of `{old.name}")
        if moved:
            change = f"moved from {gone.where} to {moved[0].where}"
            self._say("parameter-moved", SURE, place, moved[0].node, change)
        else:
            level = SURE if gone.where == "query" else LIKELY
            anchor = new.node.get("parameters") or new.node
            self._say("parameter-removed", level, place, anchor, f"is gone from the {gone.where}")

    def _needs(self, parameter: _Parameter, kind: str, predicate: str, old: Place) -> None:
        schema = parameter.node.get("schema")
        if schema is None or schema.get("default") is None:
            place = parameter.place._replace(name=f"{parameter.name}` of `{old.name}")
            self._say(kind, SURE, place, parameter.node, predicate)

    def _parameter(self, before: _Parameter, after: _Parameter, old: Place) -> None:
        if after.is_required and not before.is_required and after.where != "path":
            self._needs(after, "parameter-required", "is required now", old)
        name = f"{after.name}` of `{old.name}"
        self._schemas(
            before.place._replace(node=before.node),
            after.place._replace(node=after.node, name=name),
        )

    def _schemas(self, old: Place, new: Place) -> None:
        """Compare what a parameter's value may be, told as `schema` or under a media type."""
        before, after = old.node.get("schema"), new.node.get("schema")
        if before and after:
            self._comparer.compare(old.at(before, "schema"), new.at(after, "schema"), "request")
        for kind, content in _content(old.node).items():
            other = _content(new.node).get(kind)
            below, above = content.get("schema"), other.get("schema") if other else None
            if below and above:
                keys = ("content", kind, "schema")
                self._comparer.compare(old.at(below, *keys), new.at(above, *keys), "request")

    # Bodies ---------------------------------------------------------------------------------

    def _body(self, old: Place, new: Place) -> None:
        before, after = old.node.get("requestBody"), new.node.get("requestBody")
        keys = "requestBody"
        if after is None:
            if before is not None:
                self._say("body-removed", LIKELY, old, new.node, "takes no request body now")
            return
        head = self._comparer.head.follow(new.at(after, keys), self._comparer.budget)
        needed = head.node.get("required")
        is_needed = needed is not None and needed.value is True
        if before is None:
            if is_needed:
                self._say("body-required", SURE, old, after, "needs a request body now")
            return
        base = self._comparer.base.follow(old.at(before, keys), self._comparer.budget)
        was_needed = base.node.get("required")
        if is_needed and (was_needed is None or was_needed.value is not True):
            self._say("body-required", SURE, old, needed or after, "needs a request body now")
        self._media(base._replace(name=old.name), head._replace(name=f"{new.name} body"), True)

    def _responses(self, old: Place, new: Place) -> None:
        before, after = old.node.get("responses"), new.node.get("responses")
        if before is None:
            return
        for status, node in before.items.items():
            other = after.get(status) if after else None
            if other is None:
                level = SURE if status.startswith("2") else MINOR
                anchor = after or new.node
                place = old.at(node, "responses", status)
                self._say("status-removed", level, place, anchor, f"no longer answers {status}")
                continue
            base = old.at(node, "responses", status)
            head = new.at(other, "responses", status)
            base = self._comparer.base.follow(base, self._comparer.budget)
            head = self._comparer.head.follow(head, self._comparer.budget)
            name = f"{new.name} → {status}"
            self._media(base._replace(name=name), head._replace(name=name), False)
            self._headers(base, head, name)

    def _media(self, old: Place, new: Place, is_request: bool) -> None:
        """Compare the media types of a body, and the schema of each."""
        before, after = _content(old.node), _content(new.node)
        for kind, node in before.items():
            other = after.get(kind) or (after.get("*/*") if is_request else None)
            if other is None:
                anchor = new.node.get("content") or new.node
                verb = "no longer takes" if is_request else "no longer answers with"
                place = old.at(node, "content", kind)
                self._say("media-type-removed", SURE, place, anchor, f"{verb} `{kind}`")
                continue
            below, above = node.get("schema"), other.get("schema")
            if below and above:
                keys = ("content", kind, "schema")
                direction: Direction = "request" if is_request else "response"
                self._comparer.compare(old.at(below, *keys), new.at(above, *keys), direction)

    def _headers(self, old: Place, new: Place, name: str) -> None:
        before, after = old.node.get("headers"), new.node.get("headers")
        kept = {header.lower() for header in after.items} if after else set()
        for header, node in before.items.items() if before else ():
            if header.lower() not in kept:
                place = old.at(node, "headers", header, name=name)
                target = self._comparer.base.follow(place, self._comparer.budget).node
                needed = target.get("required")
                level = SURE if needed is not None and needed.value is True else MINOR
                change = f"no longer has the header `{header}`"
                self._say("header-removed", level, place, after or new.node, change)

    # Security -------------------------------------------------------------------------------

    def _security(self, old: Place, new: Place) -> None:
        own, others = old.node.get("security"), new.node.get("security")
        if own is None and others is None:
            return
        before = own or self._base.get("security")
        after = others or self._head.get("security")
        missing = _new_demands(before, after, self._base, self._head)
        if missing:
            self._say("security", SURE, old, others or new.node, f"needs {missing} now")


def _default_security(base: Node, head: Node, comparer: Comparer) -> None:
    after = head.get("security")
    missing = _new_demands(base.get("security"), after, base, head)
    if missing:
        _say(
            comparer,
            "security",
            SURE,
            "/security",
            after or head,
            "The API",
            f"needs {missing} now",
        )


def _new_demands(before: Node | None, after: Node | None, base: Node, head: Node) -> str:
    """What head demands of somebody who had enough at base; "" where nothing."""
    old, new = _ways_in(before, base), _ways_in(after, head)
    for way in old or [{}]:
        if new and not any(_is_enough(way, other) for other in new):
            wanted = new[0]
            return " and ".join(f"`{name}`" for name in _names(after, wanted, head)) or "more"
    return ""


def _ways_in(security: Node | None, root: Node) -> list[dict[str, frozenset[str]]]:
    """The alternatives, each a table of schemes (by what they are, not their names) to scopes."""
    return [
        {_scheme(root, name): frozenset(each.text for each in scopes.entries) for name, scopes in way.items.items()}
        for way in (security.entries if security else ())
    ]  # fmt: skip


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


def _parameters(
    path: Place, operation: Place, library: Library, comparer: Comparer
) -> dict[tuple[str, str], _Parameter]:
    """The parameters of an operation by place and name, those of its path too."""
    found = {}
    for owner in (path, operation):
        listed = owner.node.get("parameters")
        for node in listed.entries if listed else ():
            target = library.follow(Place(node, "", ""), comparer.budget).node
            where, name = target.get("in"), target.get("name")
            if where is None or name is None:
                continue
            key = where.text, name.text.lower() if where.text == "header" else name.text
            place = operation.at(node, "parameters", where.text, name.text)
            found[key] = _Parameter(place, target, *key)._replace(name=name.text)
    return found


def _content(node: Node) -> dict[str, Node]:
    """Media types without their parameters, to what is told of each."""
    content = node.get("content")
    return {
        kind.split(";")[0].strip().lower(): each
        for kind, each in (content.items.items() if content else ())
    }
