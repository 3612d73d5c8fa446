"""What a signature demands and takes: of calls, and compared with what it was."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_POSITIONAL = ("positional", "either")
_KEYWORD = ("keyword", "either")
# Nobody who is read by others gives more arguments by position.
_LAST_BY_POSITION = 4


class Parameter(NamedTuple):
    """*kind* is positional, either, args, keyword or kwargs; *default* None where it is required."""

    name: str
    kind: str
    annotation: str | None
    default: str | None

    @property
    def is_required(self) -> bool:
        return self.default is None and self.kind not in ("args", "kwargs")


class Call(NamedTuple):
    """How something is called: positional arguments, names of keywords, `*` and `**`."""

    positional: int
    keywords: Sequence[str]
    star: bool
    double_star: bool


Signature = Sequence[Parameter]


def read(definition: Mapping[str, Any], *, bound: bool) -> Signature:
    """The parameters a caller sees; *bound*: the first is given by the object."""
    rows = [Parameter(*row) for row in definition["parameters"]]
    if bound and rows and rows[0].kind in _POSITIONAL:
        return rows[1:]
    return rows


def refusal(signature: Signature, call: Call) -> str:
    """Why a call of this form raises a TypeError, to complete "`f` ..."; "" if it need not."""
    kinds = {each.kind for each in signature}
    positional = [each for each in signature if each.kind in _POSITIONAL]
    taken = {each.name for each in signature if each.kind in _KEYWORD}
    if call.positional > len(positional) and "args" not in kinds:
        return f"takes {_count(len(positional), 'positional argument')}, not {call.positional}"
    for name in call.keywords:
        if name not in taken and "kwargs" not in kinds:
            return f"takes no argument `{name}`"
    keywords = set(call.keywords)
    given = positional[: call.positional]
    for each in given:
        if each.kind == "either" and each.name in keywords:
            return f"gets `{each.name}` twice"
    if call.star or call.double_star:
        return ""
    keywords |= {each.name for each in given}
    for each in signature:
        if each.is_required and each.name not in keywords:
            return f"requires `{each.name}`"
    return ""


def breakages(old: Signature, new: Signature) -> Iterator[str]:
    """What callers that fitted *old* cannot rely on under *new*, to complete "`f` ..."."""
    if form(old) == form(new):
        return
    known, now = {each.name: each for each in old}, {each.name: each for each in new}
    kinds = {each.kind for each in new}
    renamed = _renamed(old, new)
    yield from _by_keyword_only(old, now)
    for before in old:
        if before.kind not in ("args", "kwargs") and not before.name.startswith("_"):
            other = renamed.get(before.name, "")
            yield from _changed(before, now.get(before.name), other, kinds)
    added = [each for each in new if each.name not in known]
    required = [
        each.name for each in added if each.is_required and each.name not in renamed.values()
    ]
    for name in required:
        yield f"requires a new argument `{name}`"
    if not required:
        yield from _shifted(old, new)
    if not added:
        lost = {each.kind for each in old} - kinds
        if "args" in lost:
            yield "no longer takes any number of positional arguments"
        if "kwargs" in lost:
            yield "no longer takes arbitrary keyword arguments"


def form(signature: Signature) -> list[tuple[str, str, bool]]:
    """What of a signature decides which calls it takes."""
    return [(each.name, each.kind, each.is_required) for each in signature]


def _changed(
    before: Parameter, after: Parameter | None, renamed: str, kinds: set[str]
) -> Iterator[str]:
    """What became of one parameter; *kinds* are those of all at head, *renamed* its new name or ""."""
    name = before.name
    if after is None:
        if "kwargs" in kinds or (renamed and before.kind == "positional"):
            return  # taken in by `**kwargs`, for all that is known
        says = (
            f"calls its argument `{name}` now `{renamed}`"
            if renamed
            else f"no longer takes `{name}`"
        )
        yield says
    elif after.is_required and not before.is_required:
        yield f"requires `{name}` now"
    elif before.kind in _KEYWORD and after.kind == "positional" and "kwargs" not in kinds:
        yield f"takes `{name}` only by position now"


def _by_keyword_only(old: Signature, now: Mapping[str, Parameter]) -> Iterator[str]:
    """Those that can no longer be given by position, at once: often it is a whole signature."""
    kinds = {each.kind for each in now.values()}
    names = [
        each.name
        for each in old
        if each.kind in _POSITIONAL and each.name in now and now[each.name].kind == "keyword"
    ]
    if names and "args" not in kinds:
        yield f"takes {_listed(names)} only by keyword now"


def _renamed(old: Signature, new: Signature) -> dict[str, str]:
    """Parameters that have another name in the same place and are otherwise as they were."""
    names, known = {each.name for each in new}, {each.name for each in old}
    if len(old) != len(new):
        return {}
    return {
        before.name: after.name
        for before, after in zip(old, new, strict=True)
        if before.name not in names
        and after.name not in known
        and before.kind == after.kind
        and before.kind not in ("args", "kwargs")
        and before.is_required == after.is_required
    }


def _shifted(old: Signature, new: Signature) -> Iterator[str]:
    """Positional parameters of before that another one has come in front of."""
    places = {
        each.name: index
        for index, each in enumerate(each for each in new if each.kind in _POSITIONAL)
    }
    known = {each.name for each in old}
    kept = [each.name for each in old if each.kind in _POSITIONAL and each.name in places]
    if kept != sorted(kept, key=places.__getitem__):
        yield f"takes {_listed(sorted(kept, key=places.__getitem__))} in another order"
        return
    if not kept or {each.name for each in old} - {each.name for each in new}:
        return
    # Further back, arguments are given by their names.
    last = min(places[kept[-1]], _LAST_BY_POSITION)
    added = [name for name in places if name not in known and places[name] < last]
    if added:
        after = next(name for name in kept if places[name] > places[added[0]])
        yield f"takes a new argument `{added[0]}` before `{after}`"


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:5]]
    return ", ".join(shown) + (" and more" if len(names) > 5 else "")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
