"""Contracts stated for import-linter that a change edits while it is held to them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot import contracts, import_linter
from bot.comparison import Comparison, SideName
from bot.contracts import Missing
from bot.domain import Coverage, Finding, Rule
from bot.import_graph import Graph

_GONE = "gone "


def read(comparison: Comparison) -> Mapping[str, Mapping[str, Any]]:
    """The rules whose contracts the change edits, with their new options; none where taken out."""
    changed = {path for file in comparison.change.files for path in (file.path, file.old_path)}
    if changed.isdisjoint(import_linter.FILES):
        return {}
    base, head = (_stated(comparison, "base"), _stated(comparison, "head"))
    return {each: head.get(each, {}) for each in base if base[each] != head.get(each)}


def _stated(comparison: Comparison, side: SideName) -> dict[str, Mapping[str, Any]]:
    texts = {path: comparison.text(side, path) or b"" for path in import_linter.FILES}
    return {rule.id: rule.options for rule in import_linter.read(texts).rules}


def gone(module: Missing) -> str:
    """The key of a finding about a module that a contract names and that is gone."""
    return f"{_GONE}{module.name}"


def told(
    found: Iterable[Finding | Coverage], rule: Rule, new: Mapping[str, Any], head: Graph
) -> Iterator[Finding | Coverage]:
    """What was found under a contract of base, of which *new* are the options at head."""
    verb = (
        f"edits this contract in {rule.origin}"
        if new
        else f"takes this contract out of {rule.origin}"
    )
    also = f"the change also {verb}; the one at the base judges"
    still = {gone(each) for each in contracts.missing(new, head)}
    for each in found:
        if not isinstance(each, Finding) or each.label == "fixed":
            yield each
        elif not each.key.startswith(_GONE):
            yield each._replace(message=f"{each.message}; {also}")
        elif each.key in still:
            yield each  # else the contract went with the module, as it should
