"""Labels by themselves: what becomes of findings at base and head, without a tool or a repository."""

from typing import Any

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


# What is matched with what ---------------------------------------------------------------------

WHOLE = [Hunk(1, 99, 1, 99)]


def at(line: int, **more: Any) -> Finding:
    """A finding of Ruff on one line, "too broad" unless it says something else."""
    given = {"code": "C", "severity": "error", "message": "too broad", **more}
    severity, message = given.pop("severity"), given.pop("message")
    return Finding(
        "r", given.pop("checker", "ruff"), severity, "a.py", line, line, message, **given
    )


def file(path: str, text: str, *found: Finding, symbols: tuple[Symbol, ...] = ()) -> Side:
    """One side of a file, its lines parted by `;`."""
    return Side(path, text.split(";"), symbols, [each._replace(path=path) for each in found])


def told(*pairs: Pair) -> list[tuple[str, str, int]]:
    """Label, path and line of everything, in that order."""
    return sorted((f.label, f.path, f.start_line) for f in introduced.label(pairs))


def test_findings_with_keys_are_the_same_when_rule_and_key_are() -> None:
    one, two, other = (at(n, key=key) for n, key in ((1, "k"), (2, "k"), (3, "l")))
    head = [two._replace(start_line=7), two._replace(start_line=8), at(9, key="m")]
    found = introduced.by_key([one, other], head)
    assert [(each.label, each.start_line) for each in found] == [
        ("pre-existing", 7), ("introduced", 8), ("introduced", 9), ("fixed", 3),
    ]  # fmt: skip
    both = introduced.by_key([one, two], [two])
    assert [(each.label, each.start_line) for each in both] == [("pre-existing", 2), ("fixed", 2)]


def test_equal_syntax_pardons_all_but_what_looks_at_comments() -> None:
    found = [
        at(1, label="fixed"), at(2), at(3, label="worsened")._replace(rule="kept"),
        at(4)._replace(path="b.py"), at(5, label="fixed")._replace(path="b.py"),
    ]  # fmt: skip
    judged = introduced.pardon(found, frozenset({"a.py"}), frozenset({"kept"}))
    assert [(each.label, each.start_line) for each in judged] == [
        ("pre-existing", 2), ("worsened", 3), ("introduced", 4), ("fixed", 5),
    ]  # fmt: skip


def test_of_several_alike_the_first_is_used_first() -> None:
    base = file("a.py", "x;y;x", at(1), at(3))
    assert told(Pair(base, file("a.py", "z;z;x", at(3)), WHOLE)) == [
        ("fixed", "a.py", 3), ("pre-existing", "a.py", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("milder", "label"), [(49, "pre-existing"), (50, "introduced")])
def test_of_many_alike_fifty_are_looked_at(milder: int, label: str) -> None:
    notes = [at(line, severity="note") for line in range(1, milder + 1)]
    base = file("a.py", ";".join(["x"] * (milder + 1)), *notes, at(milder + 1))
    found = introduced.label([Pair(base, file("a.py", "x", at(1)), WHOLE)])
    assert found[0].label == label


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [("error", "error", "pre-existing"), ("error", "note", "pre-existing"), ("note", "error", "introduced")],
)  # fmt: skip
def test_what_a_tool_rates_worse_now_is_new(before: Any, after: Any, label: str) -> None:
    base, head = (file("a.py", "x", at(1, severity=each)) for each in (before, after))
    assert introduced.label([Pair(base, head)])[0].label == label


# Text, its symbol's name, and the lines above and below, as in (4) and (5) of the module.
def lost(leaf: str, above: str, below: str, path: str) -> Pair:
    """A file that has lost `gone()` between two lines in a function."""
    base = file(path, f"{above};gone();{below}", at(2, symbol=leaf, code=""))
    return Pair(base, file(path, f"{above};kept();{below}"), [Hunk(2, 1, 2, 1)])


def came(leaf: str = "f", above: str = "above", below: str = "below") -> Pair:
    head = file("new.py", f"{above};gone();{below}", at(2, symbol=leaf, code=""))
    return Pair(None, head)


@pytest.mark.parametrize(
    ("where", "label"),
    [
        (("f", "zzzzz", "zzzzz"), "moved"),
        (("g", "above", "zzzzz"), "moved"),
        (("g", "zzzzz", "below"), "moved"),
        (("g", "aaaaa", "aaaaa"), "introduced"),
        (("g", "zzzzz", "zzzzz"), "introduced"),
        (("e", "zzzzz", "aaaaa"), "introduced"),
    ],
)
def test_code_of_another_file_moved_where_something_about_it_agrees(
    where: tuple[str, str, str], label: str
) -> None:
    found = {f.path: f.label for f in introduced.label([lost(*where, "old.py"), came()])}
    assert found == {"new.py": label} | ({"old.py": "fixed"} if label == "introduced" else {})


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (("g", "above", "zzzzz"), ("f", "zzzzz", "zzzzz")),
        (("f", "zzzzz", "zzzzz"), ("f", "above", "zzzzz")),
        (("f", "above", "zzzzz"), ("f", "above", "below")),
        (("g", "zzzzz", "below"), ("g", "above", "below")),
    ],
)
def test_it_came_from_where_most_agrees(
    less: tuple[str, str, str], more: tuple[str, str, str]
) -> None:
    found = introduced.label([lost(*less, "a.py"), lost(*more, "b.py"), came()])
    assert [each.path for each in found if each.label == "fixed"] == ["a.py"]


