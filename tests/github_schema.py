"""The part of GitHub's GraphQL schema that is imitated, and whether a request fits it.

The names and types in `data/github_schema.txt` are those of GitHub's published schema.
"""

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github_query import BadQuery, Document, Enum, Field, Operation, Variable

FIELD = re.compile(r"  (\w+)(?:\((.*)\))?: (\S+)")
SCALARS = {"String": str, "ID": str, "URI": str, "GitObjectID": str, "DateTime": str,
           "Int": int, "Boolean": bool, "Float": float, "BigInt": str}  # fmt: skip


@dataclass
class Type:
    """An object, interface, input or enum; `fields` maps names to (arguments, type)."""

    kind: str
    name: str
    parents: frozenset[str] = frozenset()
    fields: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    values: frozenset[str] = frozenset()


@functools.cache
def schema() -> dict[str, Type]:
    types: dict[str, Type] = {}
    last = Type("", "")
    for line in (Path(__file__).parent / "data/github_schema.txt").read_text().splitlines():
        if found := FIELD.fullmatch(line):
            pairs = [pair.split(": ") for pair in (found[2] or "").split(", ") if pair]
            last.fields[found[1]] = dict(pairs), found[3]
            continue
        kind, name, *rest = line.replace(":", "").split(" ")
        parents = frozenset(rest[1:]) - {"&"} if kind != "enum" else frozenset()
        last = types[name] = Type(kind, name, parents)
        last.values = frozenset(rest) if kind == "enum" else frozenset()
    return types


def bare(kind: str) -> str:
    """The name in a type: `[Node]!` is about Node."""
    return kind.strip("[]!")


def composite(kind: str) -> bool:
    found = schema().get(bare(kind))
    return found is not None and found.kind in ("type", "interface")


def fits(kind: str, condition: str) -> bool:
    """Whether an object of a type is what a fragment is about."""
    return condition in ("", kind) or condition in schema()[kind].parents


