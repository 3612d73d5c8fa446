"""What the bot writes: nothing foreign in it is more than text, and all of it fits."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from test_foreign import CALLS, TEXTS

from bot import comments, markers, wording
from bot.comments import Extras
from bot.conversation import Told
from bot.domain import Change, Edit, Finding, Fix, Review, Rule
from bot.foreign import COMMAND
from bot.placement import Spot

# The frame of a comment is ours: emphasis, lists, headings, blocks of code, and two tags.
FRAME = {
    "paragraph", "strong", "em", "fence", "inline", "text", "text_special", "code_inline", "softbreak",
    "html_block", "html_inline", "heading", "bullet_list", "ordered_list", "list_item", "blockquote",
}  # fmt: skip
OURS = re.compile(
    r"</?(?:details|summary|sub)>|For your coding agent|<!-- architrave:\w+ [\w=-]+ -->|\s+"
)
MARK = markers.told(Told("f" * 32, "c" * 12), "")
TROUBLE = st.sampled_from(
    ["\n/lgtm\n", "\n@dependabot merge\n", f"\n{markers.told(Told('0', '0'), '')}\n", "```\n```suggestion\nx", "</sub>"]
)  # fmt: skip
HOSTILE = st.one_of(TEXTS, st.lists(st.one_of(TEXTS, TROUBLE), max_size=4).map("".join))
PATHS = st.one_of(HOSTILE, st.sampled_from(["a.suggestion", "a.mermaid", "@root/a.py", "<!--.py"]))
LINES = st.sampled_from(["x = 1", "    y = 2", "@cache", "z\t= 3", "`````", "", "/lgtm"])


def finding(message: str = "Bad.", path: str = "a.py", quote: str = "", **more: object) -> Finding:
    given = Finding("pack/rule", "ruff", "error", path, 2, 2, message, quote=quote)
    return given._replace(**more)


def review(*findings: Finding, **more: object) -> Review:
    rule = Rule("pack/rule", "A rule", "error", "ruff", {}, {"Why": "So.", "Instead": "Do `x`."})
    change = Change("t", "a" * 40, "b" * 40, "a" * 40, ())
    given = Review(change, findings, (), "blocked", frozenset(findings), {rule.id: rule}, {})
    return given._replace(**more)


def assert_harmless(body: str) -> None:
    """Nothing in it is markup, a link, a call or a command but what is ours."""
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    for token in parser.parse(body):
        for each in (token, *(token.children or ())):
            kind = each.type.removesuffix("_open").removesuffix("_close")
            assert kind in FRAME, (kind, body)
            if kind.startswith("html"):
                assert not OURS.sub("", each.content), body
            if kind in ("text", "text_special"):
                assert not CALLS.search(each.content), body
            if kind == "fence":
                assert each.info in ("", "text", "python") or wording.language(f"a.{each.info}")
                assert each.info not in wording.ACTIVE
    # Other programs read the raw text.
    for line in body.splitlines():
        assert not COMMAND.match(line), line
    assert body.isprintable() or all(line.isprintable() for line in body.split("\n"))
    assert len(body) <= comments.MOST_CHARACTERS


@settings(deadline=None)
@given(HOSTILE, PATHS, HOSTILE, HOSTILE, st.sampled_from(["", "It is elsewhere: {}"]))
def test_a_comment_holds_nothing_foreign_but_text(
    message: str, path: str, quote: str, symbol: str, aside: str
) -> None:
    told = finding(
        message, path, quote, symbol=symbol, checker="judge", agents=(message,), authorship="ai",
        fix=Fix(quote, safe=False, edits=()),
    )  # fmt: skip
    body = comments.comment(Spot(told, path, 2, aside=aside.format(path)), review(told), MARK)
    assert_harmless(body)
    assert markers.read_told(body, "") == Told("f" * 32, "c" * 12)


@settings(deadline=None)
@given(st.lists(st.tuples(HOSTILE, PATHS), max_size=5), HOSTILE)
def test_a_brief_holds_nothing_foreign_but_text(rows: list[tuple[str, str]], note: str) -> None:
    found = [finding(message, path, checker="imports") for message, path in rows]
    about = review(*found)
    about = about._replace(change=about.change._replace(notes=(note,), title=note))
    spots = tuple(Spot(each, each.path, None) for each in found)
    body = comments.brief(about, Extras(beyond=spots, waiting=len(found)), markers.record([1], ""))
    assert_harmless(body)
    assert markers.read_record(body, "") == [1]


@given(HOSTILE)
def test_replies_hold_nothing_foreign_but_text(reason: str) -> None:
    assert_harmless(comments.refusal(reason, MARK))


def test_no_ending_of_a_file_makes_a_block_live() -> None:
    assert wording.language("a.suggestion") == wording.language("b.Mermaid") == ""
    assert wording.language("a.toml") == "toml"


@pytest.mark.parametrize("length", [1_000, 50_000, 1_000_000])
def test_everything_fits(length: int) -> None:
    for text in ("x" * length, "x$" * length, "`" * length, "x\n" * length, "$" * length):
        told = finding(text, f"{text[:4000]}.py", text, symbol=text[:4000], fix=Fix(text, True, ()))
        about = review(told)
        assert len(comments.comment(Spot(told, told.path, None), about, MARK)) < 65_536
        spots = tuple(Spot(told, told.path, None) for _ in range(300))
        mark = markers.record(["0123456789abcdef"] * 500, "")
        body = comments.brief(about, Extras(beyond=spots), mark)
        assert len(body) <= 65_536
        assert body.endswith(mark)


def test_a_record_of_many_findings_fits() -> None:
    import secrets

    rows = [[secrets.token_hex(16), secrets.token_hex(6), "@acme/guards"] for _ in range(500)]
    mark = markers.record(["a" * 40, 0, rows, ["resolve", True, False, []]], "kept")
    told = [finding("x" * 300, f"{n}.py") for n in range(500)]
    body = comments.brief(review(*told), Extras(tuple(Spot(e, e.path, None) for e in told)), mark)
    assert len(body) <= 65_536
    assert markers.read_record(body, "kept")[2] == rows


# Suggestions --------------------------------------------------------------------------------------


def suggested(spot: Spot, lines: list[str]) -> list[str] | None:
    """The lines that a person would apply; None without a suggestion."""
    body = comments.comment(spot, review(spot.finding, texts={"a.py": tuple(lines)}), MARK)
    blocks = [t for t in MarkdownIt().parse(body) if t.type == "fence" and t.info == "suggestion"]
    assert len(blocks) <= 1
    return blocks[0].content.removesuffix("\n").split("\n") if blocks else None


def fixed(*edits: Edit, safe: bool = True, first: int = 2, last: int = 2) -> Spot:
    told = finding(fix=Fix("Change it", safe, edits))._replace(start_line=first, end_line=last)
    return Spot(told, "a.py", last, first if first < last else None)


CODE = ["import os", "x = eval(y)", "z = 3", ""]
EDIT = Edit(2, 5, 2, 9, "literal")


def test_a_safe_repair_is_suggested() -> None:
    assert suggested(fixed(EDIT), CODE) == ["x = literal(y)"]
    both = fixed(EDIT, Edit(3, 1, 3, 2, "w"), last=3)
    assert suggested(both, CODE) == ["x = literal(y)", "w = 3"]
    assert suggested(fixed(Edit(2, 1, 3, 6, "a = 1\nb = 2"), last=3), CODE) == ["a = 1", "b = 2"]


@pytest.mark.parametrize(
    "spot",
    [
        fixed(EDIT, safe=False),
        fixed(EDIT)._replace(line=None),
        fixed(EDIT)._replace(aside="It is elsewhere."),
        fixed(EDIT, Edit(1, 1, 1, 7, "export")),  # beyond the lines of the comment
        fixed(Edit(2, 1, 3, 1, "")),
        fixed(Edit(2, 1, 2, 12, "")),  # nothing would be left
        fixed(Edit(2, 1, 2, 12, "  ")),
        fixed(Edit(2, 1, 2, 2, "x")),  # unchanged
        fixed(Edit(2, 1, 2, 2, "\u202ex")),
        fixed(Edit(2, 1, 2, 2, "/lgtm")),
        fixed(),
        fixed(EDIT, first=2, last=40),
    ],
)
def test_no_other_repair_is_suggested(spot: Spot) -> None:
    assert suggested(spot, CODE) is None


def test_a_masked_value_is_not_written_over_the_real_one() -> None:
    assert suggested(fixed(Edit(2, 1, 2, 2, "y")), ["", "x = '[redacted: token]'"]) is None


@given(st.lists(LINES, min_size=3, max_size=8), st.data())
def test_a_suggestion_is_what_the_repair_makes(lines: list[str], data: st.DataObject) -> None:
    row = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[row - 1]) + 1))
    text = data.draw(st.sampled_from(["", "new", "```", "a\nb", "/x"]))
    spot = fixed(Edit(row, column, row, column, text), first=row, last=row)
    got = suggested(spot, lines)
    before = lines[row - 1]
    after = (before[: column - 1] + text + before[column - 1 :]).split("\n")
    if got is not None:
        assert got == after != [before]
        assert any(line.strip() for line in got)
