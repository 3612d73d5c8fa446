"""Configuration files to plain data: TOML, INI, YAML, also before Markdown. `main` is run by `bot.outside.worker`.

A question is the format's name, a line break, and the text. The data holds what JSON can hold;
everything is read as data, nothing is ever built from a tag.
"""

import configparser
import math
import tomllib
from typing import Any

from bot.outside import serving

# A YAML file unfolded, aliases included; a workflow of 3,000 lines has 10,000.
_NODES = 200_000
_DEPTH = 60
_PLAIN = {
    "tag:yaml.org,2002:bool": lambda text: text.lower() in ("true", "yes", "on"),
    "tag:yaml.org,2002:null": lambda text: None,
}


def parse(question: bytes, path: str, options: Any) -> Any:
    """The data in one file. Raises `ValueError` where it is not of its format."""
    kind, _, data = question.partition(b"\n")
    text = data.decode("utf-8-sig")
    return {b"toml": _toml, b"ini": _ini, b"yaml": _yaml, b"front": _front}[kind](text)


def _toml(text: str) -> Any:
    return _plain(tomllib.loads(text))


def _ini(text: str) -> Any:
    # As Flake8, coverage and pytest read theirs: a value may go on over several lines.
    parser = configparser.RawConfigParser(allow_no_value=True, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, AttributeError) as error:  # the latter: a line goes on from nothing
        raise ValueError(f"not a configuration file: {' '.join(str(error).split())}") from error
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _front(text: str) -> Any:
    """The YAML before the text of a Markdown file."""
    lines = text.split("\n")
    if lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        raise ValueError("no front matter")
    return _yaml("\n".join(lines[1 : [line.strip() for line in lines].index("---", 1)]))


def _yaml(text: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from error
    finally:
        loader.dispose()
    return _Unfolding(yaml).of(node, _DEPTH) if node is not None else None


class _Unfolding:
    """Nodes to data, aliases written out, within limits that no real file reaches."""

    def __init__(self, yaml: Any) -> None:
        self._sequence, self._mapping = yaml.SequenceNode, yaml.MappingNode
        self._left = _NODES

    def of(self, node: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth < 0:
            raise ValueError("too large or too deeply nested")
        if isinstance(node, self._sequence):
            return [self.of(each, depth - 1) for each in node.value]
        if isinstance(node, self._mapping):
            # `on:` is a key, whatever YAML 1.1 takes it for.
            return {str(key.value): self.of(value, depth - 1) for key, value in node.value}
        return _PLAIN.get(node.tag, str)(node.value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    # JSON knows neither dates nor infinity.
    is_known = isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
    return value if is_known else str(value)


def main() -> None:
    serving.serve(parse)
