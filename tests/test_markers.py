"""Hidden marks: nobody forges them without the secret, and nothing that a body holds breaks them."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import markers
from bot.conversation import Told

NAMES = st.text("0123456789abcdef", min_size=1, max_size=32)
TOLD = st.builds(Told, NAMES, NAMES)
SECRETS = st.sampled_from(["", "kept", "gehütet"])
PIECES = st.sampled_from(
    ["<!--", "-->", "<!-- architrave:", "finding ", "review ", "eNoBAA==", " ", "\n", "```", "\r\n"]
)
BODIES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=10).map("".join))


@given(TOLD, BODIES, SECRETS)
def test_a_mark_survives_any_body(told: Told, body: str, secret: str) -> None:
    assert markers.read_told(f"{body}\n{markers.told(told, secret)}", secret) == told


@given(TOLD, TOLD, SECRETS)
def test_a_mark_that_is_quoted_is_not_believed(told: Told, quoted: Told, secret: str) -> None:
    body = f"```\n{markers.told(quoted, secret)}\n```\n{markers.told(told, secret)}"
    assert markers.read_told(body, secret) == told
    assert markers.read_record(body + markers.record([1], secret), secret) == [1]


@given(TOLD)
def test_without_the_secret_nobody_makes_one(told: Told) -> None:
    for forged in (markers.told(told, ""), markers.told(told, "guessed")):
        assert markers.read_told(forged, "kept") is None
    signed = markers.told(told, "kept")
    other = markers.told(Told(told.fingerprint + "0", told.code), "kept")
    text, signature = other.split(" ")[2], signed.split(" ")[3]
    assert markers.read_told(f"<!-- architrave:finding {text} {signature} -->", "kept") is None


@given(TOLD, SECRETS)
def test_a_mark_of_one_kind_is_none_of_another(told: Told, secret: str) -> None:
    mark = markers.told(told, secret)
    assert markers.read_record(mark, secret) is None
    assert markers.read_record(mark.replace("finding", "review"), "kept") is None
    assert markers.read_told(markers.note("gone", told.fingerprint, secret), secret) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), SECRETS)
def test_a_record_is_read_as_it_was_written(value: object, secret: str) -> None:
    mark = markers.record(value, secret)
    assert markers.read_record(mark, secret) == value
    assert "\n" not in mark


@given(st.text())
def test_reading_never_raises(body: str) -> None:
    assert markers.read_told(body, "") is None
    assert markers.read_record(body, "kept") is None


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(b"0" * (50 << 20)),
        zlib.compress(b"[" * 500_000),
        zlib.compress(b"9" * 500_000),
        zlib.compress(b"\xff\xfe"),
        zlib.compress(json.dumps([1, 2]).encode()),
        zlib.compress(json.dumps(["a", "b", "c"]).encode()),
        b"no compression",
        b"",
    ],
)
def test_what_is_no_mark_of_ours_is_nothing(data: bytes) -> None:
    body = f"<!-- architrave:finding {base64.urlsafe_b64encode(data).decode()} -->"
    assert markers.read_told(body, "") is None
