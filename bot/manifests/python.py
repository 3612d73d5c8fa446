"""`setup.py` and `noxfile.py`, read and never run: what stands there literally."""

import ast
from collections.abc import Iterator

from bot.manifests import Manifest, Requirement
from bot.manifests.requirements import parse

_KEYWORDS = {"install_requires": "", "setup_requires": "build", "tests_require": "test"}
# Names that stand for other names, at most so many deep.
_DEPTH = 8


def read(kind: str, text: str) -> Manifest:
    """What such a file says. Raises `SyntaxError` where it is not valid."""
    tree = ast.parse(text)
    if kind == "nox":
        return Manifest(mentions=tuple(_installed(tree)))
    reader = _Setup(tree)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) == "setup":
            reader.call(call)
    return Manifest(
        tuple(reader.requirements),
        mentions=tuple(_texts(tree)),
        unknown=reader.unknown,
        speaks=reader.speaks,
    )


class _Setup:
    """Gathers the requirements in the call of `setup`."""

    def __init__(self, tree: ast.Module) -> None:
        self.requirements: list[Requirement] = []
        self.unknown = ""
        self.speaks = False
        self._values: dict[str, ast.expr] = {}
        self._items: dict[str, list[tuple[ast.expr, ast.expr]]] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._assign(node.target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._values[target.id] = value
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            self._items.setdefault(target.value.id, []).append((target.slice, value))

    def call(self, call: ast.Call) -> None:
        self.speaks = True
        for keyword in call.keywords:
            if keyword.arg is None:
                self.unknown = "it hands keywords on that are worked out"
            elif keyword.arg in _KEYWORDS:
                self._list(keyword.value, _KEYWORDS[keyword.arg], keyword.arg)
            elif keyword.arg == "extras_require":
                self._extras(keyword.value)

    def _extras(self, value: ast.expr) -> None:
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(value, ast.Name):
            pairs += self._items.get(value.id, [])
            value = self._values.get(value.id, value)
        if isinstance(value, ast.Dict):
            pairs += zip(value.keys, value.values, strict=True)
        else:
            self.unknown = "`extras_require` is worked out"
        for key, items in pairs:
            if isinstance(key, ast.Constant):
                self._list(items, f"extra {key.value!s}", "extras_require")
            else:
                self.unknown = "`extras_require` is worked out"

    def _list(self, value: ast.expr, group: str, name: str) -> None:
        waiting = [(value, 0)]
        while waiting:
            node, depth = waiting.pop()
            if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                waiting += [(item, depth) for item in reversed(node.elts)]
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                waiting += [(node.right, depth), (node.left, depth)]
            elif isinstance(node, ast.Name) and node.id in self._values and depth < _DEPTH:
                waiting.append((self._values[node.id], depth + 1))
            elif isinstance(node, ast.Starred):
                waiting.append((node.value, depth))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                for line in node.value.split("\n"):
                    required = parse(line, group, node.lineno)
                    self.requirements += [required] if required else []
            else:
                self.unknown = f"`{name}` is worked out"


def _texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every literal that could be a requirement: it may reach `setup` on ways not seen here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            required = parse(node.value, "", node.lineno)
            if required is not None and not required.source:
                yield required.name, required.line


def _installed(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What a session of Nox installs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("install", "conda_install"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    required = parse(argument.value, "", argument.lineno)
                    if required is not None and not required.source:
                        yield required.name, required.line


def _name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
