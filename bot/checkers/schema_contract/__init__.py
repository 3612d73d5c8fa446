"""Rules about API contracts: `check: schema_contract`, `options: {compares: openapi}`.

Committed OpenAPI 3 and JSON Schema documents are compared between base and head, and the web
routes of the changed Python files with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options
from bot.checkers.schema_contract import documents, routes
from bot.checkers.schema_contract.shelf import Shelf, is_named_as_document
from bot.comparison import Comparison
from bot.domain import Coverage, Finding, Rule
from bot.options import Option

NAME = "schema_contract"
READS = ""

_OF_DOCUMENTS = ("openapi", "json-schema")
_OF_ROUTES = ("changed-routes", "undocumented-routes")
_COMPARES = (*_OF_DOCUMENTS, *_OF_ROUTES)
_DIRECTIONS = ("input", "output", "both")
_DOCUMENT = ("required", "optional")
OPTIONS: options.Table = {
    "compares": Option(f"one of {', '.join(_COMPARES)}", {"enum": list(_COMPARES)}, required=True),
    "direction": Option(
        "input, output or both: whether a JSON Schema describes what is read, what is written, or both",
        {"enum": list(_DIRECTIONS)},
    ),
    "document": Option(
        "required or optional: whether changed routes are told only where the repository commits an"
        " OpenAPI document",
        {"enum": list(_DOCUMENT)},
    ),
}
# The option that each takes besides `compares`.
_OWN = {"json-schema": "direction", "changed-routes": "document"}


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    found = options.problems(NAME, OPTIONS, given)
    compares = given.get("compares")
    if not found:
        for name in ("direction", "document"):
            owner = next(each for each, own in _OWN.items() if own == name)
            if name in given and compares != owner:
                found.append(f"`{name}` is for `compares: {owner}`, not `{compares}`")
    return found


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether there is anything to say about a changed file of this path."""
    wanted = {rule.options["compares"] for rule in rules}
    if path.endswith(".py"):
        return not wanted.isdisjoint(_OF_ROUTES)
    return is_named_as_document(path) and not wanted.isdisjoint(_OF_DOCUMENTS)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What head breaks of the contracts of base."""
    shelf = Shelf(comparison)
    by_subject: dict[str, list[Rule]] = {name: [] for name in _COMPARES}
    for rule in rules:
        by_subject[rule.options["compares"]].append(rule)
    of_documents = [rule for name in _OF_DOCUMENTS for rule in by_subject[name]]
    if of_documents:
        yield from documents.compare(shelf, of_documents)
    if any(by_subject[name] for name in _OF_ROUTES):
        yield from routes.compare(shelf, *(by_subject[name] for name in _OF_ROUTES))
