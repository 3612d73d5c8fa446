"""API contracts: what of a document or a route breaks somebody, what does not, and hostile input."""

import json
from typing import Any

import pytest
from conftest import Command, Ran, Repo

from bot.checkers import schema_contract
from bot.facts import routes

pytestmark = pytest.mark.usefixtures("workers_measured")

POLICY = {".architrave.toml": 'packs = ["contracts"]\n'}
BREAK, SCHEMA = "contracts/openapi-break", "contracts/json-schema-break"
ROUTE, UNDOCUMENTED = "contracts/changed-route", "contracts/undocumented-route"


def compare(repo: Repo, review: Command, base: dict[str, Any], head: dict[str, Any]) -> Ran:
    repo.commit({**POLICY, **base})
    repo.commit(head)
    return review.json(repo, "HEAD^!")


def said(ran: Ran) -> list[tuple[str, str]]:
    return [(each["severity"], each["message"]) for each in ran.review["findings"]]


def document(**operation: Any) -> dict[str, Any]:
    """An OpenAPI document with one operation, `POST /orders`."""
    whole = {"responses": {"200": {"description": "ok"}}, **operation}
    return {"openapi": "3.0.3", "info": {}, "paths": {"/orders": {"post": whole}}}


def request(schema: Any, **more: Any) -> dict[str, Any]:
    return document(requestBody={"content": {"application/json": {"schema": schema}}, **more})


def response(schema: Any) -> dict[str, Any]:
    return document(responses={"200": {"content": {"application/json": {"schema": schema}}}})


def query(**parameter: Any) -> dict[str, Any]:
    return document(parameters=[{"name": "limit", "in": "query", **parameter}])


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}
KINDS = {"type": "string", "enum": ["a", "b"]}
NULL = {"type": "null"}


