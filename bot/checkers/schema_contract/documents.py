"""OpenAPI and JSON Schema documents of base and head: what head breaks."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot import contract_groups, contract_operations, contract_schemas, paths
from bot.checkers.schema_contract.shelf import Document, Shelf, is_named_as_document
from bot.contract_differences import SURE, Comparer, Difference, Direction
from bot.contract_documents import Node, TooComplex
from bot.domain import SEVERITIES, ChangedFile, Coverage, Finding, Rule, Severity

# A document with more differences is another document.
_MOST = 300
_KINDS = {"openapi": "an OpenAPI 3 document", "json-schema": "a JSON Schema"}
_DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "input": ("input",),
    "output": ("output",),
    "both": ("input", "output"),
}
_NAME = "schema_contract"


class _Pair(NamedTuple):
    """A document of base and what it is at head, if anything; *path* is the changed file's."""

    path: str
    base: Document
    head: Document | None


class _Told(NamedTuple):
    """A difference, the rule and document under which it is told, and others that have it too."""

    rule: Rule
    path: str
    difference: Difference
    others: list[str]

    # The same API is often committed twice, as YAML and as JSON.
    def whole(self) -> Difference:
        also = ", ".join(f"`{path}`" for path in dict.fromkeys(self.others))
        return self.difference._replace(also=f" (also in {also})" if also else "")