@pytest.mark.parametrize(
    ("text", "more", "label"),
    [("x" * 17, 0, "moved"), ("x" * 16, 0, "introduced"), ("x" * 17, 1, "introduced")],
)
def test_a_long_line_that_occurs_once_is_evidence_in_its_own_file(
    text: str, more: int, label: str
) -> None:
    f, g = Symbol("f", 1, 3), Symbol("g", 5, 7)
    lines = ["one"] * 7
    base = ";".join([text, *lines[1:]]) if not more else ";".join([text, text, *lines[2:]])
    before = [at(1, message="was"), *([at(2, message="was")] * more)]
    head = ";".join([*lines[:5], text, "two"])
    pair = Pair(
        file("a.py", base, *before, symbols=(f, g)),
        file("a.py", head, at(6, message="is"), symbols=(f, g)), WHOLE,
    )  # fmt: skip
    assert introduced.label([pair])[0].label == label


def test_a_decorator_that_went_to_another_function_is_a_new_decision() -> None:
    f, g = Symbol("f", 1, 3), Symbol("g", 5, 7)
    base = file("a.py", "@cached;a;b;;c;d;e", at(1, message="was"), symbols=(f, g))
    moved = [at(5, message="is"), at(7, message="is")]
    head = file("a.py", "a;b;c;;@cached;d;e", *moved, symbols=(f, g))
    # What comes after it is looked at all the same.
    other = lost("g", "d", "e", "old.py")
    found = told(Pair(base, head, WHOLE), other, came("g"))
    assert ("introduced", "a.py", 5) in found
    assert ("fixed", "a.py", 1) in found
    assert ("moved", "new.py", 2) in found


def bodied(name: str, start: int, rows: str, found: int) -> tuple[str, Symbol, int]:
    """A function: its lines, where it is, and the line of what was found in it."""
    lines = f"def {name}();{rows}"
    return lines, Symbol(name, start, start + lines.count(";")), start + found


ROWS = "one;two;three;four;eval({})"


def test_a_copy_of_a_function_that_stays_is_no_rename_of_it() -> None:
    text, f, line = bodied("f", 1, ROWS.format("x"), 5)
    base = file("a.py", text, at(line, message="`eval`"), symbols=(f,))
    mended, f, _ = bodied("f", 1, "one;two;three;four;parse(x)", 5)
    copied, g, line = bodied("g", 7, ROWS.format("y"), 5)
    head = file("a.py", f"{mended};{copied}", at(line, message="`eval`"), symbols=(f, g))
    assert told(Pair(base, head, WHOLE)) == [("fixed", "a.py", 6), ("introduced", "a.py", 12)]


def test_a_function_that_was_there_is_no_new_name_of_one_that_went() -> None:
    gone, f, line = bodied("f", 1, ROWS.format("x"), 5)
    clean, h, _ = bodied("h", 7, "one;two;three;four;parse(y)", 5)
    base = file("a.py", f"{gone};{clean}", at(line, message="`eval`"), symbols=(f, h))
    text, h, line = bodied("h", 1, ROWS.format("y"), 5)
    head = file("a.py", text, at(line, message="`eval`"), symbols=(h,))
    assert told(Pair(base, head, WHOLE)) == [("fixed", "a.py", 6), ("introduced", "a.py", 6)]


@pytest.mark.parametrize(
    ("rows", "label"), [("one;two;three;five;eval(y)", "pre-existing"), ("one;two;5;6;eval(y)", "introduced")]
)  # fmt: skip
def test_a_function_is_renamed_where_most_of_its_lines_are_the_same(rows: str, label: str) -> None:
    text, f, line = bodied("f", 1, ROWS.format("x"), 5)
    base = file("a.py", text, at(line, message="`eval`"), symbols=(f,))
    # Fourteen new names at once are still told apart.
    other = [bodied(f"n{at}", 10 * at, f"own_{at};eval({at})", 2) for at in range(1, 15)]
    text, g, line = bodied("g", 1, rows, 5)
    lines = text.split(";") + [""] * 200
    for more, symbol, _ in other:
        lines[symbol.start_line - 1 : symbol.end_line] = more.split(";")
    found = [at(each, message="`eval`") for each in (line, *(row for *_, row in other))]
    symbols = (g, *(symbol for _, symbol, _ in other))
    head = file("a.py", ";".join(lines), *found, symbols=symbols)
    labelled = introduced.label([Pair(base, head, WHOLE)])
    assert [each.label for each in labelled if each.label != "fixed"] == [label] + [
        "introduced"
    ] * 14


def test_what_base_could_not_be_read_of_is_known_by_its_lines() -> None:
    f = Symbol("f", 1, 4)
    found = [at(2), at(3), at(4, checker="radon")]
    head = file("a.py", "def f();old;new;more", *found, symbols=(f,))
    pair = Pair(
        file("a.py", "def f();old;was;more", symbols=(f,)), head, [Hunk(3, 1, 3, 1)],
        unread_base=frozenset({"ruff"}),
    )  # fmt: skip
    assert [each.label for each in introduced.label([pair])] == [
        "pre-existing", "introduced", "introduced",
    ]  # fmt: skip


def test_what_head_could_not_be_read_of_is_not_gone() -> None:
    base = file("a.py", "x;y", at(1, checker="radon"), at(2))
    pair = Pair(base, file("a.py", "z"), WHOLE, unread_head=frozenset({"radon"}))
    assert told(pair) == [("fixed", "a.py", 2)]
