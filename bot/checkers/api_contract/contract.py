"""The changed modules of both sides, what is public of them, and what of that is broken."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.checkers.api_contract import surface
from bot.checkers.api_contract.breakage import Comparer, is_deprecated
from bot.checkers.api_contract.callers import Broken
from bot.checkers.api_contract.functions import Breakage
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.checkers.api_contract.surface import Offer
from bot.comparison import Comparison
from bot.domain import ChangedFile, Coverage, Finding, Rule
from bot.outside.worker import Failure

NAME = "api_contract"
_MOST_CALLERS = 5
_MOST_NAMES = 8


class Contract:
    """The changed modules of both sides, and what is public of them."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.modules = Modules(comparison)
        self.comparer = Comparer(self.modules)
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
            for module in dict.fromkeys([old, *([new] if new else []), *packages]):
                answer = self.modules.description(module)
                if isinstance(answer, Failure):
                    of_base = "the old version of " if module.side == "base" else ""
                    reason = f"no interface to compare: {of_base}{module.path}: {answer}"
                    yield Coverage(file.path, NAME, "failed", reason)
                    break
        for each in self._comparison.files:
            is_unread = each.base is None and each.head is not None and each.change.old_blob
            if is_unread and each.change.path.endswith(".py"):
                reason = "no interface to compare: the old version cannot be read"
                yield Coverage(each.change.path, NAME, "failed", reason)

    def breakages(self, rule: Rule, broken: Sequence[Broken]) -> Iterator[Finding]:
        """What the change breaks of what is public under the rule."""
        compared: set[tuple[Place, Place]] = set()
        gone: dict[str, list[Offer]] = {}
        for offer in self._offers(rule.options.get("surface", "exported")):
            module = self.modules.find(offer.module._replace(side="head"), offer.module.name)
            now = self.modules.resolve(module, offer.name) if module is not None else None
            if now is None:
                if not self._was_deprecated(offer):
                    gone.setdefault(offer.place.module.path, []).append(offer)
            elif isinstance(now, Place) and (offer.place, now) not in compared:
                compared.add((offer.place, now))
                if not self._is_same(offer.place, now):
                    for each in self.comparer.compare(offer.place, now):
                        yield self._finding(rule, offer, now, each, broken)
        for offers in gone.values():
            yield from self._gone(rule, offers, broken)

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

    def _gone(
        self, rule: Rule, offers: Sequence[Offer], broken: Sequence[Broken]
    ) -> Iterator[Finding]:
        """One finding for each name or, where their module is gone, one for all."""
        file = self._file(offers[0].place.module.path)
        if file is not None and not file.new_blob and len(offers) > 1:
            names = [f"`{offer.path}`" for offer in offers[:_MOST_NAMES]]
            more = f" and {len(offers) - _MOST_NAMES} more" if len(offers) > _MOST_NAMES else ""
            says = f"{', '.join(names)}{more} are gone with `{file.path}`"
            yield self._at(rule, file, 1, says, f"gone {file.path}", "warning")
            return
        for offer in offers:
            answer = self.modules.description(offer.place.module)
            line = 1
            if not isinstance(answer, Failure):
                line = answer["definitions"].get(offer.place.name, {"line": 1})["line"]
            file = self._file(offer.place.module.path) or self._file(offer.module.path)
            if file is None:
                continue
            if file.old_path != offer.place.module.path:
                line = 1
            elif file.new_blob:
                line = self._comparison.line_at_head(file, line)
            says = f"`{offer.path}` is gone{self._users(offer, offer.name, broken)}"
            yield self._at(rule, file, line, says, f"gone {offer.path}", "warning")

    def _finding(
        self, rule: Rule, offer: Offer, now: Place, each: Breakage, broken: Sequence[Broken]
    ) -> Finding:
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
        says = f"`{shown}` {each.says}{self._users(offer, now.name + inner, broken)}"
        return self._at(rule, file, line, says, f"{each.about} {shown}", each.severity)

    def _users(self, offer: Offer, name: str, broken: Sequence[Broken]) -> str:
        """The places in this repository that still rely on it."""
        name = name.removesuffix(".__init__")
        modules = (offer.place.module.name, offer.module.name)
        users = dict.fromkeys(
            f"`{each.path}:{each.line}`"
            for each in broken
            if each.loss.name == name and each.loss.module.name in modules
        )
        if not users:
            return ""
        more = f" and {len(users) - _MOST_CALLERS} more" if len(users) > _MOST_CALLERS else ""
        return f"; still used by {', '.join(list(users)[:_MOST_CALLERS])}{more}"

    def _file(self, path: str, side: str = "base") -> ChangedFile | None:
        for file, _, _ in self._changed:
            if (file.path if side == "head" else file.old_path) == path:
                return file
        return self._comparison.changed(path)

    def _at(
        self, rule: Rule, file: ChangedFile, line: int, says: str, key: str, severity: Any
    ) -> Finding:
        return Finding(
            rule=rule.id,
            checker=NAME,
            severity=max(rule.severity, severity, key=("error", "warning", "note").index)
            if severity == "note"
            else rule.severity,
            path=file.path,
            start_line=line,
            end_line=line,
            message=says,
            key=key,
        )
