"""Sizes and couplings held to a limit."""

import ast

import pytest
from conftest import Command, Repo

from bot.checkers import metric
from bot.domain import Measure
from bot.facts import sizes


def start(repo: Repo, name: str, limit: int, paths: str = "") -> None:
    globs = f"paths: {paths}\n" if paths else ""
    rule = (
        f"---\nid: house/size\ntitle: Size\nseverity: note\ncheck: metric\n{globs}"
        f"options: {{metric: {name}, max: {limit}}}\n---\n\n## Why\n\nSmall is good.\n\n## Instead\n\nSplit.\n"
    )
    repo.commit({".architrave.toml": "packs = []\n", ".architrave/rules/size.md": rule})


def test_lines_of_code_are_counted_without_blanks_comments_and_docstrings() -> None:
    text = (
        '"""Module."""\n\nimport os  # code\n# comment\n\n\nclass A:\n    """Class\n    of two lines."""\n\n'
        "    def f(self):\n        '''One.'''\n        x = '''\n# text\n'''\n        return os, x\n\n"
        "    async def g(self):\n        def inner():\n            pass\n\n\nif 1:\n    def h():\n        pass\n"
    )
    assert sizes.collect(ast.parse(text), text) == {
        "lines": 12,
        "functions": [["A.f", 11, 3], ["A.g", 18, 2], ["A.g.inner", 19, 1], ["h", 24, 1]],
        "classes": [["A", 7, 8, 2]],
    }


def test_code_nested_ten_thousand_deep_is_measured() -> None:
    tree = ast.parse("pass")
    for _ in range(10_000):
        tree = ast.Module([ast.If(ast.Constant(1), tree.body, [], lineno=1, end_lineno=1)], [])
    assert sizes.collect(tree, "x\n")["functions"] == []


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("module-lines", "x = 1\n" * 11, "The file has 11 lines of code, the limit 10"),
        ("function-lines", "def f():\n" + "    g()\n" * 11, "`f` has 11 lines of code, the limit 10"),
        ("class-lines", "class A:\n" + "    b = 1\n" * 10, "`A` has 11 lines of code, the limit 10"),
        ("class-methods", "class A:\n" + "".join(f"    def f{n}(self): pass\n" for n in range(11)),
         "`A` has 11 methods, the limit 10"),
    ],
)  # fmt: skip
def test_each_size_is_told_when_it_passes_its_limit(
    repo: Repo, review: Command, name: str, text: str, says: str
) -> None:
    start(repo, name, 10)
    repo.write({"a.py": text})
    (found,) = review.json(repo).review["findings"]
    assert (found["label"], found["message"], found["start_line"]) == ("introduced", says, 1)


def test_a_signature_of_many_lines_makes_no_function_long(repo: Repo, review: Command) -> None:
    start(repo, "function-lines", 10)
    options = "".join(f"    option_{number}: str,\n" for number in range(20))
    repo.write({"a.py": f"def f(\n{options}) -> None:\n" + "    g()\n" * 10})
    assert review.json(repo).review["findings"] == []


def test_the_length_of_a_function_is_not_told_beside_its_complexity(
    repo: Repo, review: Command
) -> None:
    body = "def f(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(60))
    plain = "def g():\n" + "    h()\n    k()\n" * 55
    repo.commit({".architrave.toml": "packs = ['modularity', 'complexity']\n"})
    repo.write({"a.py": body + "\n\n" + plain})
    rules = [(rule, line) for rule, _, line in review.json(repo).labelled("introduced")]
    assert rules == [("complexity/cyclomatic-complexity", 1), ("modularity/function-too-long", 124)]
    stated = "packs = ['modularity', 'complexity']\nseverity = {'modularity/function-too-long' = 'error'}\n"
    repo.commit({".architrave.toml": stated, "a.py": ""})
    repo.write({"a.py": body})
    found = [rule for rule, _, _ in review.json(repo).labelled("introduced")]
    assert "modularity/function-too-long" in found


def test_a_table_of_calls_makes_no_function_long(repo: Repo, review: Command) -> None:
    start(repo, "function-lines", 10)
    table = "".join(f"    keys.add(\n        {n},\n        'view',\n    )\n" for n in range(30))
    repo.write({"a.py": f"def f(keys):\n{table}    keys.sort()\n"})
    assert review.json(repo).review["findings"] == []
    steps = "".join(f"        g{n}()\n" for n in range(12))
    repo.write({"a.py": f"def f(keys):\n{table}    if keys:\n{steps}"})
    (found,) = review.json(repo).review["findings"]
    assert found["message"] == "`f` has 13 lines of code, the limit 10"


def sized(repo: Repo, *limits: tuple[str, int]) -> None:
    rules = {
        f".architrave/rules/{name}.md": f"---\nid: house/{name}\ntitle: Size\nseverity: note\n"
        f"check: metric\noptions: {{metric: {name}, max: {limit}}}\n---\n\n## Why\n\nSmall is good.\n\n"
        "## Instead\n\nSplit.\n"
        for name, limit in limits
    }
    repo.commit({".architrave.toml": "packs = []\n", **rules})


def test_what_grows_because_a_part_of_it_grows_is_told_at_the_part(
    repo: Repo, review: Command
) -> None:
    sized(repo, ("function-lines", 10), ("class-lines", 15), ("module-lines", 20))
    steps = "".join(f"        g{n}()\n" for n in range(30))
    many = "".join(f"    def f{n}(self):\n        return {n}\n" for n in range(30))
    repo.write({"a.py": f"class A:\n    def f(self):\n{steps}"})
    found = review.json(repo).labelled("introduced")
    assert found == [("house/function-lines", "a.py", 2)]
    # Most of the class is no part of the long function.
    repo.write({"a.py": f"class A:\n    def f(self):\n{steps}{many}"})
    found = review.json(repo).labelled("introduced")
    assert found == [("house/class-lines", "a.py", 1), ("house/function-lines", "a.py", 2)]


