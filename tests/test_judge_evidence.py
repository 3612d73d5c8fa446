"""Evidence or silence: a quote that exists, in what changed, under a rule that was asked about."""

from collections.abc import Iterator

import pytest
from conftest import Repo
from judging import Files, candidate, changed, changing, rule

from bot.checkers.judge import dossier, evidence
from bot.checkers.judge.evidence import Grounds, Proven, once, prove
from bot.checkers.judge.material import Material
from bot.domain import Finding, Rule

BEFORE: Files = {
    "a.py": "import os\n\n\ndef first():\n    return os.name\n\n\ndef second():\n    value = 1\n    old_call(value)\n    return value\n",
    "other.py": "def helper():\n    return 'hunter2'\n",
    ".env": "TOKEN=topsecret\n",
    "was.py": "".join(f"name_{at} = {at}\n" for at in range(20)),
}
AFTER: Files = {
    "a.py": "import os\n\n\ndef first():\n    return os.name\n\n\ndef second():\n    value = 1\n    new_call(value)\n    return value\n",
    "was.py": None,
    "now.py": "".join(f"name_{at} = {at}\n" for at in range(1, 20)) + "added_name = 0\n",
}


@pytest.fixture
def material(repo: Repo) -> Iterator[Material]:
    with changing(repo, BEFORE, AFTER) as found:
        yield found


def grounds(material: Material, *reported: Finding, rules: tuple[Rule, ...] = (rule(),)) -> Grounds:
    """Every file of the change, each asked about under every rule."""
    files = {file.path: file for file in material.comparison.change.files}
    pairs = frozenset((path, each.id) for path in files for each in rules)
    return Grounds(material, files, {each.id: each for each in rules}, pairs, reported)


def proven(material: Material, quote: str, **fields: object) -> Proven:
    result = prove(candidate(quote, **fields), grounds(material))
    assert isinstance(result, Proven), result
    return result


def reason(material: Material, quote: str, **fields: object) -> str:
    result = prove(candidate(quote, **fields), grounds(material))
    assert isinstance(result, str)
    return result


def test_a_quote_of_an_added_line_is_proven_at_its_line(material: Material) -> None:
    found = proven(material, "new_call(value)", line=99)
    assert found[1:] == ("head", 10, 10, (), 10, 10)


def test_a_quote_of_several_lines_may_hold_lines_that_did_not_change(material: Material) -> None:
    found = proven(material, "    value = 1\n    new_call(value)\n    return value")
    assert (found.start, found.end) == (9, 11)


def test_a_quote_of_the_old_side_is_placed_at_head_too(material: Material) -> None:
    found = proven(material, "old_call(value)", side="base")
    assert (found.side, found.start, found.end) == ("base", 10, 10)
    assert (found.head_start, found.head_end) == (10, 10)


def test_the_old_side_of_a_renamed_file_is_what_it_was(material: Material) -> None:
    found = proven(material, "name_0 = 0", side="base", path="now.py")
    assert (found.start, found.head_start) == (1, 1)
    found = proven(material, "added_name = 0", path="now.py")
    assert found.start == 20


def test_the_line_that_names_a_changed_function_stands_for_it(material: Material) -> None:
    assert proven(material, "def second():").start == 8
    assert proven(material, "def second():", side="base").start == 8


def test_a_decorator_and_a_long_signature_stand_for_their_function(repo: Repo) -> None:
    before = "@wraps(\n    other,\n    more=1,\n    last=2,\n)\ndef long(\n    one,\n):\n    call_one()\n    call_two()\n"
    with changing(repo, {"a.py": before}, {"a.py": before.replace("two", "three")}) as material:
        assert proven(material, "def long(").start == 6
        assert proven(material, "@wraps(").start == 1
        assert reason(material, "    call_one()") == "not in what changed"


def test_the_line_that_names_a_function_that_did_not_change_does_not(material: Material) -> None:
    assert reason(material, "def first():") == "not in what changed"


def test_a_rule_that_is_none_is_dropped(material: Material) -> None:
    assert reason(material, "new_call(value)", rule="house/nope") == "unknown rule"


def test_a_file_that_did_not_change_is_dropped(material: Material) -> None:
    for path in ("other.py", "nope.py", "../a.py", "/a.py", "was.py", ""):
        assert reason(material, "def helper():", path=path) == "not a file of the change"


def test_a_rule_that_the_file_was_not_held_to_is_dropped(material: Material) -> None:
    several = (rule(), rule("house/two"))
    asked = grounds(material, rules=several)._replace(pairs=frozenset({("a.py", "house/one")}))
    given = candidate("new_call(value)", rule="house/two")
    assert prove(given, asked) == "rule is not about this file"


