"""Text from outside: whatever it holds, it is read as text where it is shown."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import foreign

# GitHub's own links and calls are made of text that is no code after the rendering.
CALLS = re.compile(
    r"@\w|://|www\.|mailto:|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
HARMLESS = {"paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special"}
PIECES = st.sampled_from(
    [
        "`", "``", "```", "~~~", "<", ">", "<!--", "-->", "&", "&lt;", "[", "](", ")", "![", "]:", "*", "_",
        "**", "#", "# ", "#12", "GH-3", "a/b#4", "@me", "@a/b", "a@b.example", "http://x.example", "www.x.example",
        "0a1b2c3d", "/merge", "bors r+", "\n", "\r\n", "\t", "    ", "- ", "1. ", "> ", "|", "---", "===", "\\",
        "\\`", "$x$", "$$", ":tada:", "[^1]", "[x]: http://y", "<img src=x>", "<a href='x'>", "\u202e", "\u200b",
        "\ufe0f", "\U000e0041", "\x1b[31m", "\x00", "\udce9", "word", "é", " ",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


def rendered(text: str) -> list[Token]:
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    tokens = []
    for token in parser.parse(text):
        tokens += [token, *(token.children or ())]
    return tokens


@given(TEXTS)
def test_a_sentence_is_nothing_but_text_and_code(text: str) -> None:
    shown = foreign.markdown(text)
    tokens = rendered(f"before\n{shown}")
    assert {token.type for token in tokens} <= {*HARMLESS, "softbreak"}
    assert {token.type for token in rendered(shown)} <= HARMLESS
    for token in tokens:
        if token.type in ("text", "text_special"):
            assert not CALLS.search(token.content)
    assert "\n" not in shown
    assert shown.isprintable()


@given(TEXTS.filter(lambda text: "`" not in text))
def test_a_sentence_is_read_as_it_was_written(text: str) -> None:
    shown = foreign.markdown(text).removeprefix("(quoted) ")
    read = "".join(
        token.content
        for token in rendered(shown)
        if token.type in ("text", "text_special", "code_inline")
    )
    assert read == foreign.plain(" ".join(text.split()))


@given(TEXTS, st.sampled_from(["python", "suggestion", "a`b", "x y", ""]))
def test_nothing_ends_a_block_of_code(text: str, language: str) -> None:
    block = foreign.fence(text, language)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"{block}\n\nafter")
    assert [token.type for token in tokens] == [
        "fence", "paragraph_open", "inline", "paragraph_close"
    ]  # fmt: skip
    assert tokens[0].info in ("python", "")


@given(TEXTS)
def test_inline_code_is_one_piece(text: str) -> None:
    span = foreign.code_span(text)
    if span.strip():
        kinds = [token.type for token in rendered(f"a {span} b")]
        assert kinds[2:] == ["text", "code_inline", "text", "paragraph_close"]


@given(TEXTS)
def test_what_is_plain_is_seen(text: str) -> None:
    shown = foreign.plain(text)
    assert shown.isprintable()
    assert not re.search("[\ufe00-\ufe0f\u3164\u2800\U000e0000-\U000e0fff]", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Move `pay()` to <shop> & co.", "Move `pay()` to &lt;shop&gt; &amp; co."),
        ("ask @team about #12, GH-3", "ask `@team` about `#12,` `GH-3`"),
        ("see https://x.example/a_b now", "see `https://x.example/a_b` now"),
        ("as in a/b#4 and 0a1b2c3d", "as in `a/b#4` and `0a1b2c3d`"),
        ("/merge now", "(quoted) /merge now"),
        ("bors r+", "(quoted) bors r+"),
        ("# big", "\\# big"),
        ("1. one", "1\\. one"),
        ("- one", "\\- one"),
        ("[x](y) ![z](w)", "\\[x\\](y) \\!\\[z\\](w)"),
        ("<!-- hidden -->", "&lt;\\!-- hidden --&gt;"),
        ("tilde \u202e \ufe0f", "tilde \\\\u202e \\\\ufe0f"),
        ("", ""),
        ("an odd ` stays", "an odd &#96; stays"),
        ("`a``b` `c` @x", "```a``b``` `c` `@x`"),
        ("``a ` b``", "``a ` b``"),
    ],
)
def test_a_sentence_for_github(text: str, shown: str) -> None:
    assert foreign.markdown(text) == shown


def test_a_sentence_is_cut_to_its_length() -> None:
    assert foreign.markdown("word " * 100, most=12) == "word word w…"
    assert foreign.markdown("abc", most=0) == "…"


def test_a_hostile_sentence_takes_no_time() -> None:
    started = time.perf_counter()
    for text in ("`" * 50_000, "` " * 50_000, "`a``" * 20_000, "[" * 50_000, "a@" * 50_000):
        foreign.markdown(text, most=1 << 20)
        foreign.fence(text)
    assert time.perf_counter() - started < 2
