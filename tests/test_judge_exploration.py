"""The tools of a model: both trees, nothing else, and no more of them than agreed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Repo
from judging import FENCE, Tools, changing

from bot.checkers.judge import exploration

BEFORE = {
    "shop/__init__.py": "",
    "shop/old.py": "import json\n\n\ndef total(order):\n    return json.dumps(order)\n",
    "shop/api.py": "from shop import old\n\n\nclass Api:\n    def get(self):\n        return old.total(1)\n",
    "web/main.ts": "export class Page {\n  open() {}\n}\nconst limit = 3\n",
}
AFTER = {
    "shop/api.py": "from shop import old\n\n\nclass Api:\n    def get(self):\n        return old.total(2)\n\n    def put(self):\n        pass\n",
    "shop/new.py": "from shop import api\n\nNEW = api.Api\n",
    "web/main.ts": None,
}


@pytest.fixture
def tools(repo: Repo) -> Iterator[Tools]:
    with changing(repo, BEFORE, AFTER) as material:
        yield Tools(material)


def test_a_file_is_read_as_it_is_on_the_side_asked_for(tools: Tools) -> None:
    head = tools.lines("read_file", path="shop/api.py", ref="head", start=5, end=6)
    base = tools.lines("read_file", path="shop/api.py", ref="base", start=6)
    assert head == [" 5|    def get(self):", " 6|        return old.total(2)", "(9 lines in all)"]
    assert base == [" 6|        return old.total(1)", "(6 lines in all)"]
    assert tools.lines("read_file", path="shop/new.py", end=1)[0] == " 1|from shop import api"
    assert "no such file at base" in tools("read_file", path="shop/new.py", ref="base")


def test_the_answer_names_the_side_it_is_of(tools: Tools) -> None:
    assert tools("list_dir", path="", ref="base").startswith(f'<{FENCE.tag} ref="base">\n')
    assert tools("list_dir", path="").startswith(f'<{FENCE.tag} ref="head">\n')


def test_at_most_200_lines_are_read_at_once(repo: Repo) -> None:
    text = "".join(f"line {at}\n" for at in range(1, 501))
    with changing(repo, {"a.txt": text}, {"a.txt": text + "x\n"}) as material:
        tools = Tools(material)
        rows = tools.lines("read_file", path="a.txt", start=100, end=10**30)
        assert (rows[0], rows[-2], rows[-1]) == (
            " 100|line 100",
            " 299|line 299",
            "(501 lines in all)",
        )
        assert tools.lines("read_file", path="a.txt", start=-(10**30), end=1)[0] == " 1|line 1"
        assert tools.lines("read_file", path="a.txt", start=600) == ["", "(501 lines in all)"]


LONG = "".join(f"line {at}\n" for at in range(1, 61))


def test_of_a_file_is_read_what_the_conversation_does_not_show_yet(repo: Repo) -> None:
    after = LONG.replace("line 30\n", "line 30 is another\n")
    with changing(repo, {"a.txt": LONG, "b.txt": "x\n"}, {"a.txt": after}) as material:
        tools = Tools(material, "a.txt")
        rows = tools.lines("read_file", path="a.txt", start=21, end=40)
        assert rows == [
            " 21|line 21",
            "(22 to 38: see above)",
            " 39|line 39",
            " 40|line 40",
            "(60 lines in all)",
        ]
        rows = tools.lines("read_file", path="a.txt", start=38, end=44)
        # To leave out three lines is no shorter.
        assert rows[:2] == [" 38|line 38", " 39|line 39"]
        assert (
            tools.lines("read_file", path="a.txt", start=36, end=42)[0] == "(36 to 42: see above)"
        )
        base = tools.lines("read_file", path="a.txt", ref="base", start=29, end=32)
        assert base[1] == " 30|line 30"


def test_a_conversation_that_begins_again_is_shown_all_again(repo: Repo) -> None:
    with changing(repo, {"a.txt": LONG}, {"a.txt": f"{LONG}end\n"}) as material:
        tools = Tools(material, "a.txt")
        first = tools("read_file", path="a.txt", start=1, end=9)
        tools.begin_again()
        assert tools("read_file", path="a.txt", start=1, end=9) == first
        assert "(53 to 61: see above)" in tools("read_file", path="a.txt", start=53, end=61)


def test_a_folder_lists_what_is_directly_in_it(tools: Tools) -> None:
    assert tools.lines("list_dir", path="") == ["shop/"]
    assert tools.lines("list_dir", path=".", ref="base") == ["shop/", "web/"]
    assert tools.lines("list_dir", path="./shop/") == ["__init__.py", "api.py", "new.py", "old.py"]
    assert tools.lines("list_dir", path="web", ref="base") == ["main.ts"]
    assert "no such folder at head" in tools("list_dir", path="web")
    assert "no such folder at head" in tools("list_dir", path="sho")


def test_an_outline_names_functions_and_classes_with_their_lines(tools: Tools) -> None:
    assert tools.lines("outline", path="shop/api.py") == ["4-9 Api", "5-6 Api.get", "8-9 Api.put"]
    assert tools.lines("outline", path="shop/api.py", ref="base") == ["4-6 Api", "5-6 Api.get"]
    assert tools.lines("outline", path="shop/old.py") == ["4| def total(order):"]
    assert tools.lines("outline", path="web/main.ts", ref="base") == [
        "1| export class Page {",
        "4| const limit = 3",
    ]
    assert tools.lines("outline", path="shop/__init__.py") == ["nothing defined here"]


def test_definitions_and_references_are_found_on_their_side(tools: Tools) -> None:
    assert tools.lines("find_definition", name="shop.old.total") == [
        "shop/old.py:4| def total(order):"
    ]
    assert tools.lines("find_definition", name="NEW") == ["shop/new.py:3| NEW = api.Api"]
    assert tools.lines("find_definition", name="put", ref="base") == ["nothing found"]
    assert tools.lines("find_definition", name="Page", ref="base") == [
        "web/main.ts:1| export class Page {"
    ]
    assert tools.lines("find_references", name="total") == [
        "shop/api.py:6| return old.total(2)",
        "shop/old.py:4| def total(order):",
    ]
    assert tools.lines("find_references", name="tota") == ["nothing found"]


def test_references_in_prose_are_told_only_where_no_code_has_any(repo: Repo) -> None:
    before = {
        "a.py": "def main():\n    return usage()\n",
        "README.md": "The main idea.\nThe usage is in the guide.\n",
        "docs/guide.RST": "The guide tells the idea.\n",
    }
    with changing(repo, before, {"a.py": "def main():\n    return usage(1)\n"}) as material:
        tools = Tools(material)
        assert tools.lines("find_references", name="main") == ["a.py:1| def main():"]
        assert tools.lines("find_references", name="idea") == [
            "README.md:1| The main idea.",
            "docs/guide.RST:1| The guide tells the idea.",
        ]
        assert tools.lines("search", pattern="main", literal=True) == [
            "README.md:1| The main idea.",
            "a.py:1| def main():",
        ]


def test_imports_are_told_in_both_directions(tools: Tools) -> None:
    rows = tools.lines("import_edges", path="shop/api.py")
    at = rows.index("imported by:")
    assert "  shop/old.py" in rows[1:at]
    assert rows[at + 1 :] == ["  shop/new.py"]
    rows = tools.lines("import_edges", path="shop/api.py", ref="base")
    assert rows[rows.index("imported by:") + 1 :] == []


def test_imports_of_a_file_that_moved_are_told_under_its_name_of_that_side(repo: Repo) -> None:
    moved = {"shop/old.py": None, "shop/older.py": BEFORE["shop/old.py"]}
    renamed = BEFORE["shop/api.py"].replace("old", "older")
    with changing(repo, BEFORE, {**moved, "shop/api.py": renamed}) as material:
        tools = Tools(material)
        assert tools.lines("import_edges", path="shop/old.py", ref="base")[-1] == "  shop/api.py"
        assert "  shop/old.py" in tools.lines("import_edges", path="shop/api.py", ref="base")
        assert tools.lines("import_edges", path="shop/older.py")[-1] == "  shop/api.py"


def test_search_takes_expressions_literals_and_globs(tools: Tools) -> None:
    assert tools.lines("search", pattern=r"^class +A") == ["shop/api.py:4| class Api:"]
    assert tools.lines("search", pattern="total(", literal=True) == [
        "shop/api.py:6| return old.total(2)",
        "shop/old.py:4| def total(order):",
    ]
    found = tools.lines("search", pattern="total", glob="**/old.py")
    assert found == ["shop/old.py:4| def total(order):"]
    assert tools.lines("search", pattern="total", glob="!shop/**") == ["nothing found"]
    assert tools.lines("search", pattern="limit", ref="base") == ["web/main.ts:4| const limit = 3"]


def test_so_many_hits_are_shown_and_more_are_only_mentioned(repo: Repo) -> None:
    with changing(repo, {"a.txt": "hit\n" * 21}, {"b.txt": "hit\n" * 19}) as material:
        tools = Tools(material)
        rows = tools.lines("search", pattern="hit", glob="a.txt")
        assert len(rows) == 21
        assert rows[-2:] == [":20| hit", "(and more; search for less)"]
        assert len(tools.lines("search", pattern="hit", glob="b.txt")) == 19


def test_a_tool_that_is_none_is_said_to_be_none(tools: Tools) -> None:
    assert tools("run_shell", command="id").startswith("error: there is no such tool; there are ")
    assert {each["name"] for each in exploration.TOOLS} == {
        "find_definition", "find_references", "import_edges", "list_dir", "outline", "read_file", "search",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("read_file", {}, "path must be a text"),
        ("read_file", {"path": 7}, "path must be a text"),
        ("read_file", {"path": "shop/api.py", "start": "1"}, "start must be a whole number"),
        ("read_file", {"path": "shop/api.py", "end": True}, "end must be a whole number"),
        ("read_file", {"path": "shop/api.py", "start": 1.5}, "start must be a whole number"),
        ("read_file", {"path": "shop/api.py", "ref": "HEAD~1"}, "ref must be head or base"),
        ("list_dir", {"path": None}, "path must be a text"),
        ("search", {"pattern": None}, "pattern must be a text"),
        ("search", {"pattern": ""}, "pattern must be one line"),
        ("search", {"pattern": "x" * 201}, "pattern must be one line"),
        ("search", {"pattern": "x", "glob": 5}, "glob must be a text"),
        ("search", {"pattern": "x", "glob": "*" * 201}, "glob must be one line"),
        ("search", {"pattern": "x", "literal": "yes"}, "literal must be true or false"),
        ("find_definition", {"name": "a b"}, "name must be one identifier"),
        ("find_references", {"name": "a.*"}, "name must be one identifier"),
        ("find_references", {"name": "-Ox"}, "name must be one identifier"),
        ("find_references", {"name": "größe"}, "name must be one identifier"),
        ("find_definition", {"name": "x" * 201}, "name must be one line"),
        ("search", {"pattern": ["x"]}, "arguments must be an object of plain values"),
        ("search", {"pattern": {"a": 1}}, "arguments must be an object of plain values"),
        ("search", ["x"], "arguments must be an object of plain values"),
        ("search", None, "arguments must be an object of plain values"),
        ("search", "x", "arguments must be an object of plain values"),
    ],
)
def test_wrong_arguments_are_told_in_words(
    tools: Tools, tool: str, arguments: object, said: str
) -> None:
    assert tools.raw(tool, arguments).startswith(f"error: {said}")


def test_numbers_that_are_null_are_as_if_not_given(tools: Tools) -> None:
    rows = tools.lines("read_file", path="shop/new.py", start=None, end=None, ref=None)
    assert rows[0] == " 1|from shop import api"


def test_what_was_asked_before_is_not_sent_twice_and_counted(tools: Tools) -> None:
    tools("search", pattern="total")
    for _ in range(exploration.MOST_CALLS - 1):
        assert tools("search", pattern="total").startswith("The same as when you asked this before")
    assert tools("search", pattern="total").startswith("The budget for reading is spent.")


def test_mistakes_are_counted_too(tools: Tools) -> None:
    for _ in range(exploration.MOST_CALLS):
        assert tools.raw("search", None).startswith("error: ")
    assert tools("list_dir", path="").startswith("The budget for reading is spent.")


def test_what_is_read_is_bounded_in_bytes(repo: Repo) -> None:
    text = "".join(f"{'ä' * 190}{at}\n" for at in range(900))
    with changing(repo, {"a.txt": text}, {"b.txt": "x\n"}) as material:
        tools = Tools(material)
        read = [tools("read_file", path="a.txt", start=start) for start in (1, 200, 400, 600)]
        sizes = [len(text.encode()) for text in read]
        assert sizes[0] > 60_000
        assert all(size < 100 for size in sizes[1:])
        assert sum(sizes) < exploration.MOST_BYTES + 600
        assert "(cut: the budget for reading is spent)" in Tools(material)(
            "read_file", path="a.txt"
        )


def test_tools_write_nothing(tools: Tools, repo: Repo) -> None:
    before = sorted(path for path in Path(repo.path).rglob("*"))
    tools("search", pattern="total")
    tools("import_edges", path="shop/api.py")
    assert sorted(path for path in Path(repo.path).rglob("*")) == before
