"""Who signed: deliveries, and the bot's own marks, also while a secret is replaced."""

import pytest

from bot import markers
from bot.conversation import Told
from bot.errors import ArchitraveError
from webhooks import signature

# From GitHub's documentation, "Validating webhook deliveries".
BODY, KEY = b"Hello, World!", "It's a Secret to Everybody"
SIGNED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_own_example():
    assert signature.sign(BODY, KEY) == SIGNED
    assert signature.is_genuine(BODY, SIGNED, [KEY])


@pytest.mark.parametrize(
    "given", ["", "sha256=", SIGNED[7:], SIGNED.upper(), SIGNED[:-1], SIGNED + "0", "\udce9"]
)
def test_others_are_not_believed(given):
    assert not signature.is_genuine(BODY, given, [KEY])


def test_several_secrets():
    assert signature.secrets(" new , old,") == ("new", "old")
    assert signature.is_genuine(BODY, SIGNED, ["new", KEY])
    assert not signature.is_genuine(BODY, SIGNED, ["new", "old"])
    assert not signature.is_genuine(BODY, SIGNED, [])


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_without_a_secret_nothing_starts(text):
    with pytest.raises(ArchitraveError):
        signature.secrets(text)


def test_marks_outlive_the_replacement_of_a_secret():
    told = Told("f" * 32, "c" * 16)
    old = markers.told(told, "old")
    assert markers.read_told(old, "new,old") == told
    assert markers.read_told(old, "new") is None
    assert markers.told(told, "new,old") == markers.told(told, "new")
    note = markers.note("gone", "f", "old")
    assert markers.read_note(note, "new, old") == ["gone", "f"]
    assert markers.read_note(note, "") == ["gone", "f"]
