"""The contract documents of both sides, read when they are asked for, with the files they name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.analysis import Program
from bot.comparison import Comparison, SideName
from bot.contract_documents import Kind, Library, Node, build, files_named, kind
from bot.domain import REGULAR_MODES, ChangedFile
from bot.outside.worker import Failure

PROGRAM = Program("contracts", "bot.outside.contract_worker", "yaml", bytes_per_process=600_000)

_ENDINGS = (".json", ".yaml", ".yml")
_TELLING_NAME = re.compile(r"openapi|swagger|\.schema\.", re.IGNORECASE)
# Where documents that did not change are looked for.
_LIKELY_PATH = re.compile(r"openapi|swagger|api|spec|schema", re.IGNORECASE)
_OPENAPI = re.compile(rb"""^[{\s]{0,9}["']?openapi["']?\s{0,9}:\s{0,9}["']?3""", re.MULTILINE)
_SCHEMA = re.compile(rb"json-schema\.org/")
_REFERENCE = re.compile(rb"""\$ref["']?\s{0,9}:\s{0,9}["']?[^#"'\s]""")
_MOST_READ, _MOST_DOCUMENTS, _MOST_FILES = 400, 30, 300


class Document(NamedTuple):
    """A file that was read: its root and kind, or why it could not be read.

    *twice* is a key that a mapping has two times, with the line of the second.
    """

    path: str
    root: Node | None
    kind: Kind
    failure: str = ""
    twice: tuple[str, int] | None = None
    named: frozenset[str] = frozenset()


class Shelf:
    """Reads documents of a comparison, each once."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self._known: dict[SideName, dict[str, Document | None]] = {"base": {}, "head": {}}
        self._all: dict[SideName, list[Document]] = {}

    def get(self, side: SideName, path: str) -> Document | None:
        """The document of a path; None where there is no such file."""
        self.load(side, [path])
        return self._known[side][path]

    def library(self, side: SideName) -> Library:
        """All documents read so far on one side."""
        known = self._known[side].items()
        return Library({path: each.root for path, each in known if each and each.root})

    def load(self, side: SideName, paths: Iterable[str]) -> None:
        """Read documents, and the files of the repository that their `$ref`s name."""
        waiting = sorted(set(paths))
        while waiting and len(self._known[side]) <= _MOST_FILES:
            self._read(side, [path for path in waiting if path not in self._known[side]])
            named: set[str] = set()
            for path in waiting:
                document = self._known[side].get(path)
                named |= document.named if document else frozenset()
            waiting = sorted(named - self._known[side].keys())
        for path in waiting:
            self._known[side][path] = Document(path, None, "", "too many files are named by `$ref`")

    def _read(self, side: SideName, paths: list[str]) -> None:
        listing = self.comparison.listing(side)
        questions: dict[str, bytes] = {}
        for path in paths:
            entry = listing.get(path)
            if entry is None or entry.mode not in REGULAR_MODES:
                self._known[side][path] = None
                continue
            text = self.comparison.text(side, path)
            if text is None:
                self._known[side][path] = Document(path, None, "", "larger than 1 MiB or missing")
            else:
                questions[entry.id] = text
        answers = self.comparison.ask(PROGRAM, {}, questions) if questions else {}
        for path in paths:
            if path not in self._known[side]:
                self._known[side][path] = _document(path, answers[listing[path].id])

    def documents(self, side: SideName) -> list[Document]:
        """The OpenAPI documents that one side commits, where such documents are found."""
        if side not in self._all:
            self._all[side] = list(self._find(side))
        return self._all[side]

    def _find(self, side: SideName) -> Iterator[Document]:
        listing = self.comparison.listing(side)
        likely = [
            path
            for path, entry in listing.items()
            if is_named_as_document(path) and _LIKELY_PATH.search(path)
            and entry.mode in REGULAR_MODES and not self.comparison.ignores(path)
        ]  # fmt: skip
        likely.sort(key=lambda path: (not _TELLING_NAME.search(path), path.count("/"), path))
        texts = self.comparison.read(listing[path].id for path in likely[:_MOST_READ])
        found = [
            path for path in likely[:_MOST_READ] if _OPENAPI.search(texts[listing[path].id] or b"")
        ]
        self.load(side, found[:_MOST_DOCUMENTS])
        for path in found[:_MOST_DOCUMENTS]:
            document = self._known[side][path]
            if document is not None and document.kind == "openapi":
                yield document

    def reaches(self, side: SideName, document: Document) -> set[str]:
        """Every file that a document is made of, itself included."""
        found, waiting = {document.path}, [document]
        while waiting:
            for path in waiting.pop().named - found:
                found.add(path)
                below = self._known[side].get(path)
                waiting += [below] if below else []
        return found

    def is_hinted(self, file: ChangedFile) -> bool:
        """Whether a changed file looks like a document on either side, or cannot be looked at."""
        sides: list[tuple[SideName, str, str]] = [
            ("base", file.old_path, file.old_blob),
            ("head", file.path, file.new_blob),
        ]
        return any(
            is_named_as_document(path) and self._is_hinted(side, path)
            for side, path, blob in sides
            if blob
        )

    def _is_hinted(self, side: SideName, path: str) -> bool:
        entry = self.comparison.listing(side).get(path)
        if entry is None or entry.mode not in REGULAR_MODES:
            return False
        text = self.comparison.text(side, path)
        if text is None or path.endswith((".schema.json", ".schema.yaml", ".schema.yml")):
            return bool(_TELLING_NAME.search(path))
        return bool(_OPENAPI.search(text) or _SCHEMA.search(text))


def is_named_as_document(path: str) -> bool:
    """Whether a file is JSON or YAML by its name."""
    return path.endswith(_ENDINGS)


def _document(path: str, answer: Any) -> Document:
    if isinstance(answer, Failure):
        return Document(path, None, "", str(answer))
    table: Mapping[str, Any] = answer
    root = build(path, table["nodes"])
    twice = tuple(table["twice"]) if table["twice"] else None
    named = frozenset(files_named(path, table["nodes"]))
    return Document(path, root, kind(root, path), "", twice, named)
