"""Where a quote stands: found if it is there, however it was copied, and nowhere if it is not."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.checkers.judge import evidence
from bot.checkers.judge.evidence import locate

LINE = st.text("ab|+-1 .=", max_size=12)
FILE = st.lists(LINE, min_size=1, max_size=30)


def length(lines: list[str]) -> int:
    return sum(len(evidence.squeezed(line)) for line in lines)


@given(FILE, st.data())
def test_any_run_of_lines_of_a_file_is_found_where_it_is(
    lines: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start, min(len(lines), start + 6) - 1))
    run = lines[start : end + 1]
    assume(length(run) >= 6 and run[0].strip() and run[-1].strip())
    # What looks like a number copied with the quote is taken for one.
    assume(not any(re.match(r"[ +-]*\d+[ +-]*\|", line) for line in run))
    assume(not any(line.rstrip().endswith(" ...") for line in run))
    for quote in (run, [f"  {line}\t\r" for line in run], [*run, ""]):
        assert locate("\n".join(quote), lines, start + 1) == (start + 1, end + 1)
    numbered = [f"{'+- '[at % 3]}{start + at + 1}|{line}" for at, line in enumerate(run)]
    assert locate("\n".join(numbered), lines, start + 1) == (start + 1, end + 1)


@given(FILE, st.text("xyz", min_size=6), st.integers())
def test_invented_text_is_nowhere(lines: list[str], invented: str, near: int) -> None:
    assert locate(invented, lines, near) == "quote not found"
    assert locate(f"{lines[0]}\n{invented}", lines, near) == "quote not found"


@given(st.text(), FILE, st.integers())
def test_no_quote_breaks_the_search(quote: str, lines: list[str], near: int) -> None:
    place = locate(quote, lines, near)
    assert place in ("no quote", "quote not found") or 1 <= place[0] <= place[1] <= len(lines)


def test_of_several_places_the_nearest_is_meant() -> None:
    lines = ["call_it()", "x", "call_it()", "y", "call_it()"]
    assert [locate("call_it()", lines, near)[0] for near in (-5, 1, 2, 3, 4, 9)] == [
        1,
        1,
        1,
        3,
        3,
        5,
    ]


@pytest.mark.parametrize(
    "quote", ["+2|  call_it()", "+  2|call_it()", " 2 | call_it()", "-2|call_it()", "2|call_it()", "\t call_it()  \r"]
)  # fmt: skip
def test_numbers_and_signs_copied_with_a_quote_do_not_count(quote: str) -> None:
    assert locate(quote, ["x", "    call_it()"], 1) == (2, 2)


def test_a_bar_of_the_code_itself_counts() -> None:
    assert locate("one | other", ["one | other"], 1) == (1, 1)
    assert locate("3 | others", ["x = 3 | others"], 1) == (1, 1)
    assert locate("two | other", ["one | other"], 1) == "quote not found"


def test_a_line_that_was_shown_cut_is_found() -> None:
    lines = ["x", "y" * 1_000]
    assert locate(f"+2|{'y' * 400} ...", lines, 1) == (2, 2)
    assert locate("def f(): ...", ["def f(): ..."], 1) == (1, 1)


def test_of_a_long_quote_the_first_lines_count() -> None:
    lines = [f"line {at}" for at in range(1, 11)]
    assert locate("\n".join([*lines[:6], "invented"]), lines, 1) == (1, 6)
