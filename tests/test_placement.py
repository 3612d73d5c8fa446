"""Where comments go: every place that is named can be commented on, by Git's own account of a diff."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import placement
from bot.domain import Finding, Hunk
from bot.examination import _line_count

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e\n"]), max_size=40).map("".join)
ENDS = st.sampled_from(["", "x", "x\n", "\n\n"])
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def difference(folder: Path, before: str, after: str, context: int) -> list[Hunk]:
    (folder / "a").write_text(before)
    (folder / "b").write_text(after)
    ran = subprocess.run(
        ["git", "diff", "--no-index", f"-U{context}", "a", "b"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [
        Hunk(*(int(part) if part else 1 for part in found.groups()))
        for found in HUNK.finditer(ran.stdout)
    ]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, TEXTS, ENDS, ENDS, st.data())
def test_every_line_is_commentable(
    tmp_path: Path, before: str, after: str, end: str, other: str, data: st.DataObject
) -> None:
    before, after = before + end, after + other
    hunks = difference(tmp_path, before, after, 0)
    length = _line_count(after.encode())
    file = placement.shown("f.py", hunks, length)
    # Git joins hunks whose context meets, and shows three lines around each.
    seen = [
        (hunk.new_start, hunk.new_start + hunk.new_count - 1)
        for hunk in difference(tmp_path, before, after, 3)
        if hunk.new_count
    ]
    assert list(file.runs) == seen
    start = data.draw(st.integers(1, 60))
    finding = found(start, start + data.draw(st.integers(0, 30)))
    (spot,) = placement.place([finding], {"f.py": file})
    if spot.line is not None:
        (run,) = [run for run in seen if run[0] <= spot.line <= run[1]]
        assert spot.start_line is None or run[0] <= spot.start_line < spot.line
    inside = any(s <= finding.end_line and finding.start_line <= e for s, e in seen)
    assert bool(spot.aside) != inside


def found(start: int, end: int | None = None, path: str = "f.py") -> Finding:
    return Finding("r", "ruff", "error", path, start, end or start, "Bad.")


def test_hunks_whose_context_meets_are_one() -> None:
    six_between, seven_between = Hunk(12, 1, 12, 1), Hunk(13, 1, 13, 1)
    assert placement.shown("f.py", [Hunk(5, 1, 5, 1), six_between], 30).runs == ((2, 15),)
    assert placement.shown("f.py", [Hunk(5, 1, 5, 1), seven_between], 30).runs == ((2, 8), (10, 16))


def test_the_edges_of_a_file() -> None:
    assert [_line_count(text) for text in (b"", b"a", b"a\n", b"a\nb", b"a\n\n")] == [0, 1, 1, 2, 2]
    assert placement.whole("f.py", 0).runs == ()
    assert placement.whole("f.py", 3).runs == ((1, 3),)
    # A file that is gone has no line on the right.
    assert placement.shown("f.py", [Hunk(1, 9, 0, 0)], 0).runs == ()


@pytest.mark.parametrize(
    ("start", "end", "line", "first", "aside"),
    [
        (12, 12, 12, None, False),
        (11, 13, 13, 11, False),
        (5, 40, 20, 10, False),  # what is beyond the diff is cut off
        (24, 24, 20, None, True),
        (3, 3, 10, None, True),
        (90, 90, None, None, True),
    ],
)
def test_places(start: int, end: int, line: int | None, first: int | None, aside: bool) -> None:
    file = placement.Shown("f.py", ((10, 20),))
    (spot,) = placement.place([found(start, end)], {"f.py": file})
    assert (spot.path, spot.line, spot.start_line) == ("f.py", line, first)
    assert bool(spot.aside) == aside
    if aside:
        assert f"line {start}" in spot.aside


def test_a_file_that_is_not_in_the_diff_is_told_on_one_that_is() -> None:
    files = {name: placement.Shown(name, ()) for name in ("b.py", "a.py")}
    (spot,) = placement.place([found(3, path="other.py")], files)
    assert (spot.path, spot.kind) == ("a.py", "file")
    assert "`other.py`" in spot.aside
    (spot,) = placement.place([found(3, path="other.py")], {})
    assert spot.path == ""
