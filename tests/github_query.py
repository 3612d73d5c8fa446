"""Reads GraphQL requests: operations, fragments, variables, directives."""

import re
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r'(?P<skip>[\s,\ufeff]+|#[^\n]*)|(?P<name>[A-Za-z_]\w*)|(?P<block>"""(?:[^"\\]|\\.|"(?!""))*""")'
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)'
    r"|(?P<mark>\.\.\.|[!$():=@\[\]{}|&])"
)


class BadQuery(Exception):
    """The text is no GraphQL, or it does not fit the schema."""

    def __init__(self, message: str, code: str = "", **more: Any) -> None:
        super().__init__(message)
        self.error = {"message": message} | ({"extensions": {"code": code, **more}} if code else {})


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Enum:
    name: str


@dataclass
class Field:
    """A field, or (with `on`) a fragment: `on` "" stands for the type at hand."""

    name: str
    alias: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    directives: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)
    on: str | None = None
    spread: str | None = None
    line: int = 1


@dataclass
class Operation:
    kind: str
    name: str
    variables: dict[str, tuple[str, Any]]
    fields: list[Field]


@dataclass
class Document:
    operations: list[Operation] = field(default_factory=list)
    fragments: dict[str, Field] = field(default_factory=dict)


class Reader:
    """A reader over the tokens of one request."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        at, line = 0, 1
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise BadQuery(f'Parse error on "{text[at]}" (error) at [{line}, 1]')
            if found.lastgroup != "skip":
                self._tokens.append((found.lastgroup or "", found[0], line))
            line, at = line + found[0].count("\n"), found.end()
        self._tokens.append(("end", "", line))
        self._at = 0

    def document(self) -> Document:
        document = Document()
        while self._peek() != "":
            if self._peek() == "fragment":
                self._next()
                name = self._name()
                self._take("on")
                document.fragments[name] = Field(name, on=self._name(), fields=self._set())
            else:
                document.operations.append(self._operation())
        return document

    def _operation(self) -> Operation:
        if self._peek() == "{":
            return Operation("query", "", {}, self._set())
        kind = self._name()
        if kind not in ("query", "mutation"):
            raise BadQuery(f'Parse error on "{kind}" (IDENTIFIER)')
        name = self._name() if self._peek() not in ("(", "{", "@") else ""
        variables: dict[str, tuple[str, Any]] = {}
        if self._peek() == "(":
            self._next()
            while self._peek() != ")":
                self._take("$")
                variable = self._name()
                self._take(":")
                kind_of, default = self._type(), ...
                if self._peek() == "=":
                    self._next()
                    default = self._value()
                variables[variable] = kind_of, default
            self._next()
        self._directives()
        return Operation(kind, name, variables, self._set())

    def _set(self) -> list[Field]:
        self._take("{")
        fields = []
        while self._peek() != "}":
            fields.append(self._fragment() if self._peek() == "..." else self._field())
        self._next()
        if not fields:
            raise BadQuery('Parse error on "}" (RCURLY)')
        return fields

    def _fragment(self) -> Field:
        self._next()
        if self._peek() == "on" or self._peek() in ("{", "@"):
            on = ""
            if self._peek() == "on":
                self._next()
                on = self._name()
            return Field("", on=on, directives=self._directives(), fields=self._set())
        spread = self._name()
        return Field("", on="", spread=spread, directives=self._directives())

    def _field(self) -> Field:
        line, name = self._tokens[self._at][2], self._name()
        alias = name
        if self._peek() == ":":
            self._next()
            name = self._name()
        arguments, directives = self._arguments(), self._directives()
        fields = self._set() if self._peek() == "{" else []
        return Field(name, alias, arguments, directives, fields, line=line)

    def _arguments(self) -> dict[str, Any]:
        if self._peek() != "(":
            return {}
        self._next()
        return self._pairs(")")

    def _pairs(self, end: str) -> dict[str, Any]:
        """Names and values up to a closing mark."""
        found: dict[str, Any] = {}
        while self._peek() != end:
            name = self._name()
            self._take(":")
            found[name] = self._value()
        self._next()
        return found

    def _directives(self) -> dict[str, dict[str, Any]]:
        found = {}
        while self._peek() == "@":
            self._next()
            name = self._name()
            found[name] = self._arguments()
        return found

    def _type(self) -> str:
        if self._peek() == "[":
            self._next()
            text = f"[{self._type()}]"
            self._take("]")
        else:
            text = self._name()
        if self._peek() == "!":
            self._next()
            text += "!"
        return text

    def _value(self) -> Any:
        kind, text, _ = self._next()
        if text == "$":
            return Variable(self._name())
        if kind == "number":
            return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        if kind == "block":
            return text[3:-3].strip("\n")
        if kind == "string":
            return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, text[1:-1])
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(text, Enum(text))
        if text == "[":
            values = []
            while self._peek() != "]":
                values.append(self._value())
            self._next()
            return values
        if text == "{":
            return self._pairs("}")
        raise BadQuery(f'Parse error on "{text}"')

    def _peek(self) -> str:
        kind, text, _ = self._tokens[self._at]
        return text if kind in ("mark", "name", "end") else " "

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._at]
        if token[0] == "end":
            raise BadQuery("Parse error: unexpected end of document")
        self._at += 1
        return token

    def _take(self, text: str) -> None:
        if self._next()[1] != text:
            raise BadQuery(f'Parse error on "{self._tokens[self._at - 1][1]}", expected "{text}"')

    def _name(self) -> str:
        kind, text, line = self._next()
        if kind != "name":
            raise BadQuery(f'Parse error on "{text}" at [{line}, 1]')
        return text


def _unescaped(found: re.Match[str]) -> str:
    text = found[1]
    if text[0] == "u" and len(text) == 5:
        return chr(int(text[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(text, text)