def compare(shelf: Shelf, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """Findings and what could not be compared."""
    told: dict[tuple[str, str], _Told] = {}
    for pair in _pairs(shelf):
        for rule in rules:
            if rule.options["compares"] != pair.base.kind:
                continue
            if not paths.matches(pair.path, rule.paths):
                continue
            for each in _judge(shelf, pair, rule):
                if not isinstance(each, Difference):
                    yield each
                    continue
                first = told.setdefault((rule.id, each.message), _Told(rule, pair.path, each, []))
                if first.path != pair.path:
                    first.others.append(pair.path)
    by_document: dict[tuple[str, str], list[_Told]] = defaultdict(list)
    for entry in told.values():
        by_document[entry.rule.id, entry.path].append(entry)
    for several in by_document.values():
        for difference in contract_groups.gather(entry.whole() for entry in several):
            yield _finding(difference, several[0].rule)


def _pairs(shelf: Shelf) -> Iterator[_Pair]:
    files = [file for file in shelf.comparison.change.files if not _is_ignored(shelf, file)]
    hinted = [file for file in files if shelf.is_hinted(file)]
    shelf.load("base", [file.old_path for file in hinted if file.old_blob])
    shelf.load("head", [file.path for file in hinted if file.new_blob])
    lost, fresh = [], []
    for file in hinted:
        base = shelf.get("base", file.old_path) if file.old_blob else None
        head = shelf.get("head", file.path) if file.new_blob else None
        if base is not None and base.failure.startswith("larger"):
            yield _Pair(file.path, base, head)
        elif base is not None and base.kind and head is None:
            lost.append((file, base))
        elif base is not None and base.kind:
            yield _Pair(file.path, base, head)
        elif head is not None and head.kind:
            fresh.append(head)
    for file, base in lost:
        heir = next((each for each in fresh if _is_heir(base, each)), None)
        if heir is not None or not _is_copy(shelf, base):
            yield _Pair(heir.path if heir else file.path, base, heir)
    yield from _made_of(shelf, files, {file.path for file in hinted})


def _made_of(shelf: Shelf, files: Sequence[ChangedFile], known: set[str]) -> Iterator[_Pair]:
    """Documents that did not change, of parts in other files that did."""
    parts = {
        file.old_path
        for file in files
        if file.old_blob and file.path not in known and is_named_as_document(file.old_path)
    }
    for base in shelf.documents("base") if parts else ():
        if base.path not in known and shelf.reaches("base", base) & parts:
            head = shelf.get("head", base.path)
            if head is not None:
                yield _Pair(base.path, base, head)


def _is_ignored(shelf: Shelf, file: ChangedFile) -> bool:
    return shelf.comparison.ignores(file.path)


def _is_heir(base: Document, head: Document) -> bool:
    """Whether an added document is a deleted one under another name."""
    if base.kind != head.kind or base.root is None or head.root is None:
        return False
    old, new = base.root.get("paths"), head.root.get("paths")
    if old and new:
        return 2 * len(old.items.keys() & new.items.keys()) >= max(len(old.items), 1)
    identities = [each.get("$id") for each in (base.root, head.root)]
    names = [posixpath.basename(each.path).split(".")[0] for each in (base, head)]
    alike = bool(identities[0] and identities[1] and identities[0].text == identities[1].text)
    return alike or names[0] == names[1]


def _is_copy(shelf: Shelf, base: Document) -> bool:
    """Whether a document that stays at head has every path of one that goes."""
    paths_of = base.root.get("paths") if base.root and base.kind == "openapi" else None
    if paths_of is None:
        return False
    others = [each.root.get("paths") for each in shelf.documents("head") if each.root]
    return any(each and paths_of.items.keys() <= each.items.keys() for each in others)


def _judge(shelf: Shelf, pair: _Pair, rule: Rule) -> Iterator[Finding | Difference | Coverage]:
    base, head = pair.base, pair.head
    what = _KINDS[base.kind]
    if head is None:
        file = shelf.comparison.changed(pair.path)
        change = "was deleted" if not (file and file.new_blob) else f"is no longer {what}"
        yield _whole(pair.path, rule, change)
    elif head.failure or head.root is None:
        yield Coverage(pair.path, _NAME, "failed", head.failure or "the document is empty")
    elif head.kind != base.kind:
        yield _whole(pair.path, rule, f"is no longer {what}")
    elif head.twice and not base.twice:
        key, line = head.twice
        reason = f"line {line}: the key `{key}` is there twice, which not every reader takes alike"
        yield Coverage(pair.path, _NAME, "failed", reason)
    elif base.root is not None:
        yield from _differences(shelf, pair, (base.root, head.root), rule)


def _differences(
    shelf: Shelf, pair: _Pair, roots: tuple[Node, Node], rule: Rule
) -> Iterator[Difference | Coverage]:
    comparer = Comparer(shelf.library("base"), shelf.library("head"))
    try:
        if pair.base.kind == "openapi":
            contract_operations.compare(*roots, comparer)
        else:
            directions = _DIRECTIONS[rule.options.get("direction", "input")]
            contract_schemas.compare(*roots, directions, comparer)
        found = comparer.finish()
    except TooComplex as error:
        yield Coverage(pair.path, _NAME, "failed", str(error))
        return
    for node, reference in comparer.lost[:1]:
        reason = (
            f"line {node.line}: `$ref` leads out of the repository or to nothing: {reference[:200]}"
        )
        yield Coverage(node.path, _NAME, "failed", reason)
    if len(found) > _MOST:
        reason = f"{len(found)} differences; only {_MOST} are told"
        yield Coverage(pair.path, _NAME, "failed", reason)
    yield from sorted(found, key=lambda each: each.level)[:_MOST]


def _finding(difference: Difference, rule: Rule) -> Finding:
    directions = "+".join(difference.directions)
    return Finding(
        rule=rule.id,
        checker=_NAME,
        severity=_severity(rule, difference.level),
        path=difference.node.path,
        start_line=difference.node.line,
        end_line=difference.node.line,
        message=difference.message,
        code=difference.kind,
        key=f"{directions} {difference.pointer} {difference.kind}",
    )


def _whole(path: str, rule: Rule, change: str) -> Finding:
    return Finding(
        rule=rule.id,
        checker=_NAME,
        severity=_severity(rule, SURE),
        path=path,
        start_line=1,
        end_line=1,
        message=f"`{path}` {change}",
        code="document-removed",
        key="document-removed",
    )


def _severity(rule: Rule, level: int) -> Severity:
    """The rule's severity, lower where it is less sure that somebody breaks."""
    if rule.severity_is_fixed:
        return rule.severity
    return SEVERITIES[min(SEVERITIES.index(rule.severity) + level, len(SEVERITIES) - 1)]
