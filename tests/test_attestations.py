"""What is attested of a merged pull request: statements, signatures, and what makes them worthless."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording import ANSWERED, KIM, attested, pair

from bot import attestations, envelopes
from bot.attestations import OPEN, Attested, Decision, Patch
from bot.errors import ArchitraveError

KEYS, OTHER = pair(), pair()
TRUSTED = [envelopes.public_key(KEYS.public, "a test")]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DECISIONS = st.builds(Decision, *[TEXT.filter(lambda text: text != "unknown")] * 6)


def statement(payload: bytes) -> Any:
    return json.loads(payload)


@settings(deadline=None)
@given(st.lists(DECISIONS, max_size=3), TEXT, st.integers(0, 10**6), st.lists(TEXT, max_size=2))
def test_what_is_read_is_what_was_written(decisions, text, count, agents):
    said = tuple(
        each._replace(how="resolved" if each.how == OPEN else each.how) for each in decisions
    )
    written = attested(
        decisions=said, overridden=text, missed=count, agents=tuple(agents), ai_lines=count,
        commits=(Patch("a" * 40, ""), Patch("b" * 40, text)), merged_by=text,
    )  # fmt: skip
    assert attestations.read(attestations.statements(written)[0]) == written


def test_the_statements_are_of_the_published_types():
    scai, svr = map(statement, attestations.statements(attested()))
    assert scai["_type"] == svr["_type"] == "https://in-toto.io/Statement/v1"
    assert scai["predicateType"] == "https://in-toto.io/attestation/scai/v0.3"
    assert svr["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    head = {"name": "head", "digest": {"gitCommit": "a" * 40, "gitTree": "b" * 40}}
    assert scai["subject"] == svr["subject"] == [head]
    (answer,) = [
        each for each in scai["predicate"]["attributes"] if each["attribute"] == "FINDING_ANSWERED"
    ]
    assert answer["conditions"]["by"] == KIM
    assert answer["target"] == {"name": "app/api.py"}
    assert svr["predicate"]["properties"] == ["ARCHITRAVE_NOTHING_OPEN"]


def test_there_is_no_verdict_while_anything_is_open():
    for each in (
        attested(decisions=(ANSWERED, ANSWERED._replace(how=OPEN, by=""))),
        attested(missed=1),
    ):
        assert len(attestations.statements(each)) == 1
        assert each.people == ()


def test_people_are_those_who_answered_and_who_merged():
    assert attested().people == (KIM, "lea+9")
    assert attested(decisions=()).people == ("lea+9",)
    assert attested(decisions=(), merged_by="").people == ()
    is_open = ANSWERED._replace(how=OPEN, by="")
    assert attested(decisions=(is_open,), overridden="root+1").people == ("root+1", "lea+9")


def test_a_bundle_is_sound_for_its_key_alone():
    bundle = KEYS.bundle(attested()).encode()
    assert [each.trust for each in envelopes.opened(bundle, TRUSTED)] == ["sound", "sound"]
    other = [envelopes.public_key(OTHER.public, "a test")]
    assert {each.trust for each in envelopes.opened(bundle, other)} == {"foreign"}
    assert {each.trust for each in envelopes.opened(bundle, [])} == {"foreign"}
    assert {each.trust for each in envelopes.opened(bundle, [*other, *TRUSTED])} == {"sound"}


def forged(change: Any) -> bytes:
    row = json.loads(KEYS.bundle(attested()).splitlines()[0])
    change(row)
    return json.dumps(row).encode()


def rewrite(row: Any) -> None:
    payload = base64.b64decode(row["payload"]).replace(KIM.encode(), b"eve+13")
    row["payload"] = base64.b64encode(payload).decode()


@pytest.mark.parametrize(
    "change",
    [
        rewrite,
        lambda row: row.update(payloadType="text/plain"),
        lambda row: row["signatures"][0].update(sig=base64.b64encode(b"x" * 64).decode()),
        lambda row: row["signatures"][0].update(sig=""),
        lambda row: row["signatures"].append(row["signatures"][0]),
        lambda row: row.pop("payload"),
    ],
)
def test_what_was_changed_after_signing_is_broken(change):
    assert [each.trust for each in envelopes.opened(forged(change), TRUSTED)] == ["broken"]


def test_a_document_of_another_type_by_the_same_key_is_no_statement():
    from securesystemslib.dsse import Envelope

    envelope = Envelope(attestations.statements(attested())[0], "text/plain", {})
    envelope.sign(envelopes.signer(KEYS.private, "a test"))
    bundle = json.dumps(envelope.to_dict()).encode()
    assert [each.trust for each in envelopes.opened(bundle, TRUSTED)] == ["broken"]


@pytest.mark.parametrize(
    "line", [b"x", b"[]", b"null", b"{}", b'{"payload": 1}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_envelope_is_broken_and_empty(line):
    assert list(envelopes.opened(line, TRUSTED)) == [envelopes.Opened(b"", "broken")]


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b'{"_type": 1}', b'{"_type": "https://in-toto.io/Statement/v1"}', b"\xff"],
)
def test_what_is_no_statement_of_ours_tells_nothing(payload):
    assert attestations.read(payload) is None
    _, verdict = attestations.statements(attested())
    assert attestations.read(verdict) is None


@pytest.mark.parametrize("missing", ["REVIEWED_CHANGE", "MERGED", "AI_WRITTEN"])
def test_a_statement_that_lacks_a_part_tells_nothing(missing):
    row = statement(attestations.statements(attested())[0])
    kept = [each for each in row["predicate"]["attributes"] if each["attribute"] != missing]
    row["predicate"]["attributes"] = kept
    assert attestations.read(json.dumps(row).encode()) is None


def test_keys_that_are_none_are_named():
    for data in (b"", b"text", KEYS.public):
        with pytest.raises(ArchitraveError, match="key.pem holds no private key"):
            envelopes.signer(data, "key.pem")
    for data in (b"", b"text", KEYS.private):
        with pytest.raises(ArchitraveError, match="key.pub holds no public key"):
            envelopes.public_key(data, "key.pub")


def test_only_an_ed25519_key_signs():
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ArchitraveError, match="not Ed25519"):
        envelopes.signer(data, "key.pem")


def test_what_is_attested_says_who_answers():
    assert attested().says == "Answered for by kim+12, lea+9"
    assert attested(missed=2).says == "Nobody answers for it"
    assert isinstance(attested(), Attested)
