"""One schema read into what can be compared: types, values, properties, limits, forms. Pure.

`allOf` is merged; `anyOf` and `oneOf` with `null`, or of bare types, are a nullable type or
several types, however they are written.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.contract_documents import Budget, Library, Node, Place, TooComplex

# Keywords that limit a value, with how sure it is that one newly set or tightened breaks somebody.
LIMITS: Mapping[str, int] = {
    "maximum": 0,
    "exclusiveMaximum": 0,
    "maxLength": 0,
    "maxItems": 0,
    "maxProperties": 0,
    "minimum": 0,
    "exclusiveMinimum": 0,
    "minLength": 0,
    "minItems": 0,
    "minProperties": 0,
    "pattern": 1,
    "format": 1,
    "multipleOf": 1,
    "uniqueItems": 1,
}
_FORMATS = frozenset(
    ("date", "date-time", "time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid", "int32", "int64",
     "float", "double", "byte", "binary")
)  # fmt: skip
# Of two formats the wider one first: going there loses nothing.
_WIDER = frozenset((("int64", "int32"), ("double", "float")))
_BARE = frozenset(("type", "title", "description", "nullable", "examples", "example"))
_NO_MEANING = frozenset(("title", "description", "example", "examples", "deprecated", "$comment"))
_UNIONS = ("anyOf", "oneOf")
_DEPTH = 100


class Shape(NamedTuple):
    """What a schema allows. *types* None is anything; *below* are the schemas it holds."""

    node: Node
    types: frozenset[str]
    nullable: bool
    values: Mapping[str, Node] | None
    properties: Mapping[str, Node]
    required: Mapping[str, Node]
    below: Mapping[str, Node]
    limits: Mapping[str, Node]
    branches: Sequence[Place]

    def keyword(self, name: str) -> Node:
        """Where a keyword stands, or the schema where it has none."""
        return self.limits.get(name, self.node)

    def limit(self, name: str) -> str:
        """A keyword's value as a text; "" where it has none."""
        node = self.limits.get(name)
        return "" if node is None or node.value is False else node.text


class _Draft:
    """A shape while the parts of `allOf` are added to it."""

    def __init__(self) -> None:
        self.types: frozenset[str] = frozenset()
        self.nullable = False
        self.values: dict[str, Node] | None = None
        self.properties: dict[str, Node] = {}
        self.required: dict[str, Node] = {}
        self.below: dict[str, Node] = {}
        self.limits: dict[str, Node] = {}
        self.branches: list[Place] = []


def read(place: Place, library: Library, budget: Budget) -> Shape:
    """The shape of the schema at *place*, whose `$ref` has been followed."""
    draft = _Draft()
    waiting, seen = [place], set()
    while waiting:
        part = library.follow(waiting.pop(), budget)
        budget.spend(1 + len(part.node.items))
        if id(part.node) in seen:
            continue
        seen.add(id(part.node))
        _add(draft, part.node)
        for number, node in enumerate(_entries(part.node, "allOf")):
            waiting.append(part.at(node, "allOf", str(number)))
        waiting += _unions(draft, part, library, budget)
    types = draft.types or _implied(draft)
    return Shape(
        place.node, types - {"null"}, draft.nullable or "null" in types, draft.values,
        draft.properties, draft.required, draft.below, draft.limits, draft.branches,
    )  # fmt: skip


def _add(draft: _Draft, node: Node) -> None:
    kind = node.get("type")
    if kind is not None:
        named = frozenset(each.text for each in kind.entries) or frozenset((kind.text,))
        draft.types = (draft.types & named) or named
        draft.limits["type"] = kind
    nullable = node.get("nullable")
    if nullable is not None and nullable.value is True:
        draft.nullable = True
    values = node.get("enum")
    constant = node.get("const")
    listed = values.entries if values is not None else [constant] if constant else None
    if listed is not None:
        draft.values = {digest(each): each for each in listed if each.value is not None}
        draft.nullable = draft.nullable or any(each.value is None for each in listed)
        draft.limits["enum"] = values or node
    properties = node.get("properties")
    for name, each in properties.items.items() if properties else ():
        draft.properties.setdefault(name, each)
    for each in _entries(node, "required"):
        draft.required.setdefault(each.text, each)
    for keyword in ("items", "additionalProperties"):
        below = node.get(keyword)
        if below is not None:
            draft.below.setdefault(keyword, below)
    for keyword in LIMITS:
        limit = node.get(keyword)
        if limit is not None:
            draft.limits.setdefault(keyword, limit)


def _unions(draft: _Draft, part: Place, library: Library, budget: Budget) -> Iterator[Place]:
    """Adds the forms of `anyOf` and `oneOf`; yields the only one that is not null."""
    for keyword in _UNIONS:
        forms = []
        for form in _forms(part, keyword, library, budget):
            if is_null(form.node):
                draft.nullable = True
            else:
                forms.append(form)
        types = {form.node.items["type"].text for form in forms if _is_bare(form.node)}
        if types and all(_is_bare(form.node) for form in forms):
            draft.types = frozenset(types)
            draft.limits.setdefault("type", part.node)
        elif len(forms) == 1:
            yield forms[0]
        else:
            draft.branches += forms


