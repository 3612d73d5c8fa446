"""What callers can no longer catch, by what two functions document to raise."""

from collections.abc import Callable, Iterator

from bot.checkers.api_contract.functions import Breakage, Definition

# The name of an exception at head to the names of all its bases; None where one is not known.
Kin = Callable[[str], frozenset[str] | None]
_MOST_NAMES = 5


def compare(name: str, was: Definition, now: Definition, kin: Kin) -> Iterator[Breakage]:
    """The exceptions that came and went, but for those that the same `except` still catches."""
    if was["documented"] is None or now["documented"] is None:
        return
    old, new = set(was["documented"]), set(now["documented"])
    # Not what a docstring only forgot to say.
    lost = (old - new) & (set(was["raised"]) - set(now["raised"]))
    gained = (new - old) & (set(now["raised"]) - set(was["raised"]))
    if not lost and not gained:
        return
    for each in sorted(new - old):
        bases = kin(each)
        if bases is None:
            return  # it may be a kind of any of them
        lost -= bases
        if bases & old:
            gained.discard(each)
    if not lost and not gained:
        return
    says = "raises " + _listed(gained) if gained else "no longer raises " + _listed(lost)
    if lost and gained:
        says += f" instead of {_listed(lost)}"
    lines = was["line"], now["line"]
    yield Breakage(name, "raises", says + ", as documented", *lines, severity="note")


def _listed(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)[:_MOST_NAMES])
