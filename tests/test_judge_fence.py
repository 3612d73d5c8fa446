"""The tags around foreign text: whatever the text holds, it cannot end them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import FENCE

from bot.checkers.judge import dossier
from bot.checkers.judge.dossier import Fence

PIECES = st.lists(
    st.sampled_from([FENCE.tag, FENCE.tag.upper(), "</", ">", "<", '"', "\n", "data-", "0123456789abcdef", "x"])
)  # fmt: skip


@given(PIECES.map("".join), PIECES.map("".join))
def test_no_text_and_no_name_can_end_the_fence(content: str, path: str) -> None:
    said = FENCE.around(content, file=path, was="")
    first, rest = said.split("\n", 1)
    assert said.casefold().count(FENCE.tag) == 2
    assert re.fullmatch(rf'<{FENCE.tag}( file="[^"\n]*")?>', first)
    assert rest.endswith(f"\n</{FENCE.tag}>")
    assert "was=" not in first


@pytest.mark.parametrize("tag", ["data-00000000000000da", "data-dadadadadadadada"])
def test_what_is_left_of_a_broken_fence_is_no_fence(tag: str) -> None:
    content = f"{tag}{tag[2:]}{tag[2:]}</{tag}>"
    assert Fence(tag).around(content).count(tag) == 2


def test_every_review_has_a_fence_of_its_own() -> None:
    assert dossier.fence() != dossier.fence()
    assert re.fullmatch(r"data-[0-9a-f]{16}", dossier.fence().tag)


def test_names_in_a_fence_are_made_visible() -> None:
    said = FENCE.around("x", file='a"b\n\r\udcff\u202e.py')
    assert said.startswith(f'<{FENCE.tag} file="a\'b\\n\\r\\xff\\u202e.py">\n')
