"""The changed modules of both sides, what is public of them, and what of that is broken."""

from collections.abc import Iterator, Sequence

from bot import paths
from bot.checkers.api_contract import surface
from bot.checkers.api_contract.breakage import Comparer, is_deprecated
from bot.checkers.api_contract.callers import Broken
from bot.checkers.api_contract.functions import Breakage
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.checkers.api_contract.surface import Offer
from bot.checkers.api_contract.telling import NAME, Told, finding, listed, once, used_by
from bot.checkers.api_contract.whereabouts import Whereabouts
from bot.comparison import Comparison
from bot.domain import ChangedFile, Coverage, Finding, Rule
from bot.outside.worker import Failure


class Contract:
    """The changed modules of both sides, and what is public of them."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.modules = Modules(comparison)
        self.comparer = Comparer(self.modules)
        self._whereabouts = Whereabouts(comparison, self.modules)
        self._changed: list[tuple[ChangedFile, Module, Module | None]] = []
        for each in comparison.files:
            if each.base is None or not each.base.path.endswith(".py"):
                continue
            old = self.modules.at("base", each.base.path)
            new = None
            if each.head is not None and each.head.path.endswith(".py"):
                new = self.modules.at("head", each.head.path)
            if new is not None or each.change.status == "deleted":
                self._changed.append((each.change, old, new))
        self._load()

    def _load(self) -> None:
        """All that will surely be looked at, in one go."""
        wanted: dict[Module, None] = {}
        for _, old, new in self._changed:
            for module in (old, new):
                if module is not None:
                    wanted[module] = None
                    wanted.update(dict.fromkeys(surface.packages(self.modules, module)))
        self.modules.load(wanted)

    @property
    def pairs(self) -> list[tuple[Module, Module | None]]:
        return [(old, new) for _, old, new in self._changed]

    def at_head(self, path: str) -> str:
        """The path by which the change names a file of either side."""
        return self._comparison.renamed.get(path, path)

    def unread(self) -> Iterator[Coverage]:
        """Files that cannot be compared since one side, or what presents them, does not parse."""
        for file, old, new in self._changed:
            packages = surface.packages(self.modules, old)
            # Head comes first: what is wrong with it is said alike by every checker.
            for module in dict.fromkeys([*([new] if new else []), old, *packages]):
                answer = self.modules.description(module)
                if isinstance(answer, Failure):
                    of_base = "the old version of " if module.side == "base" else ""
                    reason = f"no interface to compare: {of_base}{module.path}: {answer}"
                    # Every checker says of this file what is wrong with it, so a person reads it once.
                    reason = str(answer) if module == new and answer.lasting else reason
                    yield Coverage(file.path, NAME, "failed", reason)
                    break
        for each in self._comparison.files:
            is_unread = each.base is None and each.head is not None and each.change.old_blob
            if is_unread and each.change.path.endswith(".py"):
                reason = "no interface to compare: the old version cannot be read"
                yield Coverage(each.change.path, NAME, "failed", reason)

    def breakages(self, rule: Rule, broken: Sequence[Broken]) -> Iterator[Finding]:
        """What the change breaks of what is public under the rule."""
        alike: dict[tuple[str, str], list[Told]] = {}
        for told in self._told(rule.options.get("surface", "exported"), broken):
            # Otherwise it might stand for others, and be dropped with them.
            if paths.matches(told.file.path, rule.paths):
                alike.setdefault((told.file.path, told.says), []).append(told)
        for several in once(alike):
            yield finding(rule, several)

    def _told(self, wanted: str, broken: Sequence[Broken]) -> Iterator[Told]:
        compared: set[tuple[Place, Place]] = set()
        gone: dict[str, list[Offer]] = {}
        for offer in self._offers(wanted):
            module = self.modules.at_head(offer.module)
            now = self.modules.resolve(module, offer.name) if module is not None else None
            if now is None and not self._was_deprecated(offer):
                if module is None:
                    gone.setdefault(self.modules.outermost_gone(offer.module), []).append(offer)
                else:
                    yield from self._gone(offer, broken)
            elif isinstance(now, Place) and (offer.place, now) not in compared:
                compared.add((offer.place, now))
                if not self._is_same(offer.place, now):
                    for each in self.comparer.compare(offer.place, now):
                        yield self._changed_form(offer, now, each, broken)
        for name, offers in gone.items():
            yield from self._gone_with_module(name, offers)

    def _offers(self, wanted: str) -> Iterator[Offer]:
        """What is public of the changed modules, once for every path it is public by."""
        changed = {old.path for _, old, _ in self._changed}
        asked: dict[Module, None] = {}
        for _, old, _ in self._changed:
            asked.update(dict.fromkeys([*surface.packages(self.modules, old), old]))
        seen = set()
        for module in asked:
            for offer in surface.offers(self.modules, module, wanted):
                is_touched = offer.place.module.path in changed or module.path in changed
                if is_touched and offer.path not in seen and offer.place.name:
                    seen.add(offer.path)
                    yield offer

    def _is_same(self, old: Place, new: Place) -> bool:
        return old.name == new.name and self.modules.blob(old.module) == self.modules.blob(
            new.module
        )

    def _was_deprecated(self, offer: Offer) -> bool:
        answer = self.modules.description(offer.place.module)
        return not isinstance(answer, Failure) and is_deprecated(
            answer["definitions"], offer.place.name
        )

    def _gone_with_module(self, name: str, offers: Sequence[Offer]) -> Iterator[Told]:
        """What a module or a whole package took with it, *name* being the largest that is gone."""
        modules = list(dict.fromkeys(offer.module for offer in offers))
        first = modules[0]
        # Of a package that moved as a whole, one module tells where.
        now = self._whereabouts.says(offer for offer in offers if offer.module == first)
        if modules == [first] and first.name == name:
            lost = [offer.name for offer in offers]
        else:
            names = (module.name for module in modules if module.name != name)
            lost = sorted(names, key=lambda each: (each.count("."), each))
            now = now.replace(f"{first.name.removeprefix(name)}`", "`") if len(modules) > 1 else now
        whole = self.modules.find(first, name)
        file = self._file(whole.path) if whole is not None else None
        file = file or self._file(first.path) or self._file(offers[0].place.module.path)
        if file is not None:
            says = f"is gone, and with it {listed(lost)}{now}"
            yield Told(file, 1, name, says, "gone", "warning", (), now, tuple(lost))

    def _gone(self, offer: Offer, broken: Sequence[Broken]) -> Iterator[Told]:
        now = self._whereabouts.says([offer])
        owners = [offer.place.module, offer.module]
        # Where it still stands nothing is wrong: what broke is the file that no longer passes it on.
        for module in owners[::-1] if now else owners:
            file = self._file(module.path)
            if file is not None:
                line = self._line_of_lost(offer, module, file)
                users = used_by(offer, offer.name, broken)
                yield Told(
                    file, line, offer.path, f"is gone{now}", "gone", "warning", users,
                    now, (offer.name,),
                )  # fmt: skip
                return

    def _line_of_lost(self, offer: Offer, module: Module, file: ChangedFile) -> int:
        """The line at head of what *module* had of a name that is gone."""
        if file.old_path != module.path:
            return 1
        line = self._whereabouts.line(module, offer.name)
        if module == offer.place.module:
            answer = self.modules.description(module)
            if not isinstance(answer, Failure) and offer.place.name in answer["definitions"]:
                line = answer["definitions"][offer.place.name]["line"]
        return self._comparison.line_at_head(file, line) if file.new_blob else line

    def _changed_form(
        self, offer: Offer, now: Place, each: Breakage, broken: Sequence[Broken]
    ) -> Told:
        inner = each.name.removeprefix(offer.place.name)
        shown = (offer.path + inner).removesuffix(".__init__")
        file = self._file(now.module.path, "head") or self._file(offer.place.module.path)
        assert file is not None
        line = each.new_line
        if file.path != now.module.path:
            line = 1
        elif not line:
            is_same_file = file.old_path == offer.place.module.path
            line = self._comparison.line_at_head(file, each.old_line) if is_same_file else 1
        users = used_by(offer, now.name + inner, broken)
        return Told(file, line, shown, each.says, each.about, each.severity, users)

    def _file(self, path: str, side: str = "base") -> ChangedFile | None:
        for file, _, _ in self._changed:
            if (file.path if side == "head" else file.old_path) == path:
                return file
        return self._comparison.changed(path)