def test_what_was_there_before_is_dropped(material: Material) -> None:
    assert reason(material, "new_call(value)", kind="preexisting") == "there before"
    assert proven(material, "new_call(value)", kind="worsened").start == 10


def test_a_quote_that_is_nowhere_is_dropped(material: Material) -> None:
    assert reason(material, "invented_call(value)") == "quote not found"
    assert reason(material, "old_call(value)") == "quote not found"
    assert reason(material, "new_call(value)", side="base") == "quote not found"
    assert reason(material, "new_call(value)\nvalue = 1") == "quote not found"


def test_nothing_much_is_no_quote(material: Material) -> None:
    for quote in ("", " \n\t\n", "value", "10|", "+10|  x\n"):
        assert reason(material, quote) == "no quote"


def test_a_quote_of_what_did_not_change_is_dropped(material: Material) -> None:
    assert reason(material, "    return os.name") == "not in what changed"
    assert reason(material, "    return value") == "not in what changed"
    assert reason(material, "    return value", side="base") == "not in what changed"


def test_supporting_quotes_are_found_on_their_side(material: Material) -> None:
    supporting = [("other.py", "head", "def helper():"), ("a.py", "base", "old_call(value)")]
    found = proven(material, "new_call(value)", supporting=supporting)
    assert found.supports == (("head", "other.py", 1), ("base", "a.py", 10))


@pytest.mark.parametrize(
    ("path", "side", "quote"),
    [
        ("other.py", "head", "def invented():"),
        ("a.py", "head", "old_call(value)"),
        ("now.py", "base", "name_1 = 1"),
        ("nope.py", "head", "def helper():"),
        (".env", "head", "TOKEN=topsecret"),
        ("other.py", "head", "return 'hunter2'"),
        ("../other.py", "head", "def helper():"),
        ("x/../other.py", "head", "def helper():"),
        ("/etc/passwd", "head", "root:x:0:0"),
        (".git/config", "head", "[core]\nbare = false"),
        ("", "head", "def helper():"),
        ("other.py\0", "head", "def helper():"),
        ("other.py", "head", ""),
    ],
)
def test_a_supporting_quote_that_is_nowhere_drops_the_finding(
    material: Material, path: str, side: str, quote: str
) -> None:
    good = ("other.py", "head", "def helper():")
    for supporting in ([(path, side, quote)], [good, (path, side, quote)]):
        said = reason(material, "new_call(value)", supporting=supporting)
        assert said == "supporting quote not found"


def test_what_a_tool_reported_is_not_said_again(material: Material) -> None:
    tool = Finding("python/x", "ruff", "error", "a.py", 8, 8, "said")
    own = rule(options={"reported_by": ["python/x"]})
    given = candidate("new_call(value)")
    assert prove(given, grounds(material, tool, rules=(own,))) == "reported by a tool"
    # The same function, however far; another rule, file or function is another matter.
    for other in (
        tool._replace(rule="python/y"), tool._replace(path="now.py"), tool._replace(start_line=4),
    ):  # fmt: skip
        assert isinstance(prove(given, grounds(material, other, rules=(own,))), Proven)
    assert isinstance(prove(given, grounds(material, tool)), Proven)
    same = tool._replace(rule="house/one", start_line=12)
    assert prove(given, grounds(material, same)) == "reported by a tool"


def test_each_place_is_told_once_for_each_rule(material: Material) -> None:
    found = proven(material, "new_call(value)")
    again = proven(material, "    new_call(value)", claim="Otherwise.")
    elsewhere = proven(material, "def second():")
    assert once([found, again, elsewhere, found]) == ([found, elsewhere], 2)


def test_a_decisive_quote_must_stand_in_the_code_that_was_shown(repo: Repo) -> None:
    text = "alpha = 1\n\nomega = 2 | 3\n"
    with changing(repo, {"b.py": ""}, {"a.py": text}) as material:
        window = dossier.window(material, changed(material, "a.py"), 1, 3, 5)
        shown = f"Marked: lines 1 to 3 of head.\n<data-1>\n{window}\n</data-1>"
        assert evidence.holds("alpha = 1", shown)
        assert evidence.holds("omega = 2 | 3", shown)
        assert evidence.holds("alpha = 1\n\nomega = 2 | 3", shown)
        assert evidence.holds("+1|alpha = 1\n+2|\n+3|omega = 2 | 3", shown)
        for quote in ("", "alpha", "beta = 1", "Marked: lines 1 to 3 of head.", "<data-1>"):
            assert not evidence.holds(quote, shown)


# Where exactly -----------------------------------------------------------------------------------

MOVED = "".join(f"row_{at} = {at}\n" for at in range(12))


