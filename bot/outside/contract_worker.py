"""JSON and YAML documents as tables of nodes with their lines.

`main` is run as a program by `bot.outside.worker`: the documents are hostile text.
"""

import gc
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

gc.disable()

import yaml

from bot.outside import serving

NODE_LIMIT = 300_000
DEPTH_LIMIT = 150
# `<<` in YAML copies what it merges.
_MERGE_LIMIT = 100_000
_STRING_LENGTH = 300

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n')
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]{0,30})")
_NUMBER = re.compile(
    r"[-+]?([0-9][0-9_]{0,300}\.?[0-9_]{0,300}|\.[0-9]{1,300})([eE][-+]?[0-9]{1,3})?"
)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# A kind (mapping, sequence, end, scalar, alias), the line, the anchor and a scalar's value.
_Event = tuple[str, int, str | None, Any]


def parse(data: bytes, path: str, options: Any) -> dict[str, Any]:
    """The nodes of a document: `{"nodes": [[line, value], ...], "twice": [key, line] or None}`.

    A value is a scalar, a list of node numbers, or a mapping of keys to node numbers; the first
    node is the root. *twice* is the last key that a mapping has two times; the second holds.
    Long strings are cut and end in their digest. Raises `ValueError`.
    """
    text = data.decode("utf-8-sig")
    if text.lstrip()[:1] in {"{", "["}:
        try:
            json.loads(text, parse_constant=_refuse)
        except ValueError as error:
            # YAML takes in more than JSON: comments, a comma at the end.
            try:
                return _Table().build(_yaml_events(text))
            except (ValueError, yaml.YAMLError):
                raise error from None
        return _Table().build(_json_events(text))
    try:
        return _Table().build(_yaml_events(text))
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"`{constant}` is no JSON")


def _json_events(text: str) -> Iterator[_Event]:
    """The events of a text that is known to be JSON."""
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        piece = match.group()
        if piece == "\n":
            line += 1
        elif piece in "{[":
            yield ("mapping" if piece == "{" else "sequence"), line, None, None
        elif piece in "}]":
            yield "end", line, None, None
        elif piece not in ",:":
            is_simple = piece[0] == '"' and "\\" not in piece
            yield "scalar", line, None, piece[1:-1] if is_simple else json.loads(piece)


def _yaml_events(text: str) -> Iterator[_Event]:
    documents = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        line = event.start_mark.line + 1  # type: ignore[union-attr]
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            yield "scalar", line, event.anchor, _plain(event.value) if plain else event.value
        elif isinstance(event, yaml.AliasEvent):
            yield "alias", line, event.anchor, None
        elif isinstance(event, yaml.MappingStartEvent):
            yield "mapping", line, event.anchor, None
        elif isinstance(event, yaml.SequenceStartEvent):
            yield "sequence", line, event.anchor, None
        elif isinstance(event, yaml.CollectionEndEvent):
            yield "end", line, None, None
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ValueError(f"line {line}: more than one document in the file")


def _plain(text: str) -> Any:
    """A plain scalar as YAML 1.2's core schema reads it; what is not finite stays a text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _NUMBER.fullmatch(text):
        return float(text.replace("_", ""))
    return text


class _Table:
    """Builds the nodes from events, without recursion; an alias is the node it stands for."""

    def __init__(self) -> None:
        self._nodes: list[list[Any]] = []
        self._anchors: dict[str, int] = {}
        # Open collections: the node's number and, in a mapping, the key that waits for a value.
        self._open: list[tuple[int, list[Any]]] = []
        self._twice: list[Any] | None = None
        # Mappings and those of their keys that were merged into them: the mapping's own overrule.
        self._merged: set[tuple[int, str]] = set()
        self._copied = 0

    def build(self, events: Iterator[_Event]) -> dict[str, Any]:
        for kind, line, anchor, value in events:
            if kind == "end":
                self._open.pop()
            elif self._awaits_key():
                self._open[-1][1].append((self._key(kind, line, anchor, value), line))
            else:
                self._add(kind, line, anchor, value)
        return {"nodes": self._nodes, "twice": self._twice}

    def _awaits_key(self) -> bool:
        if not self._open:
            return False
        number, waiting = self._open[-1]
        return isinstance(self._nodes[number][1], dict) and not waiting

    def _key(self, kind: str, line: int, anchor: str | None, value: Any) -> str:
        if kind == "alias":
            value = self._nodes[self._anchors.get(anchor or "", 0)][1]
        if kind not in {"scalar", "alias"} or isinstance(value, (dict, list)):
            raise ValueError(f"line {line}: a key that is no text")
        if kind == "scalar" and anchor is not None:
            self._anchors[anchor] = len(self._nodes)
            self._nodes.append([line, _cut(value)])
        return str(_cut(value if isinstance(value, str) else json.dumps(value)))

    def _add(self, kind: str, line: int, anchor: str | None, value: Any) -> None:
        if kind == "alias":
            if anchor not in self._anchors:
                raise ValueError(f"line {line}: an alias without its anchor")
            self._attach(self._anchors[anchor], line)
            return
        number = len(self._nodes)
        if number >= NODE_LIMIT:
            raise ValueError(f"more than {NODE_LIMIT} values")
        if len(self._open) >= DEPTH_LIMIT:
            raise ValueError(f"line {line} is nested more than {DEPTH_LIMIT} deep")
        content: Any = {"mapping": {}, "sequence": []}.get(kind, value)
        # A value is found where its key is.
        waiting = self._open[-1][1] if self._open else []
        self._nodes.append([waiting[0][1] if waiting else line, _cut(content)])
        if anchor is not None:
            self._anchors[anchor] = number
        self._attach(number, line)
        if kind != "scalar":
            self._open.append((number, []))

    def _attach(self, number: int, line: int) -> None:
        if not self._open:
            return
        parent, waiting = self._open[-1]
        content = self._nodes[parent][1]
        if isinstance(content, list):
            content.append(number)
            return
        key, key_line = waiting.pop()
        if key == "<<":
            self._merge(parent, number)
            return
        if key in content and (parent, key) not in self._merged:
            self._twice = [key, key_line]
        content[key] = number

    def _merge(self, parent: int, number: int) -> None:
        into, value = self._nodes[parent][1], self._nodes[number][1]
        for each in value if isinstance(value, list) else [number]:
            merged = self._nodes[each][1]
            if not isinstance(merged, dict):
                continue
            self._copied += len(merged)
            if self._copied > _MERGE_LIMIT:
                raise ValueError("too much is merged by `<<`")
            for key, child in list(merged.items()):
                if key not in into:
                    into[key] = child
                    self._merged.add((parent, key))


def _cut(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.isascii():
        # Half of a surrogate pair, which JSON can write, is no text to anybody.
        value = value.encode("utf-8", "replace").decode()
    if len(value) > _STRING_LENGTH:
        digest = hashlib.sha256(value.encode()).hexdigest()
        return f"{value[:_STRING_LENGTH]}…{digest[:16]}"
    return value


def main() -> None:
    serving.serve(parse)
