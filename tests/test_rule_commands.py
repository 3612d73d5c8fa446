"""`review-local rules ...`, as an architect uses it."""

import json
from pathlib import Path

import pytest
from conftest import Command, Repo

RULE = """---
id: house/no-prints
title: No prints in the shop
severity: warning
check: ruff
options: {codes: [T201]}
---

## Why

Nobody reads them.

## Instead

Log.

## Breaks it

```python
print(1)
```

## Keeps it

```python
log(1)
```
"""


def test_the_list_names_what_is_in_force_and_why_the_rest_is_not(
    repo: Repo, review: Command
) -> None:
    policy = 'packs = ["python"]\ndisable = ["python/lost-cause"]\n[severity]\n"python/star-import" = "error"\n'
    repo.write({".architrave.toml": policy, ".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "list")
    assert ran.code == 0
    assert "house/no-prints" in ran.out
    assert "security/" not in ran.out
    assert "python/lost-cause" not in ran.out
    (star,) = [line for line in ran.out.splitlines() if "python/star-import" in line]
    assert star.split()[1] == "error"
    everything = review(repo, "rules", "list", "--all").out
    assert "(off: disabled in .architrave.toml)" in everything
    assert "(off: pack `security` is not in `packs`)" in everything


def test_the_list_is_there_as_json_too(repo: Repo, review: Command) -> None:
    repo.write({".architrave.toml": 'packs = ["python"]\n'})
    rows = json.loads(review(repo, "rules", "list", "--all", "--format", "json").out)
    by_id = {row["id"]: row for row in rows}
    assert by_id["python/unused-import"]["in_force"]
    assert not by_id["security/sql-injection"]["in_force"]


def test_outside_a_repository_the_built_in_rules_are_listed(
    tmp_path: Path, review: Command
) -> None:
    assert "by the built-in policy" in review(tmp_path, "rules", "list").out


def test_a_rule_that_is_being_written_is_shown(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    assert "Nobody reads them." in review(repo, "rules", "show", "house/no-prints").out
    assert "python/unused-import" in review(repo, "rules", "show", "F401").out
    ran = review(repo, "rules", "show", "house/no-print")
    assert ran.code == 2
    assert "did you mean `house/no-prints`?" in ran.err


def test_check_tells_mistakes_of_rules_and_policy_at_once_with_their_lines(
    repo: Repo, review: Command
) -> None:
    repo.write(
        {
            ".architrave.toml": 'packs = ["pyton"]\n',
            ".architrave/rules/a.md": RULE.replace("severity", "severty"),
            ".architrave/rules/b.md": RULE.replace(
                "{codes: [T201]}", "\n  codes: [T201]\n  cods: 1"
            ),
        }
    )
    ran = review(repo, "rules", "check")
    assert ran.code == 2
    assert "a.md:4: unknown key `severty`; did you mean `severity`?" in ran.err
    assert "b.md:8: unknown option `cods`; did you mean `codes`?" in ran.err
    assert ".architrave.toml:1: unknown pack `pyton` in `packs`; did you mean `python`?" in ran.err


def test_check_is_content_with_what_is_in_order(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "check")
    assert (ran.code, ran.out) == (0, "In order: no policy, 1 rule file of this repository.\n")


def test_examples_of_house_rules_are_run(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "test")
    assert ran.code == 0
    assert "ok       house/no-prints  (.architrave/rules/prints.md)" in ran.out
    assert "1 of 1 rule passed." in ran.out


def test_an_example_that_does_not_hold_fails(repo: Repo, review: Command) -> None:
    swapped = RULE.replace("print(1)", "x").replace("log(1)", "print(1)")
    repo.write({".architrave/rules/prints.md": swapped})
    ran = review(repo, "rules", "test")
    assert ran.code == 1
    assert "FAILED   house/no-prints" in ran.out
    assert "`## Breaks it`: the rule finds nothing" in ran.out
    assert "`## Keeps it`: the rule finds example.py:1" in ran.out


def test_a_rule_without_examples_is_told(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE[: RULE.index("## Breaks")]})
    ran = review(repo, "rules", "test", ".architrave/rules/prints.md")
    assert ran.code == 1
    assert "`## Breaks it` has no code to run" in ran.out


def test_an_example_out_of_the_reach_of_its_rule_is_told(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/p.md": RULE.replace("check:", 'paths: ["shop/**"]\ncheck:')})
    ran = review(repo, "rules", "test")
    assert "finds nothing; its `paths` do not take in example.py: say where the block" in ran.out
    placed = RULE.replace("check:", 'paths: ["shop/**"]\ncheck:').replace(
        "```python\nprint", "```python after shop/a.py\nprint"
    )
    repo.write({".architrave/rules/p.md": placed})
    assert review(repo, "rules", "test").code == 0


def test_rules_for_the_judge_are_not_run(repo: Repo, review: Command) -> None:
    judged = RULE.replace("check: ruff\noptions: {codes: [T201]}\n", "")
    repo.write({".architrave/rules/border.md": judged})
    ran = review(repo, "rules", "test")
    assert ran.code == 0
    assert "skipped  house/no-prints" in ran.out


def test_a_rule_to_test_that_does_not_exist_is_named(repo: Repo, review: Command) -> None:
    assert review(repo, "rules", "test").code == 2
    ran = review(repo, "rules", "test", "python/unused-imports")
    assert "did you mean `python/unused-import`?" in ran.err


def test_a_first_policy_is_valid_and_leaves_foreign_code_out(repo: Repo, review: Command) -> None:
    repo.write({"vendor/lib/a.py": "x = 1\n", "api/shop_pb2.py": "x = 1\n", "shop.py": "x = 1\n"})
    ran = review(repo, "rules", "init")
    assert ran.code == 0
    text = (repo.path / ".architrave.toml").read_text()
    assert 'ignore = ["*_pb2.py", "vendor/**"]' in text
    assert review(repo, "rules", "check").code == 0
    again = review(repo, "rules", "init")
    assert again.code == 2
    assert "There is a policy already" in again.err


SHOP: dict[str, str | bytes | None] = {
    "src/shop/__init__.py": "",
    "src/shop/web.py": "from shop import core, core_2\n",
    "src/shop/core.py": "from typing import TYPE_CHECKING\nfrom shop import db\n"
    "if TYPE_CHECKING:\n    from shop import web\n",
    "src/shop/core_2.py": "import shop.db\n",
    "src/shop/db.py": "",
    "examples/tutorial/shoplet/__init__.py": "from shoplet import a, b, c\n",
    "examples/tutorial/shoplet/a.py": "import shoplet.b\n",
    "examples/tutorial/shoplet/b.py": "import shoplet.c\n",
    "examples/tutorial/shoplet/c.py": "",
}


def test_the_layers_that_the_code_keeps_are_written_and_kept(repo: Repo, review: Command) -> None:
    repo.commit(SHOP)
    ran = review(repo, "rules", "init")
    assert "Wrote .architrave/rules/shop-layers.md: layers that the imports keep today" in ran.out
    text = (repo.path / ".architrave/rules/shop-layers.md").read_text()
    assert '    - "web"\n    - "core | core_2"\n    - "db"\n' in text
    assert sorted(each.name for each in (repo.path / ".architrave/rules").iterdir()) == [
        "shop-layers.md"
    ]
    assert review(repo, "rules", "check").code == 0
    repo.commit({})
    assert "1 of 1 rule passed." in review(repo, "rules", "test").out
    repo.write({"src/shop/core.py": "X = 1\n"})
    assert review.json(repo).labelled("introduced") == []
    repo.write({"src/shop/db.py": "import shop.web\n"})
    assert ("house/shop-layers", "src/shop/db.py", 1) in review.json(repo).labelled("introduced")


@pytest.mark.parametrize(
    "files",
    [
        {"src/shop/db.py": "import shop.web\n"},  # all in a circle
        {".importlinter": "[importlinter]\nroot_package = shop\n[importlinter:contract:a]\nname = A\n"
         "type = independence\nmodules =\n    shop.core\n    shop.core_2\n"},
        {".architrave/rules/prints.md": RULE},
        {"src/shop/db.py": "def (\n", "src/shop/core.py": "def (\n", "src/shop/web.py": "def (\n"},
    ],
)  # fmt: skip
def test_no_layers_are_proposed_where_there_are_none_or_some_already(
    repo: Repo, review: Command, files: dict[str, str | bytes | None]
) -> None:
    repo.commit({**SHOP, **files})
    ran = review(repo, "rules", "init")
    assert ran.code == 0
    assert "layers" not in ran.out
    assert not (repo.path / ".architrave/rules/shop-layers.md").exists()


def test_contracts_of_import_linter_are_listed_and_can_be_named_by_the_policy(
    repo: Repo, review: Command
) -> None:
    contract = "[importlinter]\nroot_package = shop\n[importlinter:contract:a]\nname = A\n"
    contract += "type = independence\nmodules =\n    shop.core\n    shop.db\n"
    policy = 'packs = ["python"]\n[severity]\n"import-linter/a" = "note"\n'
    repo.write({".importlinter": contract, ".architrave.toml": policy})
    (line,) = [
        each for each in review(repo, "rules", "list").out.splitlines() if "linter/a" in each
    ]
    assert line.split()[:3] == ["import-linter/a", "note", "imports"]
    ran = review(repo, "rules", "check")
    assert ran.code == 0
    assert ran.out == (
        "In order: .architrave.toml, no rule files of this repository, 1 contract for import-linter.\n"
    )
    assert "import-linter/a: A" in review(repo, "rules", "show", "import-linter/a").out


def test_the_columns_of_the_list_stand_below_each_other(repo: Repo, review: Command) -> None:
    repo.write({".architrave.toml": 'packs = ["contracts", "python"]\n'})
    lines = review(repo, "rules", "list").out.splitlines()
    kinds = ("ruff", "api_contract", "schema_contract")
    rows = [line for line in lines if line.startswith("  ") and line.split()[2] in kinds]
    titles = {line.index(line.split(maxsplit=3)[3]) for line in rows}
    assert len(rows) > len(kinds)
    assert len(titles) == 1
    assert "`--all` shows the others" in lines[-1]
    assert "--all" not in review(repo, "rules", "list", "--all").out


def test_where_nothing_is_stated_the_built_in_rules_are_said_to_hold(
    repo: Repo, review: Command
) -> None:
    assert review(repo, "rules", "check").out == (
        "This repository has no policy and no rules of its own; the built-in ones hold.\n"
    )
    ran = review(repo, "rules", "test")
    assert ran.code == 2
    assert "no rules of its own to test" in ran.err


def test_options_are_shown_as_they_are_written(repo: Repo, review: Command) -> None:
    assert (
        "contract: cycles, exclude_type_checking: true"
        in review(repo, "rules", "show", "modularity/import-cycle").out
    )


def test_a_branch_called_rules_can_be_reviewed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("rules")
    repo.commit({"a.py": "import os\n"})
    ran = review.json(repo, "--base", "main", "--head", "rules")
    assert ran.labelled("introduced") == [("python/unused-import", "a.py", 1)]


def test_help_names_the_actions(repo: Repo, review: Command) -> None:
    assert "list|show|check|test|init" in review(repo, "--help").out
    for action in ("list", "show", "check", "test", "init"):
        assert f"    {action} " in review(repo, "rules", "--help").out
    ran = review(repo, "rules", "tset")
    assert ran.code == 2
