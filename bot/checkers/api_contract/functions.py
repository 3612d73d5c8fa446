"""What is broken between two functions, and between two annotations of what they give."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.checkers.api_contract import signatures
from bot.domain import Severity

Definition = Mapping[str, Any]

# Decorators after which a function is called as it is written.
TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "abc.abstractmethod",
        "abstractmethod",
        "functools.cache",
        "functools.lru_cache",
        "functools.wraps",
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
        "typing.final",
        "typing.override",
        "typing.no_type_check",
        "typing_extensions.final",
        "typing_extensions.override",
        "typing_extensions.deprecated",
        "warnings.deprecated",
    }
)
_SCALARS = frozenset({"str", "bytes", "int", "float", "bool", "list", "dict", "set", "tuple"})
# Of what is broken about one signature, so much is told.
_MOST_CHANGES = 4
_AWAITED = ("Awaitable", "Coroutine", "Future", "Deferred", "Task")
_ITERATED = ("Iter", "Generator")


class Breakage(NamedTuple):
    """*name* is dotted within its module; *says* completes "`name` ..."; lines of either side or 0."""

    name: str
    about: str
    says: str
    old_line: int
    new_line: int = 0
    severity: Severity = "warning"


def is_plain(definition: Definition) -> bool:
    """Whether a function is called as it is written, whatever decorates it."""
    return all(path in TRANSPARENT for path, _, _ in definition["decorators"])


def receives_object(name: str, definition: Definition) -> bool:
    """Whether the first parameter of a function is given by the object or class it is called on."""
    return "." in name and "staticmethod" not in definition["labels"]


def compare(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    lines = was["line"], now["line"]
    same = [row[1] for row in was["decorators"]] == [row[1] for row in now["decorators"]]
    plain = is_plain(was) and is_plain(now)
    by_name = all(path in TRANSPARENT or not is_call for path, _, is_call in was["decorators"])
    if (plain or (same and by_name)) and not was["deprecated"]:
        old = signatures.read(was, bound=receives_object(name, was))
        new = signatures.read(now, bound=receives_object(name, now))
        broken = list(signatures.breakages(old, new))
        if broken:
            more = (
                f", and {len(broken) - _MOST_CHANGES} more" if len(broken) > _MOST_CHANGES else ""
            )
            yield Breakage(name, "calls", "; ".join(broken[:_MOST_CHANGES]) + more, *lines)
        yield from _narrowed(name, old, new, lines)
    if plain:
        yield from _answered(name, was, now)
        yield from returned(name, was["returns"], now["returns"], was, now)


def _answered(name: str, was: Definition, now: Definition) -> Iterator[Breakage]:
    """Whether its result has to be awaited, or iterated over for anything to happen."""
    lines = was["line"], now["line"]
    if was["async"] != now["async"]:
        returns = (was if now["async"] else now)["returns"] or ""
        if not any(each in returns for each in _AWAITED):
            verb = "must be awaited now" if now["async"] else "must not be awaited any more"
            yield Breakage(name, "async", verb, *lines)
    elif {was["result"], now["result"]} == {"generator", "nothing"}:
        if now["result"] == "generator" and not was["abstract"]:
            yield Breakage(name, "generator", "does nothing now until it is iterated over", *lines)
        elif was["result"] == "generator" and not now["abstract"]:
            yield Breakage(name, "generator", "yields nothing any more", *lines)
    elif was["result"] == "value" and now["result"] == "generator":
        returns = was["returns"] or ""
        if returns and not any(each in returns for each in (*_ITERATED, *_AWAITED)):
            says = f"is a generator now and returned `{returns}`"
            yield Breakage(name, "generator", says, *lines)


def _narrowed(
    name: str, old: signatures.Signature, new: signatures.Signature, lines: tuple[int, int]
) -> Iterator[Breakage]:
    now = {each.name: each for each in new}
    for before in old:
        after = now.get(before.name)
        if after is None or not before.annotation or not after.annotation:
            continue
        lost = _union(before.annotation) - _union(after.annotation)
        narrower = _union(after.annotation) < _union(before.annotation)
        # That it must be given now, where `None` stood for leaving it out, is told already.
        is_told = after.default == "None" or (after.is_required and not before.is_required)
        if narrower and not (lost == {"None"} and is_told):
            says = f"takes `{before.name}` no longer as `{'` or `'.join(sorted(lost))}`"
            yield Breakage(name, f"type {before.name}", says, *lines, severity="note")


def returned(
    name: str, before: str | None, after: str | None, was: Definition, now: Definition
) -> Iterator[Breakage]:
    if not before or not after or before == after:
        return
    old, new = _union(before), _union(after)
    verb = "returns" if was["kind"] == "function" else "is"
    lines = was["line"], now["line"]
    if new == old | {"None"} and "None" not in old and verb == "returns":
        says = f"may return `None` now, not only `{before}`"
        yield Breakage(name, "returns", says, *lines, severity="note")
    elif {before, after} <= _SCALARS and (before, after) != ("int", "bool"):
        yield Breakage(name, "returns", f"{verb} `{after}` now, not `{before}`", *lines)


def _union(annotation: str) -> set[str]:
    """The members of a union; one whose brackets hold a `|` is taken as it is."""
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(annotation):
        depth += (letter in "[(") - (letter in "])")
        if letter == "|" and depth == 0:
            parts.append(annotation[start:index].strip())
            start = index + 1
    return {*parts, annotation[start:].strip()}
