"""Where something is at head that a name of base stood for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from bot.checkers.api_contract import surface
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.checkers.api_contract.surface import Offer
from bot.comparison import Comparison
from bot.outside.worker import Failure

_DEFINED = re.compile(rb"\b(?:class|def)[ \t]+(\w+)|^(\w+)[ \t]*[:=]", re.MULTILINE)
# Of so many definitions of one name, nobody can tell which one it is now.
_MOST_ALIKE = 20


class Whereabouts:
    """Finds what a change left where it was, or moved to another of the files that it touches."""

    def __init__(self, comparison: Comparison, modules: Modules) -> None:
        self._comparison, self._modules = comparison, modules
        self._presented: dict[Module, dict[str, Place]] = {}

    def find(self, old: Place) -> Place | None:
        """The definition at head of what *old* is at base; None where none or several may be it."""
        path = self._comparison.renamed.get(old.module.path, old.module.path)
        if path in self._comparison.listing("head"):
            near = Place(self._modules.at("head", path), old.name)
            if self._is_alike(old, near):
                return near
        return self._moved(old)

    def _moved(self, old: Place) -> Place | None:
        modules = self._defining.get(old.name.encode(), ())
        if len(modules) > _MOST_ALIKE:
            return None
        self._modules.load(modules)
        found = [
            place
            for module in modules
            if surface.is_offered(module) and self._is_alike(old, place := Place(module, old.name))
        ]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _defining(self) -> Mapping[bytes, Sequence[Module]]:
        """Names to the modules of head, among those changed, whose text seems to define them."""
        found: dict[bytes, list[Module]] = {}
        for each in self._comparison.files:
            if each.head is None or not each.head.path.endswith(".py"):
                continue
            module = self._modules.at("head", each.head.path)
            text = self._comparison.text("head", each.head.path) or b""
            for name in {one or other for one, other in _DEFINED.findall(text)}:
                found.setdefault(name, []).append(module)
        return found

    def _is_alike(self, old: Place, new: Place) -> bool:
        """Whether both define something of the same kind."""
        kinds = []
        for place in (old, new):
            answer = self._modules.description(place.module)
            if isinstance(answer, Failure) or place.name not in answer["definitions"]:
                return False
            kinds.append(answer["definitions"][place.name]["kind"])
        return bool(kinds[0] == kinds[1])

    def home(self, place: Place) -> Module:
        """Where others import it from: the innermost package that presents it, else its module."""
        for package in surface.packages(self._modules, place.module):
            if package not in self._presented:
                offers = surface.offers(self._modules, package, "exported")
                self._presented[package] = {each.name: each.place for each in offers}
            if self._presented[package].get(place.name) == place:
                return package
        return place.module

    def says(self, offers: Iterable[Offer]) -> str:
        """Where the things behind public names are now, to follow "... is gone"; "" if not told."""
        homes, modules = set(), set()
        for offer in offers:
            place = self.find(offer.place)
            if place is None:
                return ""
            renamed = f".{place.name}" if place.name != offer.name else ""
            homes.add(self.home(place).name + renamed)
            modules.add(place.module.name + renamed)
        # Where packages present some of them only, the module itself tells.
        found = next((each for each in (homes, modules) if len(each) == 1), set[str]())
        return f", now in `{found.pop()}`" if found else ""

    def line(self, module: Module, name: str) -> int:
        """The line of base where a module imports a name; 1 if its text does not show it."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        lines = self._comparison.lines("base", module.path)
        found = [number for number, line in enumerate(lines, 1) if word.search(line)]
        return found[0] if found else 1
