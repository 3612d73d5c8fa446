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
