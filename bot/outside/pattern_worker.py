"""Structures in source files, found by ast-grep. `main` is run as a program by `bot.outside.worker`.

Nothing here recurses along the tree of a file: it may be nested as deep as the file is long.
"""

import gc
import re
from collections.abc import Iterator
from typing import Any

gc.disable()

from ast_grep_py import SgNode, SgRoot

from bot.outside import serving

_CAPTURE = re.compile(r"\$(\$\$)?([A-Z_][A-Z0-9_]*)")
_SHOWN_LENGTH = 60
# Qt's translations end in .ts, as TypeScript does.
_MARKUP = ("<?xml", "<!DOCTYPE")
_MARKUP_LANGUAGES = ("html", "markdown", "php")

_FUNCTIONS = {"any": [{"kind": "arrow_function"}, {"kind": "function_expression"}]}
_SCRIPT = [
    {"any": [{"kind": "function_declaration"}, {"kind": "generator_function_declaration"}]},
    {"any": [{"kind": "class_declaration"}, {"kind": "method_definition"}]},
    {"kind": "variable_declarator", "has": {"field": "value", **_FUNCTIONS}},
]


def _kinds(*names: str) -> list[Any]:
    return [{"kind": name} for name in names]


# What has a name that a person would look for; languages that are not here have none.
DEFINITIONS: dict[str, list[Any]] = {
    "csharp": _kinds(
        "class_declaration", "interface_declaration", "struct_declaration",
        "record_declaration", "method_declaration", "constructor_declaration",
    ),
    "go": _kinds("function_declaration", "method_declaration", "type_spec"),
    "java": _kinds(
        "class_declaration", "interface_declaration", "enum_declaration",
        "record_declaration", "method_declaration", "constructor_declaration",
    ),
    "javascript": _SCRIPT,
    "php": _kinds(
        "class_declaration", "interface_declaration", "trait_declaration",
        "function_definition", "method_declaration",
    ),
    "ruby": _kinds("class", "module", "method", "singleton_method"),
    "rust": _kinds("function_item", "struct_item", "enum_item", "trait_item", "mod_item"),
    "scala": _kinds(
        "class_definition", "object_definition", "trait_definition", "function_definition"
    ),
    "swift": _kinds("class_declaration", "protocol_declaration", "function_declaration"),
    "tsx": [*_SCRIPT, *_kinds("abstract_class_declaration", "interface_declaration")],
    "typescript": [*_SCRIPT, *_kinds("abstract_class_declaration", "interface_declaration")],
}  # fmt: skip
# A dotted name is as long as its depth; what is nested deeper belongs to what encloses it.
_DEEPEST_NAME = 12
_NAME_LENGTH = 100

# What the library said of a rule in a language, "" when it took it.
_verdicts: dict[tuple[str, str], str] = {}


def look(data: bytes, path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Where the rules of *options* match: rows `[rule, first line, last line, message, edit]`.

    *options["files"]* gives the number of a file's group in *options["groups"]*, lists of
    `[language, rules]`; for a file that is not there each rule is tried in all its languages.
    """
    answer: dict[str, Any] = {
        "rows": [], "missing": [], "refused": [], "unreadable": "", "symbols": None
    }  # fmt: skip
    rules = options["rules"]
    number = options["files"].get(path)
    group = _each(rules) if number is None else options["groups"][number]
    if b"\0" in data:
        # Grammars end at it, runtimes do not.
        return {**answer, "unreadable": "it holds a NUL byte, so it is no text"}
    text = _text(data)
    for language, names in group:
        if text.lstrip()[:10].startswith(_MARKUP) and language not in _MARKUP_LANGUAGES:
            continue
        root = SgRoot(text, language).root()
        if root.kind() == "ERROR":
            return {**answer, "unreadable": f"it does not parse as {language}"}
        for name in names:
            _apply(root, language, name, rules[name], options["limit"], answer)
        if language in DEFINITIONS:
            answer["symbols"] = symbols(root, language)
    return answer


def _each(rules: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, rule in rules.items():
        for language in rule["languages"]:
            yield language, [name]


def _text(data: bytes) -> str:
    """The text with line ends as they count: a lone \\r ends a line to Python, not to a grammar."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _apply(
    root: SgNode, language: str, name: str, rule: Any, limit: int, answer: dict[str, Any]
) -> None:
    key = (language, name)
    if key not in _verdicts:
        _verdicts[key] = mistake(rule["config"], language)
    if _verdicts[key]:
        answer["refused"].append([name, _verdicts[key]])
    elif rule["required"]:
        if root.find(rule["config"]) is None:
            answer["missing"].append(name)
    elif len(answer["rows"]) < limit:
        # Two on the same lines that read the same are one to whoever mends them.
        known = set()
        for node in root.find_all(rule["config"]):
            row = _row(node, name, rule)
            if (place := tuple(row[1:4])) not in known:
                known.add(place)
                answer["rows"].append(row)
            if len(answer["rows"]) >= limit:
                return