def test_an_index_that_falls_is_not_told_beside_the_length_of_the_file(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave.toml": "packs = ['modularity', 'complexity']\n"})
    long = "".join(f"a{n} = b{n} + c{n} * d{n} if e{n} else f{n} - {n}\n" for n in range(1200))
    repo.write({"a.py": long})
    assert review.json(repo).labelled("introduced") == [("modularity/module-too-long", "a.py", 1)]


def test_what_was_too_long_may_grow_a_little(repo: Repo, review: Command) -> None:
    start(repo, "function-lines", 10)
    body = "def f():\n" + "    g()\n    k()\n" * 11
    repo.commit({"a.py": body})
    repo.write({"a.py": body + "    h()\n"})
    assert review.json(repo).labelled("introduced", "worsened") == []
    repo.write({"a.py": body + "    h()\n" * 5})
    ran = review.json(repo)
    assert ran.labelled("worsened") == [("house/size", "a.py", 1)]
    assert ran.review["findings"][0]["message"].endswith(
        "has 27 lines of code, the limit 10; it was 22"
    )


@pytest.mark.parametrize(
    ("value", "before", "worse"), [(11, 10, True), (11, 11, False), (12, 11, True), (100, 99, False), (111, 100, True)]
)  # fmt: skip
def test_a_tolerance_is_a_share_of_the_number_itself(
    value: float, before: float, worse: bool
) -> None:
    assert Measure("x", value, 10, tolerance=0.1).worse_than(before) is worse


def test_a_limit_of_nothing_tolerates_nothing() -> None:
    assert Measure("x", 2, 0, tolerance=0.1).worse_than(1)


def shop(count: int) -> dict[str, str | bytes | None]:
    return {"shop/__init__.py": "", **{f"shop/m{n}.py": "X = 1\n" for n in range(count)}}


def importing(*numbers: int) -> str:
    return "".join(f"import shop.m{n}\n" for n in numbers)


def test_a_module_that_comes_to_import_too_many_is_told_at_a_new_import(
    repo: Repo, review: Command
) -> None:
    start(repo, "fan-out", 2)
    repo.commit({**shop(5), "shop/top.py": importing(0, 1)})
    repo.write({"shop/top.py": "import os\n" + importing(0, 1, 2)})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/size", "shop/top.py", 4)]
    (found,) = ran.review["findings"]
    assert found["message"] == "`shop.top` imports 3 modules, the limit 2; it was 2"
    repo.commit({})
    repo.write({"shop/top.py": "import os\n" + importing(0, 1, 2, 3)})
    assert review.json(repo).labelled("worsened") == []
    repo.write({"shop/top.py": "import os\n" + importing(0, 1, 2, 3, 4)})
    assert review.json(repo).labelled("worsened") == [("house/size", "shop/top.py", 5)]
    repo.write({"shop/top.py": "import sys\n" + importing(0, 1, 2)})
    assert review.json(repo).review["findings"] == []


def test_a_module_that_too_many_come_to_import_is_told_where_one_does(
    repo: Repo, review: Command
) -> None:
    start(repo, "fan-in", 2, "['!tests/**']")
    repo.commit(
        {**shop(5), "shop/m1.py": importing(0), "shop/m2.py": importing(0), "tests/__init__.py": ""}
    )
    repo.write({"tests/t.py": importing(0)})
    assert review.json(repo).review["findings"] == []
    repo.write({"shop/m3.py": "X = 1\n" + importing(0)})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/size", "shop/m3.py", 2)]
    assert ran.review["findings"][0]["message"].startswith("`shop.m0` is imported by 3 modules")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hub", "`shop.m0` is imported by 2 modules and imports 2, the limit 1; it was 1"),
        ("instability", "The instability of `shop.m3` is 1, the limit 0.5; it was 0"),
    ],
)  # fmt: skip
def test_hubs_and_unstable_modules_are_told(
    repo: Repo, review: Command, name: str, says: str
) -> None:
    start(repo, name, 1)
    path = repo.path / ".architrave/rules/size.md"
    if name == "instability":
        path.write_text(path.read_text().replace("max: 1", "max: 0.5"))
    repo.commit(
        {**shop(5), "shop/m0.py": importing(1), "shop/m3.py": "", "shop/m4.py": importing(0)}
    )
    repo.write({"shop/m0.py": importing(1, 2), "shop/m3.py": importing(0)})
    assert says in [found["message"] for found in review.json(repo).review["findings"]]


def test_options_are_checked() -> None:
    assert "`metric` must be one of module-lines" in " ".join(
        metric.check_options({"metric": "x", "max": 1})
    )
    assert "option `max` is missing" in " ".join(metric.check_options({"metric": "hub"}))


def test_a_graph_that_fails_keeps_the_gate_closed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(repo, "hub", 1)
    monkeypatch.setattr("bot.import_graph._MOST_FILES", 0)
    repo.write({"a.py": "import os\n"})
    assert "more than 0 Python files" in review.json(repo).status("a.py")["metric"]


def test_three_lines_more_in_two_thousand_are_nothing() -> None:
    # A step of ten per cent lies between 1918 and 1921.
    assert not Measure("lines", 1_921, 100, tolerance=0.1).worse_than(1_918)
    assert Measure("lines", 1_940, 100, tolerance=0.1).worse_than(1_918)
