"""The labelled changes in benchmarks/judge: each is what its label says, as far as a program can tell."""

import ast
import difflib
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "judge"
RULES = {f"architecture/{path.stem}" for path in (ROOT / "rules/architecture").glob("*.md")}
TEXTS = {"title", "message", "violates", "path", "quote", "why"}


class Case(NamedTuple):
    """A change as two trees, and what a strong reviewer says about it."""

    label: dict[str, Any]
    base: dict[str, str]
    head: dict[str, str]


def load(folder: Path) -> Case:
    """One case; what `head/` does not hold is as in `base/`, unless `deleted` names it."""
    label = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    base, changed = (tree(folder / side) for side in ("base", "head"))
    kept = {path: text for path, text in base.items() if path not in label.get("deleted", [])}
    return Case(label, base, kept | changed)


def tree(folder: Path) -> dict[str, str]:
    """Paths within *folder* to texts."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in files
        if path.suffix != ".pyc"
    }


CASES = {path.name: load(path) for path in sorted(FOLDER.iterdir()) if path.is_dir()}


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_all_that_is_needed(name: str) -> None:
    label = CASES[name].label
    kind = "" if label["violates"] else "tempts"
    assert label.keys() - {"deleted"} == {*TEXTS, "line", *filter(None, [kind])}
    assert all(isinstance(label[key], str) for key in TEXTS)
    assert all(label[key].strip() for key in TEXTS - {"violates"})
    assert (label["violates"] or label["tempts"]) in RULES


@pytest.mark.parametrize("name", CASES)
def test_the_quote_is_at_its_line_of_a_changed_file(name: str) -> None:
    label, base, head = CASES[name]
    path = label["path"]
    assert head[path].splitlines()[label["line"] - 1] == label["quote"]
    assert base.get(path) != head[path]


@pytest.mark.parametrize("name", CASES)
def test_head_holds_what_changed_and_nothing_else(name: str) -> None:
    _, base, _ = CASES[name]
    for path, text in tree(FOLDER / name / "head").items():
        assert base.get(path) != text
    assert set(CASES[name].label.get("deleted", [])) <= base.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_small_and_its_repository_too(name: str) -> None:
    _, base, head = CASES[name]
    assert 3 <= sum(changed_lines(base.get(p, ""), head.get(p, "")) for p in base | head) <= 80
    assert 2 <= len(base) <= 5
    assert all(len(text.splitlines()) <= 80 for text in (base | head).values())


def changed_lines(before: str, after: str) -> int:
    """Lines that a diff shows as added or removed."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return sum(line[0] in "+-" and line[:3] not in ("+++", "---") for line in lines)


@pytest.mark.parametrize("name", CASES)
def test_all_python_parses(name: str) -> None:
    _, base, head = CASES[name]
    for side in (base, head):
        for path, text in side.items():
            if path.endswith(".py"):
                ast.parse(text, path)


def test_half_of_the_cases_break_a_rule() -> None:
    broken = sum(bool(case.label["violates"]) for case in CASES.values())
    assert len(CASES) >= 44
    assert abs(2 * broken - len(CASES)) <= 1


def test_every_rule_is_broken_somewhere() -> None:
    assert Counter(case.label["violates"] for case in CASES.values()).keys() - {""} == RULES
