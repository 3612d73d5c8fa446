"""Labels by themselves: what becomes of findings at base and head, without a tool or a repository."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import introduced, located
from bot.checkers import radon
from bot.domain import Finding, Hunk, Measure, Rule, Source, Symbol
from bot.located import Pair, Side


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [(3.34, 2.98, "pre-existing"), (3.34, 2.34, "worsened"), (10.2, 9.9, "introduced")],
)
def test_a_low_index_has_to_fall_by_a_point(before: float, after: float, label: str) -> None:
    rule = Rule("r", "r", "note", "radon", {"metric": "maintainability", "min": 10}, {})

    def side(index: float) -> Side:
        source = Source("head", "a.py", "")
        found = list(radon.findings({"maintainability": index}, source, [rule]))
        return Side("a.py", ["x = 1"], [], found)

    labelled = introduced.numbered(introduced.label([Pair(side(before), side(after))]))
    assert [finding.label for finding in labelled] == [label]


@pytest.mark.parametrize(
    ("hunks", "line", "expected"),
    [
        ([], 7, 7),
        ([Hunk(2, 0, 3, 2)], 2, 2),
        ([Hunk(2, 0, 3, 2)], 3, None),
        ([Hunk(2, 0, 3, 2)], 5, 3),
        ([Hunk(2, 2, 1, 0)], 1, 1),
        ([Hunk(2, 2, 1, 0)], 2, 4),
        ([Hunk(5, 1, 5, 3)], 6, None),
        ([Hunk(5, 1, 5, 3)], 8, 6),
    ],
)
def test_a_line_at_head_is_traced_to_base(
    hunks: list[Hunk], line: int, expected: int | None
) -> None:
    assert located.LineMap(hunks).old(line) == expected


def test_the_innermost_symbol_encloses_a_line() -> None:
    symbols = [Symbol("A", 1, 20), Symbol("A.f", 3, 10), Symbol("A.f.g", 5, 7)]
    around = located.Enclosing(symbols)
    assert [around.name(line) for line in (6, 8, 11, 21, 99)] == ["A.f.g", "A.f", "A", "", ""]


lines = st.lists(st.sampled_from(["a", "b", "except Exception:", "pass", ""]), max_size=12)


@given(lines, lines, st.data())
def test_every_finding_of_head_gets_exactly_one_label_and_base_findings_are_used_once(
    old: list[str], new: list[str], data: st.DataObject
) -> None:
    def side(path: str, text: list[str]) -> Side:
        where = data.draw(st.lists(st.integers(1, max(1, len(text))), max_size=6))
        found = [Finding("r", "ruff", "error", path, n, n, "m", code="C") for n in where if text]
        return Side(path, text, [], found)

    base, head = side("a.py", old), side("a.py", new)
    labelled = introduced.numbered(
        introduced.label([Pair(base, head, [Hunk(1, len(old), 1, len(new))])])
    )
    of_head = [finding for finding in labelled if finding.label != "fixed"]
    assert len(of_head) == len(head.findings)
    matched = sum(finding.label != "introduced" for finding in of_head)
    fixed = sum(finding.label == "fixed" for finding in labelled)
    assert matched + fixed == len(base.findings)
    assert len({finding.fingerprint for finding in of_head}) == len(of_head)


@given(st.floats(0, 40), st.floats(0, 40), st.booleans())
def test_a_measure_blocks_only_when_over_its_limit_and_worse(
    before: float, after: float, rising: bool
) -> None:
    def side(value: float) -> Side:
        measure = Measure("m", value, 15, rising)
        found = Finding("r", "radon", "error", "a.py", 1, 1, "m", symbol="f", measure=measure)
        return Side("a.py", ["def f():"], [Symbol("f", 1, 1)], [found])

    labels = [
        finding.label
        for finding in introduced.numbered(introduced.label([Pair(side(before), side(after))]))
    ]
    over_before = Measure("m", before, 15, rising).exceeded
    over_after = Measure("m", after, 15, rising).exceeded
    worse = after > before if rising else after < before
    if over_after and worse:
        assert labels == (["worsened"] if over_before else ["introduced"])
    elif over_after:
        assert labels == ["pre-existing"]
    else:
        assert labels == (["fixed"] if over_before else [])


def test_without_symbols_a_finding_elsewhere_is_no_proof() -> None:
    """As where one side is written for a newer Python: nothing is known of functions then."""

    def side(*lines: str) -> Side:
        found = [
            Finding("r", "ruff", "error", "a.py", number, number, "too broad", code="BLE001")
            for number, line in enumerate(lines, 1)
            if line.startswith("except")
        ]
        return Side("a.py", lines, [], found, named=False)

    base = side("try:", "    one()", "except Exception:", "    a()", "x = 1", "y = 2")
    head = side("x = 1", "y = 2", "try:", "    two()", "except Exception:", "    b()")
    labelled = introduced.numbered(
        introduced.label([Pair(base, head, [Hunk(1, 4, 0, 0), Hunk(6, 0, 3, 4)])])
    )
    assert [finding.label for finding in labelled] == ["fixed", "introduced"]


def test_without_symbols_a_measure_is_known_by_its_definition_only() -> None:
    def side(*rows: tuple[int, str, int]) -> Side:
        lines = [""] * 30
        found = []
        for line, definition, value in rows:
            lines[line - 1] = definition
            measure = Measure("PLR0913", value, 5)
            found.append(Finding("r", "ruff", "note", "a.py", line, line, "m", measure=measure))
        return Side("a.py", lines, [], found, named=False)

    base = side((3, "def gone(a, b, c, d, e, f, g):", 7), (9, "def kept(a, b, c, d, e, f):", 6))
    head = side((9, "def kept(a, b, c, d, e, f):", 6), (20, "def fresh(u, v, w, x, y, z):", 6))
    labels = {
        (finding.start_line, finding.label)
        for finding in introduced.numbered(
            introduced.label([Pair(base, head, [Hunk(3, 1, 3, 1), Hunk(20, 1, 20, 1)])])
        )
    }
    assert labels == {(9, "pre-existing"), (20, "introduced"), (3, "fixed")}
