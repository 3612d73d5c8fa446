"""Option tables: one source for messages, for checking and for the schemas that editors use."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import options, standards
from bot.checkers import KINDS, options_of
from bot.options import Option

DOCS = Path(__file__).parent.parent / "docs"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(["", "a", "ab", "B1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "pattern": "^a"},
    {"type": ["string", "integer"]},
    {"type": "number", "minimum": 0, "maximum": 3},
    {"type": "integer"},
    {"type": "boolean"},
    {"enum": ["a", "ab"]},
    {"type": "array", "items": {"type": "string"}, "minItems": 1},
    {
        "type": "object",
        "properties": {"x": {"type": "string"}},
        "required": ["x"],
        "additionalProperties": False,
    },
    {"type": "object", "additionalProperties": {"type": "integer"}},
]


@given(VALUES, st.sampled_from(SCHEMAS))
def test_what_fits_is_what_json_schema_allows(value: Any, schema: dict[str, Any]) -> None:
    # JSON Schema takes 1.0 for an integer; TOML and YAML tell them apart, and so do we.
    if any(isinstance(part, float) for part in _parts(value)):
        return
    allowed = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert options.fits(value, schema) == allowed


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(part for each in inner for part in _parts(each))]


def test_a_problem_says_what_is_wrong_and_what_is_taken() -> None:
    table = {"max": Option("a number from 0", {"type": "number", "minimum": 0}, required=True)}
    assert options.problems("metric", table, {"max": 3}) == []
    assert options.problems("metric", table, {"max": -1}) == ["`max` must be a number from 0"]
    assert options.problems("metric", table, {}) == [
        "option `max` is missing; it is a number from 0"
    ]
    assert options.problems("metric", table, {"max": 1, "zzz": 1}) == [
        "unknown option `zzz`; metric rules take `max`"
    ]
    assert options.problems("metric", table, {"max": 1, "maxi": 1}) == [
        "unknown option `maxi`; did you mean `max`?"
    ]


def test_the_schemas_are_schemas() -> None:
    for name in ("rule.schema.json", "policy.schema.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads((DOCS / name).read_text()))


@pytest.mark.parametrize("text", standards.built_in_texts(), ids=lambda text: text.origin)
def test_every_built_in_rule_is_valid_for_an_editor(text: Any) -> None:
    schema = json.loads((DOCS / "rule.schema.json").read_text())
    front = yaml.safe_load(text.data.decode().split("---\n")[1])
    jsonschema.validate(front, schema)


@pytest.mark.parametrize(
    "front",
    [
        {"id": "A", "title": "t", "severity": "error"},
        {"id": "a/b", "title": "t", "severity": "fatal"},
        {"id": "a/b", "title": "t", "severity": "error", "chek": "ruff"},
        {"id": "a/b", "title": "t", "severity": "error", "check": "ruff", "options": {"code": []}},
    ],
)
def test_an_editor_marks_what_we_refuse(front: dict[str, Any]) -> None:
    schema = json.loads((DOCS / "rule.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(front, schema)


def test_an_editor_understands_the_policy() -> None:
    schema = json.loads((DOCS / "policy.schema.json").read_text())
    policy = tomllib.loads('packs = ["python"]\nfail-on = "note"\n[severity]\n"a/b" = "note"\n')
    jsonschema.validate(policy, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"pack": []}, schema)


def test_every_kind_states_its_options() -> None:
    for kind in KINDS:
        for name, option in options_of(kind).items():
            assert option.says, f"{kind}: {name}"