BREAKING = {
    "a path": (document(), {"openapi": "3.0.3", "paths": {}}, "`/orders` is gone (POST)"),
    "an operation": (
        document(),
        {"openapi": "3.0.3", "paths": {"/orders": {"get": {}}}},
        "`POST /orders` is gone",
    ),
    "a parameter": (query(schema=TEXT), document(), "`POST /orders query limit` is gone"),
    "a parameter that is new": (
        document(), query(required=True), "`POST /orders query limit` is new and required",
    ),
    "a parameter that was free": (
        query(), query(required=True), "`POST /orders query limit` is required now",
    ),
    "a parameter elsewhere": (
        query(),
        document(parameters=[{"name": "limit", "in": "header"}]),
        "`POST /orders query limit` moved from query to header",
    ),
    "a parameter's type": (
        query(schema=NUMBER),
        query(schema=WHOLE),
        "`POST /orders query limit` in requests changed from `number` to `integer`",
    ),
    "a body that is new": (
        document(), request(TEXT, required=True), "`POST /orders` needs a request body now",
    ),
    "a body that was free": (
        request(TEXT), request(TEXT, required=True), "`POST /orders` needs a request body now",
    ),
    "a field required of a request": (
        request(fields()),
        request({**fields(a=TEXT), "required": ["a"]}),
        "`POST /orders body.a` in requests is required now",
    ),
    "a field of a response": (
        response({**fields(a=TEXT), "required": ["a"]}),
        response(fields()),
        "`POST /orders → 200.a` in responses is gone",
    ),
    "a field that may be missing": (
        response({**fields(a=TEXT), "required": ["a"]}),
        response(fields(a=TEXT)),
        "`POST /orders → 200.a` in responses may be missing now",
    ),
    "a value of a request": (
        request(KINDS),
        request({**KINDS, "enum": ["a"]}),
        "`POST /orders body` in requests no longer accepts `b`",
    ),
    "any value of a request": (
        request(TEXT), request(KINDS), "`POST /orders body` in requests accepts only `a`, `b` now",
    ),
    "a maximum": (
        request({**WHOLE, "maximum": 9}),
        request({**WHOLE, "maximum": 5}),
        "`POST /orders body` in requests has `maximum` 5 instead of 9",
    ),
    "a minimum length": (
        request(TEXT),
        request({**TEXT, "minLength": 1}),
        "`POST /orders body` in requests has `minLength` 1 now",
    ),
    "null in a response": (
        response(TEXT),
        response({**TEXT, "nullable": True}),
        "`POST /orders → 200` in responses may be null now",
    ),
    "null in a request": (
        request({"anyOf": [TEXT, NULL]}),
        request(TEXT),
        "`POST /orders body` in requests may no longer be null",
    ),
    "a wider type in a response": (
        response(WHOLE),
        response(NUMBER),
        "`POST /orders → 200` in responses changed from `integer` to `number`",
    ),
    "a form of a request": (
        request({"oneOf": [fields(a=TEXT), {"type": "array", "items": TEXT}, TEXT]}),
        request({"oneOf": [fields(a=TEXT), TEXT]}),
        "`POST /orders body` in requests no longer accepts `array`",
    ),
    "a status": (
        document(),
        document(responses={"201": {}}),
        "`POST /orders` no longer answers 200",
    ),
    "a media type": (
        response(TEXT),
        document(responses={"200": {"content": {"text/csv": {}}}}),
        "`POST /orders → 200` no longer answers with `application/json`",
    ),
    "security": (
        document(), document(security=[{"key": []}]), "`POST /orders` needs `key` now",
    ),
    "a scope": (
        document(security=[{"key": ["r"]}]),
        document(security=[{"key": ["r", "w"]}]),
        "`POST /orders` needs `key` now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING)
def test_what_surely_breaks_a_client_is_an_error(name: str, repo: Repo, review: Command) -> None:
    base, head, message = BREAKING[name]
    ran = compare(
        repo, review, {"openapi.json": json.dumps(base)}, {"openapi.json": json.dumps(head)}
    )
    assert said(ran) == [("error", message)]
    assert ran.code == 1


LIKELY = {
    "an optional field of a response": (
        response(fields(a=TEXT)), response(fields()), "warning", "is gone",
    ),
    "a value of a response": (
        response(KINDS), response({**KINDS, "enum": ["a", "b", "c"]}), "warning", "may now be `c`",
    ),
    "a pattern": (
        request({**TEXT, "pattern": "a"}), request({**TEXT, "pattern": "b"}), "warning", "`pattern`",
    ),
    "a format": (request(TEXT), request({**TEXT, "format": "uuid"}), "warning", "`format` uuid now"),
    "a deprecated operation": (
        document(deprecated=True), {"openapi": "3.0.3", "paths": {}}, "warning", "was deprecated",
    ),
    "a body": (request(TEXT), document(), "warning", "takes no request body now"),
    "a field of a request": (request(fields(a=TEXT)), request(fields()), "note", "is gone"),
    "an error status": (
        document(responses={"200": {}, "404": {}}), document(), "note", "no longer answers 404",
    ),
    "an operationId": (
        document(operationId="a"), document(operationId="b"), "note", "the operationId `b`",
    ),
    "a header": (
        document(responses={"200": {"headers": {"X-Total": {}}}}), document(), "note", "`X-Total`",
    ),
    "a length in a response": (
        response({**TEXT, "maxLength": 3}), response({**TEXT, "maxLength": 9}), "note", "maxLength",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIKELY)
def test_what_may_break_a_client_is_said_more_softly(
    name: str, repo: Repo, review: Command
) -> None:
    base, head, severity, part = LIKELY[name]
    ran = compare(
        repo, review, {"openapi.json": json.dumps(base)}, {"openapi.json": json.dumps(head)}
    )
    ((given, message),) = said(ran)
    assert given == severity
    assert part in message


SOUND = {
    "descriptions and order": (
        document(description="a", operationId="x", tags=[]), document(operationId="x", summary="b"),
    ),
    "a new optional parameter": (document(), query(schema=TEXT)),
    "a required parameter with a default": (
        document(), query(required=True, schema={**WHOLE, "default": 5}),
    ),
    "a new field of a response": (response(fields()), response(fields(a=TEXT))),
    "a new optional field": (request(fields()), request(fields(a=TEXT))),
    "a wider request": (request(WHOLE), request(NUMBER)),
    "a narrower response": (response(NUMBER), response(WHOLE)),
    "a value more in a request": (request(KINDS), request({**KINDS, "enum": ["b", "a", "c"]})),
    "a value less in a response": (response(KINDS), response({**KINDS, "enum": ["a"]})),
    "null in a request": (request(TEXT), request({"anyOf": [TEXT, NULL]})),
    "null written otherwise": (
        response({**TEXT, "nullable": True}), response({"oneOf": [NULL, TEXT]}),
    ),
    "types written otherwise": (
        request({"anyOf": [TEXT, WHOLE]}), request({"type": ["integer", "string"]}),
    ),
    "a schema wrapped in allOf": (response(fields(a=TEXT)), response({"allOf": [fields(a=TEXT)]})),
    "several forms that become one that takes all": (
        request({"anyOf": [{**TEXT, "format": "date"}, WHOLE]}),
        request({"type": ["string", "integer"]}),
    ),
    "a required field that only a response has": (
        request(fields()), request({**fields(a={**TEXT, "readOnly": True}), "required": ["a"]}),
    ),
    "a field of a response that only a request has": (
        response(fields(a={**TEXT, "writeOnly": True})), response(fields()),
    ),
    "a looser limit": (request({**WHOLE, "maximum": 5}), request({**WHOLE, "maximum": 9})),
    "a minimum length of nothing": (request(TEXT), request({**TEXT, "minLength": 0})),
    "a media type's parameter": (
        response(TEXT),
        document(
            responses={"200": {"content": {"application/json; charset=utf-8": {"schema": TEXT}}}}
        ),
    ),
    "another way in": (
        document(security=[{"key": []}]), document(security=[{"token": []}, {"key": []}]),
    ),
    "no security any more": (document(security=[{"key": []}]), document(security=[])),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_what_breaks_nobody_is_nothing(name: str, repo: Repo, review: Command) -> None:
    base, head = SOUND[name]
    ran = compare(
        repo, review, {"openapi.json": json.dumps(base)}, {"openapi.json": json.dumps(head)}
    )
    assert said(ran) == []
    assert ran.status("openapi.json")["schema_contract"] == "checked"
    assert ran.code == 0


def shared(schema: Any) -> dict[str, Any]:
    """A document whose one schema travels both ways."""
    reference = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    whole = document(requestBody={"content": reference}, responses={"200": {"content": reference}})
    return {**whole, "components": {"schemas": {"Order": schema}}}


def test_a_schema_of_both_directions_is_judged_in_both_and_told_once(
    repo: Repo, review: Command
) -> None:
    base, head = shared(fields(a=TEXT)), shared(fields(a=WHOLE))
    ran = compare(
        repo,
        review,
        {"openapi.json": json.dumps(base)},
        {"openapi.json": json.dumps(head, indent=1)},
    )
    message = "`Order.a` in requests and in responses changed from `string` to `integer`"
    assert said(ran) == [("error", message)]
    lines = [each.strip() for each in json.dumps(head, indent=1).split("\n")]
    line = 1 + lines.index('"type": "integer"')
    assert ran.labelled("introduced") == [(BREAK, "openapi.json", line)]


YAML = """openapi: 3.0.3
x-common: &common
  type: object
  properties:
    id: {type: integer}
paths:
  /items/{id}:
    get:
      responses:
        200:
          content:
            application/json:
              schema:
                <<: *common
                required: [id]
"""


def test_yaml_with_anchors_merges_and_number_keys_is_read_with_its_lines(
    repo: Repo, review: Command
) -> None:
    changed = YAML.replace("{type: integer}", "{type: string}").replace("/{id}", "/{item}")
    ran = compare(repo, review, {"api.yaml": YAML}, {"api.yaml": changed})
    (found,) = ran.review["findings"]
    assert (found["start_line"], found["path"]) == (5, "api.yaml")
    assert "`integer` to `string`" in found["message"]


def test_what_a_document_is_made_of_is_compared_through_its_references(
    repo: Repo, review: Command
) -> None:
    whole = response({"$ref": "parts/order.yaml#/Order"})
    part = "Order:\n  type: object\n  required: [id]\n  properties:\n    id: {type: integer}\n"
    base = {"api/openapi.json": json.dumps(whole), "api/parts/order.yaml": part}
    ran = compare(repo, review, base, {"api/parts/order.yaml": part.replace("integer", "string")})
    assert ran.labelled("introduced") == [(BREAK, "api/parts/order.yaml", 5)]


def test_the_same_break_in_two_copies_of_a_document_is_told_once(
    repo: Repo, review: Command
) -> None:
    base, head = json.dumps(request(TEXT)), json.dumps(request(WHOLE))
    names = ("docs/openapi.json", "web/openapi.json")
    ran = compare(repo, review, dict.fromkeys(names, base), dict.fromkeys(names, head))
    ((_, message),) = said(ran)
    assert message.endswith("(also in `web/openapi.json`)")


def test_the_same_break_in_many_operations_is_told_once(repo: Repo, review: Command) -> None:
    old = document(parameters=[{"name": "q", "in": "query"}])["paths"]["/orders"]
    new = document()["paths"]["/orders"]
    base = {"openapi": "3.0.3", "paths": {f"/p{n}": old for n in range(9)}}
    head = {"openapi": "3.0.3", "paths": {f"/p{n}": new for n in range(9)}}
    ran = compare(
        repo, review, {"openapi.json": json.dumps(base)}, {"openapi.json": json.dumps(head)}
    )
    ((_, message),) = said(ran)
    assert message.startswith("`POST /p0 query q` is gone; so for `POST /p1 query q`")
    assert message.endswith("and 6 more")


def test_a_finding_keeps_its_fingerprint_when_lines_move(repo: Repo, review: Command) -> None:
    base, head = json.dumps(request(TEXT)), request(WHOLE)
    first = compare(repo, review, {"openapi.json": base}, {"openapi.json": json.dumps(head)})
    repo.commit({"openapi.json": base})
    repo.commit({"openapi.json": json.dumps(head, indent=4)})
    second = review.json(repo, "HEAD^!")
    prints = [ran.review["findings"][0]["fingerprint"] for ran in (first, second)]
    assert prints[0] == prints[1]


# The document as a whole -----------------------------------------------------------------------


def test_a_deleted_document_is_one_finding(repo: Repo, review: Command) -> None:
    many = {"openapi": "3.1.0", "paths": {f"/p{n}": {"get": {}} for n in range(50)}}
    ran = compare(repo, review, {"openapi.json": json.dumps(many)}, {"openapi.json": None})
    assert said(ran) == [("error", "`openapi.json` was deleted")]


def test_a_deleted_copy_is_nothing(repo: Repo, review: Command) -> None:
    text = json.dumps(document())
    base = {"openapi.json": text, "old/openapi.json": text + "\n"}
    ran = compare(repo, review, base, {"old/openapi.json": None})
    assert said(ran) == []


def test_a_renamed_document_is_compared_through_the_rename(repo: Repo, review: Command) -> None:
    base, head = (json.dumps(request(each), indent=1) for each in (TEXT, WHOLE))
    ran = compare(repo, review, {"a.json": base}, {"a.json": None, "b.json": head})
    assert [path for _, path, _ in ran.labelled("introduced")] == ["b.json"]
    assert "`string` to `integer`" in said(ran)[0][1]


def test_a_document_rewritten_in_another_language_is_the_same_document(
    repo: Repo, review: Command
) -> None:
    head = "openapi: 3.0.3\npaths:\n  /orders:\n    post: {responses: {'204': {}}}\n"
    ran = compare(
        repo,
        review,
        {"openapi.json": json.dumps(document())},
        {"openapi.json": None, "openapi.yaml": head},
    )
    assert said(ran) == [("error", "`POST /orders` no longer answers 200")]
    assert ran.labelled("introduced")[0][1] == "openapi.yaml"


@pytest.mark.parametrize("text", ["{}", '{"swagger": "2.0"}', "[]", "openapi: '4'"])
def test_a_document_that_is_one_no_longer_is_told(text: str, repo: Repo, review: Command) -> None:
    ran = compare(repo, review, {"openapi.json": json.dumps(document())}, {"openapi.json": text})
    assert said(ran) == [("error", "`openapi.json` is no longer an OpenAPI 3 document")]


# Hostile input ---------------------------------------------------------------------------------

BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 40))
MERGE_BOMB = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n" for n in range(1, 3_000)
)
GARBAGE = {
    "no JSON": ('{"openapi" "3.0.3"}', "delimiter"),
    "no YAML": ("openapi: [3\n", "flow sequence"),
    "nothing": ("", "the document is empty"),
    "not UTF-8": (b"openapi: 3.0.3 # \xff\n", "UnicodeDecodeError"),
    "NaN": ('{"openapi": NaN]', "NaN"),
    "deep lists": ('{"openapi": "3.0.3", "paths": ' + "[" * 90_000 + "]" * 90_000 + "}", "deep"),
    "deep blocks": (
        "openapi: 3.0.3\n" + "".join(f"{' ' * n}a:\n" for n in range(400)),
        "nested more than 150 deep",
    ),
    "a key that is a list": ("openapi: 3.0.3\n? [a]\n: b\n", "a key that is no text"),
    "two documents": ("openapi: 3.0.3\n---\nopenapi: 3.0.3\n", "more than one document"),
    "an alias of nothing": ("openapi: 3.0.3\na: *b\n", "an alias without its anchor"),
    "a merge bomb": ("openapi: 3.0.3\n" + MERGE_BOMB, "too much is merged"),
    "too many values": ("openapi: 3.0.3\na: [" + "x," * 400_000 + "]\n", "more than 300000 values"),
    "too large": (json.dumps(document(description="x" * (1 << 20))), "larger than 1 MiB"),
    "a key that is there twice": (
        json.dumps(document())[:-1] + ', "paths": {"/orders": {"post": {}}}}',
        "the key `paths` is there twice",
    ),
    "a reference to the network": (
        json.dumps(request({"$ref": "https://example.org/a.json"})), "leads out of the repository",
    ),
    "a reference out of the repository": (
        json.dumps(request({"$ref": "../../etc/passwd"})), "leads out of the repository",
    ),
    "a reference to a file of the machine": (
        json.dumps(request({"$ref": "/etc/passwd#/a"})), "leads out of the repository",
    ),
    "a reference to nothing": (
        json.dumps(request({"$ref": "#/components/schemas/X"})), "or to nothing",
    ),
    "a path that is elsewhere": (
        json.dumps({"openapi": "3.0.3", "paths": {"/orders": {"$ref": "https://x.org/a"}}}),
        "leads out of the repository",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GARBAGE)
def test_a_document_that_cannot_be_judged_keeps_the_gate_closed(
    name: str, repo: Repo, review: Command
) -> None:
    text, reason = GARBAGE[name]
    base = {"openapi.json": json.dumps(request(TEXT))}
    ran = compare(repo, review, base, {"openapi.json": text})
    assert ran.code == 3, ran.out
    status = ran.status("openapi.json")["schema_contract"]
    assert status.startswith("failed")
    assert reason in status


def test_a_link_in_place_of_a_document_is_not_followed(repo: Repo, review: Command) -> None:
    repo.commit({**POLICY, "openapi.json": json.dumps(document())})
    (repo.path / "openapi.json").unlink()
    (repo.path / "openapi.json").symlink_to("/etc/passwd")
    repo.commit({})
    ran = review.json(repo, "HEAD^!")
    assert [message for _, message in said(ran)] == [
        "`openapi.json` is no longer an OpenAPI 3 document"
    ]


@pytest.mark.parametrize(
    "more",
    [
        BOMB,
        "loop: &loop {again: *loop}\n",
        "numbers: [.nan, .inf, 1e999, 0x1]\n1: a\nnull: b\ntrue: c\n",
        "".join(f"k{n}: v\n" for n in range(80_000)),
    ],
    ids=["alias bomb", "a mapping in itself", "odd numbers and keys", "many lines"],
)
def test_odd_parts_of_a_document_do_not_hide_what_changed(
    more: str, repo: Repo, review: Command
) -> None:
    changed = YAML.replace("integer", "string")
    ran = compare(repo, review, {"api.yaml": YAML + more}, {"api.yaml": changed + more})
    assert len(said(ran)) == 1
    assert ran.code == 1


def test_references_in_circles_end(repo: Repo, review: Command) -> None:
    def ring(leaf: Any) -> str:
        schemas = {
            "Order": {**fields(child={"$ref": "#/components/schemas/Order"}, a=leaf)},
            "Self": {"$ref": "#/components/schemas/Self"},
            "All": {"allOf": [{"$ref": "#/components/schemas/All"}]},
            "One": {"oneOf": [{"$ref": "#/components/schemas/One"}, TEXT]},
        }
        names = ("Order", "Self", "All", "One")
        whole = fields(**{name: {"$ref": f"#/components/schemas/{name}"} for name in names})
        return json.dumps({**response(whole), "components": {"schemas": schemas}})

    ran = compare(repo, review, {"openapi.json": ring(TEXT)}, {"openapi.json": ring(WHOLE)})
    assert said(ran) == [("error", "`Order.a` in responses changed from `string` to `integer`")]


def test_schemas_that_multiply_are_given_up(repo: Repo, review: Command) -> None:
    def ring(length: int) -> str:
        schemas = {
            f"S{n}": fields(next={"$ref": f"#/components/schemas/S{(n + 1) % length}"})
            for n in range(length)
        }
        start = response({"$ref": "#/components/schemas/S0"})
        return json.dumps({**start, "components": {"schemas": schemas}})

    ran = compare(repo, review, {"openapi.json": ring(701)}, {"openapi.json": ring(700)})
    assert "too large or too entangled" in ran.status("openapi.json")["schema_contract"]
    assert ran.code == 3


def test_aliases_nested_without_end_are_given_up(repo: Repo, review: Command) -> None:
    chain = "a0: &a0 {enum: [x]}\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2_000))
    start = (
        "openapi: 3.0.3\n"
        + chain
        + "paths: {/a: {get: {parameters: [{in: query, name: q, schema: {enum: "
    )
    texts = [f"{start}[*a1999, {end}]}}}}]}}}}}}\n" for end in "xy"]
    ran = compare(repo, review, {"openapi.yaml": texts[0]}, {"openapi.yaml": texts[1]})
    assert "nested too deeply" in ran.status("openapi.yaml")["schema_contract"]
    assert ran.code == 3


def test_a_file_that_never_was_a_document_may_be_anything(repo: Repo, review: Command) -> None:
    base = {"chart.yaml": "{{ openapi: 3 }}\n", "package.json": "{}"}
    ran = compare(repo, review, base, {"chart.yaml": "{{ x\nopenapi: 3\n", "package.json": "{"})
    assert ran.code == 0
    assert said(ran) == []


def test_more_differences_than_anybody_reads_are_said_to_be_cut(
    repo: Repo, review: Command
) -> None:
    def many(kind: Any) -> str:
        texts = {f"p{n}": {**kind, "maxLength": n} for n in range(1, 400)}
        return json.dumps(request(fields(**texts)))

    ran = compare(repo, review, {"openapi.json": many(TEXT)}, {"openapi.json": many(WHOLE)})
    assert "differences; only 300 are told" in ran.status("openapi.json")["schema_contract"]


# JSON Schema -----------------------------------------------------------------------------------


def test_a_json_schema_is_judged_as_input_unless_the_policy_says_otherwise(
    repo: Repo, review: Command
) -> None:
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    base = json.dumps({**draft, **fields(kind=KINDS)})
    head = json.dumps({**draft, **fields(kind={**KINDS, "enum": ["b", "c"]})})
    ran = compare(repo, review, {"conf/order.json": base}, {"conf/order.json": head})
    assert said(ran) == [("warning", "`order.kind` no longer accepts `a`")]
    policy = f'packs = ["contracts"]\n[options]\n"{SCHEMA}" = {{direction = "both"}}\n'
    repo.commit({".architrave.toml": policy, "conf/order.json": base})
    repo.commit({"conf/order.json": head})
    assert said(review.json(repo, "HEAD^!")) == [
        ("warning", "`order.kind` no longer accepts `a`"),
        ("note", "`order.kind` in output may now be `c`"),
    ]


def test_definitions_of_a_library_of_schemas_are_compared(repo: Repo, review: Command) -> None:
    base = {"definitions": {"a": TEXT, "b": TEXT}}
    head = {"definitions": {"a": WHOLE}}
    ran = compare(
        repo, review, {"x.schema.json": json.dumps(base)}, {"x.schema.json": json.dumps(head)}
    )
    assert sorted(said(ran)) == [
        ("note", "`b` is gone"),
        ("warning", "`a` changed from `string` to `integer`"),
    ]


# Routes ----------------------------------------------------------------------------------------

API = json.dumps({"openapi": "3.0.3", "paths": {"/a": {"get": {}}, "/b/{id}": {"get": {}}}})
FLASK = """
from flask import Blueprint
bp = Blueprint("x", __name__)
@bp.route("/a", methods=["GET", "POST"])
def a(): ...
@bp.get("/b/<int:id>")
def b(id): ...
"""
FASTAPI = """
from fastapi import APIRouter
router = APIRouter(prefix="/v1")
@router.get("/a")
async def a(): ...
@router.get("/b/{id}")
async def b(id): ...
"""
DJANGO = """
from django.urls import include, path, re_path
urlpatterns = [path("a", views.a), re_path(r"^b/(?P<id>[0-9]+)$", views.b), path("c/", include("c.urls"))]
"""


@pytest.mark.parametrize(
    ("base", "old", "new", "message"),
    [
        (FLASK, '"/a", ', '"/z", ', "`GET /a` is `GET /z` now"),
        (FLASK, '["GET", "POST"]', '["GET"]', "`POST /a` is gone"),
        (FLASK, "@bp.get", "@bp.post", "`GET /b/<int:id>` is `POST /b/<int:id>` now"),
        (FLASK, '@bp.get("/b/<int:id>")\n', "", "`GET /b/<int:id>` is gone"),
        (FASTAPI, '"/a"', '"/z"', "`GET /v1/a` is `GET /v1/z` now"),
        (DJANGO, '"a"', '"z"', "`/a` is `/z` now"),
        (DJANGO, "^b/", "^z/", "`/b/<id>` is `/z/<id>` now"),
        (DJANGO, '"c/"', '"z/"', "`/c/` is `/z/` now"),
    ],
)
def test_a_route_that_changes_without_the_document_is_told(
    base: str, old: str, new: str, message: str, repo: Repo, review: Command
) -> None:
    ran = compare(
        repo, review, {"openapi.json": API, "v.py": base}, {"v.py": base.replace(old, new)}
    )
    assert ("warning", message) in said(ran)
    assert {rule for rule, _, _ in ran.labelled("introduced")} == {ROUTE}


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ({"v.py": FLASK}, {"v.py": None, "w.py": FLASK.replace("def a", "def other")}),
        ({"v.py": FLASK}, {"v.py": FLASK.replace("<int:id>", "<key>")}),
        ({"v.py": FASTAPI}, {"v.py": FASTAPI.replace('prefix="/v1"', "prefix=settings.prefix")}),
        ({"v.py": FASTAPI}, {"v.py": FASTAPI.replace('"/a"', "PATHS.a")}),
        (
            {"v.py": FASTAPI, "app.py": "app.include_router(v.router)\n"},
            {
                "v.py": FASTAPI.replace('prefix="/v1"', ""),
                "app.py": 'app.include_router(v.router, prefix="/v1")\n',
            },
        ),
        ({"v.py": FASTAPI}, {"v.py": FASTAPI.replace("/a", "/z"), "openapi.json": API + "\n"}),
        ({"v.py": "x = 1\n"}, {"v.py": '@cache.get("a")\ndef f(): ...\n'}),
    ],
    ids=["file", "variable", "computed prefix", "computed path", "mount", "document", "no route"],
)
def test_a_route_that_only_went_elsewhere_or_with_the_document_is_nothing(
    base: dict[str, str], head: dict[str, str], repo: Repo, review: Command
) -> None:
    assert said(compare(repo, review, {"openapi.json": API, **base}, head)) == []


