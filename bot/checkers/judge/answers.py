"""What a model answers, as JSON: the schema it is asked for, and what is taken from what came.

An endpoint may ignore the schema, so nothing is believed before it was looked at here.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_TEXT: Mapping[str, Any] = {"type": "string"}
_NUMBER: Mapping[str, Any] = {"type": "integer"}
# Where a model writes something before its JSON, the object is looked for at so many braces.
_MOST_BRACES = 50
# Whatever is longer or more is no evidence; each is looked for in a whole file, and is kept.
_MOST_CHARACTERS, _MOST_SUPPORTS = 4_000, 12
_HALF = re.compile("[\ud800-\udfff]")


def _object(**fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _several(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


FINDER_SCHEMA = _object(
    files=_several(_object(path=_TEXT, rules_checked=_several(_TEXT))),
    findings=_several(
        _object(
            rule=_TEXT,
            path=_TEXT,
            side={"type": "string", "enum": ["new", "old"]},
            line=_NUMBER,
            quote=_TEXT,
            supporting=_several(
                _object(path=_TEXT, ref={"type": "string", "enum": ["head", "base"]}, quote=_TEXT)
            ),
            exception_considered=_TEXT,
            claim=_TEXT,
            instead=_TEXT,
            kind={"type": "string", "enum": ["introduced", "worsened", "preexisting"]},
        )
    ),
)
VERIFIER_SCHEMA = _object(
    answers=_several(
        _object(
            number=_NUMBER,
            verdict={"type": "string", "enum": ["violates", "does_not", "cannot_tell"]},
            decisive_quote=_TEXT,
            reason=_TEXT,
        )
    )
)
# What is asked for. One schema for all: a new one is compiled first, and another one is another
# prompt, so that nothing would be read from the cache.
SCHEMA = _object(**FINDER_SCHEMA["properties"], **VERIFIER_SCHEMA["properties"])


class Support(NamedTuple):
    """Code elsewhere that a candidate rests on."""

    path: str
    side: str
    quote: str


class Candidate(NamedTuple):
    """A finding as the model tells it, not yet believed."""

    rule: str
    path: str
    side: str
    line: int
    quote: str
    claim: str
    instead: str
    kind: str
    supporting: tuple[Support, ...]


class Found(NamedTuple):
    """The candidates, and the pairs of file and rule that the model says it has checked."""

    candidates: tuple[Candidate, ...]
    checked: frozenset[tuple[str, str]]


class Judgement(NamedTuple):
    """What the verifier says of one candidate."""

    verdict: str
    quote: str


class Unreadable(Exception):
    """An answer that is not what was asked for; the message says where."""


def found(text: str) -> Found:
    """A finder's answer. Raises `Unreadable`."""
    answer = _read(text, FINDER_SCHEMA)
    candidates = tuple(
        Candidate(
            rule=each["rule"],
            path=each["path"],
            side="base" if each["side"] == "old" else "head",
            line=each["line"],
            quote=_whole(each["quote"][:_MOST_CHARACTERS]),
            claim=_whole(each["claim"][:_MOST_CHARACTERS]),
            instead=_whole(each["instead"][:_MOST_CHARACTERS]),
            kind=each["kind"],
            supporting=tuple(
                Support(other["path"], other["ref"], other["quote"][:_MOST_CHARACTERS])
                for other in each["supporting"][:_MOST_SUPPORTS]
            ),
        )
        for each in answer["findings"]
    )
    checked = {(file["path"], rule) for file in answer["files"] for rule in file["rules_checked"]}
    return Found(candidates, frozenset(checked))


def judgements(text: str, count: int) -> dict[int, Judgement]:
    """A verifier's answer: what it says of each of *count* candidates. Raises `Unreadable`."""
    answer = _read(text, VERIFIER_SCHEMA)
    # Of several about one candidate, one that does not confirm it counts.
    several = sorted(answer["answers"], key=lambda each: each["verdict"] != "violates")
    given = {each["number"]: Judgement(each["verdict"], each["decisive_quote"]) for each in several}
    if missing := [number for number in range(1, count + 1) if number not in given]:
        raise Unreadable(f"$.answers: no answer for number {missing[0]}")
    return given


def _read(text: str, schema: Mapping[str, Any]) -> Any:
    first = ""
    for value in _values(text):
        problem = _problem(value, schema, "$")
        if not problem:
            return value
        first = first or problem
    raise Unreadable(first or "no JSON object in the answer")


def _values(text: str) -> Iterator[Any]:
    """Whatever in a text may be the answer: all of it, else the objects that are in it."""
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        pass
    decoder = json.JSONDecoder()
    start = -1
    for _ in range(_MOST_BRACES):
        start = text.find("{", start + 1)
        if start < 0:
            break
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        yield value


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "array": list,
    "object": dict,
}


def _problem(value: Any, schema: Mapping[str, Any], where: str) -> str:
    """What is wrong with a value, "" if nothing. A key too many does no harm."""
    kind: str = schema["type"]
    if not _is_of(value, kind):
        return f"{where} must be of type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} must be one of {', '.join(schema['enum'])}"
    if kind == "array":
        return _first(_problem(each, schema["items"], f"{where}[]") for each in value)
    if kind == "object":
        fields: Sequence[str] = schema["required"]
        if absent := [name for name in fields if name not in value]:
            return f"{where}.{absent[0]} is missing"
        return _first(
            _problem(value[name], schema["properties"][name], f"{where}.{name}") for name in fields
        )
    return ""


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and not isinstance(value, bool)


def _whole(text: str) -> str:
    """*text* without halves of characters, which JSON can hold and nothing can write."""
    return _HALF.sub("\ufffd", text)


def _first(problems: Any) -> str:
    return next((problem for problem in problems if problem), "")
