"""GraphQL: carries out what has been read, and answers as GitHub does, errors included."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import github_mutations as mutations
from github_api import Call, Refused, shaped
from github_fields import FIELDS
from github_http import Answer
from github_nodes import GraphError, Obj
from github_query import BadQuery, Document, Enum, Field, Operation, Reader, Variable
from github_schema import Judge, bare, coerced, composite, fits, schema


def answer(call: Call) -> Answer:
    """The answer to a POST; 200 even when the request makes no sense."""
    if call.token is None:
        raise Refused(401, "This endpoint requires you to be authenticated.")
    body = call.request.json
    if call.request.method != "POST" or not isinstance(body, dict) or "query" not in body:
        raise Refused(400, "A query attribute must be specified and must be a string.",
                      violation=True)  # fmt: skip
    if unknown := sorted(body.keys() - {"query", "variables", "operationName"}):
        call.hub.problems.append(f"{call.request}: unknown keys {unknown}")
    try:
        run = Run.prepared(call, body)
    except BadQuery as bad:
        call.hub.problems.append(f"GraphQL: {bad}")
        return shaped({"errors": [bad.error]})
    if errors := Judge(run.document, run.operation).judge():
        call.hub.problems.extend(f"GraphQL: {error['message']}" for error in errors)
        return shaped({"errors": errors})
    data = run.fields(Obj(run.operation.kind.capitalize()), run.operation.fields, [])
    return shaped({"data": data} | ({"errors": run.errors} if run.errors else {}))


@dataclass
class Run:
    """One operation under way."""

    call: Call
    document: Document
    operation: Operation
    variables: dict[str, Any]
    errors: list[dict[str, Any]]

    @classmethod
    def prepared(cls, call: Call, body: dict[str, Any]) -> "Run":
        """Reads the request; refuses variables that do not fit their types."""
        document = Reader(body["query"]).document()
        named = [
            each
            for each in document.operations
            if body.get("operationName") in (None, "", each.name)
        ]
        if len(named) != 1:
            raise BadQuery("An operation name is required")
        given, variables = body.get("variables") or {}, {}
        if unknown := given.keys() - named[0].variables.keys():
            call.hub.problems.append(f"GraphQL: variables not declared: {sorted(unknown)}")
        for name, (kind, default) in named[0].variables.items():
            if bare(kind) not in schema() and not kind.strip("[]!").isalpha():
                raise BadQuery(f"{kind} isn't a defined input type (on ${name})")
            value = given.get(name, None if default is ... else default)
            try:
                if name in given or default is not ... or kind.endswith("!"):
                    plain = value.name if isinstance(value, Enum) else value
                    variables[name] = coerced(kind, plain)
            except ValueError as error:
                message = f"Variable ${name} of type {kind} was provided invalid value"
                raise BadQuery(f"{message} ({error})") from None
        return cls(call, document, named[0], variables, [])

    def fields(self, obj: Obj, fields: Sequence[Field], path: list[Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for each in fields:
            if not self._wanted(each):
                continue
            if each.spread is not None or each.on is not None:
                fragment = self.document.fragments[each.spread] if each.spread else each
                if fits(obj.type, fragment.on or ""):
                    _merge(shown, self.fields(obj, fragment.fields, path))
            else:
                _merge(shown, {each.alias: self._field(obj, each, [*path, each.alias])})
        return shown

    def _field(self, obj: Obj, each: Field, path: list[Any]) -> Any:
        if each.name == "__typename":
            return obj.type
        kind = schema()[obj.type].fields[each.name][1]
        try:
            value = self._resolver(obj, each)(self, obj, self._plain(each.arguments))
        except GraphError as error:
            place = {"path": path, "locations": [{"line": each.line, "column": 1}]}
            self.errors.append(error.shown | place)
            return None
        if not composite(kind) or value is None:
            return value
        if schema()[bare(kind)].kind == "type":
            for found in value if isinstance(value, list) else [value]:
                found.type = bare(kind)
        if isinstance(value, list):
            items = enumerate(value)
            return [o and self.fields(o, each.fields, [*path, i]) for i, o in items]
        return self.fields(value, each.fields, path)

    def _resolver(self, obj: Obj, each: Field) -> Callable[["Run", Obj, dict[str, Any]], Any]:
        if obj.type == "Mutation":
            return mutations.find(each.name)
        table = FIELDS.get(obj.type, {})
        if each.name in table:
            return table[each.name]
        if each.name in obj.values:
            return lambda run, obj, arguments: obj.values[each.name]
        self.call.hub.problems.append(f"GraphQL: the fake has no {obj.type}.{each.name}")
        return lambda run, obj, arguments: None

    def page(self, name: str, items: Sequence[Obj], arguments: dict[str, Any]) -> Obj:
        """A connection: one page of a list."""
        first, last = arguments.get("first"), arguments.get("last")
        if first is None and last is None:
            message = "You must provide a `first` or `last` value to properly paginate the"
            raise GraphError("MISSING_PAGINATION_BOUNDARIES", f"{message} `{name}` connection.")
        size = first if first is not None else last
        if not 1 <= size <= 100:
            limit = "first" if first is not None else "last"
            message = f"Requesting {size} records on the `{name}` connection exceeds the"
            raise GraphError("EXCESSIVE_PAGINATION", f"{message} `{limit}` limit of 100 records.")
        start = _place(arguments["after"]) if arguments.get("after") else 0
        end = _place(arguments["before"]) - 1 if arguments.get("before") else len(items)
        low, high = start, end
        if first is not None:
            high = min(high, low + first)
        else:
            low = max(low, high - size)
        shown = list(items[low:high])
        info = Obj("PageInfo", values={
            "hasNextPage": high < len(items), "hasPreviousPage": low > 0,
            "startCursor": _cursor(low + 1) if shown else None,
            "endCursor": _cursor(low + len(shown)) if shown else None,
        })  # fmt: skip
        kind = shown[0].type if shown else "Node"
        edges = [
            Obj(f"{kind}Edge", values={"cursor": _cursor(low + i), "node": o})
            for i, o in enumerate(shown, 1)
        ]
        values = {"nodes": shown, "edges": edges, "pageInfo": info, "totalCount": len(items)}
        return Obj("", values=values)

    def _wanted(self, each: Field) -> bool:
        include = self._plain(each.directives.get("include", {"if": True}))["if"]
        skip = self._plain(each.directives.get("skip", {"if": False}))["if"]
        return include and not skip

    def _plain(self, arguments: Any) -> Any:
        """Arguments with the values of variables; a variable without one is not there."""
        if isinstance(arguments, dict):
            return {
                name: self._plain(value)
                for name, value in arguments.items()
                if not (isinstance(value, Variable) and value.name not in self.variables)
            }
        if isinstance(arguments, list):
            return [self._plain(value) for value in arguments]
        if isinstance(arguments, Variable):
            return self.variables[arguments.name]
        return arguments.name if isinstance(arguments, Enum) else arguments


def _merge(shown: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(shown.get(name), dict):
            _merge(shown[name], value)
        elif isinstance(value, list) and name in shown and value and isinstance(value[0], dict):
            for one, other in zip(shown[name], value, strict=True):
                _merge(one, other)
        else:
            shown[name] = value


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().rpartition(":")[2])
    except ValueError:
        message = f"`{cursor}` does not appear to be a valid cursor."
        raise GraphError("INVALID_CURSOR_ARGUMENTS", message) from None