def test_without_a_document_routes_are_told_only_when_the_policy_wants_it(
    repo: Repo, review: Command
) -> None:
    ran = compare(repo, review, {"v.py": FLASK}, {"v.py": "x = 1\n"})
    assert said(ran) == []
    policy = f'packs = ["contracts"]\n[options]\n"{ROUTE}" = {{document = "optional"}}\n'
    repo.commit({".architrave.toml": policy, "v.py": FLASK})
    repo.commit({"v.py": "x = 1\n"})
    assert len(said(review.json(repo, "HEAD^!"))) == 3


def test_a_deleted_file_of_routes_is_one_finding(repo: Repo, review: Command) -> None:
    ran = compare(repo, review, {"openapi.json": API, "v.py": FLASK}, {"v.py": None})
    assert said(ran) == [("warning", "`GET /a`, `POST /a`, `GET /b/<int:id>` are gone")]


def test_a_file_of_routes_that_does_not_parse_keeps_the_gate_closed(
    repo: Repo, review: Command
) -> None:
    ran = compare(repo, review, {"openapi.json": API, "v.py": FLASK}, {"v.py": "def (:\n"})
    assert ran.code == 3
    assert ran.status("v.py")["schema_contract"].startswith("failed: line 1 does not parse")


def test_a_new_route_beside_described_ones_belongs_into_the_document(
    repo: Repo, review: Command
) -> None:
    new = '@router.get("/new")\nasync def new(): ...\n'
    hidden = '@router.get("/own", include_in_schema=False)\nasync def own(): ...\n'
    base = {"openapi.json": API, "v.py": FASTAPI, "page.py": FLASK.replace("/b", "/page")}
    head = {
        "v.py": FASTAPI + new + hidden,
        "page.py": base["page.py"] + "@bp.get('/z')\ndef z(): ...\n",
    }
    ran = compare(repo, review, base, head)
    assert ran.labelled("introduced") == [(UNDOCUMENTED, "v.py", 8)]
    assert ran.review["findings"][0]["severity"] == "note"