def _forms(part: Place, keyword: str, library: Library, budget: Budget) -> Iterator[Place]:
    """The entries of a union, those of unions inside it in their place."""
    waiting, seen = [(part, keyword)], set()
    while waiting:
        owner, keyword = waiting.pop()
        seen.add(id(owner.node))
        for number, node in enumerate(_entries(owner.node, keyword)):
            budget.spend()
            form = library.follow(owner.at(node, keyword, str(number), name=""), budget)
            inner = [each for each in _UNIONS if form.node.get(each)]
            if inner and id(form.node) in seen:
                continue
            if len(inner) == 1 and form.node.items.keys() <= _BARE | set(inner):
                waiting.append((form, inner[0]))
            else:
                yield form


def is_null(node: Node) -> bool:
    """Whether a schema allows null and nothing else."""
    kind = node.get("type")
    return kind is not None and kind.value == "null"


def _is_bare(node: Node) -> bool:
    kind = node.get("type")
    return kind is not None and not kind.entries and node.items.keys() <= _BARE


def _implied(draft: _Draft) -> frozenset[str]:
    """The type that keywords tell of where none is named."""
    if draft.branches:
        return frozenset()
    if draft.properties or draft.required or "additionalProperties" in draft.below:
        return frozenset(("object",))
    if "items" in draft.below:
        return frozenset(("array",))
    if draft.values:
        return frozenset(_type(each.value) for each in draft.values.values())
    return frozenset()


def _type(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return names.get(type(value), "object")


def _entries(node: Node, keyword: str) -> list[Node]:
    found = node.get(keyword)
    return found.entries if found is not None else []


def uncovered(types: frozenset[str], by: frozenset[str]) -> bool:
    """Whether a value of *types* may be of none of the types *by*; no types are any."""
    if not by:
        return False
    return not types or any(
        each not in by and not (each == "integer" and "number" in by) for each in types
    )


def is_tighter(keyword: str, base: Shape, head: Shape) -> bool:
    """Whether *head* allows less than *base* under this keyword."""
    after, before = head.limit(keyword), base.limit(keyword)
    if not after or after == before:
        return False
    if keyword == "format":
        known = after in _FORMATS and (not before or before in _FORMATS)
        return known and (after, before) not in _WIDER
    if keyword in {"pattern", "multipleOf", "uniqueItems"}:
        return True
    new, old = _number(head, keyword), _number(base, keyword)
    if keyword.startswith("exclusive") and after == "True":
        return True
    if new is None:
        return False
    if keyword in {"minimum", "exclusiveMinimum"}:
        return old is None or new > old
    # A length or a count from 0 says nothing.
    return new > (old or 0) if keyword.startswith("min") else old is None or new < old


def _number(shape: Shape, keyword: str) -> float | None:
    node = shape.limits.get(keyword)
    value = None if node is None else node.value
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def is_marked(node: Node, keyword: str, library: Library, budget: Budget) -> bool:
    """Whether a schema says `readOnly` or `writeOnly`, itself or where its `$ref` leads."""
    for each in (node, library.follow(Place(node, "", ""), budget).node):
        mark = each.get(keyword)
        if mark is not None and mark.value is True:
            return True
    return False


def match(
    base: Sequence[Place], head: Sequence[Place]
) -> tuple[list[tuple[Place, Place]], list[Place], list[Place]]:
    """The forms of both sides that are the same, those that are gone, and those that are new."""
    matched: list[tuple[Place, Place]] = []
    lost, gained = list(base), list(head)
    for key in (_identity, _content, _bare_type):
        waiting: dict[str, list[Place]] = defaultdict(list)
        for place in gained:
            waiting[key(place)].append(place)
        left = []
        for place in lost:
            candidates = waiting.get(key(place))
            # Of several of a type nobody can tell which became which.
            if candidates and (key is not _bare_type or (len(candidates) == 1 and key(place))):
                matched.append((place, candidates.pop(0)))
            else:
                left.append(place)
        lost, gained = left, [place for several in waiting.values() for place in several]
    if len(lost) == 1 and len(gained) == 1:
        return [*matched, (lost[0], gained[0])], [], []
    return matched, lost, gained


def _identity(place: Place) -> str:
    return place.name or f"digest {digest(place.node)}"


def _content(place: Place) -> str:
    return digest(place.node)


def _bare_type(place: Place) -> str:
    kind = place.node.get("type")
    return kind.text if kind is not None else "object" if place.node.get("properties") else ""


def digest(node: Node) -> str:
    """A text that is equal for equal content, but for what has no meaning. Raises `TooComplex`."""
    return _digest(node, {}, 0)


def _digest(node: Node, known: dict[int, str], depth: int) -> str:
    if depth > _DEPTH:
        raise TooComplex("nested too deeply to compare")
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = "itself"
    if isinstance(node.value, dict):
        text = "{" + ",".join(
            f"{key!r}:{_digest(each, known, depth + 1)}"
            for key, each in sorted(node.value.items())
            if key not in _NO_MEANING
        )
    elif isinstance(node.value, list):
        text = "[" + ",".join(_digest(each, known, depth + 1) for each in node.value)
    else:
        text = repr(node.value)
    if len(text) > 64:
        text = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    known[id(node)] = text
    return text
