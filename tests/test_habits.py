"""What generated code leaves behind: each report, what it leaves alone, and hostile texts."""

import io
import time
import tokenize
from pathlib import Path

import pytest
from conftest import Command, Repo

from bot.checkers import habits
from bot.facts import remarks

POLICY = 'packs = ["ai-habits"]\n'
TOP = "import json\nfrom shop import Cart\n\n\n"


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.commit({".architrave.toml": POLICY, "shop.py": TOP})
    repo.branch("work")
    return repo


def told(review: Command, repo: Repo) -> list[tuple[str, str, int]]:
    return [
        (rule.removeprefix("ai-habits/"), path, line)
        for rule, path, line in review.json(repo).labelled("introduced")
    ]


def within(*lines: str) -> str:
    return (
        TOP + "@route\ndef work(self, items, count):\n" + "".join(f"    {line}\n" for line in lines)
    )


REPORTED = {
    "local-import": [
        ["import json", "return json"],
        ["from json import loads", "return loads"],
        ["import os, re", "return os, re"],
        ["import os.path", "return os"],
        ["from shop import Cart, Item", "return Item"],
        ["if count:", "    import json", "return count"],
    ],
    "hidden-error": [
        ["with suppress(Exception):", "    items.go()"],
        ["with open(count), contextlib.suppress(KeyError, BaseException):", "    items.go()"],
        ["async with builtins.suppress(builtins.Exception):", "    items.go()"],
    ],
    "narrating-comment": [
        ["# Loop through the items", "for item in items:", "    item.go()"],
        ["# increment count", "count += 1"],
        ["# Return the items", "return items"],
        ["# initialize the shopping list", "shopping = []"],
        ["# Check whether items exist", "if items.exist():", "    pass"],
        ["# Get user name", "user_name = items.userName"],
    ],
    "change-comment": [
        ["# NEW: count", "return 1"],
        ["# UPDATED: now with count", "return 1"],
        ["# Changed from list to dict", "return {}"],
        ["# Now uses the new client", "return 1"],
        ["# Removed the old handler", "return 1"],
        ["return 1  # FIXED: was 2"],
        ["# no longer needed", "return 1"],
    ],
    "elided-code": [
        ["# ... existing code ...", "return 1"],
        ["# ... rest of the code remains the same ...", "return 1"],
        ["# … (other methods unchanged)", "return 1"],
        ["# Rest of the function remains unchanged", "return 1"],
        ["# existing code here", "return 1"],
        ["return 1  # ... remaining implementation"],
    ],
    "leftover-code": [
        ["# total = 1", "# return total", "return 1"],
        ["#for item in items:", "#    item.go()", "return 1"],
        ["# TODO bring back", "# items.go()", "# items.stop()", "return 1"],
    ],
    "placeholder": [
        ["# In a real implementation, this would call the bank", "return True"],
        ["return True  # placeholder"],
        ["pass  # your code here"],
        ["# Simplified for now", "return True"],
        ["# This is a placeholder implementation", "return True"],
        ["# TODO: implement this", "pass"],
        ["# For now, just return the first", "return items[0]"],
    ],
}  # fmt: skip
LEFT_ALONE = {
    "what is heavy, optional or needed late": [
        "import asyncio",
        "try:",
        "    import tomllib",
        "except ImportError:",
        "    tomllib = None",
        "if sys.platform == 'win32':",
        "    import signal",
        "from shop import registry",
        "if count:",
        "    from shop import NewCart",
        "from . import cart",
        "from .cart import Cart",
        "return tomllib",
    ],
    "one named error": ["with suppress(KeyError):", "    items.go()"],
    "a context manager of another name": ["with handled(Exception):", "    items.go()"],
    "a reason": ["# Loop through the items since they may be empty", "for item in items:", "    pass"],
    "a rule": ["# count must be a number", "count = number(count)"],
    "a word that the code lacks": ["# Return the cheapest items", "return items"],
    "a paragraph of two lines": ["# Return the items", "# of the shop", "return items"],
    "a heading": ["# Shopping items", "shopping_items = count.items"],
    "a heading of one word": ["# Items", "items = count.items"],
    "a version": ["# Added in version 3.2", "return 1", "# Removed in 4.0", "pass"],
    "a wish": ["# TODO: implement caching", "return 1"],
    "a real thing": ["# the actual production server", "return 1", "# real implementation", "pass"],
    "an example": ["# For example:", "# items.go()", "# items.stop()", "return 1"],
    "prose": ["# Note: this is odd.", "# See the manual", "# for a list of items", "return 1"],
    "names in prose": ["# items", "# count", "return 1"],
    "one line of code": ["# items.go()", "return 1"],
    "texts": ['x = "# ... existing code ..."', 'y = """', "# NEW: text", "# x = 1", "# y = 2", '"""'],
    "escaped quotes": ["x = '\\'# NEW: text'", 'y = r"\\"', "# z", "return '# NEW: \"'"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("report", "lines"), [(name, lines) for name, many in REPORTED.items() for lines in many]
)
def test_a_habit_is_told_once(shop: Repo, review: Command, report: str, lines: list[str]) -> None:
    shop.write({"shop.py": within(*lines)})
    ((rule, path, line),) = told(review, shop)
    assert (rule, path) == (report, "shop.py")
    assert 6 < line < 13


@pytest.mark.parametrize("lines", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_has_its_reason_is_left_alone(shop: Repo, review: Command, lines: list[str]) -> None:
    shop.write({"shop.py": within(*lines)})
    assert told(review, shop) == []


def test_every_report_is_tried_here() -> None:
    assert REPORTED.keys() | {"dead-function"} == habits._SAYS.keys()


def test_an_unknown_report_is_refused_with_those_there_are(repo: Repo, review: Command) -> None:
    rule = (
        "---\nid: house/x\ntitle: x\nseverity: note\ncheck: habits\noptions: {report: dead}\n---\n"
    )
    sections = "\n## Why\n\nX.\n\n## Instead\n\nY.\n"
    repo.commit({".architrave/rules/x.md": rule + sections})
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == 2
    assert "`report` must be one of local-import, hidden-error, narrating-comment" in ran.err


def test_a_function_that_narrates_is_told_of_once(shop: Repo, review: Command) -> None:
    one = ["# Return the items", "items = self.items", "# Get the items", "return self.get_items()"]
    shop.write({"shop.py": within(*one) + "\n\n" + within(*one).replace("work", "more")})
    lines = [line for rule, _, line in told(review, shop) if rule == "narrating-comment"]
    assert len(lines) == 2


def test_what_moved_within_the_change_is_not_new(repo: Repo, review: Command) -> None:
    old = within(
        "# Return the items", "# NEW: x", "import os", "with suppress(Exception):", "    pass"
    )
    repo.commit({".architrave.toml": POLICY, "a.py": old, "b.py": "x = 1\n"})
    repo.write({"a.py": None, "b.py": "x = 1\ny = 2\n" + old})
    assert told(review, repo) == []


def test_a_comment_in_which_a_word_was_mended_is_not_new(repo: Repo, review: Command) -> None:
    one = "@route\ndef f(items):\n    # NEW: sorted by the naem\n    return sorted(items)\n"
    repo.commit({".architrave.toml": POLICY, "a.py": one})
    repo.write({"a.py": one.replace("naem", "name")})
    assert told(review, repo) == []
    repo.write({"a.py": one.replace("sorted by the naem", "grouped, and without a limit")})
    assert told(review, repo) == [("change-comment", "a.py", 3)]
    repo.write({"a.py": one.replace("naem", "name") + one.replace("naem", "name")})
    assert told(review, repo) == [("change-comment", "a.py", 7)]


def test_a_local_import_of_another_module_is_new_however_alike_the_names(
    repo: Repo, review: Command
) -> None:
    top = "import shop.orders\nimport shop.orderd\n"
    one = top + within("import shop.orders", "return items")
    repo.commit({".architrave.toml": POLICY, "a.py": one})
    repo.write({"a.py": one.replace("    import shop.orders", "    import shop.orderd")})
    assert told(review, repo) == [("local-import", "a.py", 9)]


def test_a_second_one_like_an_old_one_is_told_where_it_was_written(
    repo: Repo, review: Command
) -> None:
    one = "@route\ndef {}(items):\n    # NEW: sorted\n    return sorted(items)\n"
    repo.commit({".architrave.toml": POLICY, "a.py": one.format("b")})
    repo.write({"a.py": one.format("a") + one.format("b")})
    assert told(review, repo) == [("change-comment", "a.py", 3)]
    repo.write({"a.py": one.format("b") + one.format("c")})
    assert told(review, repo) == [("change-comment", "a.py", 7)]


def test_a_file_of_local_imports_has_its_reasons(repo: Repo, review: Command) -> None:
    lazy = "".join(f"def f{n}():\n    import os\n    return os\n" for n in range(3))
    repo.commit({".architrave.toml": POLICY, "a.py": lazy})
    repo.write({"a.py": lazy + "@route\ndef g():\n    import re\n    return re\n"})
    assert told(review, repo) == []


def test_where_base_does_not_parse_its_lines_are_known(repo: Repo, review: Command) -> None:
    text = within("# NEW: x", "return 1")
    repo.commit({".architrave.toml": POLICY, "a.py": text + "def f(:\n"})
    repo.write({"a.py": text + "# NEW: y\n"})
    assert told(review, repo) == [("change-comment", "a.py", 9)]


def test_a_comment_in_another_encoding_is_read(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    text = "# -*- coding: latin-1 -*-\n# é\n# NEW: caf\u00e9 `x`\nx = 1\n"
    repo.write({"a.py": text.encode("latin-1"), "b.py": "\ufeff# NEW: y\r\nx = 1\r\n"})
    assert told(review, repo) == [("change-comment", "a.py", 3), ("change-comment", "b.py", 1)]


DEAD = "def _helper(x):\n    return x.y\n"
ALIVE: dict[str, dict[str, str | bytes | None]] = {
    "called": {"a.py": DEAD + "print(_helper(1))\n"},
    "called elsewhere": {"a.py": DEAD, "b.py": "from a import _helper\n"},
    "named in a text": {"a.py": DEAD + "HOOKS = ['_helper']\n"},
    "an entry point": {"a.py": DEAD, "setup.cfg": "[options.entry_points]\nx = a:_helper\n"},
    "named in documentation": {"a.py": DEAD, "docs/a.md": "`a._helper`\n"},
    "decorated": {"a.py": "@register\n" + DEAD},
    "what a framework calls": {"a.py": DEAD.replace("_helper", "on_close")},
    "a public method": {"a.py": "class A:\n    def helper(self):\n        pass\n"},
    "special": {"a.py": DEAD.replace("_helper", "__getattr__")},
    "a method that a base may call": {
        "a.py": "class A(B):\n    def _helper(self):\n        pass\n"
    },
    "called by a name put together": {
        "a.py": "class A:\n    def go(self, x):\n        return getattr(self, f'_on_{x}')()\n"
        "    def _on_close(self):\n        pass\n"
    },
    "two of one name": {"a.py": DEAD, "b.py": DEAD},
    "a test": {"tests/test_a.py": DEAD},
}


@pytest.mark.parametrize("files", ALIVE.values(), ids=ALIVE)
def test_a_function_that_may_be_called_is_not_dead(
    repo: Repo, review: Command, files: dict[str, str | bytes | None]
) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write(files)
    assert told(review, repo) == []


def test_what_moved_or_was_there_is_not_called_dead(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": DEAD + "def _other(x):\n    return x.z\n"})
    repo.write({"a.py": "def _other(x):\n    return x.z.y\n", "b.py": DEAD})
    assert told(review, repo) == []


def test_a_public_function_that_nothing_mentions_is_dead(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({"a.py": DEAD.replace("_helper", "helper")})
    assert told(review, repo) == [("dead-function", "a.py", 1)]


def test_a_private_method_that_nothing_calls_is_dead(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({"a.py": "class A:\n    def _go(self):\n        return 1\n"})
    assert told(review, repo) == [("dead-function", "a.py", 2)]


def test_a_file_that_git_cannot_read_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "b.py": "x = 1\n"})
    blob = repo.git("rev-parse", "HEAD:b.py")
    repo.commit({"a.py": DEAD})
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    ran = review.json(repo, "HEAD~1..HEAD")
    assert ran.status("a.py")["habits"].startswith("failed: git grep: ")


def test_what_cannot_be_parsed_is_not_passed_over(shop: Repo, review: Command) -> None:
    shop.write({"shop.py": within("# NEW: x", "return (")})
    assert review.json(shop).status("shop.py")["habits"].startswith("failed: line")


def test_more_findings_than_anybody_writes_are_said(shop: Repo, review: Command) -> None:
    shop.write({"shop.py": "".join(f"# NEW: {n}\nx = {n}\n" for n in range(1_200))})
    ran = review.json(shop)
    reason = "failed: more than 1000 findings; only the first are compared"
    assert ran.status("shop.py")["habits"] == reason


HOSTILE = {
    "a long comment": "x = 1\n# NEW: " + "a" * 900_000 + "\n",
    "a long line of quotes": "x = 1\n# " + "\"'" * 400_000 + "\n",
    "many unclosed quotes": "x = 1  # '''" + " \"\"\" ''' \\" * 90_000 + "\n",
    "a text of quotes": "x = '''" + "\"\"\" '' \\\\ # " * 80_000 + "'''\n",
    "many comments": "x = 1\n" + "# x = 1\n" * 100_000,
    "many short blocks of code": ("# x = [[[\n# y = 1\n\n") * 50_000,
    "deeply nested code in a comment": "# x = 1\n# " + "(" * 5_000 + ")" * 5_000 + "\n",
    "deeply nested code": "def f(a):\n" + "".join("    " * (n + 1) + "if a:\n" for n in range(90)) + "    " * 91 + "pass\n",
    "words that are patterns": "# NEW: (.*)+$ [a-z\nx = 1\ndef _f(): pass\n",
    "a long statement": "# Get all names\nx = [" + "all_names, " * 80_000 + "]\n",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_comments_take_no_time(text: str) -> None:
    import ast

    from bot.facts import habits as facts

    tree = ast.parse(text)
    started = time.thread_time()
    assert len(facts.collect(tree, text)) <= facts.MOST_ROWS
    # It takes a second or less; what is not linear takes minutes.
    assert time.thread_time() - started < 20


def test_comments_are_found_where_the_tokenizer_finds_them() -> None:
    seen = 0
    for path in sorted(Path(io.__file__).parent.glob("*.py"))[::6]:
        text = path.read_text()
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        expected = [token.start for token in tokens if token.type == tokenize.COMMENT]
        assert [(remark.line, remark.column) for remark in remarks.scan(text)] == expected
        seen += len(expected)
    assert seen > 500


def test_a_block_of_which_most_lines_stood_before_is_not_new(repo: Repo, review: Command) -> None:
    old = [f"# value_{n} = compute(items, {n})" for n in range(4)]
    repo.commit({".architrave.toml": POLICY, "shop.py": within(*old, "return items")})
    repo.branch("work")
    new = ["# total = summarise(everything, twice)", *old]
    repo.write({"shop.py": within(*new, "return items")})
    assert told(review, repo) == []
    repo.write({"shop.py": within(*[line.replace("value", "other") for line in old], "return 1")})
    assert [rule for rule, _, _ in told(review, repo)] == ["leftover-code"]
