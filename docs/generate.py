"""Write what can be generated in docs/: the reference of rules, and the schemas for editors.

`python docs/generate.py` writes, `--check` only compares and says what is out of date.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from bot import rulebook, settings, standards
from bot.checkers import KINDS, options_of
from bot.domain import SEVERITIES, Policy, Rule
from bot.options import STRINGS, Table, schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def main() -> int:
    """Write the files or, with `--check`, name those that differ; 1 if any does."""
    stale = []
    for name, text in pages():
        path = DOCS / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is out of date: make docs")
    return bool(stale)


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of every generated file."""
    yield "reference.md", "\n".join(reference()) + "\n"
    yield "rule.schema.json", _json(rule_schema())
    yield "policy.schema.json", _json(policy_schema())


def reference() -> Iterator[str]:
    """The reference page, line by line."""
    rules = rulebook.parse(standards.built_in_texts(), KINDS)
    yield "# Reference\n\nGenerated from the rule files and the rule kinds by `make docs`.\n"
    yield "## Rule kinds\n"
    for kind in KINDS:
        yield f"### `check: {kind}`\n"
        yield from _options(options_of(kind))
    yield "## Built-in rules\n"
    yield (
        "Packs in force without any configuration: "
        + ", ".join(f"`{pack}`" for pack in Policy().packs)
        + ".\n"
    )
    for pack in sorted({rule.id.split("/")[0] for rule in rules}):
        yield f"### {pack}\n\n| rule | severity | says | checked by |\n|---|---|---|---|"
        for rule in rules:
            if rule.id.split("/")[0] == pack:
                yield (
                    f"| [`{rule.id}`](../{rule.origin}) | {rule.severity} | {rule.title}"
                    f" | {rule.check}{_given(rule)} |"
                )
        yield ""


def _options(table: Table) -> Iterator[str]:
    if not table:
        yield "No options.\n"
        return
    yield "| option | is |\n|---|---|"
    for name, option in table.items():
        yield f"| `{name}`{' (required)' if option.required else ''} | {_cell(option.says)} |"
    yield ""


def _given(rule: Rule) -> str:
    shown = [
        ", ".join(map(str, value)) if isinstance(value, list) else f"{name} {value}"
        for name, value in rule.options.items()
        if name not in ("comments", "message") and not isinstance(value, dict)
    ]
    return _cell(f": {', '.join(shown)}") if shown else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def rule_schema() -> dict[str, Any]:
    """The JSON Schema of a rule's front matter."""
    table = rulebook.front_table(KINDS)
    kinds = [
        {
            "if": {"properties": {"check": {"const": kind}}, "required": ["check"]},
            "then": {"properties": {"options": schema(options_of(kind))}},
        }
        for kind in KINDS
    ]
    return {"$schema": DRAFT, "title": "Architrave rule", **schema(table), "allOf": kinds}


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of `.architrave.toml` and `[tool.architrave]`."""
    severity = {"enum": list(SEVERITIES)}
    properties = {
        "packs": STRINGS,
        "disable": STRINGS,
        "ignore": STRINGS,
        "fail-on": {"enum": list(settings.FAIL_ON)},
        "severity": {"type": "object", "additionalProperties": severity},
        "options": {"type": "object", "additionalProperties": {"type": "object"}},
        "judge": {"enum": list(settings.JUDGE)},
        "source-roots": STRINGS,
        "scope": {"enum": list(settings.SCOPE)},
        "unmarked": {"enum": list(settings.UNMARKED)},
        "agents": {"type": "object", "additionalProperties": STRINGS},
        "traces": STRINGS,
        "severity-ai": {"type": "object", "additionalProperties": severity},
        "answer": {"enum": list(settings.ANSWER)},
        "author-may-answer": {"type": "boolean"},
        "owners-only": {"type": "boolean"},
        "comment-cap": {"type": "integer", "minimum": 1},
        "budget": {
            "type": "object",
            "properties": {
                name: {"description": says, "type": "number", "minimum": 0}
                for name, says in settings.BUDGET_KEYS.items()
            },
            "additionalProperties": False,
        },
        "record-keys": STRINGS,
        "demote-noisy": {"type": "boolean"},
        "digest": {"type": "boolean"},
    }
    # Every key there is: the schema takes no other.
    described = {
        name: {"description": says, **properties[name]}
        for name, says in settings.POLICY_KEYS.items()
    }
    return {
        "$schema": DRAFT,
        "title": "Architrave policy",
        "type": "object",
        "properties": described,
        "additionalProperties": False,
    }


def _json(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
