"""Functions that are there twice: what counts as a copy, what does not, and what cannot be told."""

import os
from pathlib import Path

import pytest
from conftest import Command, Repo

from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed

POLICY = 'packs = ["modularity"]\n'
RULE = "modularity/duplicate-function"
SIMILAR = "modularity/similar-function"

TOTAL = '''
def total(items, rate):
    """What all items cost."""
    amount = 0
    for item in items:
        if item.quantity > 0:
            amount += item.price * item.quantity
        else:
            logger.debug("left out %s", item.name)
    return round(amount * rate, 2)
'''
COPY = """
@cached
def sum_of(lines: list[Line], factor: float = 1) -> float:
    result = 0
    for line in lines:
        if line.quantity > 0:
            result += line.price * line.quantity
        else:
            logger.debug("left out %s", line.name)
    return round(result * factor, 2)
""".replace(" = 1", "")


def method(name: str, body: str = TOTAL) -> str:
    indented = "".join(
        f"    {line}\n" for line in body.replace("(items", "(self, items").split("\n")
    )
    return f"class {name}:\n{indented}"


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.commit({".architrave.toml": POLICY, "shop/prices.py": TOTAL})
    repo.branch("work")
    return repo


def messages(review: Command, repo: Repo) -> list[str]:
    found = review.json(repo).review["findings"]
    return [each["message"] for each in found if each["label"] == "introduced"]


def test_a_copy_under_other_names_is_told_with_its_model(shop: Repo, review: Command) -> None:
    shop.write({"shop/bills.py": COPY})
    assert messages(review, shop) == ["`sum_of` repeats `shop.prices.total` (shop/prices.py:2)"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.5"),
        ("line.price", "line.cost"),
        ("> 0", "> 1"),
        ("round(", "floor("),
        ('"left out %s"', '"skipped %s"'),
        ("line.price * line.quantity", "line.quantity * line.price"),
        ("lines, factor)", "factor, lines)"),
    ],
)
def test_attributes_constants_and_outer_names_make_a_difference(
    shop: Repo, review: Command, old: str, new: str
) -> None:
    copy = COPY.replace(": list[Line]", "").replace(": float", "")
    shop.write({"shop/bills.py": copy.replace(old, new)})
    told = [rule for rule, _, _ in review.json(shop).labelled("introduced")]
    assert (RULE in told) == (old == new)


def test_a_function_that_moved_is_no_copy(shop: Repo, review: Command) -> None:
    shop.write({"shop/prices.py": "RATE = 2\n", "shop/bills.py": TOTAL})
    assert messages(review, shop) == []


def test_a_function_that_moved_and_was_edited_is_no_copy(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL, "b.py": COPY})
    edited = TOTAL.replace("return round", "amount += items.fee\n    return round")
    copy = COPY.replace("return round", "result += lines.fee\n    return round")
    repo.write({"a.py": edited, "b.py": "", "c.py": copy})
    assert messages(review, repo) == []


def test_a_copy_that_was_renamed_is_no_new_copy(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL, "b.py": COPY})
    repo.write({"b.py": COPY.replace("sum_of", "sum_of_lines")})
    assert messages(review, repo) == []


def test_copies_that_were_there_and_are_edited_alike_are_not_new(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL, "b.py": COPY})
    repo.write(
        {name: text.replace("> 0", "> 1") for name, text in (("a.py", TOTAL), ("b.py", COPY))}
    )
    assert messages(review, repo) == []


def test_a_copy_stays_a_copy_when_the_model_moves(shop: Repo, review: Command) -> None:
    shop.write({"shop/prices.py": None, "shop/a.py": TOTAL, "shop/b.py": COPY})
    assert messages(review, shop) == ["`sum_of` repeats `shop.a.total` (shop/a.py:2)"]