def test_routes_are_read_from_every_place_where_frameworks_have_them() -> None:
    import ast

    text = """
app = FastAPI()
users = APIRouter(prefix="/users")
@users.get("")
def everybody(): ...
app.include_router(users, prefix="/v1")
app.include_router(users, prefix="/v2")
bp = Blueprint("b", __name__, url_prefix="/old")
def create():
    bp.add_url_rule("/rule", "rule", rule, methods=METHODS)
    app.register_blueprint(bp, url_prefix="/new")
routes = [Route("/r", endpoint=r, methods=["POST"]), Mount("/m", routes=[Route("/s", s)])]
def patterns():
    return [path("t/", include([path("u/", View.as_view())]))]
urlpatterns.extend([path("e/", e)])
@app.websocket("/ws")
async def ws(): ...
"""
    found = [(methods, path) for methods, path, *_ in routes.collect(ast.parse(text), text)]
    assert sorted(found) == [
        (["*"], "/e/"), (["*"], "/new/rule"), (["*"], "/t/u/"), (["GET"], "/m/s"),
        (["GET"], "/v1/users"), (["GET"], "/v2/users"), (["POST"], "/r"), (["WEBSOCKET"], "/ws"),
    ]  # fmt: skip


# Options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "`compares` is missing; it is one of openapi, json-schema"),
        ({"compares": "graphql"}, "`compares` must be one of openapi"),
        (
            {"compares": "json-schema", "direction": "up"},
            "`direction` must be input, output or both",
        ),
        (
            {"compares": "openapi", "direction": "input"},
            "`direction` is for `compares: json-schema`",
        ),
        (
            {"compares": "openapi", "document": "required"},
            "`document` is for `compares: changed-ro",
        ),
        ({"compares": "openapi", "x": 1}, "unknown option `x`"),
    ],
)
def test_options_are_checked(options: dict[str, Any], complaint: str) -> None:
    assert complaint in " ".join(schema_contract.check_options(options))


def test_a_stated_severity_holds_for_all_differences(repo: Repo, review: Command) -> None:
    policy = f'packs = ["contracts"]\n[severity]\n"{BREAK}" = "error"\n'
    repo.commit({".architrave.toml": policy, "openapi.json": json.dumps(document(operationId="a"))})
    repo.commit({"openapi.json": json.dumps(document(operationId="b"))})
    assert [severity for severity, _ in said(review.json(repo, "HEAD^!"))] == ["error"]
