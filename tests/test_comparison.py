"""Rule kinds that look at the change as a whole: contained, counted, and asked once."""

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Command, Repo

from bot import checkers, introduced
from bot.domain import Coverage, Finding

RULE = """---
id: house/probe
title: A probe
severity: error
check: probe
---

## Why

Because.

## Instead

Do not.
"""


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A rule kind of the test's own; `asked` counts how often it was asked."""
    module: Any = types.ModuleType("bot_probe")
    module.NAME, module.READS, module.OPTIONS, module.asked = "probe", "", {}, 0
    module.check_options = lambda given: []
    module.applies = lambda path, rules: path.endswith(".py")
    module.said = []

    def compare(comparison: Any, rules: Any) -> Iterator[Finding | Coverage]:
        module.asked += 1
        for each in module.said:
            if isinstance(each, Exception):
                raise each
            yield each

    module.compare = compare
    monkeypatch.setitem(sys.modules, "bot_probe", module)
    monkeypatch.setitem(checkers.CHANGE_CHECKERS, "probe", "bot_probe")
    monkeypatch.setitem(checkers.KINDS, "probe", module.check_options)
    return module


def found(path: str, line: int, key: str = "k") -> Finding:
    return Finding("house/probe", "probe", "error", path, line, line, "probed", key=key)


def house(repo: Repo) -> None:
    repo.commit({".architrave/rules/probe.md": RULE, "a.py": "x = 1\n", "b.py": "y = 1\n"})


def test_a_finding_gets_its_quote_symbol_and_frame(repo: Repo, review: Command, probe: Any) -> None:
    repo.commit({".architrave.toml": "packs = []\n"})
    house(repo)
    repo.write({"a.py": "def f():\n    return 1\n"})
    probe.said = [found("a.py", 2), found("b.py", 1)]
    one, other = review.json(repo).review["findings"]
    assert (one["quote"], one["symbol"], one["label"]) == ("    return 1", "f", "introduced")
    assert (other["path"], other["quote"]) == ("b.py", "y = 1")
    assert ">     2 |     return 1" in review(repo).out


def test_the_same_two_trees_are_asked_about_once(repo: Repo, review: Command, probe: Any) -> None:
    house(repo)
    repo.write({"a.py": "x = 2\n"})
    probe.said = [found("a.py", 1)]
    first = review.json(repo).review["findings"]
    assert review.json(repo).review["findings"] == first
    assert probe.asked == 1
    repo.write({"a.py": "x = 3\n"})
    review.json(repo)
    assert probe.asked == 2


def test_a_rule_kind_that_breaks_costs_its_own_coverage_and_no_other(
    repo: Repo, review: Command, probe: Any
) -> None:
    house(repo)
    repo.write({"a.py": "import os\n"})
    probe.said = [found("a.py", 1), ValueError("out of\nits depth")]
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("a.py")["probe"] == "failed: ValueError: out of its depth"
    assert ran.status("a.py")["ruff"] == "checked"
    assert ran.labelled("introduced") == [("python/unused-import", "a.py", 1)]
    probe.said = []
    assert review.json(repo).status("a.py")["probe"] == "checked"  # a failure is not kept


def test_what_it_could_not_judge_keeps_the_gate_closed(
    repo: Repo, review: Command, probe: Any
) -> None:
    house(repo)
    repo.write({"a.py": "x = 2\n", "note.txt": "x"})
    probe.said = [Coverage("a.py", "probe", "failed", "cannot be read")]
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("a.py")["probe"] == "failed: cannot be read"
    assert ran.status("note.txt")["probe"] == "not applicable: no rule for such a file"


def test_ignored_files_and_paths_out_of_reach_are_left_alone(
    repo: Repo, review: Command, probe: Any
) -> None:
    repo.commit(
        {
            ".architrave/rules/probe.md": RULE.replace("check:", 'paths: ["!b.py"]\ncheck:'),
            ".architrave.toml": 'ignore = ["c.py"]\n',
        }
    )
    repo.write({"a.py": "x = 1\n", "b.py": "x = 1\n", "c.py": "x = 1\n"})
    probe.said = [found("a.py", 1), found("b.py", 1), found("c.py", 1)]
    assert review.json(repo).labelled("introduced") == [("house/probe", "a.py", 1)]


def test_a_finding_in_a_deleted_file_shows_what_was_there(
    repo: Repo, review: Command, probe: Any
) -> None:
    house(repo)
    repo.write({"b.py": None})
    probe.said = [found("b.py", 1)]
    (finding,) = review.json(repo).review["findings"]
    assert finding["quote"] == "y = 1"
    assert ">     1 | y = 1" in review(repo).out


def test_findings_alike_have_fingerprints_of_their_own(
    repo: Repo, review: Command, probe: Any
) -> None:
    house(repo)
    repo.write({"a.py": "x = 2\nx = 2\n"})
    probe.said = [found("a.py", 1), found("a.py", 2)]
    one, other = (each["fingerprint"] for each in review.json(repo).review["findings"])
    assert one != other


def test_keys_are_subtracted_as_often_as_they_occur() -> None:
    base = [found("a.py", 1, "x"), found("a.py", 2, "gone")]
    head = [found("b.py", 1, "x"), found("b.py", 5, "x"), found("b.py", 9, "new")]
    labels = [(each.key, each.label) for each in introduced.by_key(base, head)]
    assert labels == [
        ("x", "pre-existing"), ("x", "introduced"), ("new", "introduced"), ("gone", "fixed"),
    ]  # fmt: skip