def test_of_copies_that_a_change_brings_the_first_is_the_model(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({"a.py": TOTAL, "b.py": COPY, "c.py": COPY})
    assert [path for _, path, _ in review.json(repo).labelled("introduced")] == ["b.py", "c.py"]


def test_the_nearest_model_is_named(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a/x.py": TOTAL, "b/c/x.py": TOTAL, "b/x.py": TOTAL})
    repo.write({"b/c/y.py": COPY})
    assert messages(review, repo) == ["`sum_of` repeats `b.c.x.total` (b/c/x.py:2)"]


def test_a_method_that_two_classes_define_is_meant_so_unless_it_is_large(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": method("A")})
    repo.write({"b.py": method("B")})
    assert messages(review, repo) == []
    repo.write({"b.py": method("B", TOTAL.replace("total", "summed"))})
    assert messages(review, repo) == ["`B.summed` repeats `a.A.total` (a.py:3)"]
    large = TOTAL + "".join(f"    items.set_{n}(rate.of_{n})\n" for n in range(9))
    repo.commit({"a.py": method("A", large), "b.py": None})
    repo.write({"b.py": method("B", large)})
    assert len(messages(review, repo)) == 1


def test_variants_of_one_function_are_meant_so(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    variants = (
        "if new:\n" + TOTAL.replace("\n", "\n    ") + "\nelse:\n" + TOTAL.replace("\n", "\n    ")
    )
    repo.write({"a.py": variants})
    assert messages(review, repo) == []


@pytest.mark.parametrize("path", ["tests/test_a.py", "examples/a.py", "shop/migrations/a.py"])
def test_tests_and_examples_are_neither_copies_nor_models(
    repo: Repo, review: Command, path: str
) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL})
    repo.write({path: COPY})
    assert messages(review, repo) == []
    repo.commit({path: COPY, "a.py": None})
    repo.write({"b.py": COPY})
    assert messages(review, repo) == []


def test_a_small_function_may_be_there_twice(repo: Repo, review: Command) -> None:
    small = "def {}(path):\n    with open(path) as file:\n        return json.load(file)\n"
    repo.commit({".architrave.toml": POLICY, "a.py": small.format("one")})
    repo.write({"b.py": small.format("two")})
    assert messages(review, repo) == []


LONG = "".join(
    f"    item.set_{number}(rate.of_{number} + items.base)\n    item.save()\n"
    for number in range(8)
)


def test_a_function_that_is_nearly_the_same_is_told_so(repo: Repo, review: Command) -> None:
    one = f"def fill(item, rate, items):\n{LONG}"
    other = f"def stock(item, rates, bases):\n{LONG}".replace("rate.of_3", "rate.for_3")
    repo.commit({".architrave.toml": POLICY, "a.py": one})
    repo.write({"b.py": other.replace("rate.", "rates.").replace("items.", "bases.")})
    assert messages(review, repo) == ["`stock` is 94% the same as `a.fill` (a.py:1)"]
    assert [rule for rule, _, _ in review.json(repo).labelled("introduced")] == [SIMILAR]


def test_a_copy_is_found_when_hundreds_of_functions_come_with_it(
    shop: Repo, review: Command
) -> None:
    many = "".join(f"def of_{n}(it):\n{LONG.replace('set_', f's{n}_')}\n" for n in range(320))
    shop.write({"shop/bills.py": COPY, "shop/many.py": many})
    assert (RULE, "shop/bills.py", 3) in review.json(shop).labelled("introduced")


def test_what_cannot_be_parsed_is_not_passed_over(shop: Repo, review: Command) -> None:
    shop.write({"shop/bills.py": COPY + "def f(:\n"})
    ran = review.json(shop)
    assert ran.status("shop/bills.py")["duplicates"].startswith("failed: line 11 does not parse")
    assert ran.review["verdict"] == "incomplete"


def test_where_base_does_not_parse_its_lines_are_known(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL, "b.py": COPY + "\ndef f(:\n"})
    repo.write({"b.py": COPY})
    assert messages(review, repo) == []


def test_a_model_that_does_not_parse_is_none(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "a.py": TOTAL + "\ndef f(:\n"})
    repo.write({"b.py": COPY})
    ran = review.json(repo)
    assert ran.labelled("introduced") == []
    assert ran.status("b.py")["duplicates"] == "checked"


def test_a_file_that_git_cannot_read_keeps_the_gate_closed(shop: Repo, review: Command) -> None:
    blob = shop.git("rev-parse", "HEAD:shop/prices.py")
    path = shop.path / ".git" / "objects" / blob[:2] / blob[2:]
    shop.write({"shop/bills.py": COPY})
    shop.git("add", "-A")
    os.chmod(path, 0o600)
    path.unlink()
    assert review.json(shop).status("shop/bills.py")["duplicates"].startswith("failed: git grep: ")


def test_too_many_places_to_look_at_are_said(shop: Repo, review: Command) -> None:
    words = "# " + " ".join(COPY.replace("(", " ").replace(".", " ").split())
    shop.commit({f"shop/a{number}.py": f"{words}\nx{number} = 1\n" for number in range(501)})
    shop.git("checkout", "-q", "-b", "more")
    shop.git("branch", "-f", "main")
    shop.write({"shop/zzz.py": COPY})
    reason = review.json(shop).status("shop/zzz.py")["duplicates"]
    assert reason == "failed: 502 files may hold copies; only 500 are compared"


