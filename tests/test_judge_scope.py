"""Which file is held to which rule, and that every pair is asked about exactly once."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Repo
from hypothesis import given
from hypothesis import strategies as st
from judging import material_of, rule

from bot.checkers.judge import scope
from bot.checkers.judge.material import Material
from bot.checkers.judge.scope import Task
from bot.domain import UNTOLD, Authorship, ChangedFile, Policy, Rule, Stretch, Writer

BUILT_IN = Policy()


@pytest.fixture
def material(repo: Repo, tmp_path: Path) -> Iterator[Material]:
    inner = Repo(tmp_path / "inner")
    inner.commit({"x.py": "x = 1\n"})
    before = {
        "shop/edited.py": "x = 1\n", "shop/deleted.py": "y = 1\n", "shop/emptied.py": "z = 1\n",
        "moved.py": "moved = 1\n", "run.sh": "echo\n",
    }  # fmt: skip
    after = {
        "shop/edited.py": "x = 2\n", "shop/deleted.py": None, "shop/emptied.py": "",
        "moved.py": None, "shop/moved.py": "moved = 1\n", "web/added.ts": "a\n",
        "shop/__init__.py": "",
    }  # fmt: skip
    repo.commit(before)
    repo.git("branch", "before")
    (repo.path / "run.sh").chmod(0o755)
    os.symlink("shop/edited.py", repo.path / "link.py")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "sub")
    repo.commit(after)

    base, head = repo.git("rev-parse", "before"), repo.git("rev-parse", "HEAD")
    with material_of(str(repo.path), base, head) as found:
        yield found


def asked(
    material: Material,
    *rules: Rule,
    policy: Policy = BUILT_IN,
    authorship: Authorship = UNTOLD,
) -> set[tuple[str, str]]:
    files = material.comparison.change.files
    return {(file.path, each.id) for file, each in scope.pairs(files, rules, policy, authorship)}


def paths(material: Material, each: Rule, policy: Policy = BUILT_IN) -> set[str]:
    return {path for path, _ in asked(material, each, policy=policy)}


def test_whatever_has_other_code_than_before_is_judged(material: Material) -> None:
    # Not what is gone, only moved, made executable, a link, a submodule or a new empty file.
    found = paths(material, rule())
    assert found == {"shop/edited.py", "shop/emptied.py", "web/added.ts", ".gitmodules"}


def test_a_rule_is_about_the_files_its_globs_take_in(material: Material) -> None:
    assert paths(material, rule(paths=("*.ts",))) == {"web/added.ts"}
    assert paths(material, rule(paths=("shop/**", "!**/emptied.py"))) == {"shop/edited.py"}
    assert asked(material, rule(paths=("*.ts",)), rule("house/two", paths=("*.py",))) == {
        ("web/added.ts", "house/one"), ("shop/edited.py", "house/two"), ("shop/emptied.py", "house/two"),
    }  # fmt: skip


def test_ignored_files_are_left_alone(material: Material) -> None:
    found = paths(material, rule(), Policy(ignore=("shop/", ".gitmodules")))
    assert found == {"web/added.ts"}


def written(**writers: Sequence[Writer]) -> Authorship:
    """Who wrote `edited.py`, `added.ts`: one line each."""
    names = {"edited": "shop/edited.py", "added": "web/added.ts"}
    return Authorship(
        files={
            names[name]: tuple(
                Stretch(at, at, "c", writer, (), "high", "trailer")
                for at, writer in enumerate(several, 1)
            )
            for name, several in writers.items()
        }
    )


AI_RULE = rule(applies_to="ai", paths=("edited.py", "added.ts"))
HOUSE_RULE = AI_RULE._replace(applies_to="all")


@pytest.mark.parametrize(
    ("each", "policy"), [(AI_RULE, Policy()), (HOUSE_RULE, Policy(scope="ai"))]
)
def test_a_rule_for_agents_is_about_files_in_which_an_agent_wrote(
    material: Material, each: Rule, policy: Policy
) -> None:
    authorship = written(edited=["human", "ai"], added=["human", "automation"])
    assert asked(material, each, policy=policy, authorship=authorship) == {
        ("shop/edited.py", "house/one")
    }


def test_who_wrote_without_a_sign_is_as_the_policy_says(material: Material) -> None:
    authorship = written(edited=["human", "unknown"])  # of added.ts nothing is known at all
    both = {("shop/edited.py", "house/one"), ("web/added.ts", "house/one")}
    assert asked(material, AI_RULE, authorship=authorship) == both
    for unmarked in ("human", "skip"):
        policy = Policy(unmarked=unmarked)
        assert asked(material, AI_RULE, policy=policy, authorship=authorship) == set()
    assert asked(material, HOUSE_RULE, authorship=authorship) == both


def file(path: str) -> ChangedFile:
    return ChangedFile(path, path, "modified", "100644", "100644", "1", "2")


def wanted(files: int, rules: int) -> list[tuple[ChangedFile, Rule]]:
    return [
        (file(f"{at}.py"), rule(f"house/{other:02}"))
        for at in range(files)
        for other in range(rules)
    ]


def test_at_most_twenty_rules_are_asked_about_at_once() -> None:
    tasks = scope.tasks(wanted(2, 41), {"0.py": 1, "1.py": 1})
    assert [len(task.rules) for task in tasks] == [20, 20, 1]
    assert all(len(task.files) == 2 for task in tasks)
    assert [task.rules[0].id for task in tasks] == ["house/00", "house/20", "house/40"]


def test_no_more_rules_are_asked_about_at_once_than_can_be_read() -> None:
    third = scope.RULE_BYTES_AT_ONCE // 3
    sizes = [third, third, third, 3 * third, 10, 10]
    rules = [rule(f"house/{at}", sections={"Why": "x" * size}) for at, size in enumerate(sizes)]
    tasks = scope.tasks([(file("a.py"), each) for each in rules], {"a.py": 1})
    assert [[each.id[-1] for each in task.rules] for task in tasks] == [
        ["0", "1"],
        ["2"],
        ["3"],
        ["4", "5"],
    ]


def test_files_are_cut_where_they_are_too_much_for_one_question() -> None:
    half = scope.BYTES_AT_ONCE // 2
    sizes = {"0.py": half, "1.py": half, "2.py": 1, "3.py": scope.BYTES_AT_ONCE, "4.py": 9 * half}
    tasks = scope.tasks(wanted(5, 1), sizes)
    named = [[each.path for each in task.files] for task in tasks]
    assert named == [["0.py", "1.py"], ["2.py"], ["3.py"], ["4.py"]]


def test_a_task_names_only_files_and_rules_that_it_asks_about() -> None:
    several = [(file("b.py"), rule("house/2")), (file("a.py"), rule("house/1"))]
    (task,) = scope.tasks(several, {"a.py": 1, "b.py": 1})
    assert [each.path for each in task.files] == ["a.py", "b.py"]
    assert task.pairs == {("a.py", "house/1"), ("b.py", "house/2")}
    assert scope.tasks([], {}) == []
    first, second = scope.halves(task)
    assert (first.pairs, [each.id for each in first.rules]) == ({("a.py", "house/1")}, ["house/1"])
    assert (second.pairs, [each.id for each in second.rules]) == (
        {("b.py", "house/2")},
        ["house/2"],
    )


def test_one_file_is_not_halved() -> None:
    (task,) = scope.tasks(wanted(1, 3), {"0.py": 1})
    assert scope.halves(task) == []


PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 29)))
SIZES = st.lists(st.integers(0, scope.BYTES_AT_ONCE), min_size=10, max_size=10)


def check(tasks: Sequence[Task], pairs: set[tuple[str, str]]) -> None:
    """Every pair in exactly one task, and no task with anything else in it."""
    assert sorted(pair for task in tasks for pair in task.pairs) == sorted(pairs)
    for task in tasks:
        assert {each.path for each in task.files} == {path for path, _ in task.pairs}
        assert {each.id for each in task.rules} == {name for _, name in task.pairs}


@given(PAIRS, SIZES)
def test_every_pair_is_in_exactly_one_task(pairs: set[tuple[int, int]], drawn: list[int]) -> None:
    sizes = {f"{at}.py": size for at, size in enumerate(drawn)}
    several = [(file(f"{at}.py"), rule(f"house/{other:02}")) for at, other in pairs]
    tasks = scope.tasks(several, sizes)
    check(tasks, {(each.path, one.id) for each, one in several})
    for task in tasks:
        assert len(task.rules) <= scope.RULES_AT_ONCE
        assert (
            len(task.files) == 1
            or sum(sizes[each.path] for each in task.files) <= scope.BYTES_AT_ONCE
        )
        if halves := scope.halves(task):
            assert len(halves) == 2
            check(halves, set(task.pairs))
        else:
            assert len(task.files) == 1