def _row(node: SgNode, name: str, rule: Any) -> list[Any]:
    span = node.range()
    # What ends with a line end ends at the start of the next line.
    last = span.end.line + (span.end.column > 0 or span.end.line == span.start.line)
    edit = None
    if rule["fix"] is not None:
        text = _filled(rule["fix"], node, whole=True)
        edit = [
            span.start.line + 1, span.start.column + 1, span.end.line + 1, span.end.column + 1, text
        ]  # fmt: skip
    return [name, span.start.line + 1, last, _filled(rule["message"], node, whole=False), edit]


def _filled(template: str, node: SgNode, whole: bool) -> str:
    """The template with each capture replaced by its source or, for a sentence, by what fits in."""

    def captured(match: re.Match[str]) -> str:
        if match[1]:
            nodes = node.get_multiple_matches(match[2])
        else:
            one = node.get_match(match[2])
            nodes = [one] if one is not None else []
        if whole:
            return "".join(each.text() for each in nodes)
        text = " ".join("".join(each.text() for each in nodes[:20])[:1_000].split())
        short = text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
        # A backtick would end the code that it stands in.
        return short.replace("`", "'") or "…"

    return _CAPTURE.sub(captured, template)


def mistake(config: Any, language: str) -> str:
    """What is wrong with a rule in a language, "" when nothing is."""
    try:
        SgRoot("", language).root().find(config)
        for pattern in _patterns(config):
            if _is_broken(pattern, language):
                text = pattern if isinstance(pattern, str) else pattern["context"]
                return (
                    f"`{text}` does not parse as {language}, so it would match nothing; a part of a"
                    " statement is written as `pattern: {context: ..., selector: ...}`"
                )
    except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception
        return f"as a rule for {language}: {_reason(error)}"
    return ""


def _patterns(config: Any) -> Iterator[Any]:
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str) or "context" in (value.get("pattern") or ()):
                yield value["pattern"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_broken(pattern: Any, language: str) -> bool:
    """Whether the pattern is itself what the grammar makes of code that it cannot parse."""
    text = pattern if isinstance(pattern, str) else pattern["context"]
    if _CAPTURE.fullmatch(text):
        return False
    broken: Any = {"rule": {"all": [{"pattern": pattern}, {"kind": "ERROR"}]}}
    return SgRoot(text.replace("$", "_"), language).root().find(broken) is not None


def _reason(error: BaseException) -> str:
    """The library's explanation on one line: its causes, without its stack."""
    text = str(error).split("Stack backtrace:")[0].replace("µ", "$")
    causes = re.split(r"\n\s+(?:\d+: )?", text.partition("Caused by:")[2])
    told = [" ".join(cause.split()) for cause in causes if cause.strip()] or [text]
    for above, mark, below in zip(told, told[1:], told[2:], strict=False):
        if set(mark) == {"^"}:  # where a regular expression breaks, drawn below it
            return f"the regular expression `{above}` is refused: {below.removeprefix('error: ')}"[
                :500
            ]
    return " ".join(told[-3:])[:500]


def symbols(root: SgNode, language: str) -> list[list[Any]]:
    """Named definitions `[dotted name, first line, last line]`, by where they begin."""
    found: list[list[Any]] = []
    around: list[tuple[int, str]] = []
    for node in root.find_all({"rule": {"any": DEFINITIONS[language]}}):
        span, named = node.range(), node.field("name")
        while around and around[-1][0] <= span.start.index:
            around.pop()
        if named is None or len(around) >= _DEEPEST_NAME:
            continue
        own = named.text()[:_NAME_LENGTH]
        name = f"{around[-1][1]}.{own}" if around else own
        around.append((span.end.index, name))
        found.append([name, span.start.line + 1, span.end.line + 1])
    return found


def main() -> None:
    serving.serve(look)