def test_settings_of_the_repository_change_nothing(shop: Repo, review: Command) -> None:
    trap = shop.path / "trap"
    for name, value in {
        "grep.patternType": "perl", "grep.lineNumber": "true", "grep.column": "true",
        "grep.fullName": "true", "color.grep": "always", "color.ui": "always", "core.quotePath": "true",
        "diff.trap.textconv": f"touch {trap}; cat", "alias.grep": f"!touch {trap}",
    }.items():  # fmt: skip
        shop.git("config", name, value)
    shop.write({".gitattributes": "*.py diff=trap\n", "shop/bills.py": COPY})
    assert len(messages(review, shop)) == 1
    assert not trap.exists()


@pytest.mark.parametrize(
    "name", ["[a-z]*.py", ":(top)x.py", "a\nb.py", "é ö.py", "HEAD:x.py", "-f.py"]
)
def test_a_model_may_have_any_file_name(repo: Repo, review: Command, name: str) -> None:
    repo.commit({".architrave.toml": POLICY, f"odd/{name}": TOTAL})
    repo.write({"b.py": COPY})
    assert len(messages(review, repo)) == 1


HOSTILE = {
    "alike": "".join(f"def f{number}(a):\n    return a.b(a.c, a.d, a.e, a.f(a.g, a.h, a.i(a.j)))\n" for number in range(10_000)),
    "in a class": "class A:\n" + "    def f(self):\n        pass\n" * 5_000,
    "deep": "def f(a):\n" + "".join("    " * (depth + 1) + "if a:\n" for depth in range(90)) + "    " * 91 + "a.b(a.c)\n",
    "long line": "def f(a): return [" + "a.b, " * 200_000 + "]\n",
    "long name": "def f(a): return " + "b" * 900_000 + "\n",
    "long number": "def f(a):\n    return a.b(a.c, a.d, a.e, 0x" + "f" * 20_000 + ")\n",
    "odd text": "def f(a):\n    return a.b(a.c, '\\ud800', '\\x00', b'\\xff', 1e999, 2j, ...)\n",
    "match": "def f(a):\n    match a:\n        case B(c=1, d=[*e]) | {'x': f, **g}:\n            return e\n",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_functions_cost_little_and_are_accounted_for(
    shop: Repo, review: Command, text: str
) -> None:
    shop.write({"shop/evil.py": text, "shop/bills.py": COPY})
    ran = review.json(shop)
    assert (RULE, "shop/bills.py", 3) in ran.labelled("introduced")
    copies = [found for found in ran.labelled("introduced") if found[0].endswith("-function")]
    assert len(copies) <= 2
    assert ran.review["cost"]["seconds"] < 20
    many = "failed: more than 2000 functions; only the first are compared"
    expected = many if text.count("def ") > 2_000 else "checked"
    assert ran.status("shop/evil.py")["duplicates"] == expected


def test_a_search_finds_whole_words_in_the_files_asked_for(repo: Repo) -> None:
    head = repo.commit({"a.py": "find_me\n", "b.py": "find_me_not\n", "c.txt": "find_me\n"})
    repository = Repository(str(repo.path), dict(os.environ))
    try:
        assert repository.search(head, ["find_me"], ["*.py"]) == ["a.py"]
        assert repository.search(head, [], ["*.py"]) == []
        with pytest.raises(GitFailed, match="git grep: "):
            repository.search("0" * 40, ["find_me"], ["*.py"])
    finally:
        repository.close()


def test_what_the_house_says_about_a_size_is_checked(repo: Repo, review: Command) -> None:
    repo.commit(
        {".architrave.toml": f'{POLICY}[options."{RULE}"]\nmin_nodes = 3\nlikeness = "x"\n'}
    )
    repo.write({"a.py": TOTAL})
    ran = review(repo)
    assert ran.code == 2
    assert "`min_nodes` must be the size" in ran.err
    assert "`likeness` must be the share" in ran.err


def test_the_benchmark_makes_a_repository_with_a_copy_in_it(
    tmp_path: Path, review: Command
) -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
    import duplicates

    repository = duplicates.make(tmp_path / "big", 20)
    found = review.json(repository, "HEAD~1..HEAD").labelled("introduced")
    assert found == [(RULE, "added1/module9.py", 6)]
