"""What a rule about the structure of code may look for: languages, and the shape of rule objects.

Pure. Rule objects are those of ast-grep (https://ast-grep.github.io/reference/rule.html), less
`nthChild` and `range`. Whether a pattern or a regular expression in one is sound only the library
can tell, which runs in a process of its own (`bot.outside.pattern_worker`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import paths
from bot.settings import nearest

# The languages that ast-grep-py 0.51 parses, each with its usual ending first. The library panics
# when asked for another.
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "bash": (".sh", ".bash"),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".cxx", ".c++", ".h", ".hh", ".hpp", ".hxx"),
    "csharp": (".cs",),
    "css": (".css",),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "go": (".go",),
    "haskell": (".hs",),
    "hcl": (".hcl", ".tf", ".tfvars"),
    "html": (".html", ".htm", ".xhtml"),
    "java": (".java",),
    "javascript": (".js", ".cjs", ".jsx", ".mjs"),
    "json": (".json",),
    "kotlin": (".kt", ".kts"),
    "lua": (".lua",),
    "markdown": (".md", ".markdown"),
    "nix": (".nix",),
    "php": (".php",),
    "python": (".py", ".pyi", ".pyw"),
    "ruby": (".rb", ".gemspec", ".rake"),
    "rust": (".rs",),
    "scala": (".scala", ".sbt", ".sc"),
    "solidity": (".sol",),
    "swift": (".swift",),
    "tsx": (".tsx",),
    "typescript": (".ts", ".cts", ".mts"),
    "yaml": (".yaml", ".yml"),
    "zig": (".zig",),
}
_ALSO_CALLED = {
    "c#": "csharp", "c++": "cpp", "cs": "csharp", "golang": "go", "js": "javascript",
    "jsx": "javascript", "kt": "kotlin", "md": "markdown", "py": "python", "rb": "ruby",
    "rs": "rust", "sh": "bash", "shell": "bash", "terraform": "hcl", "ts": "typescript",
    "yml": "yaml",
}  # fmt: skip
_BY_ENDING: dict[str, list[str]] = {}
for _language, _endings in LANGUAGES.items():
    for _ending in _endings:
        _BY_ENDING.setdefault(_ending, []).append(_language)

# A name for what a pattern matches: `$NAME` for one node, `$$$NAME` for any number.
CAPTURE = re.compile(r"\$(?:\$\$)?([A-Z_][A-Z0-9_]*)")
# Far above any rule a person would read.
_TEXT_LIMIT, _REGEX_LIMIT = 2_000, 500
_DEPTH_LIMIT, _OBJECT_LIMIT = 20, 200

_RELATIONS = ("inside", "has", "follows", "precedes")
_LISTS = ("all", "any")
_KEYS = ("pattern", "kind", "regex", *_RELATIONS, *_LISTS, "not", "matches")
_RELATION_KEYS = (*_KEYS, "stopBy", "field")
_PATTERN_KEYS = ("context", "selector", "strictness")
_STRICTNESS = ("cst", "smart", "ast", "relaxed", "signature")


def languages(path: str) -> Sequence[str]:
    """The languages a file may be written in, by its name; a script without ending may be Python."""
    name = path.rpartition("/")[2]
    ending = name[name.rfind(".") :].casefold() if paths.has_ending(path) else ""
    return _BY_ENDING.get(ending, ()) if ending else ("python",)


def language_problems(given: Sequence[str]) -> Iterator[str]:
    """What is wrong with the languages of a rule."""
    for name in given:
        if name not in LANGUAGES:
            known = _ALSO_CALLED.get(str(name).casefold())
            hint = f"; did you mean `{known}`?" if known else nearest(str(name), LANGUAGES)
            yield f"`language`: `{name}` is not known{hint or '; known are ' + ', '.join(LANGUAGES)}"


def pattern_problems(patterns: Sequence[str]) -> Iterator[str]:
    """What is wrong with the patterns of a rule that has no rule object."""
    for pattern in patterns:
        yield from _text_problems("pattern", pattern, _TEXT_LIMIT)


def rule_problems(where: str, value: Any) -> Iterator[str]:
    """What is wrong with a rule object, at every level; *where* is what leads to it."""
    # A stack of its own: the object may be nested as deep as YAML lets it.
    waiting: list[tuple[str, Any, bool, int]] = [(where, value, False, 0)]
    seen = 0
    while waiting:
        place, each, related, depth = waiting.pop()
        seen += 1
        if depth > _DEPTH_LIMIT or seen > _OBJECT_LIMIT:
            yield f"`{where}` is nested deeper than {_DEPTH_LIMIT} or has more than {_OBJECT_LIMIT} parts"
            return
        if not isinstance(each, dict):
            yield f"`{place}` must be a rule object such as `kind: call`"
            continue
        yield from _key_problems(place, each, _RELATION_KEYS if related else _KEYS)
        if not any(key in _KEYS for key in each):
            yield f"`{place}` must have at least one of {', '.join(_KEYS)}"
        yield from _atom_problems(place, each)
        waiting += [
            (f"{place}.{key}", each[key], key != "not", depth + 1)
            for key in (*_RELATIONS, "not")
            if key in each
        ]
        if related and not isinstance(each.get("stopBy", "end"), str):
            waiting.append((f"{place}.stopBy", each["stopBy"], False, depth + 1))
        for key in _LISTS:
            items = each.get(key, [None])
            if not isinstance(items, list) or not items:
                yield f"`{place}.{key}` must be a list of rule objects"
            elif key in each:
                waiting += [
                    (f"{place}.{key}[{number}]", item, False, depth + 1)
                    for number, item in enumerate(items)
                ]


def named_problems(where: str, table: Mapping[Any, Any]) -> Iterator[str]:
    """What is wrong with a table of rule objects: the `constraints` or `utils` of a rule."""
    for name, value in table.items():
        if where == "constraints" and not CAPTURE.fullmatch(f"${name}"):
            yield f"`constraints`: `{name}` must be the name of a capture, such as NAME for `$NAME`"
        yield from rule_problems(f"{where}.{name}", value)


def captures(value: Any) -> set[str]:
    """Every name that patterns anywhere in *value*, options of a rule, capture."""
    return {name for text in _patterns(value) for name in CAPTURE.findall(text)}


def _patterns(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _key_problems(place: str, value: Mapping[Any, Any], known: Sequence[str]) -> Iterator[str]:
    for key in value:
        if key not in known:
            yield f"`{place}`: unknown key `{key}`{nearest(str(key), known) or '; known are ' + ', '.join(known)}"


def _atom_problems(place: str, value: Mapping[Any, Any]) -> Iterator[str]:
    for key, limit in (
        ("kind", _TEXT_LIMIT),
        ("regex", _REGEX_LIMIT),
        ("matches", _TEXT_LIMIT),
        ("field", _TEXT_LIMIT),
    ):
        if key in value:
            yield from _text_problems(f"{place}.{key}", value[key], limit)
    if isinstance(value.get("stopBy"), str) and value["stopBy"] not in ("neighbor", "end"):
        yield f"`{place}.stopBy` must be neighbor, end or a rule object"
    pattern = value.get("pattern", "x")
    if isinstance(pattern, dict):
        yield from _key_problems(f"{place}.pattern", pattern, _PATTERN_KEYS)
        for key in ("context", "selector"):
            yield from _text_problems(f"{place}.pattern.{key}", pattern.get(key), _TEXT_LIMIT)
        if pattern.get("strictness", "smart") not in _STRICTNESS:
            yield f"`{place}.pattern.strictness` must be one of {', '.join(_STRICTNESS)}"
    else:
        yield from _text_problems(f"{place}.pattern", pattern, _TEXT_LIMIT)


def _text_problems(place: str, value: Any, limit: int) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"`{place}` must be text that is not empty"
    elif len(value) > limit:
        yield f"`{place}` is longer than {limit} characters"
    elif any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        yield f"`{place}` holds characters that no source file holds"