class Judge:
    """Goes through an operation; `errors` are what GitHub would answer."""

    def __init__(self, document: Document, operation: Operation) -> None:
        self._document, self._operation = document, operation
        self._used: set[str] = set()
        self.errors: list[dict[str, Any]] = []

    def judge(self) -> list[dict[str, Any]]:
        kind = self._operation.kind
        name = f"{kind} {self._operation.name}".strip()
        self._fields(kind.capitalize(), self._operation.fields, [name])
        for variable in self._operation.variables.keys() - self._used:
            title = self._operation.name or f"anonymous {kind}"
            message = f"Variable ${variable} is declared by {title} but not used"
            self._wrong([name], 1, message, "variableNotUsed", variableName=variable)
        return self.errors

    def _fields(self, kind: str, fields: list[Field], path: list[str]) -> None:
        for each in fields:
            if each.spread is not None:
                found = self._document.fragments.get(each.spread)
                if found is None:
                    message = f"Fragment {each.spread} was used, but not defined"
                    self._wrong(path, each.line, message, "useAndDefineFragment")
                else:
                    self._fragment(kind, found, path)
            elif each.on is not None:
                self._fragment(kind, each, path)
            elif each.name != "__typename":
                self._field(kind, each, [*path, each.alias])
            for arguments in each.directives.values():
                self._used.update(v.name for v in arguments.values() if isinstance(v, Variable))

    def _fragment(self, kind: str, fragment: Field, path: list[str]) -> None:
        on = fragment.on or kind
        if on not in schema():
            self._wrong(path, fragment.line, f"No such type {on}", "undefinedType")
        elif on != kind and not self._together(on, kind):
            message = f"Fragment on {on} can't be spread inside {kind}"
            self._wrong(path, fragment.line, message, "cannotSpreadFragment")
        else:
            self._fields(on, fragment.fields, [*path, f"... on {on}"])

    def _together(self, one: str, other: str) -> bool:
        """Whether an object can be of both types."""
        types = [t for t in schema().values() if t.kind == "type"]
        return any(fits(t.name, one) and fits(t.name, other) for t in types)

    def _field(self, kind: str, each: Field, path: list[str]) -> None:
        found = schema()[kind].fields.get(each.name)
        if found is None:
            message = f"Field '{each.name}' doesn't exist on type '{kind}'"
            more = {"typeName": kind, "fieldName": each.name}
            self._wrong(path, each.line, message, "undefinedField", **more)
            return
        arguments, result = found
        self._arguments(each, arguments, path)
        if composite(result) and each.fields:
            self._fields(bare(result), each.fields, path)
        elif composite(result):
            hint = f"Did you mean '{each.name} {{ ... }}'?"
            message = f"Field must have selections (field '{each.name}' returns {bare(result)} "
            self._wrong(path, each.line, f"{message}but has no selections. {hint})",
                        "selectionMismatch", nodeName=f"field '{each.name}'")  # fmt: skip
        elif each.fields:
            message = f"Selections can't be made on scalars (field '{each.name}' returns {result})"
            self._wrong(path, each.line, message, "selectionMismatch")

    def _arguments(self, each: Field, known: dict[str, str], path: list[str]) -> None:
        for name, value in each.arguments.items():
            if name not in known:
                message = f"Field '{each.name}' doesn't accept argument '{name}'"
                more = {"argumentName": name, "name": each.name, "typeName": "Field"}
                self._wrong([*path, name], each.line, message, "argumentNotAccepted", **more)
            else:
                self._value(each, name, known[name], value, path)
        missing = [n for n, k in known.items() if k.endswith("!") and n not in each.arguments]
        if missing:
            listed = ", ".join(missing)
            message = f"Field '{each.name}' is missing required arguments: {listed}"
            self._wrong(path, each.line, message, "missingRequiredArguments", arguments=listed)

    def _value(self, each: Field, name: str, kind: str, value: Any, path: list[str]) -> None:
        if isinstance(value, Variable):
            self._variable(each, name, kind, value, path)
        elif isinstance(value, list):
            for item in value:
                self._value(each, name, kind.removesuffix("!")[1:-1], item, path)
        elif isinstance(value, dict) and bare(kind) in schema():
            known = schema()[bare(kind)].fields
            self._arguments(
                Field(each.name, arguments=value, line=each.line),
                {inner: known[inner][1] for inner in known},
                [*path, name],
            )
        else:
            try:
                coerced(kind, value.name if isinstance(value, Enum) else value)
            except ValueError as error:
                message = f"Argument '{name}' on Field '{each.name}' has an invalid value ({error})"
                more = {"typeName": "Field", "argumentName": name}
                self._wrong([*path, name], each.line, f"{message}. Expected type '{kind}'.",
                            "argumentLiteralsIncompatible", **more)  # fmt: skip

    def _variable(
        self, each: Field, name: str, kind: str, value: Variable, path: list[str]
    ) -> None:
        self._used.add(value.name)
        declared = self._operation.variables.get(value.name)
        if declared is None:
            message = f"Variable ${value.name} is used by {self._operation.name} but not declared"
            self._wrong(path, each.line, message, "variableNotDefined")
            return
        given, default = declared
        loose = kind.endswith("!") and not given.endswith("!") and default is ...
        if given.rstrip("!") != kind.rstrip("!") or loose:
            word = "Nullability" if loose else "Type"
            message = f"{word} mismatch on variable ${value.name} and argument {name} "
            self._wrong(path, each.line, f"{message}({given} / {kind})", "variableMismatch")

    def _wrong(self, path: list[str], line: int, message: str, code: str, **more: Any) -> None:
        error = BadQuery(message, code, **more).error
        self.errors.append({"path": path, "locations": [{"line": line, "column": 1}], **error})


def coerced(kind: str, value: Any) -> Any:
    """A value as its type wants it; ValueError says what is wrong."""
    if value is None:
        if kind.endswith("!"):
            raise ValueError("null")
        return None
    kind = kind.removesuffix("!")
    if kind.startswith("["):
        return [
            coerced(kind[1:-1], item) for item in (value if isinstance(value, list) else [value])
        ]
    found = schema().get(kind)
    if found is None:
        wanted = SCALARS.get(kind, str)
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise ValueError(repr(value))
        return value
    if found.kind == "enum":
        if value not in found.values:
            raise ValueError(repr(value))
        return value
    if not isinstance(value, dict) or (unknown := value.keys() - found.fields.keys()):
        raise ValueError(f"{sorted(unknown)} in {kind}" if isinstance(value, dict) else repr(value))
    wanting = [n for n, (_, k) in found.fields.items() if k.endswith("!") and value.get(n) is None]
    if wanting:
        raise ValueError(f"{kind} without {wanting}")
    return {name: coerced(found.fields[name][1], inner) for name, inner in value.items()}
