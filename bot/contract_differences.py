"""How two schemas differ for whoever sends, and for whoever reads, what they describe. Pure.

A *request* or *input* may not be narrowed, a *response* or *output* may not be widened: both
break who relied on what was allowed before.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from bot import contract_shapes
from bot.contract_documents import Budget, Library, Node, Place
from bot.contract_shapes import Shape

Direction = Literal["request", "response", "input", "output"]
INWARD: frozenset[Direction] = frozenset({"request", "input"})
WHERE: Mapping[Direction, str] = {
    "request": "in requests",
    "response": "in responses",
    "input": "",
    "output": "in output",
}
# How sure it is that somebody breaks: surely, when it is relied upon, hardly.
SURE, LIKELY, MINOR = 0, 1, 2
_SHOWN = 4


class Difference(NamedTuple):
    """One way in which head does not keep what base promised.

    *node* is the changed element at head or, for what was removed, the nearest that is left.
    The sentence is *subject*, where it holds, *predicate*.
    """

    kind: str
    directions: tuple[Direction, ...]
    pointer: str
    node: Node
    level: int
    subject: str
    predicate: str
    # Of what the same is true, where one is told for many.
    also: str = ""

    @property
    def message(self) -> str:
        where = " and ".join(filter(None, (WHERE[each] for each in self.directions)))
        return " ".join(filter(None, (self.subject, where, self.predicate))) + self.also


class Pair(NamedTuple):
    """The same schema at base and at head, and which way its values travel."""

    base: Place
    head: Place
    direction: Direction


class Comparer:
    """Collects differences; schemas wait in a queue, since they may contain themselves."""

    def __init__(self, base: Library, head: Library) -> None:
        self.base, self.head = base, head
        self.budget = Budget()
        # Nodes at head with a new `$ref` that leads nowhere.
        self.lost: list[tuple[Node, str]] = []
        self._found: dict[tuple[str, str, str], Difference] = {}
        self._waiting: deque[Pair] = deque()
        self._seen: set[tuple[int, int, Direction]] = set()

    def add(self, difference: Difference) -> None:
        """Keep a difference, as one with the same in the other direction."""
        key = difference.kind, difference.pointer, difference.predicate
        known = self._found.get(key)
        if known is not None:
            directions = tuple(dict.fromkeys((*known.directions, *difference.directions)))
            level = min(known.level, difference.level)
            difference = known._replace(directions=directions, level=level)
        self._found[key] = difference

    def say(self, kind: str, level: int, place: Place, node: Node, predicate: str) -> None:
        """Keep a difference in what is no schema."""
        self.add(Difference(kind, (), place.pointer, node, level, f"`{place.name}`", predicate))

    def compare(self, base: Place, head: Place, direction: Direction) -> None:
        """Compare two schemas, now or later."""
        self._waiting.append(Pair(base, head, direction))

    def finish(self) -> list[Difference]:
        """All differences, once no schema waits. Raises `TooComplex`."""
        while self._waiting:
            pair = self._waiting.popleft()
            base = self.base.follow(pair.base, self.budget)
            head = self.head.follow(pair.head, self.budget)
            key = id(base.node), id(head.node), pair.direction
            if key not in self._seen:
                self._seen.add(key)
                self.budget.spend(5)
                self._compare(pair._replace(base=base, head=head))
        return list(self._found.values())

    def follow(self, base: Place, head: Place) -> tuple[Place, Place]:
        """Both with their references followed; one that leads nowhere at head is noted as lost."""
        old, new = self.base.follow(base, self.budget), self.head.follow(head, self.budget)
        self._note_lost(old.node, new.node)
        return old, new

    def _note_lost(self, base: Node, head: Node) -> None:
        reference = head.get("$ref")
        if reference is not None and isinstance(reference.value, str):
            before = base.get("$ref")
            if before is None or before.value != reference.value:
                self.lost.append((head, reference.value))

    def _compare(self, pair: Pair) -> None:
        self._note_lost(pair.base.node, pair.head.node)
        base = contract_shapes.read(pair.base, self.base, self.budget)
        head = contract_shapes.read(pair.head, self.head, self.budget)
        told = _Told(self, pair)
        if base.branches or head.branches:
            self._branches(pair, base, head, told)
            if bool(base.branches) != bool(head.branches):
                return
        if told.types(base, head):
            return
        told.values(base, head)
        if base.values is None or head.values is None:
            told.limits(base, head)
        self._properties(pair, base, head, told)
        for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
            old, new = base.below.get(keyword), head.below.get(keyword)
            if old is not None and new is not None:
                name = pair.head.name + suffix
                self.compare(
                    pair.base.at(old, keyword),
                    pair.head.at(new, keyword, name=name),
                    pair.direction,
                )

    def _properties(self, pair: Pair, base: Shape, head: Shape, told: "_Told") -> None:
        inward = pair.direction in INWARD
        hidden = "readOnly" if inward else "writeOnly"
        for name, old in base.properties.items():
            self.budget.spend()
            new = head.properties.get(name)
            if contract_shapes.is_marked(old, hidden, self.base, self.budget):
                continue
            if new is None:
                told.removed(name, base, head)
                continue
            if contract_shapes.is_marked(new, hidden, self.head, self.budget):
                continue
            if inward and name in head.required and name not in base.required:
                told.required(name, new, head)
            elif not inward and name in base.required and name not in head.required:
                told.say("no-longer-required", SURE, new, "may be missing now", name)
            below = pair.head.at(new, "properties", name, name=f"{pair.head.name}.{name}")
            self.compare(pair.base.at(old, "properties", name), below, pair.direction)
        if inward:
            for name, node in head.required.items():
                new = head.properties.get(name)
                if name in base.properties or name in base.required:
                    continue
                if new is None or not contract_shapes.is_marked(
                    new, hidden, self.head, self.budget
                ):
                    told.required(name, new or node, head)

    def _branches(self, pair: Pair, base: Shape, head: Shape, told: "_Told") -> None:
        inward = pair.direction in INWARD
        own = pair.head.name
        if not (head.branches if inward else base.branches):
            # All that was taken must be, and all that is sent now must have been: by the one form.
            for before in base.branches or [pair.base]:
                for after in head.branches or [pair.head]:
                    self.compare(before, after._replace(name=after.name or own), pair.direction)
            return
        matched, lost, gained = contract_shapes.match(
            base.branches or [pair.base._replace(name="")],
            head.branches or [pair.head._replace(name="")],
        )
        for before, after in matched:
            self.compare(before, after._replace(name=after.name or own), pair.direction)
        if lost and inward and base.branches:
            names = _list(_form(each) for each in lost)
            told.say("form-removed", SURE, pair.head.node, f"no longer accepts {names}")
        elif lost and inward:
            names = _list(_form(each) for each in gained)
            told.say("form-removed", LIKELY, pair.head.node, f"accepts only {names} now")
        elif gained and not inward:
            names = _list(_form(each) for each in gained)
            told.say("form-added", LIKELY, gained[0].node, f"may now be {names}")


class _Told:
    """What is said about one pair."""

    def __init__(self, comparer: Comparer, pair: Pair) -> None:
        self._comparer, self._pair = comparer, pair
        self._inward = pair.direction in INWARD

    def say(self, kind: str, level: int, node: Node, predicate: str, name: str = "") -> None:
        place = self._pair.head
        if name:
            place = place.at(node, "properties", name, name=f"{place.name}.{name}")
        direction = self._pair.direction
        self._comparer.add(
            Difference(kind, (direction,), place.pointer, node, level, f"`{place.name}`", predicate)
        )

    def removed(self, name: str, base: Shape, head: Shape) -> None:
        closed = head.below.get("additionalProperties")
        is_closed = closed is not None and closed.value is False
        if self._inward:
            # Where more than what is named is allowed, who still sends it is not refused.
            open_before = name not in base.required and not is_closed
            level = MINOR if open_before else LIKELY
            if self._pair.direction == "input" and is_closed:
                level = SURE
        else:
            level = SURE if name in base.required else LIKELY
        self.say("property-removed", level, head.node, "is gone", name)

    def required(self, name: str, node: Node, head: Shape) -> None:
        if node.get("default") is None:
            self.say("required", SURE, node, "is required now", name)

    def types(self, base: Shape, head: Shape) -> bool:
        """Whether another type is told: then all the rest is another schema."""
        lost = contract_shapes.uncovered(base.types, head.types)
        gained = contract_shapes.uncovered(head.types, base.types)
        node = head.keyword("type")
        if (lost if self._inward else gained) and (base.types or head.types):
            change = f"changed from {_types(base)} to {_types(head)}"
            self.say("type", SURE, node, change)
            return True
        if base.types and head.types and base.nullable != head.nullable:
            if self._inward and base.nullable:
                self.say("not-nullable", SURE, node, "may no longer be null")
            elif not self._inward and head.nullable:
                self.say("nullable", SURE, node, "may be null now")
        return False

    def values(self, base: Shape, head: Shape) -> None:
        node = head.keyword("enum")
        if self._inward and head.values is not None:
            if base.values is None:
                if base.types != frozenset({"boolean"}):
                    allowed = _list(_value(each) for each in head.values.values())
                    self.say("enum", SURE, node, f"accepts only {allowed} now")
                return
            lost = [each for key, each in base.values.items() if key not in head.values]
            if lost:
                names = _list(_value(each) for each in lost)
                self.say("enum-removed", SURE, node, f"no longer accepts {names}")
        elif not self._inward and base.values is not None:
            if head.values is None:
                if head.types:
                    self.say("enum-dropped", LIKELY, node, "is no longer limited to known values")
                return
            gained = [each for key, each in head.values.items() if key not in base.values]
            if gained:
                names = _list(_value(each) for each in gained)
                self.say("enum-added", LIKELY, gained[0], f"may now be {names}")

    def limits(self, base: Shape, head: Shape) -> None:
        old, new = (base, head) if self._inward else (head, base)
        for keyword in contract_shapes.LIMITS:
            if contract_shapes.is_tighter(keyword, old, new):
                before, after = base.limit(keyword), head.limit(keyword)
                level = contract_shapes.LIMITS[keyword] if self._inward else MINOR
                change = _change(keyword, before, after)
                self.say(keyword, level, head.keyword(keyword), change)


def _change(keyword: str, before: str, after: str) -> str:
    if before and after:
        return f"has `{keyword}` {after} instead of {before}"
    return f"has `{keyword}` {after} now" if after else f"lost its `{keyword}` {before}"


def _types(shape: Shape) -> str:
    return " or ".join(f"`{each}`" for each in sorted(shape.types)) if shape.types else "anything"


def _form(place: Place) -> str:
    kind = place.node.get("type")
    return place.name or (kind.text if kind is not None else "") or "another form"


def _value(node: Node) -> str:
    return "{...}" if isinstance(node.value, (dict, list)) else node.text or '""'


def _list(texts: Iterable[str]) -> str:
    names = list(dict.fromkeys(texts))
    shown = ", ".join(f"`{name[:60]}`" for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