def test_lines_of_the_old_side_are_placed_where_they_are_at_head(repo: Repo) -> None:
    after = "first = 1\nsecond = 2\n" + MOVED.replace("row_9 = 9", "row_9 = 90")
    with changing(repo, {"old.py": MOVED}, {"old.py": None, "new.py": after}) as material:
        found = proven(material, "row_9 = 9", side="base", path="new.py")
        assert (found.start, found.end, found.head_start, found.head_end) == (10, 10, 12, 12)
        found = proven(material, "row_9 = 90", path="new.py")
        assert (found.start, found.end, found.head_start, found.head_end) == (12, 12, 12, 12)


def test_the_line_that_named_a_function_stands_for_it_where_its_file_was(repo: Repo) -> None:
    text = MOVED + "\n\ndef work():\n    one()\n    two()\n"
    after = {"old.py": None, "new.py": text.replace("two", "three")}
    with changing(repo, {"old.py": text}, after) as material:
        assert proven(material, "def work():", side="base", path="new.py").start == 15


def test_a_decorator_that_changed_stands_for_the_last_line_of_a_file(repo: Repo) -> None:
    before = {"a.py": "X = 1\n@one\ndef tiny(): pass\n"}
    with changing(repo, before, {"a.py": "X = 1\n@two\ndef tiny(): pass\n"}) as material:
        assert proven(material, "def tiny(): pass").start == 3


def test_only_the_line_that_names_a_function_stands_for_it(material: Material) -> None:
    assert reason(material, "    value = 1") == "not in what changed"
    assert reason(material, "import os") == "not in what changed"


def test_a_function_above_that_changed_says_nothing_of_the_one_below(repo: Repo) -> None:
    text = "def above():\n    one()\n\n\ndef below():\n    three()\n"
    with changing(repo, {"a.py": text}, {"a.py": text.replace("one", "two")}) as material:
        assert reason(material, "def below():") == "not in what changed"


@pytest.mark.parametrize(
    ("line", "is_reported"), [(1, False), (6, False), (7, True), (14, True), (15, False), (20, False)]
)  # fmt: skip
def test_a_tool_has_spoken_of_the_same_code_within_three_lines(
    repo: Repo, line: int, is_reported: bool
) -> None:
    text = "".join(f"row_{at} = {at}\n" for at in range(1, 21))
    after = text.replace("row_10 = 10\nrow_11 = 11", "row_10 = 100\nrow_11 = 110")
    with changing(repo, {"a.py": text}, {"a.py": after}) as material:
        tool = Finding("house/one", "ruff", "error", "a.py", line, line, "said")
        said = prove(candidate("row_10 = 100\nrow_11 = 110"), grounds(material, tool))
        assert (said == "reported by a tool") == is_reported
        other = prove(candidate("row_10 = 100"), grounds(material, tool._replace(path="Z.py")))
        assert isinstance(other, Proven)


@pytest.mark.parametrize(
    ("line", "is_reported"), [(300, False), (301, True), (309, True), (312, True), (313, False)]
)
def test_a_tool_has_spoken_of_the_same_code_within_the_same_function(
    repo: Repo, line: int, is_reported: bool
) -> None:
    rows = "".join(f"    step_{at}()\n" for at in range(11))
    # So far down that equal numbers are not one object.
    text = "\n" * 300 + f"def work():\n{rows}\n\n\n"
    change = text.replace("step_4()", "step_4(1)")
    with changing(repo, {"a.py": text}, {"a.py": change}) as material:
        tool = Finding("house/one", "ruff", "error", "a.py", line, line, "said")
        said = prove(candidate("step_4(1)"), grounds(material, tool))
        assert (said == "reported by a tool") == is_reported


def test_of_two_places_the_nearest_beginning_is_meant() -> None:
    lines = ("alpha = 1", "beta = 22", "", "", "alpha = 1", "", "", "", "beta = 22")
    assert evidence.locate("alpha = 1\nbeta = 22", lines, 4) == (5, 9)
    assert evidence.locate("alpha = 1\nbeta = 22", lines, 3) == (1, 2)


def test_a_supporting_quote_is_the_first_of_several(repo: Repo) -> None:
    before = {"a.py": "old = 1\n", "b.py": "same = 1\nsame = 1\nmore = 2\n"}
    with changing(repo, before, {"a.py": "new_one = 1\n"}) as material:
        supporting = [("b.py", "head", "same = 1"), ("b.py", "head", "same = 1\nmore = 2")]
        found = proven(material, "new_one = 1", supporting=supporting)
        assert found.supports == (("head", "b.py", 1), ("head", "b.py", 2))


@pytest.mark.parametrize(
    ("path", "is_plain"),
    [("a.py", True), ("a/..b.py", True), ("", False), ("/a.py", False), ("a/../b.py", False)],
)
def test_only_a_path_within_the_tree_is_looked_for(path: str, is_plain: bool) -> None:
    assert evidence._is_plain(path) == is_plain
