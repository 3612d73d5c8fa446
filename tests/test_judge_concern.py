"""Whatever changed and no reader looks at is said, and a name alone takes no code out of a review."""

from collections.abc import Sequence

import judge_reviewers as reviewers
import pytest
from conftest import Command, Repo
from judge_reviewers import BAD, GOOD, asked, house, rule, serving
from judging import Files, changing
from judging import rule as read_rule

from bot.checkers.judge import scope
from bot.checkers.judge.concern import Concern
from bot.domain import UNTOLD, Policy, Rule

MAIN = ("--base", "main")
BUILT_IN = (
    "*.py", "*.js", "*.ts", "!tests/", "!test_*", "!vendor/", "!docs/", "!generated/", "!*_pb2*", "!*.d.ts",
)  # fmt: skip
BUILT_IN_POLICY = Policy()
SHIPPED = read_rule("architecture/one", paths=BUILT_IN, origin="rules/architecture/one.md")
HOUSE = read_rule(paths=BUILT_IN, origin=".architrave/rules/one.md")


def told(
    repo: Repo, before: Files, after: Files, *rules: Rule, policy: Policy = BUILT_IN_POLICY
) -> dict[str, str]:
    """Of each changed file whether it is judged or why not."""
    with changing(repo, before, after) as material:
        concern = Concern(material.comparison)
        files = material.comparison.change.files
        held = {
            file.path for file, _ in scope.pairs(files, rules, policy, UNTOLD, concern.is_about)
        }
        return {
            file.path: "judged" if file.path in held else concern.why_not(file, rules, policy)
            for file in files
        }


@pytest.mark.parametrize(
    ("path", "at_base", "left_out"),
    [
        ("app/vendor/x.py", "app/vendor/y.py", "vendor/"),
        ("app/vendor/deep/x.py", "app/vendor/y.txt", "vendor/"),
        ("app/vendor/x.py", "other/vendor/y.py", ""),
        ("app/vendor/x.py", "vendor.py", ""),
        ("docs/conf.py", "docs/index.md", "docs/"),
        ("app/docs/x.py", "docs/index.md", ""),
        ("generated/x.py", "x.py", ""),
        ("proto/b_pb2.py", "proto/a_pb2.py", "*_pb2*"),
        ("app/b_pb2.py", "proto/a_pb2.py", ""),
        ("x.d.ts", "y.d.ts", "*.d.ts"),
        ("x.d.ts", "y.ts", ""),
    ],
)
def test_a_name_takes_code_out_of_built_in_rules_only_where_base_has_such_a_place(
    repo: Repo, path: str, at_base: str, left_out: str
) -> None:
    found = told(repo, {at_base: "x\n"}, {path: BAD}, SHIPPED)
    assert found == {path: f"the rules for a reader leave out {left_out}" if left_out else "judged"}


def test_what_a_house_says_of_its_own_rules_counts(repo: Repo) -> None:
    after: Files = {
        "app/vendor/x.py": BAD,
        "app/tests/test_x.py": BAD,
        "lib/x.py": BAD,
        "x.sh": "x\n",
    }
    assert told(repo, {}, after, HOUSE, policy=Policy(ignore=("lib/",), origin="the policy")) == {
        "app/vendor/x.py": "the rules for a reader leave out vendor/",
        "app/tests/test_x.py": "the rules for a reader leave out tests/",
        "lib/x.py": "ignored by the policy",
        "x.sh": "no rule for such a file",
    }


def test_what_says_nothing_new_is_said(repo: Repo) -> None:
    before: Files = {"old.py": BAD, "gone.py": GOOD}
    after: Files = {"old.py": None, "new.py": BAD, "gone.py": None, "pkg/__init__.py": ""}
    found = told(repo, before, after, SHIPPED)
    assert found["new.py"] == "its content is what it was"
    assert found["pkg/__init__.py"] == "empty"


@pytest.mark.parametrize(
    ("first", "is_judged"),
    [
        ("#!/usr/bin/env python3", True),
        ("#!/usr/bin/python -u", True),
        ("#!/usr/bin/env node", True),
        ("#!/usr/bin/env ruby", False),
        ("#!/bin/sh", False),
        ("all:", False),
    ],
)
def test_a_script_without_an_ending_is_of_the_language_that_runs_it(
    repo: Repo, first: str, is_judged: bool
) -> None:
    after: Files = {"run": f"{first}\n{BAD}"}
    assert told(repo, {}, after, SHIPPED) == {
        "run": "judged" if is_judged else "no rule for such a file"
    }


def test_a_script_stays_one_whatever_its_first_line_says_now(repo: Repo) -> None:
    before: Files = {"run": f"#!/usr/bin/env python3\n{GOOD}"}
    assert told(repo, before, {"run": BAD}, SHIPPED) == {"run": "judged"}


NUL = b"\x89PNG\0\0"


@pytest.mark.parametrize(
    ("globs", "judged"),
    [
        ((), ["code.py", "odd.ps1", "text.png"]),
        (("!src/",), ["code.py", "odd.ps1", "text.png"]),
        (("*.png",), ["logo.png", "text.png"]),
        (("*.png", "!logo.*"), ["text.png"]),
    ],
)
def test_what_is_binary_concerns_only_a_rule_that_names_it(
    repo: Repo, globs: Sequence[str], judged: list[str]
) -> None:
    after: Files = {
        "logo.png": NUL,
        "odd.ps1": "x".encode("utf-16"),
        "code.py": b"x = 1\n\0",
        "text.png": "x\n",
    }
    found = told(repo, {}, after, read_rule(paths=tuple(globs)))
    assert sorted(path for path, said in found.items() if said == "judged") == judged


def test_a_file_of_which_only_the_intent_is_judged_is_said(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house()
    base[reviewers.RULE_FILE] = rule(front="options: {about: intent}")
    reviewers.changed(repo, {"shop.py": BAD}, base)
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["intent"]
    assert ran.status("shop.py")["judge"] == "not applicable: no rule for such a file"


def test_a_review_says_what_no_reader_has_looked_at(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house(**{"docs/a.md": "x\n"})
    base[".architrave.toml"] = 'packs = ["architecture"]\nfail-on = "error"\n'
    base[reviewers.RULE_FILE] = rule(front='paths: ["docs/*.txt"]')
    head = {"docs/b.py": BAD, "app/vendor/c.py": BAD, "logo.png": NUL, "README.md": "x\n"}
    reviewers.changed(repo, head, base)
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        judged = {each["path"] for each in reviewers.accounted(server.requests[0])}
    assert judged == {"app/vendor/c.py"}
    assert {path: ran.status(path)["judge"] for path in head} == {
        "docs/b.py": "not applicable: the rules for a reader leave out docs/",
        "app/vendor/c.py": "checked",
        "logo.png": "not applicable: binary",
        "README.md": "not applicable: no rule for such a file",
    }
